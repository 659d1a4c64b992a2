/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "codec/test_vec.h"
#include "eth/tx.h"

TEST(tx_rules, addresses_agree_with_the_vectors) {
    td_test_vec v = td_test_vec_open("tests/vec/tx/addr.vec");
    unsigned count = 0;
    for (; td_test_vec_next(&v); count++) {
        td_addr sender, got;
        memcpy(sender.b, td_test_vec_bytes(&v, 1).ptr, 20);
        if (strcmp(v.word[0], "create") == 0) {
            got = td_create_addr(&sender, td_test_vec_u64(&v, 2));
        } else {
            td_hash salt, code;
            memcpy(salt.b, td_test_vec_bytes(&v, 2).ptr, 32);
            memcpy(code.b, td_test_vec_bytes(&v, 3).ptr, 32);
            got = td_create2_addr(&sender, &salt, &code);
        }
        char text[43];
        td_addr_checksum(text, &got);
        assert_memory_equal(text, "0x", 2);
        assert_string_equal(text + 2, v.word[v.count - 1]);
    }
    assert_true(count == 10);
    td_test_vec_close(&v);
}

TEST(tx_rules, price_is_the_lower_of_cap_and_fee_plus_tip) {
    td_u256 base = td_u256_from(100), max = TD_U256_MAX;
    td_tx tx = {.fee_max = td_u256_from(150), .tip_max = td_u256_from(20)};
    assert_int_equal(td_tx_price(&tx, &base).w[0], 120);
    tx.tip_max = td_u256_from(51);
    assert_int_equal(td_tx_price(&tx, &base).w[0], 150);
    base = td_u256_from(200);
    assert_int_equal(td_tx_price(&tx, &base).w[0], 150);
    assert_int_equal(td_tx_price(&tx, &max).w[0], 150); /* the sum leaves 256 bits */
}

static td_tx_gas gas_of(td_bytes data, bool create, td_fork fork, bool blob) {
    td_tx tx = {.create = create, .data = data};
    return td_tx_gas_needed(&tx, fork, blob);
}

TEST(tx_rules, gas_follows_the_forks) {
    static const uint8_t data[] = {0, 1, 0, 2, 3}; /* two zeros, three others: 14 tokens */
    td_bytes d = {data, 5}, none = {0};
    const struct {
        td_bytes data;
        bool create;
        td_fork fork;
        bool blob;
        uint64_t intrinsic, floor;
    } rows[] = {
        {none, false, TD_FORK_FRONTIER, false, 21000, 0},
        {none, true, TD_FORK_FRONTIER, false, 21000, 0},
        {none, true, TD_FORK_HOMESTEAD, false, 53000, 0},
        {d, false, TD_FORK_PETERSBURG, false, 21000 + 8 + 3 * 68, 0},
        {d, false, TD_FORK_ISTANBUL, false, 21000 + 8 + 3 * 16, 0},
        {d, true, TD_FORK_PARIS, false, 53000 + 56, 0},
        {d, true, TD_FORK_SHANGHAI, false, 53000 + 56 + 2, 0},
        {d, true, TD_FORK_SHANGHAI, true, 53000 + 56, 0},
        {d, false, TD_FORK_CANCUN, false, 21056, 0},
        {d, false, TD_FORK_PRAGUE, false, 21056, 21140},
        {d, true, TD_FORK_OSAKA, false, 53058, 21140},
    };
    for (size_t i = 0; i < TD_COUNT(rows); i++) {
        td_tx_gas gas = gas_of(rows[i].data, rows[i].create, rows[i].fork, rows[i].blob);
        if (gas.intrinsic != rows[i].intrinsic || gas.floor != rows[i].floor)
            fail_msg("row %zu: %llu %llu", i, (unsigned long long)gas.intrinsic,
                     (unsigned long long)gas.floor);
    }
}

TEST(tx_rules, init_code_is_charged_by_begun_word) {
    static const uint8_t zeros[65];
    const uint64_t words[] = {0, 1, 1, 2, 2, 3};
    const size_t lens[] = {0, 1, 32, 33, 64, 65};
    for (size_t i = 0; i < TD_COUNT(lens); i++)
        assert_int_equal(gas_of((td_bytes){zeros, lens[i]}, true, TD_FORK_NEWEST, false).intrinsic,
                         53000 + 4 * lens[i] + 2 * words[i]);
}

TEST(tx_rules, access_lists_cost_since_berlin_and_saturate) {
    td_access access[2] = {{.key_count = 2}, {.key_count = 0}};
    td_tx tx = {.type = TD_TX_ACCESS_LIST, .access = access, .access_count = 2};
    assert_int_equal(td_tx_gas_needed(&tx, TD_FORK_BERLIN, false).intrinsic, 21000 + 4800 + 3800);
    access[1].key_count = SIZE_MAX / 2;
    assert_true(td_tx_gas_needed(&tx, TD_FORK_BERLIN, false).intrinsic == UINT64_MAX);
}
