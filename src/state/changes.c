/* SPDX-License-Identifier: Apache-2.0
 *
 * The difference between the state and its base, sorted, for the tries. What a
 * block wrote and put back is no difference.
 */
#include "state/state_private.h"

#include <stdlib.h>

static int by_addr(const void *x, const void *y) {
    return memcmp((*(acct *const *)x)->addr.b, (*(acct *const *)y)->addr.b, sizeof(td_addr));
}

static int by_key(const void *x, const void *y) {
    td_bytes a = ((const td_state_slot_change *)x)->key, b = ((const td_state_slot_change *)y)->key;
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* The value the trie has when the change is applied: a dropped storage starts from empty. */
static bool slot_changed(const slot *l) {
    td_u256 now = slot_now(l), before = l->account->generation == 0 ? l->base : TD_U256_ZERO;
    return !td_u256_eq(&now, &before);
}

static bool ext_changed(const td_state *s, const ext *e) {
    if (e->is_transient)
        return false;
    bool here = ext_here(s, e), before = e->base.present && e->account->generation == 0;
    return here != before || (here && !td_bytes_eq(e->now.bytes, e->base.bytes));
}

static bool slot_write(td_arena *arena, const slot *l, td_state_slot_change *out) {
    td_u256 now = slot_now(l);
    uint8_t *key = td_arena_alloc(arena, 64), *value = key + 32;
    if (key == NULL)
        return false;
    td_u256_store_be(key, &l->key);
    size_t len = td_u256_store_be_short(value, &now);
    *out = (td_state_slot_change){
        .key = {key, 32}, .value = {len == 0 ? NULL : value, len}, .removed = len == 0};
    return true;
}

/* Fills in the slots of `c`. */
static int slots_collect(const td_state *s, td_arena *arena, const acct *a, td_state_change *c) {
    size_t count = 0;
    for (const slot *l = a->slots; l != NULL; l = l->next)
        count += slot_changed(l);
    for (const ext *e = a->exts; e != NULL; e = e->next)
        count += ext_changed(s, e);
    if (count == 0)
        return TD_OK;
    td_state_slot_change *out = td_arena_alloc(arena, count * sizeof *out), *at = out;
    if (out == NULL)
        return TD_ERR_NOMEM;
    for (const slot *l = a->slots; l != NULL; l = l->next)
        if (slot_changed(l) && !slot_write(arena, l, at++))
            return TD_ERR_NOMEM;
    for (const ext *e = a->exts; e != NULL; e = e->next)
        if (ext_changed(s, e)) {
            bool here = ext_here(s, e);
            *at++ =
                (td_state_slot_change){e->key, here ? e->now.bytes : (td_bytes){NULL, 0}, !here};
        }
    qsort(out, count, sizeof *out, by_key);
    c->slots = out;
    c->slot_count = count;
    return TD_OK;
}

/* Describes one account. Returns 1 when it changed, 0 when not, or a td_err. */
static int change_of(td_state *s, td_arena *arena, const acct *a, td_state_change *c) {
    *c = (td_state_change){.addr = a->addr, .account = a->now};
    if (!a->exists) {
        c->deleted = true;
        return a->base_exists;
    }
    c->storage_reset = a->generation != 0 && a->base_exists &&
                       !td_hash_eq(&a->base.storage_root, &TD_EMPTY_TRIE_ROOT);
    c->code_changed = !td_hash_eq(&a->now.code_hash, &a->base.code_hash);
    if (c->code_changed) {
        int err = td_state_code_by_hash(s, &a->now.code_hash, &c->code);
        if (err < 0)
            return err;
    }
    int err = slots_collect(s, arena, a, c);
    if (err < 0)
        return err;
    return !a->base_exists || c->storage_reset || c->code_changed || c->slot_count != 0 ||
           a->now.nonce != a->base.nonce || !td_u256_eq(&a->now.balance, &a->base.balance);
}

int td_state_changes(td_state *s, td_arena *a, td_state_change **out) {
    *out = NULL;
    if (s->error < 0)
        return s->error;
    size_t count = 0, n = s->accounts.count;
    const acct **sorted = td_arena_alloc(a, n * sizeof(acct *));
    td_state_change *changes = td_arena_alloc(a, n * sizeof *changes);
    if (sorted == NULL || changes == NULL)
        return TD_ERR_NOMEM;
    size_t loaded = 0;
    for (size_t i = 0; i < n; i++) {
        const acct *it = pool_at(&s->accounts, i);
        if (it->loaded)
            sorted[loaded++] = it;
    }
    if (loaded > 1)
        qsort(sorted, loaded, sizeof(acct *), by_addr);
    for (size_t i = 0; i < loaded; i++) {
        int changed = change_of(s, a, sorted[i], &changes[count]);
        if (changed < 0)
            return changed;
        count += changed > 0;
    }
    *out = changes;
    return (int)count;
}
