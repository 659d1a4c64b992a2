/* SPDX-License-Identifier: Apache-2.0
 *
 * Slots: marks and loads in one, and the short cut past the map.
 */
#include "base/test.h"
#include "state/state_private.h"

/* A base with one contract whose every slot is 7. */
typedef struct fixture {
    td_state *s;
    size_t reads;
} fixture;

static const td_addr CONTRACT = {{0xc0}}, OTHER = {{0x0a}};
static const td_u256 ONE = {{1}};

static int base_account(void *ctx, const td_addr *addr, td_account *out) {
    fixture *f = ctx;
    f->reads++;
    *out = (td_account){.nonce = 1, .storage_root = {{1}}, .code_hash = TD_KECCAK_EMPTY};
    return td_addr_eq(addr, &CONTRACT);
}

static int base_slot(void *ctx, const td_addr *addr, const td_account *account, td_bytes key,
                     td_bytes *value) {
    static const uint8_t seven = 7;
    fixture *f = ctx;
    f->reads++;
    assert_true(td_addr_eq(addr, &CONTRACT) && account->nonce == 1 && key.len == 32);
    *value = TD_BYTES(&seven, 1);
    return 1;
}

static int base_code(void *ctx, const td_hash *hash, td_bytes *out) {
    (void)ctx, (void)hash, (void)out;
    return 0;
}

static td_state *begin(fixture *f) {
    *f = (fixture){0};
    td_state_base base = {base_account, base_slot, base_code, f};
    assert_int_equal(td_state_new(&f->s, &base), 0);
    td_state_tx_begin(f->s);
    return f->s;
}

TEST(state_slot, an_access_warms_and_loads_at_once) {
    fixture f;
    td_state *s = begin(&f);
    td_u256 word = ONE; /* the value may lie where the key does */
    assert_true(td_state_slot_access(s, &CONTRACT, &word, &word));
    assert_int_equal(word.w[0], 7);
    assert_int_equal(f.reads, 2);
    word = ONE;
    assert_false(td_state_slot_access(s, &CONTRACT, &word, &word));
    assert_int_equal(word.w[0], 7);
    assert_false(td_state_warm_slot(s, &CONTRACT, &ONE));
    size_t mark = td_state_mark(s);
    assert_true(td_state_slot_access(s, &OTHER, &ONE, &word));
    assert_true(td_u256_is_zero(&word));
    td_state_undo(s, mark); /* EIP-2929: cold again */
    assert_true(td_state_slot_access(s, &OTHER, &ONE, &word));
    td_state_free(s);
}

/* Keys whose lowest bits agree, of two accounts, take turns at one place. */
TEST(state_slot, finds_each_slot_among_many_alike) {
    fixture f;
    td_state *s = begin(&f);
    for (int round = 0; round < 2; round++)
        for (uint64_t i = 1; i < 100; i++) {
            td_u256 key = {{5, i % 10, i / 10, i}}, value = td_u256_from(i), other = {{i, 1, 0, 0}};
            if (round == 0) {
                td_state_slot_set(s, &CONTRACT, &key, &value);
                td_state_slot_set(s, &OTHER, &key, &other);
            }
            assert_int_equal(td_state_slot(s, &CONTRACT, &key).w[0], i);
            td_u256 got = td_state_slot(s, &OTHER, &key);
            assert_true(td_u256_eq(&got, &other));
        }
    td_state_free(s);
}
