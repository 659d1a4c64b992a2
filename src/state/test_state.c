/* SPDX-License-Identifier: Apache-2.0
 *
 * Cases of the journaled state that have a name: a base that fails, EIP-161,
 * EIP-1153, EIP-2929, EIP-6780, EIP-7610, and the shape of changes.
 */
#include "base/test.h"
#include "state/state_private.h"

/* A base with one contract: nonce 1, balance 100, code "code", slot 1 = 7. */
typedef struct fixture {
    td_state *s;
    int fail; /* a td_err every read gives */
    size_t reads;
} fixture;

static const td_addr CONTRACT = {{0xc0}}, OTHER = {{0x0a}}, THIRD = {{0xee}};
static const td_u256 ONE = {{1}}, TWO = {{2}};

static int base_account(void *ctx, const td_addr *addr, td_account *out) {
    fixture *f = ctx;
    f->reads++;
    if (f->fail < 0)
        return f->fail;
    if (!td_addr_eq(addr, &CONTRACT))
        return 0;
    *out = (td_account){.nonce = 1, .balance = {{100}}, .storage_root = {{1}}};
    out->code_hash = td_keccak(TD_BYTES("code", 4));
    return 1;
}

static int base_slot(void *ctx, const td_addr *addr, const td_account *account, td_bytes key,
                     td_bytes *value) {
    static const uint8_t seven = 7, one[32] = {[31] = 1};
    fixture *f = ctx;
    f->reads++;
    assert_true(td_addr_eq(addr, &CONTRACT) && account->nonce == 1);
    if (!td_bytes_eq(key, TD_BYTES(one, 32)))
        return f->fail;
    *value = TD_BYTES(&seven, 1);
    return f->fail < 0 ? f->fail : 1;
}

static int base_code(void *ctx, const td_hash *hash, td_bytes *out) {
    fixture *f = ctx;
    td_hash known = td_keccak(TD_BYTES("code", 4));
    *out = TD_BYTES("code", 4);
    return f->fail < 0 ? f->fail : td_hash_eq(hash, &known);
}

static td_state *begin(fixture *f) {
    *f = (fixture){0};
    td_state_base base = {base_account, base_slot, base_code, f};
    assert_int_equal(td_state_new(&f->s, &base), 0);
    td_state_tx_begin(f->s);
    return f->s;
}

static uint64_t slot_of(td_state *s, const td_addr *addr, const td_u256 *key) {
    return td_state_slot(s, addr, key).w[0];
}

static const td_state_change *change_at(td_state *s, td_arena *a, int want, int index) {
    td_state_change *c;
    td_arena_init(a, 4096, 1 << 20);
    assert_int_equal(td_state_changes(s, a, &c), want);
    return &c[index];
}

TEST(state, a_failing_base_makes_the_error_stay) {
    fixture f;
    td_state *s = begin(&f);
    assert_int_equal(td_state_balance(s, &CONTRACT).w[0], 100);
    f.fail = TD_ERR_IO;
    assert_int_equal(td_state_error(s), 0);
    assert_null(td_state_account_peek(s, &OTHER));
    assert_int_equal(td_state_error(s), TD_ERR_IO);
    f.fail = 0;
    assert_int_equal(td_state_balance(s, &CONTRACT).w[0], 0); /* zeros from now on */
    td_state_balance_add(s, &CONTRACT, &ONE);
    td_state_slot_set(s, &CONTRACT, &ONE, &TWO);
    assert_false(td_state_balance_take(s, &CONTRACT, &ONE));
    td_arena a;
    td_state_change *c;
    td_arena_init(&a, 4096, 1 << 20);
    assert_int_equal(td_state_changes(s, &a, &c), TD_ERR_IO);
    td_state_base base = s->base;
    td_state_reset(s, &base);
    assert_int_equal(td_state_error(s), 0);
    assert_int_equal(td_state_balance(s, &CONTRACT).w[0], 100);
    td_state_free(s);
}

TEST(state, a_failing_read_of_a_slot_or_of_code_is_an_error_too) {
    fixture f;
    td_state *s = begin(&f);
    assert_int_equal(td_state_nonce(s, &CONTRACT), 1);
    f.fail = TD_ERR_CORRUPT;
    assert_int_equal(slot_of(s, &CONTRACT, &ONE), 0);
    assert_int_equal(td_state_error(s), TD_ERR_CORRUPT);
    td_state_free(s);
    s = begin(&f);
    assert_int_equal(td_state_nonce(s, &CONTRACT), 1);
    f.fail = TD_ERR_IO;
    assert_int_equal(td_state_code(s, &CONTRACT).len, 0);
    assert_true(td_state_error(s) < 0);
    td_state_free(s);
}

TEST(state, the_base_is_read_once_for_each_thing) {
    fixture f;
    td_state *s = begin(&f);
    assert_true(td_state_warm_account(s, &CONTRACT));
    assert_true(td_state_warm_slot(s, &CONTRACT, &ONE));
    assert_int_equal(f.reads, 0); /* marks read nothing */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(slot_of(s, &CONTRACT, &ONE), 7);
        assert_int_equal(slot_of(s, &OTHER, &ONE), 0);
        td_state_tx_end(s, true);
        td_state_tx_begin(s);
    }
    assert_int_equal(f.reads, 3); /* two accounts, and the slot of the one that exists */
    td_state_free(s);
}

TEST(state, nothing_changed_gives_no_changes) {
    fixture f;
    td_arena a;
    td_state *s = begin(&f);
    td_state_slot_set(s, &CONTRACT, &ONE, &TWO);
    td_state_balance_add(s, &CONTRACT, &ONE);
    td_state_tx_end(s, true);
    td_state_tx_begin(s);
    td_u256 seven = td_u256_from(7), none = TD_U256_ZERO;
    td_state_slot_set(s, &CONTRACT, &ONE, &seven);
    assert_true(td_state_balance_take(s, &CONTRACT, &ONE));
    td_state_balance_add(s, &OTHER, &none);
    td_state_tx_end(s, true);
    (void)change_at(s, &a, 0, 0);
    td_arena_fini(&a);
    td_state_free(s);
}

TEST(state, an_empty_account_stays_before_spurious_dragon) {
    fixture f;
    td_arena a;
    td_state *s = begin(&f);
    td_u256 none = TD_U256_ZERO;
    td_state_balance_add(s, &OTHER, &none);
    td_state_tx_end(s, false);
    const td_state_change *c = change_at(s, &a, 1, 0);
    assert_true(td_addr_eq(&c->addr, &OTHER) && !c->deleted);
    td_arena_fini(&a);
    td_state_tx_begin(s); /* untouched now, so that it outlives a later transaction too */
    td_state_tx_end(s, true);
    assert_non_null(td_state_account_peek(s, &OTHER));
    td_state_tx_begin(s);
    size_t mark = td_state_mark(s);
    td_state_balance_add(s, &OTHER, &none);
    td_state_undo(s, mark); /* the touch is undone with the frame */
    td_state_tx_end(s, true);
    assert_non_null(td_state_account_peek(s, &OTHER));
    td_state_tx_begin(s);
    td_state_balance_add(s, &OTHER, &none);
    td_state_tx_end(s, true);
    assert_null(td_state_account_peek(s, &OTHER));
    td_state_free(s);
}

TEST(state, destroy_removes_only_what_the_transaction_created) {
    fixture f;
    td_state *s = begin(&f);
    td_state_destroy(s, &CONTRACT);
    td_state_create(s, &OTHER, 1);
    td_state_slot_set(s, &OTHER, &ONE, &TWO);
    td_state_destroy(s, &OTHER);
    td_state_balance_add(s, &OTHER, &TWO); /* sent afterwards: burnt with it */
    assert_int_equal(slot_of(s, &OTHER, &ONE), 2);
    td_state_tx_end(s, true);
    assert_int_equal(td_state_balance(s, &CONTRACT).w[0], 100);
    assert_null(td_state_account_peek(s, &OTHER));
    assert_int_equal(slot_of(s, &OTHER, &ONE), 0);
    td_state_tx_begin(s);
    td_state_balance_add(s, &OTHER,
                         &ONE); /* the same address lives again, with nothing of before */
    assert_int_equal(td_state_balance(s, &OTHER).w[0], 1);
    assert_int_equal(td_state_nonce(s, &OTHER), 0);
    assert_false(td_state_has_storage(s, &OTHER));
    td_state_destroy(s, &OTHER);
    td_state_tx_end(s, true);
    assert_int_equal(td_state_balance(s, &OTHER).w[0], 1);
    td_state_free(s);
}

TEST(state, destroy_always_removes_an_old_account_and_its_storage) {
    fixture f;
    td_arena a;
    td_state *s = begin(&f);
    size_t mark = td_state_mark(s);
    td_state_destroy_always(s, &CONTRACT);
    td_state_undo(s, mark);
    td_state_tx_end(s, true);
    assert_non_null(td_state_account_peek(s, &CONTRACT));
    td_state_tx_begin(s);
    td_state_destroy_always(s, &CONTRACT);
    assert_int_equal(slot_of(s, &CONTRACT, &ONE), 7); /* until the end */
    td_state_tx_end(s, true);
    assert_int_equal(slot_of(s, &CONTRACT, &ONE), 0);
    assert_true(change_at(s, &a, 1, 0)->deleted);
    td_arena_fini(&a);
    td_state_tx_begin(s);
    td_state_create(s, &CONTRACT, 1); /* created anew in a later transaction of the block */
    td_state_slot_set(s, &CONTRACT, &TWO, &ONE);
    td_state_tx_end(s, true);
    const td_state_change *c = change_at(s, &a, 1, 0);
    assert_true(!c->deleted && c->storage_reset && c->code_changed && c->code.len == 0);
    assert_int_equal(c->slot_count, 1);
    assert_true(td_hash_eq(&c->account.storage_root, &TD_EMPTY_TRIE_ROOT));
    td_arena_fini(&a);
    td_state_free(s);
}

TEST(state, create_over_storage_hides_it_and_undo_brings_it_back) {
    fixture f;
    td_state *s = begin(&f);
    td_state_slot_set(s, &CONTRACT, &TWO, &ONE);
    size_t mark = td_state_mark(s);
    assert_true(td_state_has_storage(s, &CONTRACT));
    td_state_create(s, &CONTRACT, 1);
    assert_true(td_state_created_in_tx(s, &CONTRACT));
    assert_false(td_state_has_storage(s, &CONTRACT));
    assert_int_equal(slot_of(s, &CONTRACT, &ONE), 0); /* first read: after the reset */
    assert_int_equal(slot_of(s, &CONTRACT, &TWO), 0);
    td_state_slot_set(s, &CONTRACT, &ONE, &TWO);
    td_state_slot_set(s, &CONTRACT, &TWO, &TWO);
    assert_int_equal(td_state_slot_original(s, &CONTRACT, &ONE).w[0], 0);
    td_state_undo(s, mark);
    assert_false(td_state_created_in_tx(s, &CONTRACT));
    assert_int_equal(slot_of(s, &CONTRACT, &ONE), 7);
    assert_int_equal(td_state_slot_original(s, &CONTRACT, &ONE).w[0], 7);
    assert_int_equal(slot_of(s, &CONTRACT, &TWO), 1);
    assert_int_equal(td_state_slot_original(s, &CONTRACT, &TWO).w[0], 0);
    assert_int_equal(td_state_code(s, &CONTRACT).len, 4);
    td_state_free(s);
}

TEST(state, warm_marks_vanish_with_the_frame_and_with_the_transaction) {
    fixture f;
    td_state *s = begin(&f);
    assert_true(td_state_warm_account(s, &OTHER));
    size_t mark = td_state_mark(s);
    assert_false(td_state_warm_account(s, &OTHER));
    assert_true(td_state_warm_account(s, &THIRD));
    assert_true(td_state_warm_slot(s, &OTHER, &ONE));
    td_state_undo(s, mark);
    assert_false(td_state_warm_account(s, &OTHER));
    assert_true(td_state_warm_account(s, &THIRD));
    assert_true(td_state_warm_slot(s, &OTHER, &ONE));
    assert_false(td_state_warm_slot(s, &OTHER, &ONE));
    td_state_tx_end(s, true);
    td_state_tx_begin(s);
    assert_true(td_state_warm_account(s, &OTHER));
    assert_true(td_state_warm_slot(s, &OTHER, &ONE));
    td_state_free(s);
}

TEST(state, the_original_is_the_value_at_the_start_of_the_transaction) {
    fixture f;
    td_state *s = begin(&f);
    td_state_slot_set(s, &CONTRACT, &ONE, &ONE);
    td_state_slot_set(s, &CONTRACT, &ONE, &TWO);
    assert_int_equal(td_state_slot_original(s, &CONTRACT, &ONE).w[0], 7);
    td_state_tx_end(s, true);
    td_state_tx_begin(s);
    assert_int_equal(td_state_slot_original(s, &CONTRACT, &ONE).w[0], 2);
    td_state_slot_set(s, &CONTRACT, &ONE, &ONE);
    assert_int_equal(td_state_slot_original(s, &CONTRACT, &ONE).w[0], 2);
    td_state_free(s);
}

TEST(state, logs_are_copied_and_keep_their_order) {
    fixture f;
    td_state *s = begin(&f);
    char text[] = "first";
    td_log_entry log = {.addr = OTHER, .topic_count = 4, .data = TD_BYTES(text, 5)};
    td_state_log_add(s, &log);
    memcpy(text, "later", 5);
    size_t mark = td_state_mark(s), count;
    td_state_log_add(s, &log);
    td_state_undo(s, mark);
    log.data.len = 0;
    td_state_log_add(s, &log);
    td_state_tx_end(s, true);
    const td_log_entry *logs = td_state_logs(s, &count);
    assert_int_equal(count, 2);
    assert_memory_equal(logs[0].data.ptr, "first", 5);
    assert_int_equal(logs[1].data.len, 0);
    td_state_tx_begin(s);
    (void)td_state_logs(s, &count);
    assert_int_equal(count, 0);
    td_state_free(s);
}

TEST(state, code_of_the_block_is_found_by_hash) {
    fixture f;
    td_state *s = begin(&f);
    td_hash hash = td_keccak(TD_BYTES("new", 3)), unknown = {{1}};
    td_bytes code;
    assert_int_equal(td_state_code_by_hash(s, &hash, &code), TD_ERR_NOT_FOUND);
    td_state_code_set(s, &OTHER, TD_BYTES("new", 3), NULL);
    td_state_code_set(s, &OTHER, TD_BYTES("code", 4), NULL);
    assert_int_equal(td_state_code_by_hash(s, &hash, &code), 0);
    assert_true(td_bytes_eq(code, TD_BYTES("new", 3)));
    assert_int_equal(td_state_code_by_hash(s, &TD_KECCAK_EMPTY, &code), 0);
    assert_int_equal(code.len, 0);
    assert_int_equal(td_state_code_by_hash(s, &unknown, &code), TD_ERR_NOT_FOUND);
    assert_int_equal(td_state_error(s), 0);
    td_state_free(s);
}

TEST(state, extended_slots_tell_empty_from_absent) {
    fixture f;
    td_arena a;
    td_state *s = begin(&f);
    td_bytes key = TD_BYTES("\1k", 2), value;
    td_state_ext_set(s, &CONTRACT, key, false, TD_BYTES("", 0), false);
    assert_true(td_state_ext(s, &CONTRACT, key, false, &value));
    assert_false(td_state_ext(s, &CONTRACT, key, true, &value));
    td_state_ext_set(s, &CONTRACT, key, true, TD_BYTES("t", 1), false);
    td_state_tx_end(s, true);
    const td_state_change *c = change_at(s, &a, 1, 0);
    assert_true(c->slot_count == 1 && !c->slots[0].removed && c->slots[0].value.len == 0);
    td_arena_fini(&a);
    td_state_tx_begin(s);
    assert_false(td_state_ext(s, &CONTRACT, key, true, &value));
    td_state_ext_set(s, &CONTRACT, key, false, TD_BYTES("", 0), true);
    assert_false(td_state_ext(s, &CONTRACT, key, false, &value));
    td_state_tx_end(s, true);
    (void)change_at(s, &a, 0, 0);
    td_arena_fini(&a);
    td_state_free(s);
}

TEST(state, many_objects_keep_their_places) {
    fixture f;
    td_state *s = begin(&f);
    for (uint32_t i = 0; i < 3000; i++) {
        td_addr addr = {{1}};
        td_store_be32(addr.b + 16, i);
        td_u256 v = td_u256_from(i);
        td_state_balance_add(s, &addr, &v);
        td_state_slot_set(s, &CONTRACT, &v, &v);
    }
    for (uint32_t i = 0; i < 3000; i++) {
        td_addr addr = {{1}};
        td_store_be32(addr.b + 16, i);
        td_u256 v = td_u256_from(i);
        assert_int_equal(td_state_balance(s, &addr).w[0], i);
        assert_int_equal(slot_of(s, &CONTRACT, &v), i);
    }
    td_state_undo(s, 0);
    td_state_tx_end(s, true);
    td_arena a;
    (void)change_at(s, &a, 0, 0);
    td_arena_fini(&a);
    td_state_free(s);
}

TEST(state, a_full_journal_fails_and_undoes_what_it_holds) {
    fixture f;
    td_state *s = begin(&f);
    size_t mark = td_state_mark(s);
    s->journal.count_max = 64; /* the limit, made reachable */
    for (uint32_t i = 0; i < 200; i++) {
        td_u256 v = td_u256_from(i + 1);
        td_state_balance_set(s, &CONTRACT, &v);
        td_state_slot_set(s, &CONTRACT, &v, &v);
        td_state_create(s, &OTHER, i);
        td_state_destroy(s, &OTHER);
    }
    assert_int_equal(td_state_error(s), TD_ERR_LIMIT);
    assert_int_equal(td_state_mark(s), 64);
    td_state_undo(s, mark);
    s->error = 0; /* to look at what the undo left */
    assert_int_equal(td_state_balance(s, &CONTRACT).w[0], 100);
    assert_int_equal(slot_of(s, &CONTRACT, &ONE), 7);
    assert_null(td_state_account_peek(s, &OTHER));
    assert_true(s->touched.count == 0 && s->marked.count == 0);
    td_state_free(s);
}

TEST(state, bytes_past_the_limit_fail) {
    fixture f;
    static const uint8_t big[100000];
    td_state *s = begin(&f);
    s->bytes.used_max = 300000; /* an arena block and two values */
    td_bytes key = TD_BYTES("\1k", 2), value;
    for (int i = 0; i < 2; i++)
        td_state_ext_set(s, &CONTRACT, key, false, TD_BYTES(big, sizeof big), false);
    assert_int_equal(td_state_error(s), 0);
    td_state_ext_set(s, &CONTRACT, key, false, TD_BYTES(big, sizeof big), false);
    assert_int_equal(td_state_error(s), TD_ERR_NOMEM);
    assert_false(td_state_ext(s, &CONTRACT, key, false, &value));
    td_state_free(s);
}
