/* SPDX-License-Identifier: Apache-2.0 */
#include "exec/test_abi.h"

/* --- the ledger without engines --------------------------------------------------------------- */

TEST(ledger, shares_are_pro_rata_and_an_end_pays_all_back) {
    world w = dual();
    call(&w, TARGET); /* makes the executor ready */
    td_ctx *c = &w.e->ctx;
    td_addr contract = addr_of(OTHER), origin = addr_of(THIRD);
    td_hash hash = {{1}};
    uint64_t due = 0;
    td_state_tx_begin(w.s);
    c->env.origin = origin;
    td_exec_code_upload(c, &hash, TD_BYTES("PVM\0x", 5), &w.tx.sender, &due);
    assert_int_equal(due, 10100);
    assert_int_equal(td_exec_contract_added(c, &contract, &hash), 5000);
    c->deposit_price = td_u256_from(1);
    assert_int_equal(td_exec_deposit(c, &contract, 10, 1), 6000);
    c->deposit_price = td_u256_from(3);
    assert_int_equal(td_exec_deposit(c, &contract, 20, 1), 7000);
    assert_true(td_exec_ledger_balanced(w.s));
    assert_int_equal(td_exec_deposit(c, &contract, -15, 0), 0); /* half of 1000 + 6000 */
    assert_int_equal(wei(&w, THIRD), 3500);
    assert_int_equal(td_exec_deposit(c, &contract, -99, 0), 0); /* more than there is: the rest */
    assert_int_equal(wei(&w, THIRD), 7000);
    size_t mark = td_state_mark(w.s);
    td_exec_contract_ended(c, &contract);
    assert_int_equal(wei(&w, THIRD), 7000 + 20000 + 5000 * 9);
    assert_int_equal(td_exec_deposit(c, &contract, 5, 5), 0); /* it is gone at the end anyway */
    td_exec_contract_ended(c, &contract);
    td_code_info info;
    assert_false(td_exec_code_info(w.s, &hash, &info)); /* the last reference */
    assert_int_equal(wei_at(&w, TD_SYSTEM_ADDR), 0);
    assert_true(td_exec_ledger_balanced(w.s));
    td_state_undo(w.s, mark);
    assert_true(td_exec_code_info(w.s, &hash, &info));
    assert_int_equal(info.refcount, 1);
    assert_int_equal(wei(&w, THIRD), 7000);
    assert_true(td_exec_ledger_balanced(w.s));
    td_state_tx_end(w.s, true);
    world_end(&w);
}

TEST(ledger, counts_wei_nobody_deposited) {
    world w = dual();
    code_put(&w, TARGET, "610910ff"); /* selfdestruct(0x0910) */
    call_data(&w, addr_of(TARGET), (td_bytes){NULL, 0}, 55);
    assert_int_equal(wei_at(&w, TD_SYSTEM_ADDR), 55);
    assert_true(td_exec_ledger_balanced(w.s));
    w.block.env.coinbase = TD_SYSTEM_ADDR;
    call(&w, OTHER);
    assert_int_equal(wei_at(&w, TD_SYSTEM_ADDR), 55 + 42000);
    assert_true(td_exec_ledger_balanced(w.s));
    world_end(&w);
}

TEST(ledger, survives_at_price_zero) {
    world w = dual();
    blob b = load("Counter.pvm");
    w.block.env.base_fee = w.tx.fee_max = w.tx.tip_max = TD_U256_ZERO;
    (void)deploy(&w, b);
    assert_true(w.r.status);
    td_hash hash = td_keccak(TD_BYTES(b.ptr, b.len));
    td_code_info info;
    call_data(&w, TD_SYSTEM_ADDR, (td_bytes){NULL, 0},
              0); /* a touch does not clear it away (EIP-161) */
    assert_true(td_exec_code_info(w.s, &hash, &info));
    assert_int_equal(info.refcount, 1);
    free(b.ptr);
    world_end(&w);
}
