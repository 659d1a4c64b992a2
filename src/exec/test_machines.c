/* SPDX-License-Identifier: Apache-2.0 */
#include "exec/test_abi.h"

/* Caller.call(address, bytes) with the selector of `signature`. */
static abi through(const char *function, td_addr target, td_bytes data) {
    abi a = abi_new(function, 2, data.len + 64);
    abi_addr(&a, 0, target);
    abi_bytes(&a, 1, data);
    return a;
}

TEST(machines, call_each_other_in_one_transaction) {
    world w = dual();
    blob blobs[4] = {load("Caller.evm"), load("Caller.pvm"), load("Counter.evm"),
                     load("Counter.pvm")};
    td_addr at[4];
    for (int i = 0; i < 4; i++) {
        at[i] = deploy(&w, blobs[i]);
        assert_true(w.r.status);
        free(blobs[i].ptr);
    }
    td_hash increment = td_keccak(TD_BYTES_STR("increment()"));
    uint64_t count[4] = {0};
    for (int caller = 0; caller < 2; caller++)
        for (int counter = 2; counter < 4; counter++) {
            abi a = through("call(address,bytes)", at[caller], (td_bytes){NULL, 0});
            free(a.ptr);
            a = through("call(address,bytes)", at[counter], TD_BYTES(increment.b, 4));
            abi_call(&w, at[caller], &a, 0);
            assert_true(w.r.status);
            assert_int_equal(slot_at(&w, at[counter], 0), ++count[counter]);
            assert_int_equal(w.r.machines, (caller == 0 ? 1 : 2) | (counter == 2 ? 1 : 2));
            /* delegate: the counter's code over the caller's slot 0 */
            a = through("delegate(address,bytes)", at[counter], TD_BYTES(increment.b, 4));
            abi_call(&w, at[caller], &a, 0);
            assert_true(w.r.status);
            assert_int_equal(slot_at(&w, at[caller], 0), ++count[caller]);
            assert_int_equal(slot_at(&w, at[counter], 0), count[counter]);
        }
    /* EVM -> PVM -> EVM */
    abi inner = through("call(address,bytes)", at[2], TD_BYTES(increment.b, 4));
    abi outer = through("call(address,bytes)", at[1], TD_BYTES(inner.ptr, inner.len));
    free(inner.ptr);
    abi_call(&w, at[0], &outer, 0);
    assert_true(w.r.status);
    assert_int_equal(slot_at(&w, at[2], 0), ++count[2]);
    assert_true(td_exec_ledger_balanced(w.s));
    world_end(&w);
}

TEST(machines, a_blob_creates_another_by_hash) {
    world w = dual();
    blob child = load("Child.pvm"), factory = load("Factory.pvm");
    td_addr at = deploy(&w, factory);
    assert_true(w.r.status);
    abi a = abi_new("create(uint256)", 1, 0);
    abi_u64(&a, 0, 5);
    abi_call(&w, at, &a, 0);
    assert_false(w.r.status); /* nobody uploaded Child yet */
    upload(&w, child);
    a = abi_new("create(uint256)", 1, 0);
    abi_u64(&a, 0, 5);
    abi_call(&w, at, &a, 77);
    assert_true(w.r.status);
    td_addr born = output_addr(&w), expected = td_create_addr(&at, 1);
    assert_memory_equal(&born, &expected, 20);
    assert_int_equal(wei_at(&w, born), 77);
    simple(&w, born, "poke()");
    assert_int_equal(w.r.output.ptr[31], 10);
    assert_true(td_exec_ledger_balanced(w.s));
    free(child.ptr);
    free(factory.ptr);
    world_end(&w);
}

TEST(machines, no_storage_key_of_a_blob_is_a_slot_of_the_evm) {
    world w = dual();
    td_addr self = addr_of(TARGET);
    /* What 2 ‖ name would be read as: an EVM slot's name. */
    uint8_t name[31] = {7}, slot[32] = {2, 7};
    td_u256 key = td_u256_load_be(slot), word = td_u256_from(9);
    td_state_tx_begin(w.s);
    td_state_slot_set(w.s, &self, &key, &word);
    td_ctx c = {.s = w.s, .block = &w.block, .env = w.block.env};
    td_ext_key own = {.bytes = TD_BYTES(name, sizeof name)};
    td_bytes value;
    assert_int_equal(TD_EXEC_HOST.ext_get(&c, &self, &own, &value), TD_ERR_NOT_FOUND);
    assert_int_equal(TD_EXEC_HOST.ext_set(&c, &self, &own, TD_BYTES("x", 1), false), -1);
    assert_int_equal(TD_EXEC_HOST.ext_get(&c, &self, &own, &value), 0);
    assert_int_equal(value.len, 1);
    assert_int_equal(slot_at(&w, self, 0), 0);
    td_u256 still = td_state_slot(w.s, &self, &key);
    assert_true(td_u256_eq(&still, &word));
    world_end(&w);
}
