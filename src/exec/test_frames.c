/* SPDX-License-Identifier: Apache-2.0 */
#include "exec/test_world.h"

#include <pthread.h>

/* call(gas, 0x10004, value, 0, 0, 0, 32), then store the result at 0 and the returned word at 1 */
#define CALL_OTHER(value, op) "6020600060006000" value "6201000461ffff" op

TEST(frames, a_call_stores_what_the_callee_returned) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    code_put(&w, OTHER, "602a60005260206000f3");
    code_put(&w, TARGET,
             CALL_OTHER("6000", "f1") "600055600051600155"
                                      "3d600255");
    call(&w, TARGET);
    assert_true(w.r.status);
    assert_int_equal(slot(&w, TARGET, 0), 1);
    assert_int_equal(slot(&w, TARGET, 1), 42);
    assert_int_equal(slot(&w, TARGET, 2), 32);
    world_end(&w);
}

TEST(frames, a_reverted_callee_leaves_its_data_and_nothing_else) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    code_put(&w, OTHER,
             "6001600055"
             "600760005260206000fd"); /* sstore, log nothing, revert(7) */
    code_put(&w, TARGET, CALL_OTHER("6000", "f1") "600055600051600155");
    call(&w, TARGET);
    assert_int_equal(slot(&w, TARGET, 0), 0);
    assert_int_equal(slot(&w, TARGET, 1), 7);
    assert_int_equal(slot(&w, OTHER, 0), 0);
    world_end(&w);
}

TEST(frames, value_needs_a_balance_and_brings_a_stipend) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    code_put(&w, OTHER, "5a600055"); /* gas into slot 0 */
    code_put(&w, TARGET,
             "600060006000600060056201000461ffff"
             "f1"
             "600055");
    call(&w, TARGET); /* 5 wei it does not have: the call fails, nothing of its gas is lost */
    assert_int_equal(slot(&w, TARGET, 0), 0);
    assert_int_equal(slot(&w, OTHER, 0), 0);
    uint64_t used_refused = w.r.gas_used;
    td_addr target = addr_of(TARGET);
    td_u256 five = td_u256_from(5);
    td_state_balance_set(w.s, &target, &five);
    call(&w, TARGET);
    assert_int_equal(slot(&w, TARGET, 0), 1);
    assert_int_equal(slot(&w, OTHER, 0), 0xffff + 2300 - 2);
    assert_int_equal(wei(&w, OTHER), 5);
    assert_true(used_refused < 21000 + 2600 + 9000 + 2200 + 100 + 100);
    world_end(&w);
}

TEST(frames, all_but_one_64th_goes_down) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    code_put(&w, OTHER, "5a60005260206000f3");
    /* call with all gas asked for; the word returned goes to slot 1, gas before the call to slot 0
     */
    code_put(&w, TARGET,
             "602060006000600060006201000463ffffffff"
             "f1"
             "50"
             "600051600155");
    call(&w, TARGET);
    uint64_t at_call = w.tx.gas_limit - 21000 - 7 * 3 - 2600 - 3; /* and 3 for a word of memory */
    assert_int_equal(slot(&w, TARGET, 1), at_call - at_call / 64 - 2);
    world_end(&w);
}

TEST(frames, delegate_and_callcode_run_in_the_callers_account) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    code_put(&w, OTHER,
             "33600055"
             "30600155"
             "34600255"); /* caller, address, value */
    code_put(&w, TARGET,
             "600060006000600062010004"
             "61ffff"
             "f4"
             "600355"
             "600054600455");
    w.tx.gas_limit = 1000000;
    code_put(&w, TARGET,
             "600060006000600062010004620fffff"
             "f4"
             "600355");
    call_data(&w, addr_of(TARGET), (td_bytes){NULL, 0}, 9);
    assert_int_equal(slot(&w, TARGET, 0), 0x10000 + SENDER);
    assert_int_equal(slot(&w, TARGET, 1), 0x10000 + TARGET);
    assert_int_equal(slot(&w, TARGET, 2), 9);
    assert_int_equal(slot(&w, TARGET, 3), 1);
    code_put(&w, TARGET,
             "600060006000600060036201000462"
             "0fffff"
             "f2"
             "600355");
    call_data(&w, addr_of(TARGET), (td_bytes){NULL, 0}, 9);
    assert_int_equal(slot(&w, TARGET, 0), 0x10000 + TARGET);
    assert_int_equal(slot(&w, TARGET, 1), 0x10000 + TARGET);
    assert_int_equal(slot(&w, TARGET, 2), 3);
    assert_int_equal(slot(&w, OTHER, 1), 0);
    assert_int_equal(wei(&w, TARGET), 18); /* callcode moves nothing */
    world_end(&w);
}

TEST(frames, static_is_inherited_and_burns_the_writer) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    code_put(&w, THIRD, "6001600055"); /* writes */
    code_put(&w, OTHER,
             "60006000600060006000"
             "62010005"
             "61ffff"
             "f1"
             "60005260206000f3"); /* calls it */
    code_put(&w, TARGET,
             "60206000600060006201000463000fffff"
             "fa"
             "600055"
             "600051600155");
    call(&w, TARGET);
    assert_int_equal(slot(&w, TARGET, 0), 1);
    assert_int_equal(slot(&w, TARGET, 1), 0);
    assert_int_equal(slot(&w, THIRD, 0), 0);
    world_end(&w);
}

TEST(frames, code_is_that_of_a_delegated_account) {
    world w = world_new(TD_FORK_PRAGUE, TD_PROFILE_ETHEREUM);
    code_put(&w, OTHER, "30600055");
    code_put(&w, TARGET, "ef01000000000000000000000000000000000000010004");
    call(&w, TARGET);
    assert_true(w.r.status);
    assert_int_equal(slot(&w, TARGET, 0), 0x10000 + TARGET);
    code_put(&w, TARGET,
             "ef01000000000000000000000000000000000000000001"); /* a precompile is no code */
    call(&w, TARGET);
    assert_true(w.r.status);
    code_put(&w, OTHER, "ef01000000000000000000000000000000000000010005"); /* one step only */
    code_put(&w, TARGET, "ef01000000000000000000000000000000000000010004");
    call(&w, TARGET);
    assert_int_equal(w.r.exit, TD_EXIT_INVALID_OPCODE);
    world_end(&w);
}

TEST(frames, precompiles_answer_and_fail_like_calls) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    td_addr identity = {{[19] = 4}};
    call_data(&w, identity, TD_BYTES("abc", 3), 0);
    assert_true(w.r.status);
    assert_memory_equal(w.r.output.ptr, "abc", 3);
    td_addr modexp = {{[19] = 5}};
    uint8_t data[96] = {[30] = 4, [31] = 1}; /* a base of 1025 bytes: EIP-7823 */
    call_data(&w, modexp, TD_BYTES(data, sizeof data), 0);
    assert_false(w.r.status);
    assert_int_equal(w.r.gas_used, w.tx.gas_limit);
    world_end(&w);
}

/* Calls itself with all gas until it cannot, and counts in slot 0. Gas would stop it at depth ~300
 * by the 64ths, so the fork is before EIP-150 and each level keeps a fixed amount. */
static void *deep(void *arg) {
    world *w = arg;
    /* sstore(0, sload(0) + 1); call(gas - 6000, self) */
    code_put(w, TARGET,
             "600054600101600055"
             "6000600060006000600030"
             "6117705a03"
             "f1");
    w->tx.gas_limit = 60000000;
    w->block.env.gas_limit = 60000000;
    call(w, TARGET);
    return NULL;
}

TEST(frames, depth_1024_needs_no_c_stack) {
    world w = world_new(TD_FORK_HOMESTEAD, TD_PROFILE_ETHEREUM);
    pthread_attr_t attr;
    pthread_t thread;
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstacksize(&attr, 256 << 10), 0);
    assert_int_equal(pthread_create(&thread, &attr, deep, &w), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(w.r.status);
    assert_int_equal(slot(&w, TARGET, 0), 1025); /* frames at depth 0 to 1024 */
    assert_int_equal(w.e->ctx.live, 0);
    world_end(&w);
}

TEST(frames, logs_of_reverted_frames_vanish) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    code_put(&w, OTHER, "60006000a060006000fd");
    code_put(&w, TARGET, "60006000a0" CALL_OTHER("6000", "f1"));
    call(&w, TARGET);
    assert_int_equal(w.r.log_count, 1);
    world_end(&w);
}

TEST(frames, cached_code_stays_within_its_bytes) {
    td_exec_config config = {.code_cache_max = 64 << 10};
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    td_exec_free(w.e);
    assert_int_equal(td_exec_new(&w.e, &config), 0);
    for (unsigned i = 0; i < 300; i++) {
        char hex[16];
        (void)snprintf(hex, sizeof hex, "61%04x600055", i);
        code_put(&w, TARGET, hex);
        call(&w, TARGET);
        assert_int_equal(slot(&w, TARGET, 0), i);
        assert_true(w.e->ctx.cache.size <= config.code_cache_max);
    }
    assert_true(w.e->ctx.cache.map.count > 1);
    world_end(&w);
}
