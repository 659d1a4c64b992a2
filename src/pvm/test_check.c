/* SPDX-License-Identifier: Apache-2.0
 *
 * The upload checks, the host's view of a machine, the disassembler, and the
 * contracts of tests/contracts.
 */
#include "base/test.h"
#include "pvm/test_asm.h"

#include <dirent.h>
#include <stdlib.h>

static bool any(td_bytes name) {
    return name.len != SIZE_MAX;
}
static bool only_now(td_bytes name) {
    return td_bytes_eq(name, TD_BYTES_STR("now"));
}

/* A unit of `text`, as a blob in static memory. */
static td_bytes assemble(asm_unit *u, td_pvm_isa isa, const char *text) {
    static uint8_t bytes[2 * ASM_CODE_MAX];
    memset(u, 0, sizeof *u);
    u->isa = isa;
    assert_true(asm_text(u, text));
    return TD_BYTES(bytes, asm_blob(u, bytes));
}

static asm_unit unit; /* large */

static void expect(td_pvm_verdict want, const char *part, td_bytes blob) {
    td_diag diag = {""};
    td_pvm_verdict got = td_pvm_check(blob, &diag, any, 40);
    if (got != want || (part != NULL && strstr(diag.text, part) == NULL))
        fail_msg("verdict %d, not %d: %s", (int)got, (int)want, diag.text);
}

static void expect_code(td_pvm_verdict want, const char *part, const char *text) {
    expect(want, part, assemble(&unit, TD_PVM_REVIVE_V1, text));
}

TEST(pvm_check, takes_only_whole_valid_code) {
    expect_code(TD_PVM_ACCEPTED, NULL, "load_imm a0 1; ecalli 3; trap");
    expect_code(TD_PVM_ACCEPTED, NULL, "trap; zeros 24");
    expect_code(TD_PVM_INVALID_INSTRUCTION, "code at 0", "raw ff; trap");
    expect_code(TD_PVM_INVALID_INSTRUCTION, "code at 1", "trap; raw 02; trap");
    expect_code(TD_PVM_INVALID_INSTRUCTION, "code at 1", "fallthrough");
    expect_code(TD_PVM_INVALID_INSTRUCTION, "code at 3", "add_64 a0 a0 a0");
    expect_code(TD_PVM_INVALID_INSTRUCTION, "code at 25", "trap; zeros 25; trap");
    expect_code(TD_PVM_INVALID_INSTRUCTION, "code at 0", "more 00; trap");
    expect_code(TD_PVM_INVALID_INSTRUCTION, "code at 0", "");
    expect_code(TD_PVM_INVALID_INSTRUCTION, "ecalli", "ecalli -1; trap");
    expect_code(TD_PVM_INVALID_INSTRUCTION, "code at 2", "jump 2; raw 6578; trap");
    expect_code(TD_PVM_INVALID_INSTRUCTION, "code at 3", "branch_eq_imm a0 0 1");
}

TEST(pvm_check, limits_blocks_to_1000_instructions) {
    expect_code(TD_PVM_ACCEPTED, NULL, "times 999 move_reg a0 a1; trap");
    expect_code(TD_PVM_BLOCK_TOO_LARGE, "1001", "times 1000 move_reg a0 a1; trap");
    expect_code(TD_PVM_ACCEPTED, NULL, "times 9 move_reg a0 a1; times 3000 fallthrough; trap");
}

TEST(pvm_check, takes_only_revive_v1) {
    for (td_pvm_isa isa = TD_PVM_LATEST32; isa <= TD_PVM_JAM_V1; isa++)
        expect(TD_PVM_CODE_REJECTED, "instruction set", assemble(&unit, isa, "trap"));
    expect(TD_PVM_CODE_REJECTED, "magic", TD_BYTES("PVN", 3));
}

TEST(pvm_check, limits_the_blob_before_it_looks_inside) {
    uint8_t *big = calloc(1, TD_PVM_BLOB_LEN_MAX + 1);
    assert_non_null(big);
    expect(TD_PVM_BLOB_TOO_LARGE, "1048577", TD_BYTES(big, TD_PVM_BLOB_LEN_MAX + 1));
    expect(TD_PVM_CODE_REJECTED, "magic", TD_BYTES(big, TD_PVM_BLOB_LEN_MAX));
    free(big);
}

TEST(pvm_check, limits_memory_to_one_and_a_half_mebibytes) {
    uint8_t bytes[256];
    td_bytes blob = assemble(&unit, TD_PVM_REVIVE_V1, "trap");
    memset(&unit, 0, sizeof unit);
    assert_true(asm_text(&unit, "trap"));
    uint32_t room = TD_PVM_BASELINE_MAX - (uint32_t)blob.len;
    unit.rw = room / 4096 * 4096 - 4096 - 4096;
    unit.ro = unit.stack = 1;
    expect(TD_PVM_ACCEPTED, NULL, TD_BYTES(bytes, asm_blob(&unit, bytes)));
    unit.stack = 4097;
    expect(TD_PVM_MEMORY_TOO_LARGE, "memory", TD_BYTES(bytes, asm_blob(&unit, bytes)));
    unit.ro = unit.rw = unit.stack = UINT32_MAX;
    expect(TD_PVM_MEMORY_TOO_LARGE, "memory", TD_BYTES(bytes, asm_blob(&unit, bytes)));
}

/* 4 * (code + 1) + min(1 MiB, 24 * (instructions + blocks)) <= 3 MiB. */
TEST(pvm_check, limits_what_translation_would_take) {
    enum { CODE = 600000 };
    td_out blob, part;
    td_out_init(&blob, 2 * CODE);
    td_out_init(&part, 2 * CODE);
    for (uint32_t code_len = 524286; code_len <= 524288; code_len++) {
        blob.len = part.len = 0;
        td_out_put(&part, "\0", 2);
        asm_varint(&part, code_len);
        uint8_t *code = td_out_room(&part, code_len);
        assert_non_null(code);
        memset(code, 1, code_len); /* fallthrough */
        code[code_len - 1] = 0;
        uint8_t *bits = td_out_room(&part, (code_len + 7) / 8);
        assert_non_null(bits);
        memset(bits, 0xff, (code_len + 7) / 8);
        bits[(code_len - 1) / 8] = (uint8_t)(0xff >> (7 - (code_len - 1) % 8));
        td_out_put(&blob, "PVM\0\0\0\0\0\0\0\0\0\0", 13);
        asm_section(&blob, 6, td_out_peek(&part));
        td_out_byte(&blob, 0);
        td_store_le64(blob.ptr + 5, blob.len);
        expect(code_len <= 524287 ? TD_PVM_ACCEPTED : TD_PVM_MEMORY_TOO_LARGE, NULL,
               td_out_peek(&blob));
    }
    td_out_fini(&blob);
    td_out_fini(&part);
}

TEST(pvm_check, knows_every_import) {
    static const uint8_t now[] = {'P', 'V', 'M', 0, 0, 37, 0, 0, 0, 0, 0, 0,   0,
                                  4,   13,  2,   0, 0, 0,  0, 0, 0, 0, 0, 'n', 'o',
                                  'w', 'n', 6,   5, 0, 0,  1, 0, 1, 0, 0};
    uint8_t bytes[sizeof now];
    td_diag diag;
    memcpy(bytes, now, sizeof now);
    bytes[5] = sizeof now;
    bytes[20] = 0; /* "", then "nown" */
    assert_int_equal(td_pvm_check(TD_BYTES(bytes, sizeof bytes), &diag, any, 2), TD_PVM_ACCEPTED);
    assert_int_equal(td_pvm_check(TD_BYTES(bytes, sizeof bytes), &diag, any, 1),
                     TD_PVM_CODE_REJECTED);
    assert_int_equal(td_pvm_check(TD_BYTES(bytes, sizeof bytes), &diag, only_now, 2),
                     TD_PVM_CODE_REJECTED);
    assert_non_null(strstr(diag.text, "import 0"));
    bytes[20] = 9; /* the second starts past the symbols */
    assert_int_equal(td_pvm_check(TD_BYTES(bytes, sizeof bytes), &diag, any, 2),
                     TD_PVM_CODE_REJECTED);
    assert_non_null(strstr(diag.text, "outside"));
}

static td_pvm_program *program_of(td_bytes bytes, td_pvm_blob *blob) {
    td_diag diag = {""};
    td_pvm_program *p = NULL;
    if (td_pvm_blob_parse(blob, &diag, bytes) < 0 || td_pvm_program_new(&p, &diag, blob) < 0)
        fail_msg("%s", diag.text);
    return p;
}

TEST(pvm_program, refuses_latest32_broken_jam_code_and_huge_memory) {
    td_pvm_blob b;
    td_pvm_program *p;
    td_diag diag;
    assert_int_equal(td_pvm_blob_parse(&b, NULL, assemble(&unit, TD_PVM_LATEST32, "trap")), 0);
    assert_int_equal(td_pvm_program_new(&p, &diag, &b), TD_ERR_UNSUPPORTED);
    assert_int_equal(
        td_pvm_blob_parse(&b, NULL, assemble(&unit, TD_PVM_JAM_V1, "trap; raw ff; trap")), 0);
    assert_int_equal(td_pvm_program_new(&p, &diag, &b), TD_ERR_FORMAT);
    assert_non_null(strstr(diag.text, "offset 1"));
    assert_int_equal(td_pvm_blob_parse(&b, NULL, assemble(&unit, TD_PVM_REVIVE_V1, "trap")), 0);
    b.rw_size = UINT32_MAX;
    assert_int_equal(td_pvm_program_new(&p, &diag, &b), TD_ERR_LIMIT);
    assert_null(p);
}

TEST(pvm_machine, sets_up_a_call_and_lends_memory) {
    static uint8_t memory[3 * 4096];
    uint64_t args[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    td_pvm_blob b;
    td_pvm_machine m;
    (void)assemble(&unit, TD_PVM_REVIVE_V1, "jump_indirect ra 0");
    unit.ro = unit.rw = unit.stack = 1;
    uint8_t bytes[256];
    td_pvm_program *p = program_of(TD_BYTES(bytes, asm_blob(&unit, bytes)), &b);
    assert_int_equal(td_pvm_program_memory_len(p), sizeof memory);
    assert_true(td_pvm_program_size(p) > 0);
    assert_int_equal(td_pvm_program_map(p)->rw_addr, 0x30000);
    td_pvm_machine_init(&m, p, memory);
    td_pvm_machine_call(&m, 0, args, 9);
    m.gas = 5;
    assert_int_equal(m.regs[TD_PVM_SP], 0xfffe0000);
    assert_int_equal(m.regs[TD_PVM_A0], 1);
    assert_int_equal(m.regs[TD_PVM_A5], 6);
    assert_int_equal(m.regs[TD_PVM_T0], 7);
    assert_int_equal(m.regs[TD_PVM_T2], 9);
    assert_int_equal(td_pvm_run(&m), TD_PVM_FINISHED);
    assert_int_equal(m.gas, 4);
    assert_ptr_equal(td_pvm_memory_at(&m, 0x10000, 4096, false), memory);
    assert_ptr_equal(td_pvm_memory_at(&m, 0x30fff, 1, true), memory + 8191);
    assert_ptr_equal(td_pvm_memory_at(&m, 0xfffdf000, 4096, true), memory + 8192);
    assert_null(td_pvm_memory_at(&m, 0x10000, 1, true));
    assert_null(td_pvm_memory_at(&m, 0x30fff, 2, false));
    assert_null(td_pvm_memory_at(&m, 0xffff, 2, false));
    assert_null(td_pvm_memory_at(&m, 0xfffdf000, UINT32_MAX, false));
    assert_null(td_pvm_memory_at(&m, 0xffffffff, 2, false));
    assert_non_null(td_pvm_memory_at(&m, 0, 0, true));
    td_pvm_program_free(p);
}

TEST(pvm_disasm, prints_what_the_vectors_say) {
    char *text = (char *)td_test_read("tests/vec/pvm/disasm.vec", NULL), *rest = text;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (line[0] == '#' || line[0] == 0)
            continue;
        char *bar = strstr(line, " | ");
        assert_non_null(bar);
        *bar = 0;
        td_pvm_blob b;
        td_pvm_insn insn;
        uint32_t pc = 0;
        assert_int_equal(td_pvm_blob_parse(&b, NULL, assemble(&unit, TD_PVM_LATEST64, line)), 0);
        assert_true(td_pvm_disasm(&b, &pc, &insn));
        assert_string_equal(insn.text, bar + 3);
        assert_int_equal(insn.next_pc, unit.len);
        assert_false(td_pvm_disasm(&b, &pc, &insn));
    }
    td_test_free(text);
}

TEST(pvm_disasm, sweeps_over_gaps_and_marks_blocks) {
    td_pvm_blob b;
    td_pvm_insn insn;
    uint32_t pc = 0;
    assert_int_equal(td_pvm_blob_parse(&b, NULL,
                                       assemble(&unit, TD_PVM_LATEST64,
                                                "more 00; trap; unlikely; zeros 30; unlikely")),
                     0);
    static const struct {
        uint32_t pc, next;
        const char *name;
        bool starts;
    } want[] = {{0, 1, "invalid", false},
                {1, 2, "trap", false},
                {2, 27, "unlikely", true},
                {27, 33, "invalid", false},
                {33, 34, "unlikely", false}};
    for (size_t i = 0; i < TD_COUNT(want); i++) {
        assert_true(td_pvm_disasm(&b, &pc, &insn));
        assert_int_equal(insn.pc, want[i].pc);
        assert_int_equal(insn.next_pc, want[i].next);
        assert_string_equal(insn.name, want[i].name);
        assert_int_equal(insn.starts_block, want[i].starts);
    }
    assert_false(td_pvm_disasm(&b, &pc, &insn));
}

TEST(pvm_table, numbers_every_set_as_the_specification_counts) {
    static const int counts[4] = {138, 106, 141, 139};
    for (int isa = 0; isa < 4; isa++) {
        int rows = 0, bytes = 0;
        for (td_pvm_op op = TD_PVM_OP_invalid + 1; op < TD_PVM_OP_COUNT; op++) {
            int code = td_pvm_op_infos[op].code[isa];
            rows += code >= 0;
            assert_true(code < 0 || td_pvm_opcodes[isa][code] == op);
        }
        for (int byte = 0; byte < 256; byte++)
            bytes += td_pvm_opcodes[isa][byte] != TD_PVM_OP_invalid;
        assert_int_equal(rows, counts[isa]);
        assert_int_equal(bytes, counts[isa]);
    }
}

/* Parses, checks, translates and runs the constructor up to its first host call. */
static void run_contract(const char *name) {
    char path[300];
    size_t len;
    td_diag diag = {""};
    (void)snprintf(path, sizeof path, "tests/contracts/%.250s", name);
    char *hex = (char *)td_test_read(path, &len);
    uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    td_bytes blob = TD_BYTES(bytes, td_test_unhex(hex, bytes, len));
    if (blob.len != 0) { /* a contract that does not compile for PolkaVM has an empty file */
        td_pvm_blob b;
        uint32_t pc;
        if (td_pvm_check(blob, &diag, any, 100) != TD_PVM_ACCEPTED)
            fail_msg("%s: %s", name, diag.text);
        td_pvm_program *p = program_of(blob, &b);
        uint8_t *memory = malloc(td_pvm_program_memory_len(p));
        assert_non_null(memory);
        assert_true(td_pvm_blob_find(&b, "call", &pc));
        assert_true(td_pvm_blob_find(&b, "deploy", &pc));
        td_pvm_machine m;
        td_pvm_machine_init(&m, p, memory);
        td_pvm_machine_call(&m, pc, NULL, 0);
        m.gas = 1000000;
        assert_int_equal(td_pvm_run(&m), TD_PVM_ECALLI);
        assert_true(m.call < b.import_count);
        free(memory);
        td_pvm_program_free(p);
    }
    free(bytes);
    td_test_free(hex);
}

TEST(pvm_contracts, pass_all_checks_and_start) {
    DIR *dir = opendir(TD_SOURCE_DIR "/tests/contracts");
    assert_non_null(dir);
    size_t count = 0;
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        size_t len = strlen(e->d_name);
        if (len < 8 || strcmp(e->d_name + len - 8, ".pvm.hex") != 0)
            continue;
        run_contract(e->d_name);
        count++;
    }
    (void)closedir(dir);
    assert_true(count > 0);
}
