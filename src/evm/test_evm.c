/* SPDX-License-Identifier: Apache-2.0
 *
 * What vectors cannot say: requests to the frame loop and their answers,
 * effects on the host, the bounds of memory, the form of prepared code.
 */
#include "base/test.h"
#include "evm/evm_private.h"
#include "evm/mock_host.h"

enum { REGION_LEN = 1 << 20, BASE = 128, GAS_GIVEN = 1000000 };

typedef struct fixture {
    td_region region;
    td_env env;
    td_ctx ctx;
    td_code *code;
    td_frame f;
} fixture;

/* A frame that is about to run `hex` under the newest fork. */
static void set_up(fixture *x, const char *hex) {
    static uint8_t bytes[4096];
    td_hash hash = {{7}};
    *x = (fixture){.env = {.fork = TD_FORK_NEWEST, .number = 5}};
    assert_int_equal(td_region_init(&x->region, REGION_LEN), 0);
    size_t len = td_test_unhex(hex, bytes, sizeof bytes);
    assert_int_equal(TD_EVM.prepare(&x->code, TD_BYTES(bytes, len), &hash, TD_FORK_NEWEST), 0);
    x->f = (td_frame){.code = x->code, .env = &x->env, .gas = GAS_GIVEN, .memory = &x->region};
    x->f.self.b[19] = 0x11;
    x->f.value = td_u256_from(77);
    x->f.memory_base = BASE;
    x->f.memory_max = REGION_LEN;
}
static td_act go(fixture *x) {
    return TD_EVM.run(&x->f, &MOCK_HOST, &x->ctx);
}
static void tear_down(fixture *x) {
    TD_EVM.release(x->code);
    td_region_fini(&x->region);
}
/* The frame ended with `exit` and gave `gas` back. */
static void expect_end(fixture *x, td_exit exit, int64_t gas) {
    assert_int_equal(go(x), TD_ACT_DONE);
    assert_int_equal(x->f.exit, exit);
    assert_int_equal(x->f.gas, gas);
}

/* mstore8(0, 0xab); op(gas 0x1234, 0xee, [value 9,] in 0..2, out 1..5); mstore(32, result);
 * return(0, 64). */
#define CALL_HEAD   "60ab600053"
#define CALL_AREA   "6004600160026000"
#define CALL_TARGET "60ee611234"
#define CALL_TAIL   "60205260406000f3"

TEST(evm_call, asks_with_all_fields_and_takes_the_answer) {
    fixture x;
    const uint8_t answer[6] = {1, 2, 3, 4, 5, 6};
    set_up(&x, CALL_HEAD CALL_AREA "6009" CALL_TARGET "f1" CALL_TAIL);
    assert_int_equal(go(&x), TD_ACT_CALL);
    const td_request *q = &x.f.request;
    assert_int_equal(q->kind, TD_CALL);
    assert_false(q->is_static || q->has_salt || q->has_creator || q->no_stipend);
    assert_int_equal(q->addr.b[19], 0xee);
    assert_int_equal(q->value.w[0], 9);
    assert_int_equal(q->gas, 0x1234);
    assert_int_equal(q->input.len, 2);
    assert_int_equal(q->input.ptr[0], 0xab);
    assert_int_equal(q->input.ptr[1], 0);
    /* 8 pushes and 2 before, MSTORE8, a word of memory, cold, value, new account */
    assert_int_equal(x.f.gas, GAS_GIVEN - (9 * 3 + 3 + 3 + 2600 + 9000 + 25000));
    x.f.return_data = TD_BYTES(answer, sizeof answer);
    x.f.reply = (td_reply){.exit = TD_EXIT_RETURN, .pending = true};
    assert_int_equal(go(&x), TD_ACT_DONE);
    assert_false(x.f.reply.pending);
    const uint8_t expected[64] = {0xab, 1, 2, 3, 4, 0, [63] = 1};
    assert_memory_equal(x.f.output.ptr, expected, 64);
    tear_down(&x);
}

TEST(evm_call, pushes_zero_after_a_revert_and_copies_what_there_is) {
    fixture x;
    const uint8_t answer[2] = {8, 9};
    set_up(&x, CALL_HEAD CALL_AREA "6009" CALL_TARGET "f2" CALL_TAIL);
    assert_int_equal(go(&x), TD_ACT_CALL);
    assert_int_equal(x.f.request.kind, TD_CALLCODE);
    x.f.return_data = TD_BYTES(answer, sizeof answer);
    x.f.reply = (td_reply){.exit = TD_EXIT_REVERT, .pending = true};
    assert_int_equal(go(&x), TD_ACT_DONE);
    const uint8_t expected[64] = {0xab, 8, 9};
    assert_memory_equal(x.f.output.ptr, expected, 64);
    tear_down(&x);
}

TEST(evm_delegatecall, inherits_the_value_and_the_ban_on_writes) {
    fixture x;
    set_up(&x, CALL_HEAD CALL_AREA CALL_TARGET "f4");
    x.f.is_static = true;
    assert_int_equal(go(&x), TD_ACT_CALL);
    assert_int_equal(x.f.request.kind, TD_DELEGATECALL);
    assert_true(x.f.request.is_static);
    assert_int_equal(x.f.request.value.w[0], 77);
    tear_down(&x);
}

TEST(evm_staticcall, forbids_writes_and_sends_nothing) {
    fixture x;
    set_up(&x, CALL_HEAD CALL_AREA CALL_TARGET "fa");
    assert_int_equal(go(&x), TD_ACT_CALL);
    assert_int_equal(x.f.request.kind, TD_STATICCALL);
    assert_true(x.f.request.is_static);
    assert_true(td_u256_is_zero(&x.f.request.value));
    tear_down(&x);
}

TEST(evm_call, asks_for_all_gas_when_the_word_is_longer_than_64_bits) {
    fixture x;
    set_up(&x, "6000600060006000600060ee680100000000000000006001f1"
               "00"); /* the top is 1: gas 1, addr 2^64 */
    assert_int_equal(go(&x), TD_ACT_CALL);
    assert_int_equal(x.f.request.gas, 1);
    assert_int_equal(x.f.request.addr.b[11], 1);
    tear_down(&x);
    set_up(&x, "6000600060006000600060ee68010000000000000000f1");
    assert_int_equal(go(&x), TD_ACT_CALL);
    assert_true(x.f.request.gas == UINT64_MAX);
    tear_down(&x);
}

TEST(evm_create2, asks_with_salt_and_pushes_the_address) {
    fixture x;
    set_up(&x, "60fe600053"
               "6077600160006003f5"
               "60005260206000f3");
    assert_int_equal(go(&x), TD_ACT_CREATE);
    const td_request *q = &x.f.request;
    assert_int_equal(q->kind, TD_CREATE2);
    assert_true(q->has_salt && q->gas == UINT64_MAX && q->value.w[0] == 3);
    assert_int_equal(q->salt.b[31], 0x77);
    assert_int_equal(q->input.len, 1);
    assert_int_equal(q->input.ptr[0], 0xfe);
    x.f.reply = (td_reply){TD_EXIT_RETURN, true, {{[0] = 0xaa, [19] = 0xbb}}};
    assert_int_equal(go(&x), TD_ACT_DONE);
    const uint8_t expected[32] = {[12] = 0xaa, [31] = 0xbb};
    assert_memory_equal(x.f.output.ptr, expected, 32);
    tear_down(&x);
}

TEST(evm_create, pushes_zero_when_refused_and_shows_the_revert_data) {
    fixture x;
    const uint8_t data[3] = {1, 2, 3};
    set_up(&x, "600060006000f0"
               "3d01"
               "60005260206000f3");
    assert_int_equal(go(&x), TD_ACT_CREATE);
    assert_int_equal(x.f.request.kind, TD_CREATE);
    assert_false(x.f.request.has_salt);
    x.f.reply = (td_reply){.exit = TD_EXIT_REVERT, .pending = true, .created = {{9}}};
    x.f.return_data = TD_BYTES(data, sizeof data);
    assert_int_equal(go(&x), TD_ACT_DONE);
    assert_int_equal(x.f.output.ptr[31], 3); /* 0 + RETURNDATASIZE */
    tear_down(&x);
}

TEST(evm_returndatacopy, reads_the_last_answer_up_to_its_end) {
    fixture x;
    const uint8_t data[3] = {1, 2, 3};
    for (int past = 0; past < 2; past++) {
        set_up(&x, past ? "600060006000600060006000fa"
                          "50"
                          "6003600160003e"
                        : "600060006000600060006000fa"
                          "50"
                          "6002600160003e"
                          "60206000f3");
        assert_int_equal(go(&x), TD_ACT_CALL);
        x.f.reply = (td_reply){.exit = TD_EXIT_RETURN, .pending = true};
        x.f.return_data = TD_BYTES(data, sizeof data);
        assert_int_equal(go(&x), TD_ACT_DONE);
        assert_int_equal(x.f.exit, past ? TD_EXIT_RETURN_DATA_BOUNDS : TD_EXIT_RETURN);
        if (!past)
            assert_memory_equal(x.f.output.ptr, "\2\3\0", 3);
        tear_down(&x);
    }
}

TEST(evm_log, reaches_the_host_with_topics_and_data) {
    fixture x;
    set_up(&x, "60ab600053"
               "6002600160026000a2");
    assert_int_equal(go(&x), TD_ACT_DONE);
    assert_int_equal(x.ctx.log_count, 1);
    assert_int_equal(x.ctx.log_topics, 2);
    assert_int_equal(x.ctx.topics[0].b[31], 1);
    assert_int_equal(x.ctx.topics[1].b[31], 2);
    assert_int_equal(x.ctx.log_len, 2);
    assert_int_equal(x.ctx.log_data[0], 0xab);
    tear_down(&x);
}

TEST(evm_selfdestruct, names_the_heir) {
    fixture x;
    set_up(&x, "60eeff");
    expect_end(&x, TD_EXIT_RETURN, GAS_GIVEN - 3 - 5000 - 2600);
    assert_int_equal(x.ctx.destroyed, 1);
    assert_int_equal(x.ctx.heir.b[19], 0xee);
    tear_down(&x);
}

TEST(evm_memory, stays_within_its_frame_and_fails_past_the_budget) {
    fixture x;
    const size_t fixed = sizeof(evm_run) + EVM_STACK_MAX * sizeof(td_u256);
    set_up(&x, "600160005200");
    x.f.memory_max = BASE + fixed + 32;
    expect_end(&x, TD_EXIT_RETURN, GAS_GIVEN - 12);
    assert_int_equal(x.region.len, BASE + fixed + 32);
    tear_down(&x);
    set_up(&x, "600160015200");
    x.f.memory_max = BASE + fixed + 32;
    expect_end(&x, TD_EXIT_MEMORY_BUDGET, 0);
    tear_down(&x);
    set_up(&x, "00");
    x.f.memory_max = BASE + fixed - 1;
    expect_end(&x, TD_EXIT_MEMORY_BUDGET, 0);
    tear_down(&x);
}

TEST(evm_memory, is_zero_where_it_grows_over_old_contents) {
    fixture x;
    set_up(&x, "600051"
               "606051"
               "17"
               "60005260806000f3");
    memset(x.region.base, 0xff, 65536);
    assert_int_equal(go(&x), TD_ACT_DONE);
    assert_int_equal(x.f.output.len, 128);
    assert_true(td_bytes_zero(x.f.output.ptr, 128));
    tear_down(&x);
}

TEST(evm_memory, is_zero_where_a_callee_wrote_before) {
    fixture x;
    /* mstore(0, 1), a call, return(32, 4096): all of it past what there was before the call */
    set_up(&x, "60016000526000600060006000600060ee5af1506110006020f3");
    assert_int_equal(go(&x), TD_ACT_CALL);
    const size_t fixed = sizeof(evm_run) + EVM_STACK_MAX * sizeof(td_u256);
    assert_int_equal(x.region.len, BASE + fixed + 32);
    memset(x.region.base + x.region.len, 0xff, 8192);
    x.f.reply = (td_reply){.exit = TD_EXIT_RETURN, .pending = true};
    assert_int_equal(go(&x), TD_ACT_DONE);
    assert_int_equal(x.f.exit, TD_EXIT_RETURN);
    assert_int_equal(x.f.output.len, 4096);
    assert_true(td_bytes_zero(x.f.output.ptr, 4096));
    assert_int_equal(x.region.len, BASE + fixed + 32 + 4096);
    tear_down(&x);
}

TEST(evm_memory, is_zero_word_by_word_up_to_the_last_byte_of_the_budget) {
    fixture x;
    const size_t fixed = sizeof(evm_run) + EVM_STACK_MAX * sizeof(td_u256);
    /* while (mload(msize()) == 0); stop: ends at the budget, and only there */
    set_up(&x, "5b59511560005700");
    memset(x.region.base, 0xff, 65536);
    x.f.memory_max = BASE + fixed + 1024 + 992;
    expect_end(&x, TD_EXIT_MEMORY_BUDGET, 0);
    assert_int_equal(x.region.len, x.f.memory_max);
    assert_int_equal(x.region.base[x.f.memory_max], 0xff);
    tear_down(&x);
}

TEST(evm_prepare, owns_its_bytes_and_stays_linear) {
    static uint8_t bytes[49152];
    td_code *code;
    const uint8_t worst[] = {0x5b, 0x5a, 0x57, 0x55, 0x68, 0x7f, 0x00, 0xfe};
    td_hash hash = {{7}};
    for (size_t i = 0; i < sizeof worst; i++) {
        memset(bytes, worst[i], sizeof bytes);
        td_bytes in = TD_BYTES(bytes, sizeof bytes);
        assert_int_equal(TD_EVM.prepare(&code, in, &hash, TD_FORK_NEWEST), 0);
        assert_true(code->size <= 40 * sizeof bytes + 4096);
        assert_ptr_equal(code->vm, &TD_EVM);
        assert_ptr_not_equal(code->bytes.ptr, bytes);
        assert_true(td_bytes_eq(code->bytes, in) && td_hash_eq(&code->hash, &hash));
        TD_EVM.release(code);
    }
}

TEST(evm_prices, follow_the_fork) {
    assert_int_equal(td_evm_prices[TD_FORK_FRONTIER][GAS_SLOAD], 50);
    assert_int_equal(td_evm_prices[TD_FORK_CONSTANTINOPLE][GAS_SLOAD], 200);
    assert_int_equal(td_evm_prices[TD_FORK_ISTANBUL][GAS_SLOAD], 800);
    assert_int_equal(td_evm_prices[TD_FORK_NEWEST][GAS_SLOAD], 100);
    assert_int_equal(td_evm_prices[TD_FORK_ISTANBUL][GAS_COLD_SLOAD], 0);
    assert_false(evm_op_defined(OP_CLZ, TD_FORK_PRAGUE));
    assert_true(evm_op_defined(OP_CLZ, TD_FORK_OSAKA));
}
