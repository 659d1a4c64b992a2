/* SPDX-License-Identifier: Apache-2.0 */
#include "exec/test_abi.h"

TEST(registry, upload_then_instantiate_then_call) {
    world w = dual();
    blob b = load("Counter.pvm");
    td_hash hash = td_keccak(TD_BYTES(b.ptr, b.len));
    upload(&w, b);
    assert_true(w.r.status);
    assert_memory_equal(w.r.output.ptr, hash.b, 32);
    uint64_t gas = 20 * b.len + 10000;
    assert_int_equal(w.r.resources.deposit, gas);
    assert_int_equal(wei_at(&w, TD_SYSTEM_ADDR), gas * 9);
    assert_true(td_exec_ledger_balanced(w.s));
    upload(&w, b); /* the same again is free */
    assert_true(w.r.status);
    assert_int_equal(w.r.resources.deposit, 0);

    td_addr at = td_create_addr(&w.tx.sender, td_state_nonce(w.s, &w.tx.sender));
    uint64_t nonce = td_state_nonce(w.s, &w.tx.sender);
    instantiate(&w, hash, (td_bytes){NULL, 0}, 0);
    assert_true(w.r.status);
    td_addr got = output_addr(&w);
    assert_memory_equal(&got, &at, 20);
    assert_int_equal(td_state_nonce(w.s, &w.tx.sender), nonce + 1);
    assert_int_equal(td_state_code(w.s, &at).len, b.len);
    assert_int_equal(w.r.machines, TD_MACHINE_PVM);
    assert_int_equal(w.r.resources.deposit, 5000);

    simple(&w, at, "increment()");
    assert_true(w.r.status);
    assert_int_equal(slot_at(&w, at, 0), 1);
    assert_int_equal(w.r.log_count, 1);
    assert_true(w.r.resources.ref_time > 0);
    assert_int_equal(w.r.resources.deposit, 5000 + 32 * 100);
    simple(&w, at, "number()");
    assert_int_equal(w.r.output.ptr[31], 1);
    assert_true(td_exec_ledger_balanced(w.s));
    free(b.ptr);
    world_end(&w);
}

TEST(registry, supply_is_conserved_while_deposits_come_and_go) {
    world w = dual();
    blob b = load("Counter.pvm");
    uint64_t before = supply(&w), burnt = 0;
    td_addr at = deploy(&w, b);
    assert_true(w.r.status);
    burnt += (w.r.gas_used - (uint64_t)w.r.resources.deposit) * 7;
    assert_int_equal(supply(&w), before - burnt);
    assert_int_equal(wei_at(&w, TD_SYSTEM_ADDR), (20 * b.len + 15000) * 9);
    simple(&w, at, "increment()");
    uint64_t deposit = 8200;
    burnt += (w.r.gas_used - deposit) * 7;
    assert_int_equal(supply(&w), before - burnt);
    uint64_t held = wei_at(&w, TD_SYSTEM_ADDR);
    abi a = abi_new("decrement(uint256)", 1, 0);
    abi_u64(&a, 0, 1);
    abi_call(&w, at, &a, 0); /* the slot becomes zero: its deposit comes back */
    assert_true(w.r.status);
    assert_int_equal(w.r.resources.deposit, -8200);
    burnt += w.r.gas_used * 7;
    assert_int_equal(supply(&w), before - burnt);
    assert_int_equal(wei_at(&w, TD_SYSTEM_ADDR), held - deposit * 9);
    assert_true(td_exec_ledger_balanced(w.s));
    free(b.ptr);
    world_end(&w);
}

TEST(registry, a_reverting_frame_holds_no_deposit) {
    world w = dual();
    blob b = load("Child.pvm"); /* its constructor reverts for 13 */
    uint8_t *data = calloc(1, b.len + 32);
    assert_non_null(data);
    memcpy(data, b.ptr, b.len);
    data[b.len + 31] = 13;
    td_addr at = deploy(&w, (blob){data, b.len + 32});
    assert_int_equal(w.r.exit, TD_EXIT_REVERT);
    reverted_with(&w, "unlucky");
    assert_null(td_state_account_peek(w.s, &at));
    assert_int_equal(w.r.resources.deposit, 0);
    assert_true(w.r.gas_peak >
                53000 + (4 + 20) * b.len + 15000); /* deposits were due for a while */
    assert_true(w.r.gas_used < 21000 + 32000 + 40 * (b.len + 32) + 300000);
    assert_int_equal(wei_at(&w, TD_SYSTEM_ADDR), 0);
    td_code_info info;
    td_hash hash = td_keccak(TD_BYTES(b.ptr, b.len));
    assert_false(td_exec_code_info(w.s, &hash, &info));
    data[b.len + 31] = 7;
    at = deploy(&w, (blob){data, b.len + 32});
    assert_true(w.r.status);
    assert_int_equal(td_exec_immutables(w.s, &at).len > 0, 1);
    simple(&w, at, "poke()");
    assert_int_equal(w.r.output.ptr[31], 14);
    assert_true(td_exec_ledger_balanced(w.s));
    free(data);
    free(b.ptr);
    world_end(&w);
}

TEST(registry, bad_blobs_fail_where_they_should) {
    world w = dual();
    blob b = load("Counter.pvm");
    w.tx.create = true;
    w.tx.data = TD_BYTES(b.ptr, b.len - 1); /* header declares more */
    assert_int_equal(world_run(&w, 0), TD_ERR_INVALID);
    w.tx.data = TD_BYTES(b.ptr, 8);
    assert_int_equal(world_run(&w, 0), TD_ERR_INVALID);
    memset(b.ptr + 20, 0xff, 40);
    (void)deploy(&w, b);
    assert_int_equal(w.r.exit, TD_EXIT_CODE_REJECTED);
    assert_int_equal(w.r.gas_used, w.tx.gas_limit);
    upload(&w, b);
    reverted_with(&w, "uploadCode: ");
    free(b.ptr);
    b = load("Counter.pvm");
    w.block.env.profile =
        TD_PROFILE_ETHEREUM; /* there a blob is ordinary bytes, and 0x50 pops nothing */
    (void)deploy(&w, b);
    assert_int_equal(w.r.exit, TD_EXIT_STACK_UNDERFLOW);
    simple(&w, TD_SYSTEM_ADDR, "codeInfo(bytes32)"); /* and 0x0910 an account like any other */
    assert_true(w.r.status);
    assert_int_equal(w.r.output.len, 0);
    free(b.ptr);
    world_end(&w);
}

static void remove_code(world *w, td_hash hash) {
    abi a = abi_new("removeCode(bytes32)", 1, 0);
    abi_hash(&a, 0, hash);
    abi_call(w, TD_SYSTEM_ADDR, &a, 0);
}

TEST(registry, code_goes_back_to_its_owner_when_nobody_uses_it) {
    world w = dual();
    blob b = load("Counter.pvm");
    td_hash hash = td_keccak(TD_BYTES(b.ptr, b.len));
    remove_code(&w, hash);
    reverted_with(&w, "removeCode: code not found");
    instantiate(&w, hash, (td_bytes){NULL, 0}, 0);
    reverted_with(&w, "instantiate: code not found");
    upload(&w, b);
    td_addr owner = w.tx.sender;
    td_u256 ether = td_u256_from(1000000000000000000u);
    w.tx.sender = addr_of(OTHER);
    td_state_balance_add(w.s, &w.tx.sender, &ether);
    remove_code(&w, hash);
    reverted_with(&w, "removeCode: the caller is not the owner");
    w.tx.sender = owner;
    uint64_t before = wei(&w, SENDER), held = wei_at(&w, TD_SYSTEM_ADDR);
    remove_code(&w, hash);
    assert_true(w.r.status);
    assert_int_equal(wei(&w, SENDER), before + held - w.r.gas_used * 9);
    assert_int_equal(wei_at(&w, TD_SYSTEM_ADDR), 0);
    assert_true(td_exec_ledger_balanced(w.s));
    upload(&w, b);
    instantiate(&w, hash, (td_bytes){NULL, 0}, 0);
    assert_true(w.r.status);
    remove_code(&w, hash);
    reverted_with(&w, "removeCode: code in use by 1 contracts");
    abi a = abi_new("codeInfo(bytes32)", 1, 0);
    abi_hash(&a, 0, hash);
    abi_call(&w, TD_SYSTEM_ADDR, &a, 0);
    assert_int_equal(w.r.output.len, 128);
    assert_memory_equal(w.r.output.ptr + 12, owner.b, 20);
    assert_int_equal(w.r.output.ptr[63], 1);
    assert_int_equal(td_load_be64(w.r.output.ptr + 88), (20 * b.len + 10000) * 9);
    assert_int_equal(td_load_be32(w.r.output.ptr + 124), b.len);
    free(b.ptr);
    world_end(&w);
}

TEST(registry, refuses_what_its_abi_does_not_know) {
    world w = dual();
    call_data(&w, TD_SYSTEM_ADDR, (td_bytes){NULL, 0}, 5);
    reverted_with(&w, "registry: unknown function");
    assert_int_equal(wei_at(&w, TD_SYSTEM_ADDR), 0);
    simple(&w, TD_SYSTEM_ADDR, "removeCode(bytes32)");
    reverted_with(&w, "registry: malformed arguments");
    abi a = abi_new("codeInfo(bytes32)", 1, 0);
    abi_call(&w, TD_SYSTEM_ADDR, &a, 1);
    reverted_with(&w, "registry: function is not payable");
    static const uint64_t offsets[] = {0x21, 0x40, 0xffffffff, 1ull << 40};
    for (size_t i = 0; i < TD_COUNT(offsets); i++) {
        a = abi_new("uploadCode(bytes)", 1, 64);
        abi_u64(&a, 0, offsets[i]);
        abi_call(&w, TD_SYSTEM_ADDR, &a, 0);
        reverted_with(&w, "uploadCode: malformed arguments");
    }
    /* a static caller may read but not write: calls it with its own data */
    code_put(&w, TARGET,
             "366000600037"
             "60206000"
             "36"
             "6000"
             "610910"
             "62ffffff"
             "fa"
             "600052"
             "60206000f3");
    a = abi_new("codeInfo(bytes32)", 1, 0);
    abi_call(&w, addr_of(TARGET), &a, 0);
    assert_int_equal(w.r.output.ptr[31], 1);
    a = abi_new("removeCode(bytes32)", 1, 0);
    abi_call(&w, addr_of(TARGET), &a, 0);
    assert_int_equal(w.r.output.ptr[31], 0);
    world_end(&w);
}

TEST(registry, evm_contracts_instantiate_blobs_as_their_creator) {
    world w = dual();
    blob b = load("Child.pvm");
    td_hash hash = td_keccak(TD_BYTES(b.ptr, b.len)), salt = {{[0] = 9}};
    upload(&w, b);
    /* forwards its data and value to 0x0910, returns the word */
    code_put(&w, TARGET,
             "366000600037"
             "60206000"
             "36"
             "6000"
             "34"
             "610910"
             "62ffffff"
             "f1"
             "5060206000f3");
    uint8_t input[32] = {[31] = 21};
    abi a = abi_new("instantiate(bytes32,bytes,bytes32)", 3, 128);
    abi_hash(&a, 0, hash);
    abi_bytes(&a, 1, TD_BYTES(input, 32));
    abi_hash(&a, 2, salt);
    abi_call(&w, addr_of(TARGET), &a, 1234);
    assert_true(w.r.status);
    uint8_t *init = malloc(b.len + 32);
    assert_non_null(init);
    memcpy(init, b.ptr, b.len);
    memcpy(init + b.len, input, 32);
    td_hash init_hash = td_keccak(TD_BYTES(init, b.len + 32));
    td_addr target = addr_of(TARGET), at = td_create2_addr(&target, &salt, &init_hash),
            got = output_addr(&w);
    assert_memory_equal(&got, &at, 20);
    assert_int_equal(wei_at(&w, at), 1234);
    assert_int_equal(wei_at(&w, target), 0);
    assert_int_equal(w.r.machines, TD_MACHINE_EVM | TD_MACHINE_PVM);
    simple(&w, at, "creator()");
    got = output_addr(&w);
    assert_memory_equal(&got, &target, 20);
    assert_true(td_exec_ledger_balanced(w.s));
    free(init);
    free(b.ptr);
    world_end(&w);
}
