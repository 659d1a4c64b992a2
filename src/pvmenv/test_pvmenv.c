/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine adapter: entries, ends, the meter, memory, upload checks.
 */
#include "pvmenv/test_mock.h"

#include "crypto/crypto.h"

static uint8_t blob[1 << 19];

static td_bytes build(const mock_asm *m, const mock_image *image) {
    return TD_BYTES(blob, mock_blob(blob, m, image));
}

/* A program of one instruction that traps, or what `ecalli index` does before it. */
static void start(mock_run *r, const char *import, int index) {
    mock_asm m = {0};
    if (index >= 0)
        mock_ecalli(&m, (uint8_t)index);
    mock_op(&m, 0);
    const char *const imports[] = {import};
    mock_run_init(r, build(&m, &(mock_image){.imports = imports, .import_count = import != NULL}));
}

TEST(pvmenv_fold, takes_the_dearer_resource_rounded_up) {
    assert_int_equal(td_pvmenv_fold(0, 0), 0);
    assert_int_equal(td_pvmenv_fold(1, 0), 1);
    assert_int_equal(td_pvmenv_fold(10000, 0), 1);
    assert_int_equal(td_pvmenv_fold(10001, 0), 2);
    assert_int_equal(td_pvmenv_fold(60000, 1), 6);
    assert_int_equal(td_pvmenv_fold(60001, 1), 7);
    assert_int_equal(td_pvmenv_fold(0, 7), 42);
    assert_true(td_pvmenv_fold(UINT64_MAX, 0) == UINT64_MAX / 10000 + 1);
    assert_true(td_pvmenv_fold(0, UINT64_MAX) == UINT64_MAX);
}

TEST(pvmenv_table, is_sorted_and_finds_every_row) {
    assert_int_equal(td_pvmenv_syscall_count(), 40);
    for (size_t i = 0; i < td_pvmenv_syscall_count(); i++) {
        const char *name = td_pvmenv_syscall_name(i);
        assert_int_equal(td_syscall_find(TD_BYTES_STR(name)), i);
        assert_true(i == 0 || strcmp(td_pvmenv_syscall_name(i - 1), name) < 0);
        assert_true(TD_SYSCALLS[i].arg_count <= 6);
    }
    assert_null(td_pvmenv_syscall_name(40));
}

TEST(pvmenv_table, does_not_know_other_names) {
    const char *const names[] = {"", "a", "addres", "addresss", "caller_is_root", "zzz", "input"};
    for (size_t i = 0; i < TD_COUNT(names); i++)
        assert_false(td_pvmenv_syscall_known(TD_BYTES_STR(names[i])));
}

/* A call that moves value brings the callee a stipend of 2300: its price must be above that, or gas
 * grows. And no proof row outweighs its ref_time alone (docs/decisions/pvm-weights.md). */
TEST(pvmenv_weights, keep_their_relations) {
    assert_true(td_pvmenv_weight_at(TD_TOKEN_CALL_VALUE)->ref_base > 2300u * TD_SYS_PS_PER_GAS);
    assert_int_equal(td_pvmenv_weight_at(TD_TOKEN_STORAGE_GET_COLD)->ref_base,
                     2100 * TD_SYS_PS_PER_GAS);
    assert_int_equal(td_pvmenv_weight_at(TD_TOKEN_STORAGE_GET_WARM)->ref_base,
                     100 * TD_SYS_PS_PER_GAS);
    assert_null(td_pvmenv_weight_at(TD_TOKEN_COUNT));
    for (size_t i = 0; i < TD_TOKEN_COUNT; i++) {
        const td_pvmenv_weight *w = td_pvmenv_weight_at(i);
        assert_true(w->ref_base + w->ref_unit > 0);
        assert_true(td_pvmenv_fold(w->ref_base, w->proof_base) == td_pvmenv_fold(w->ref_base, 0));
    }
}

TEST(pvmenv_run, ends_well_when_the_export_returns) {
    mock_run r;
    mock_asm m = {0};
    mock_ret(&m);
    mock_run_init(&r, build(&m, &(mock_image){0}));
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_RETURN);
    assert_int_equal(r.f.output.len, 0);
    assert_int_equal(r.ctx->frames_ended, 1);
    mock_run_fini(&r);
}

TEST(pvmenv_run, traps_at_the_instruction) {
    mock_run r;
    mock_asm m = {0};
    mock_load(&m, TD_PVM_A0, 1);
    mock_op(&m, 0);
    mock_run_init(&r, build(&m, &(mock_image){0}));
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_TRAP);
    assert_int_equal(r.f.trap_pc, 10);
    mock_run_fini(&r);
}

TEST(pvmenv_run, rejects_code_without_the_entry) {
    mock_run r;
    mock_asm m = {0};
    mock_ret(&m);
    mock_run_init(&r, build(&m, &(mock_image){.no_deploy = true}));
    r.f.is_constructor = true;
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_CODE_REJECTED);
    mock_run_reset(&r);
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_RETURN);
    mock_run_fini(&r);
}

TEST(pvmenv_run, refuses_unknown_and_missing_imports_when_called) {
    mock_run r;
    start(&r, "caller_is_root", 0);
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_INVALID_SYSCALL);
    mock_run_fini(&r);
    start(&r, "call_data_size", 1);
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_INVALID_SYSCALL);
    mock_run_fini(&r);
}

TEST(pvmenv_run, refuses_long_call_data) {
    mock_run r;
    static uint8_t data[TD_SYS_CALL_DATA_LEN_MAX + 1];
    start(&r, NULL, -1);
    r.f.input = TD_BYTES(data, sizeof data);
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_CALL_DATA_TOO_LARGE);
    mock_run_fini(&r);
}

TEST(pvmenv_memory, is_counted_while_the_frame_lives) {
    mock_run r;
    start(&r, NULL, -1);
    size_t len = MOCK_RW_LEN + 2 * 4096;
    r.ctx->guest_bytes_max = (int64_t)len - 1;
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_OUT_OF_RESOURCES);
    assert_true(r.f.gas == 100000000 && r.memory.len == 0 && r.f.state == NULL);
    r.ctx->guest_bytes_max++;
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_TRAP);
    assert_true(r.ctx->guest_bytes == 0);
    mock_run_fini(&r);
}

TEST(pvmenv_memory, stays_in_the_frames_share) {
    mock_run r;
    start(&r, NULL, -1);
    size_t need = MOCK_RW_LEN + 2 * 4096 + (sizeof(td_guest) + TD_SYS_STATE_ALIGN - 1) / 64 * 64;
    r.f.memory_base = 128;
    r.f.memory_max = 128 + need - 1;
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_OUT_OF_RESOURCES);
    r.f.memory_max++;
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_TRAP);
    assert_int_equal(r.memory.len, 128 + need);
    mock_run_fini(&r);
}

/* A loop that never ends: jump to itself. */
TEST(pvmenv_meter, ends_an_endless_loop_with_no_gas_left) {
    mock_run r;
    mock_asm m = {0};
    mock_emit(&m, (uint8_t[]){40}, 1);
    mock_run_init(&r, build(&m, &(mock_image){0}));
    r.f.gas = 123456;
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_OUT_OF_GAS);
    assert_true(r.f.gas == 0);
    assert_true(r.f.resources.ref_time == 123456u * 10000u);
    assert_true(r.ctx->used.ref_time == r.f.resources.ref_time);
    mock_run_fini(&r);
}

TEST(pvmenv_meter, takes_a_whole_gas_limit_past_u64_of_picoseconds) {
    mock_run r;
    start(&r, NULL, -1);
    r.f.gas = INT64_MAX;
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_TRAP);
    assert_true(r.f.gas > INT64_MAX - 100000);
    mock_run_fini(&r);
}

TEST(pvmenv_meter, takes_exactly_the_fold_and_no_less_will_do) {
    mock_run r;
    mock_asm m = {0};
    mock_load(&m, TD_PVM_A0, MOCK_RW);
    mock_ecalli(&m, 0);
    mock_ret(&m);
    const char *const imports[] = {"address"};
    mock_run_init(&r, build(&m, &(mock_image){.imports = imports, .import_count = 1}));
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_RETURN);
    int64_t used = 100000000 - r.f.gas;
    assert_true((uint64_t)used == td_pvmenv_fold(r.f.resources.ref_time, r.f.resources.proof_size));
    mock_transaction(r.ctx);
    mock_run_reset(&r);
    r.f.gas = used;
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_RETURN);
    assert_true(r.f.gas == 0);
    mock_transaction(r.ctx);
    mock_run_reset(&r);
    r.f.gas = used - 1;
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_OUT_OF_GAS);
    mock_run_fini(&r);
}

TEST(pvmenv_meter, loads_code_once_a_transaction) {
    mock_run r;
    start(&r, NULL, -1);
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    int64_t first = r.f.gas;
    mock_run_reset(&r);
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_true(r.f.gas > first);
    mock_transaction(r.ctx);
    mock_run_reset(&r);
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_true(r.f.gas == first);
    mock_run_fini(&r);
}

/* Stores a word twice: cold and new, then a slot changed before. */
TEST(pvmenv_meter, prices_writes_by_warmth_and_holds_deposit_apart) {
    mock_run r;
    mock_asm m = {0};
    for (int i = 0; i < 2; i++) {
        mock_load(&m, TD_PVM_A0, 0);
        mock_load(&m, TD_PVM_A1, MOCK_RW);
        mock_load(&m, TD_PVM_A2, MOCK_RW);
        mock_ecalli(&m, 0);
        mock_ecalli(&m, 1);
        mock_store(&m, TD_PVM_A0, MOCK_RW + 64 + 8 * (uint32_t)i);
    }
    mock_load(&m, TD_PVM_A0, 0);
    mock_load(&m, TD_PVM_A1, MOCK_RW + 64);
    mock_load(&m, TD_PVM_A2, 16);
    mock_ecalli(&m, 2);
    mock_op(&m, 0);
    const char *const imports[] = {"set_storage_or_clear", "ref_time_left", "seal_return"};
    uint8_t word[32] = {1};
    mock_run_init(&r, build(&m, &(mock_image){.imports = imports,
                                              .import_count = 3,
                                              .rw_data = TD_BYTES(word, sizeof word)}));
    assert_int_equal(mock_step(&r), TD_ACT_DONE);
    assert_int_equal(r.f.exit, TD_EXIT_RETURN);
    uint64_t first = 100000000 - td_load_le64(r.f.output.ptr);
    uint64_t second = td_load_le64(r.f.output.ptr) - td_load_le64(r.f.output.ptr + 8);
    assert_in_range(first, 5000 + 8200, 5000 + 8200 + 7000);
    assert_in_range(second, 100, 200);
    assert_true(r.f.resources.deposit == 8200 && r.ctx->used.deposit == 8200);
    assert_int_equal(r.f.resources.proof_size, 320 + 32);
    mock_run_fini(&r);
}

TEST(pvmenv_prepare, refuses_what_is_no_revive_v1_blob) {
    mock_asm m = {0};
    mock_ret(&m);
    td_hash hash = {{0}};
    td_code *code = NULL;
    td_bytes good = build(&m, &(mock_image){0});
    blob[4] = TD_PVM_LATEST64;
    assert_int_equal(TD_PVMENV.prepare(&code, good, &hash, TD_FORK_NEWEST), TD_ERR_INVALID);
    blob[4] = TD_PVM_REVIVE_V1;
    assert_int_equal(TD_PVMENV.prepare(&code, TD_BYTES(blob, good.len - 1), &hash, TD_FORK_NEWEST),
                     TD_ERR_INVALID);
    assert_int_equal(TD_PVMENV.prepare(&code, good, &hash, TD_FORK_NEWEST), 0);
    assert_true(td_bytes_eq(code->bytes, good) && code->bytes.ptr != blob);
    assert_true(code->size > good.len && code->vm == &TD_PVMENV);
    TD_PVMENV.release(code);
    TD_PVMENV.release(NULL);
}

TEST(pvmenv_check, names_the_rule_a_blob_breaks) {
    td_diag diag = {{0}};
    mock_asm m = {0};
    mock_ret(&m);
    const char *const known[] = {"caller"}, *const unknown[] = {"caller_is_root"};
    assert_int_equal(
        td_pvmenv_check(build(&m, &(mock_image){.imports = known, .import_count = 1}), &diag), 0);
    assert_int_equal(
        td_pvmenv_check(build(&m, &(mock_image){.imports = unknown, .import_count = 1}), &diag),
        TD_ERR_INVALID);
    assert_true(diag.text[0] != 0);
    assert_int_equal(td_pvmenv_check(build(&m, &(mock_image){.isa = TD_PVM_LATEST64}), NULL),
                     TD_ERR_INVALID);
    static uint8_t large[(1 << 20) + 1];
    assert_int_equal(td_pvmenv_check(TD_BYTES(large, sizeof large), &diag), TD_ERR_LIMIT);
}
