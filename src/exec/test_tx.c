/* SPDX-License-Identifier: Apache-2.0 */
#include "exec/test_world.h"

/* Every account of the tests and the system account: what they hold together. */
static uint64_t supply(world *w) {
    uint64_t sum = wei_at(w, TD_SYSTEM_ADDR);
    for (unsigned n = SENDER; n <= THIRD; n++)
        sum += wei(w, n);
    return sum;
}

TEST(tx, a_transfer_moves_value_pays_the_tip_and_burns_the_base_fee) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    uint64_t before = supply(&w), sender = wei(&w, SENDER);
    call_data(&w, addr_of(TARGET), (td_bytes){NULL, 0}, 1000);
    assert_true(w.r.status);
    assert_int_equal(w.r.gas_used, 21000);
    assert_int_equal(w.r.gas_peak, 21000);
    assert_int_equal(w.r.effective_price.w[0], 9);
    assert_int_equal(w.r.machines, TD_MACHINE_NONE);
    assert_int_equal(wei(&w, TARGET), 1000);
    assert_int_equal(wei(&w, COINBASE), 21000 * 2);
    assert_int_equal(wei(&w, SENDER), sender - 1000 - 21000 * 9);
    assert_int_equal(supply(&w), before - 21000 * 7);
    assert_int_equal(td_state_nonce(w.s, &w.tx.sender), 1);
    world_end(&w);
}

TEST(tx, before_london_the_whole_price_is_the_coinbases) {
    world w = world_new(TD_FORK_BERLIN, TD_PROFILE_ETHEREUM);
    uint64_t before = supply(&w);
    call_data(&w, addr_of(TARGET), (td_bytes){NULL, 0}, 1);
    assert_int_equal(wei(&w, COINBASE), 210000);
    assert_int_equal(supply(&w), before);
    world_end(&w);
}

TEST(tx, a_failed_call_keeps_nonce_and_fee_only) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    code_put(&w, TARGET,
             "600160005560fe"); /* sstore(0, 1), then 0xfe is data of PUSH1: falls off */
    call(&w, TARGET);
    assert_true(w.r.status);
    code_put(&w, OTHER, "6001600055fe"); /* sstore(0, 1), invalid */
    call_data(&w, addr_of(OTHER), (td_bytes){NULL, 0}, 77);
    assert_false(w.r.status);
    assert_int_equal(w.r.exit, TD_EXIT_INVALID_OPCODE);
    assert_int_equal(w.r.gas_used, w.tx.gas_limit);
    assert_int_equal(slot(&w, OTHER, 0), 0);
    assert_int_equal(wei(&w, OTHER), 0);
    assert_int_equal(td_state_nonce(w.s, &w.tx.sender), 2);
    world_end(&w);
}

TEST(tx, a_revert_gives_its_data_and_the_gas_left) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    code_put(&w, TARGET, "63deadbeef6000526004601cfd"); /* revert(de ad be ef) */
    call(&w, TARGET);
    assert_int_equal(w.r.exit, TD_EXIT_REVERT);
    assert_int_equal(w.r.output.len, 4);
    assert_int_equal(td_load_be32(w.r.output.ptr), 0xdeadbeef);
    assert_int_equal(w.r.gas_used, 21000 + 3 + 3 + 6 + 3 + 3);
    world_end(&w);
}

TEST(tx, refunds_are_a_fifth_at_most_and_the_peak_is_before_them) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    code_put(&w, TARGET, "60016000556000600055"); /* sstore(0, 1), sstore(0, 0) */
    call(&w, TARGET);
    uint64_t used = 21000 + 4 * 3 + 22100 + 100, earned = 19900;
    assert_int_equal(w.r.gas_peak, used);
    assert_int_equal(w.r.gas_refunded, used / 5 < earned ? used / 5 : earned);
    assert_int_equal(w.r.gas_used, used - w.r.gas_refunded);
    world_end(&w);
    w = world_new(TD_FORK_ISTANBUL, TD_PROFILE_ETHEREUM); /* one half before EIP-3529 */
    code_put(&w, TARGET, "33ff");                         /* selfdestruct(caller): 24 000 back */
    call(&w, TARGET);
    assert_int_equal(w.r.gas_peak, 21000 + 2 + 5000);
    assert_int_equal(w.r.gas_refunded, (21000 + 2 + 5000) / 2);
    world_end(&w);
}

TEST(tx, call_data_has_a_floor_since_prague) {
    static const uint8_t data[1000] = {[0] = 1};
    for (int prague = 0; prague < 2; prague++) {
        world w = world_new(prague ? TD_FORK_PRAGUE : TD_FORK_CANCUN, TD_PROFILE_ETHEREUM);
        call_data(&w, addr_of(TARGET), TD_BYTES(data, sizeof data), 0);
        assert_int_equal(w.r.gas_used, prague ? 21000 + 10 * (999 + 4) : 21000 + 4 * 999 + 16);
        assert_int_equal(w.r.gas_peak, w.r.gas_used);
        world_end(&w);
    }
}

/* --- refusals -------------------------------------------------------------------------------- */

static void refused(world *w, int err, const char *text) {
    td_u256 before = td_state_balance(w->s, &w->tx.sender);
    uint64_t nonce = td_state_nonce(w->s, &w->tx.sender);
    assert_int_equal(
        td_exec_tx(w->e, w->s, &w->block, &w->tx, 0, w->block.env.gas_limit, &w->r, &w->diag), err);
    assert_string_equal(w->diag.text, text);
    td_u256 after = td_state_balance(w->s, &w->tx.sender);
    assert_true(td_u256_eq(&before, &after));
    assert_int_equal(td_state_nonce(w->s, &w->tx.sender), nonce);
}
#define SENDER_TEXT "0x0000000000000000000000000000000000010001"

TEST(check, names_nonces) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    td_state_nonce_set(w.s, &w.tx.sender, 5);
    w.tx.nonce = 3;
    refused(&w, TD_ERR_NONCE_LOW, "nonce too low: address " SENDER_TEXT ", tx: 3 state: 5");
    w.tx.nonce = 6;
    refused(&w, TD_ERR_NONCE_HIGH, "nonce too high: address " SENDER_TEXT ", tx: 6 state: 5");
    td_state_nonce_set(w.s, &w.tx.sender, UINT64_MAX);
    w.tx.nonce = UINT64_MAX;
    refused(&w, TD_ERR_NONCE_MAX,
            "nonce has max value: address " SENDER_TEXT ", nonce: 18446744073709551615");
    world_end(&w);
}

TEST(check, names_funds_also_past_256_bits) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    td_u256 have = td_u256_from(5000000 * 10 + 4);
    td_state_balance_set(w.s, &w.tx.sender, &have);
    w.tx.value = td_u256_from(5);
    refused(&w, TD_ERR_FUNDS,
            "insufficient funds for gas * price + value: address " SENDER_TEXT
            " have 50000004 want 50000005");
    w.tx.fee_max = TD_U256_MAX;
    refused(&w, TD_ERR_FUNDS,
            "insufficient funds for gas * price + value: address " SENDER_TEXT
            " required balance exceeds 256 bits");
    w.tx.fee_max = td_u256_from(10);
    w.tx.value = TD_U256_MAX;
    refused(&w, TD_ERR_FUNDS,
            "insufficient funds for gas * price + value: address " SENDER_TEXT
            " required balance exceeds 256 bits");
    w.tx.value = td_u256_from(4); /* the last wei */
    assert_int_equal(world_run(&w, 0), 0);
    world_end(&w);
}

TEST(check, names_gas_limits) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    w.tx.gas_limit = 20999;
    refused(&w, TD_ERR_GAS_INTRINSIC, "intrinsic gas too low: have 20999, want 21000");
    uint8_t data[100];
    memset(data, 1, sizeof data);
    w.tx.data = TD_BYTES(data, sizeof data);
    w.tx.gas_limit = 24999;
    refused(&w, TD_ERR_GAS_FLOOR,
            "insufficient gas for floor data gas cost: have 24999, want 25000");
    w.tx.gas_limit = 16777217;
    refused(&w, TD_ERR_GAS_CAP, "transaction gas limit too high (cap: 16777216, tx: 16777217)");
    w.block.env.fork = TD_FORK_PRAGUE;
    w.tx.gas_limit = 30000001;
    refused(&w, TD_ERR_GAS_LIMIT,
            "exceeds block gas limit: tx gas limit 30000001, left in block 30000000");
    w.tx.gas_limit = 30000000;
    assert_int_equal(world_run(&w, 0), 0);
    world_end(&w);
}

TEST(check, names_fees) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    w.tx.tip_max = td_u256_from(11);
    refused(&w, TD_ERR_TIP_ABOVE_CAP,
            "max priority fee per gas higher than max fee per gas: address " SENDER_TEXT
            ", maxPriorityFeePerGas: 11, maxFeePerGas: 10");
    w.tx.tip_max = w.tx.fee_max = td_u256_from(6);
    refused(&w, TD_ERR_FEE_CAP_LOW,
            "max fee per gas less than block base fee: address " SENDER_TEXT
            ", maxFeePerGas: 6, baseFee: 7");
    world_end(&w);
}

TEST(check, names_senders_with_code_but_lets_delegated_ones_pass) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    code_put(&w, SENDER, "00");
    refused(&w, TD_ERR_SENDER_NOT_EOA,
            "sender not an eoa: address " SENDER_TEXT
            ", codehash: 0xbc36789e7a1e281436464229828f817d6612f7b477d66591ff96a9e064bcc98a");
    w.tx.impersonated = true;
    assert_int_equal(world_run(&w, 0), 0);
    w.tx.impersonated = false;
    code_put(&w, SENDER, "ef01000000000000000000000000000000000000010004");
    assert_int_equal(world_run(&w, 0), 0);
    w.block.env.fork = TD_FORK_CANCUN; /* no EIP-7702 yet */
    assert_int_equal(world_run(&w, 0), TD_ERR_SENDER_NOT_EOA);
    world_end(&w);
}

TEST(check, names_types_chains_and_init_code) {
    world w = world_new(TD_FORK_BERLIN, TD_PROFILE_ETHEREUM);
    w.tx.type = TD_TX_DYNAMIC_FEE;
    refused(&w, TD_ERR_TX_TYPE, "transaction type not supported: 2");
    w.tx.type = TD_TX_ACCESS_LIST;
    w.tx.is_protected = true;
    w.tx.chain_id = 2;
    refused(&w, TD_ERR_CHAIN_ID, "invalid chain id for signer: have 2 want 1");
    world_end(&w);
    w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    static uint8_t zeros[49153];
    w.tx.create = true;
    w.tx.data = TD_BYTES(zeros, sizeof zeros);
    refused(&w, TD_ERR_INITCODE_SIZE, "max initcode size exceeded: code size 49153, limit 49152");
    w.tx.data.len--;
    assert_int_equal(world_run(&w, 0), 0);
    world_end(&w);
}

/* --- simulations ----------------------------------------------------------------------------- */

TEST(simulate, checks_the_value_only) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    w.tx.sender = addr_of(OTHER); /* has nothing, pays nothing */
    w.tx.fee_max = w.tx.tip_max = TD_U256_ZERO;
    w.tx.nonce = 99;
    w.tx.gas_limit = 1u << 30;
    code_put(&w, OTHER, "00");
    assert_int_equal(
        td_exec_tx(w.e, w.s, &w.block, &w.tx, TD_EXEC_SIMULATE | TD_EXEC_NO_FEES, 0, &w.r, &w.diag),
        0);
    assert_true(w.r.status);
    assert_int_equal(wei(&w, COINBASE), 0);
    w.tx.value = td_u256_from(1);
    assert_int_equal(td_exec_tx(w.e, w.s, &w.block, &w.tx, TD_EXEC_SIMULATE, 0, &w.r, &w.diag),
                     TD_ERR_FUNDS);
    world_end(&w);
}

TEST(simulate, pays_fees_when_it_can_and_is_asked_to) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    w.tx.nonce = 12;
    assert_int_equal(td_exec_tx(w.e, w.s, &w.block, &w.tx, TD_EXEC_SIMULATE, 0, &w.r, &w.diag), 0);
    assert_int_equal(wei(&w, COINBASE), 42000);
    world_end(&w);
}

TEST(code_run, runs_a_frame_without_a_transaction_around_it) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_ETHEREUM);
    uint8_t bytes[64];
    td_exec_code run = {.self = addr_of(TARGET), .caller = addr_of(SENDER), .gas = 1000};
    run.code = TD_BYTES(bytes, td_test_unhex("602a60005260206000f3", bytes, sizeof bytes));
    assert_int_equal(td_exec_code_run(w.e, w.s, &w.block, &run, &w.r), 0);
    assert_true(w.r.status);
    assert_int_equal(w.r.gas_used, 18);
    assert_int_equal(w.r.output.len, 32);
    assert_int_equal(w.r.output.ptr[31], 42);
    run.create = true;
    assert_int_equal(td_exec_code_run(w.e, w.s, &w.block, &run, &w.r), 0);
    assert_int_equal(w.r.exit, TD_EXIT_CODE_STORE_GAS);
    run.gas = 10000;
    assert_int_equal(td_exec_code_run(w.e, w.s, &w.block, &run, &w.r), 0);
    assert_true(w.r.status);
    assert_int_equal(td_state_code(w.s, &w.r.contract).len, 32);
    world_end(&w);
}
