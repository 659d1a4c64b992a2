/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "pool/pool.h"

static td_tx make(uint8_t who, uint64_t nonce, uint64_t fee, uint64_t tip) {
    static uint8_t serial;
    td_tx tx = {.type = TD_TX_DYNAMIC_FEE,
                .is_protected = true,
                .chain_id = 1,
                .nonce = nonce,
                .gas_limit = 21000,
                .fee_max = td_u256_from(fee),
                .tip_max = td_u256_from(tip),
                .raw = TD_BYTES("raw", 3)};
    tx.sender.b[19] = who;
    tx.hash.b[0] = ++serial;
    tx.hash.b[1] = who;
    return tx;
}

typedef struct nonces {
    uint64_t of[256];
} nonces;
static uint64_t nonce_of(void *ctx, const td_addr *addr) {
    return ((nonces *)ctx)->of[addr->b[19]];
}

static int add(td_pool *p, const td_tx *tx) {
    return td_pool_add(p, tx, 0, NULL);
}

TEST(pool, picks_by_tip_then_arrival_in_nonce_order) {
    td_pool *p;
    assert_int_equal(td_pool_new(&p), 0);
    td_tx a1 = make(1, 1, 100, 50), a0 = make(1, 0, 100, 1), b0 = make(2, 0, 100, 5),
          c0 = make(3, 0, 100, 5);
    assert_int_equal(add(p, &a1), 0);
    assert_int_equal(add(p, &a0), 0);
    assert_int_equal(add(p, &b0), 0);
    assert_int_equal(add(p, &c0), 0);
    nonces n = {0};
    td_u256 base = td_u256_from(10);
    const td_tx *order[] = {&b0, &c0, &a0, &a1};
    for (size_t i = 0; i < TD_COUNT(order); i++) {
        const td_tx *tx = td_pool_pick(p, &base, nonce_of, &n);
        assert_non_null(tx);
        assert_true(td_hash_eq(&tx->hash, &order[i]->hash));
        n.of[tx->sender.b[19]]++;
    }
    assert_null(td_pool_pick(p, &base, nonce_of, &n));
    td_pool_free(p);
}

TEST(pool, leaves_out_gaps_low_caps_and_skipped_senders) {
    td_pool *p;
    assert_int_equal(td_pool_new(&p), 0);
    td_tx gap = make(1, 1, 100, 9), low = make(2, 0, 9, 9), good = make(3, 0, 100, 1);
    assert_int_equal(add(p, &gap), 0);
    assert_int_equal(add(p, &low), 0);
    assert_int_equal(add(p, &good), 0);
    nonces n = {0};
    td_u256 base = td_u256_from(10);
    const td_tx *tx = td_pool_pick(p, &base, nonce_of, &n);
    assert_true(td_hash_eq(&tx->hash, &good.hash));
    td_pool_skip(p, &tx->sender);
    assert_null(td_pool_pick(p, &base, nonce_of, &n));
    td_pool_unskip(p);
    assert_non_null(td_pool_pick(p, &base, nonce_of, &n));
    td_pool_free(p);
}

TEST(pool, replaces_only_for_ten_percent_more) {
    td_pool *p;
    assert_int_equal(td_pool_new(&p), 0);
    td_tx first = make(1, 0, 100, 100), near = make(1, 0, 109, 109), more = make(1, 0, 110, 110);
    td_diag diag;
    assert_int_equal(add(p, &first), 0);
    assert_int_equal(add(p, &first), TD_ERR_ALREADY_KNOWN);
    assert_int_equal(td_pool_add(p, &near, 0, &diag), TD_ERR_UNDERPRICED);
    assert_non_null(strstr(diag.text, "replacement transaction underpriced"));
    assert_int_equal(add(p, &more), 0);
    assert_int_equal(td_pool_count(p), 1);
    assert_null(td_pool_get(p, &first.hash));
    assert_non_null(td_pool_get(p, &more.hash));
    td_pool_free(p);
}

TEST(pool, refuses_used_nonces_and_settles_them) {
    td_pool *p;
    assert_int_equal(td_pool_new(&p), 0);
    td_tx n0 = make(1, 0, 9, 9), n1 = make(1, 1, 9, 9), n3 = make(1, 3, 9, 9);
    td_diag diag;
    assert_int_equal(td_pool_add(p, &n0, 1, &diag), TD_ERR_NONCE_LOW);
    assert_string_equal(diag.text, "nonce too low: next nonce 1, tx nonce 0");
    assert_int_equal(add(p, &n0), 0);
    assert_int_equal(add(p, &n1), 0);
    assert_int_equal(add(p, &n3), 0);
    assert_int_equal(td_pool_next_nonce(p, &n0.sender, 0), 2);
    assert_int_equal(td_pool_next_nonce(p, &n0.sender, 3), 4);
    td_pool_settle(p, &n0.sender, 2);
    assert_int_equal(td_pool_count(p), 1);
    td_pool_settle(p, &n0.sender, 9);
    assert_int_equal(td_pool_count(p), 0);
    td_pool_free(p);
}

TEST(pool, is_bounded_a_sender) {
    td_pool *p;
    assert_int_equal(td_pool_new(&p), 0);
    for (uint64_t i = 0; i <= TD_POOL_SENDER_COUNT_MAX; i++) {
        td_tx tx = make(1, i, 9, 9);
        td_store_le64(tx.hash.b + 8, i);
        int want = i < TD_POOL_SENDER_COUNT_MAX ? 0 : TD_ERR_POOL_FULL;
        assert_int_equal(add(p, &tx), want);
    }
    size_t at = 0, seen = 0;
    while (td_pool_walk(p, &at) != NULL)
        seen++;
    assert_int_equal(seen, TD_POOL_SENDER_COUNT_MAX);
    td_pool_clear(p);
    assert_int_equal(td_pool_count(p), 0);
    td_pool_free(p);
}
