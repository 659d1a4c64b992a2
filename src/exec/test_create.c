/* SPDX-License-Identifier: Apache-2.0 */
#include "exec/test_world.h"

TEST(create, stores_what_init_code_returns) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    td_addr at = td_create_addr(&w.tx.sender, 0);
    create(&w, "600055"); /* stack underflow */
    assert_false(w.r.status);
    td_state_nonce_set(w.s, &w.tx.sender, 0);
    create(&w, "602a60005260206000f3");
    assert_true(w.r.status);
    assert_memory_equal(&w.r.contract, &at, 20);
    assert_int_equal(td_state_code(w.s, &at).len, 32);
    assert_int_equal(td_state_nonce(w.s, &at), 1);
    assert_int_equal(w.r.output.len, 32);
    assert_int_equal(w.r.gas_used, 21000 + 32000 + 16 * 8 + 4 * 2 + 2 + 18 + 200 * 32);
    world_end(&w);
}

TEST(create, refuses_ef_and_code_past_the_limit) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    create(&w, "60ef60005360016000f3");
    assert_int_equal(w.r.exit, TD_EXIT_CODE_PREFIX);
    assert_int_equal(w.r.gas_used, w.tx.gas_limit);
    w.tx.gas_limit = 10000000;
    create(&w, "6160016000f3"); /* return(0, 24577) */
    assert_int_equal(w.r.exit, TD_EXIT_CODE_SIZE);
    create(&w, "6160006000f3");
    assert_true(w.r.status);
    w.block.env.fork = TD_FORK_BERLIN;
    w.tx.type = TD_TX_LEGACY;
    create(&w, "60ef60005360016000f3");
    assert_true(w.r.status);
    world_end(&w);
}

TEST(create, needs_gas_for_its_code_since_homestead) {
    world w = world_new(TD_FORK_HOMESTEAD, TD_PROFILE_ETHEREUM);
    w.tx.gas_limit = 59000;
    create(&w, "60206000f3");
    assert_int_equal(w.r.exit, TD_EXIT_CODE_STORE_GAS);
    assert_int_equal(w.r.gas_used, 59000);
    w.block.env.fork = TD_FORK_FRONTIER;
    w.tx.gas_limit = 27000;
    create(&w, "60206000f3");
    assert_true(w.r.status); /* a contract without code, and the gas stays */
    assert_int_equal(td_state_code(w.s, &w.r.contract).len, 0);
    assert_true(td_state_account_peek(w.s, &w.r.contract) != NULL);
    assert_true(w.r.gas_used < 27000);
    world_end(&w);
}

TEST(create, collides_with_nonce_code_or_storage_but_not_with_a_balance) {
    for (int what = 0; what < 4; what++) {
        world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
        td_addr at = td_create_addr(&w.tx.sender, 0);
        td_u256 one = td_u256_from(1);
        td_state_balance_set(w.s, &at, &one);
        if (what == 1)
            td_state_nonce_set(w.s, &at, 1);
        if (what == 2)
            td_state_code_set(w.s, &at, TD_BYTES("\0", 1), NULL);
        if (what == 3)
            td_state_slot_set(w.s, &at, &one, &one);
        create(&w, "00");
        assert_int_equal(w.r.status, what == 0);
        assert_int_equal(w.r.exit, what == 0 ? TD_EXIT_RETURN : TD_EXIT_COLLISION);
        assert_int_equal(wei_at(&w, at), 1);
        if (what != 0)
            assert_int_equal(w.r.gas_used, w.tx.gas_limit);
        world_end(&w);
    }
}

TEST(create, from_a_contract_raises_its_nonce_even_when_it_fails) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    td_addr target = addr_of(TARGET);
    /* mstore8(0, fe); sstore(0, create(0, 0, 1)); init code "fe" */
    code_put(&w, TARGET,
             "60fe600053"
             "600160006000f0"
             "600055");
    td_state_nonce_set(w.s, &target, 1);
    call(&w, TARGET);
    assert_true(w.r.status);
    assert_int_equal(slot(&w, TARGET, 0), 0);
    assert_int_equal(td_state_nonce(w.s, &target), 2);
    td_state_nonce_set(w.s, &target, UINT64_MAX);
    call(&w, TARGET); /* refused, and no gas lost to the callee */
    assert_true(w.r.status);
    assert_true(w.r.gas_used < 60000);
    assert_int_equal(td_state_nonce(w.s, &target), UINT64_MAX);
    world_end(&w);
}

TEST(create, create2_is_found_where_its_hash_says) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    td_addr target = addr_of(TARGET);
    td_hash salt = {{[31] = 7}}, init = td_keccak(TD_BYTES("\0", 1));
    td_addr at = td_create2_addr(&target, &salt, &init);
    code_put(&w, TARGET,
             "6007600160006000f5"
             "600055"); /* create2(0, 0, 1, 7): init code "00" */
    call(&w, TARGET);
    td_u256 zero = TD_U256_ZERO, found = td_state_slot(w.s, &target, &zero);
    td_addr got = td_u256_to_addr(&found);
    assert_memory_equal(&got, &at, 20);
    call(&w, TARGET); /* again: a collision */
    assert_true(w.r.status);
    assert_int_equal(slot(&w, TARGET, 0), 0);
    world_end(&w);
}

TEST(create, selfdestruct_in_the_same_transaction_leaves_nothing) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    td_addr at = td_create_addr(&w.tx.sender, 0);
    w.tx.value = td_u256_from(5);
    uint8_t init[] = {0x60, 0x01, 0x60, 0x00, 0x55,
                      0x62, 0x01, 0x00, 0x04, 0xff}; /* sstore, selfdestruct(OTHER) */
    w.tx.create = true;
    w.tx.data = TD_BYTES(init, sizeof init);
    assert_int_equal(world_run(&w, 0), 0);
    assert_true(w.r.status);
    assert_null(td_state_account_peek(w.s, &at));
    assert_int_equal(wei(&w, OTHER), 5);
    code_put(&w, TARGET, "62010004ff"); /* an older contract only sends its balance (EIP-6780) */
    call_data(&w, addr_of(TARGET), (td_bytes){NULL, 0}, 3);
    assert_int_equal(wei(&w, OTHER), 8);
    td_addr target = addr_of(TARGET);
    assert_int_equal(td_state_code(w.s, &target).len, 5);
    w.block.env.fork = TD_FORK_SHANGHAI;
    call(&w, TARGET);
    assert_null(td_state_account_peek(w.s, &target));
    world_end(&w);
}

TEST(create, evm_code_cannot_make_a_blob) {
    for (int dual = 0; dual < 2; dual++) {
        world w = world_new(TD_FORK_OSAKA, dual ? TD_PROFILE_DUAL : TD_PROFILE_ETHEREUM);
        create(&w, "6350564d0060e01b60005260206000f3"); /* returns "PVM\0" and zeros */
        assert_int_equal(w.r.exit, dual ? TD_EXIT_CODE_REJECTED : TD_EXIT_RETURN);
        world_end(&w);
    }
}
