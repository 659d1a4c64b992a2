/* SPDX-License-Identifier: Apache-2.0
 *
 * Storage slots of 32 bytes, persistent and transient (EIP-1153), and their
 * warm marks (EIP-2929).
 */
#include "state/state_private.h"

typedef struct slot_key {
    uint64_t account;
    td_u256 key;
} slot_key;

/* Variables in a row and members of hashed ones differ in their lowest bits. */
TD_INLINE slot **recent_place(td_state *s, const acct *a, const td_u256 *key) {
    return &s->recent[(key->w[0] ^ a->id) % TD_STATE_RECENT_COUNT];
}

static TD_NOINLINE slot *slot_find(td_state *s, acct *a, const td_u256 *key) {
    slot_key k = {a->id, *key};
    slot **hit = td_map_get(&s->slot_map, &k);
    if (TD_LIKELY(hit != NULL))
        return *recent_place(s, a, key) = *hit;
    slot *l = td_state_pool_add(s, &s->slots);
    slot **place = l == NULL ? NULL : td_map_put(&s->slot_map, &k, NULL);
    if (place == NULL) {
        (void)td_state_fail(s, TD_ERR_NOMEM);
        return NULL;
    }
    l->account = a;
    l->key = *key;
    l->next = a->slots;
    a->slots = l;
    return *recent_place(s, a, key) = *place = l;
}

TD_INLINE slot *slot_object(td_state *s, acct *a, const td_u256 *key) {
    slot *l = *recent_place(s, a, key);
    return TD_LIKELY(l != NULL && l->account == a && td_u256_eq(&l->key, key))
               ? l
               : slot_find(s, a, key);
}

/*
 * Reads the base's value. It is kept under generation 0 also when the account's storage has been
 * emptied since: an undo may bring the base's storage back.
 */
static TD_NOINLINE bool load(td_state *s, slot *l) {
    const acct *a = l->account;
    td_bytes value = {NULL, 0};
    if (a->base_exists && !td_hash_eq(&a->base.storage_root, &TD_EMPTY_TRIE_ROOT)) {
        td_hash key = td_u256_to_hash(&l->key);
        int found = s->base.slot(s->base.ctx, &a->addr, &a->base, TD_BYTES_OF(key), &value);
        if (found < 0 || (found > 0 && value.len > 32)) {
            (void)td_state_fail(s, found < 0 ? found : TD_ERR_CORRUPT);
            return false;
        }
        if (found > 0)
            l->base = l->now = td_u256_load_be_short(value.ptr, value.len);
    }
    l->loaded = true;
    return true;
}

/* The loaded slot; NULL after an error. */
static slot *slot_load(td_state *s, const td_addr *addr, const td_u256 *key) {
    acct *a = td_state_account_load(s, addr);
    slot *l = TD_UNLIKELY(a == NULL) ? NULL : slot_object(s, a, key);
    return l == NULL || (!l->loaded && !load(s, l)) ? NULL : l;
}

td_u256 td_state_slot(td_state *s, const td_addr *addr, const td_u256 *key) {
    const slot *l = slot_load(s, addr, key);
    return l == NULL ? TD_U256_ZERO : slot_now(l);
}

td_u256 td_state_slot_original(td_state *s, const td_addr *addr, const td_u256 *key) {
    const slot *l = slot_load(s, addr, key);
    /* Storage a new contract's address had before does not count (EIP-7610, EIP-2200). */
    if (l == NULL || l->account->created_tx == s->tx)
        return TD_U256_ZERO;
    return l->original_tx == s->tx ? l->original : slot_now(l);
}

void td_state_slot_set(td_state *s, const td_addr *addr, const td_u256 *key, const td_u256 *value) {
    slot *l = slot_load(s, addr, key);
    acct *a = l == NULL ? NULL : td_state_account_own(s, addr);
    if (a == NULL)
        return;
    td_u256 now = slot_now(l);
    bool first = l->original_tx != s->tx;
    if (td_u256_eq(&now, value) || !td_state_journal(s, (undo){.kind = UNDO_SLOT,
                                                               .flag = first,
                                                               .stamp = l->generation,
                                                               .at = l,
                                                               .old.word = l->now}))
        return;
    if (first) {
        l->original = now;
        l->original_tx = s->tx;
    }
    l->now = *value;
    l->generation = a->generation;
}

td_u256 td_state_transient(td_state *s, const td_addr *addr, const td_u256 *key) {
    const acct *a = td_state_account_object(s, addr);
    if (a == NULL)
        return TD_U256_ZERO;
    slot_key k = {a->id, *key};
    transient_slot **hit = td_map_get(&s->transient_map, &k);
    return hit != NULL && (*hit)->tx == s->tx ? (*hit)->value : TD_U256_ZERO;
}

void td_state_transient_set(td_state *s, const td_addr *addr, const td_u256 *key,
                            const td_u256 *value) {
    const acct *a = td_state_account_object(s, addr);
    if (a == NULL)
        return;
    slot_key k = {a->id, *key};
    transient_slot **place = td_map_put(&s->transient_map, &k, NULL);
    if (place != NULL && *place == NULL)
        *place = td_state_pool_add(s, &s->transients);
    if (place == NULL || *place == NULL) {
        (void)td_state_fail(s, TD_ERR_NOMEM);
        return;
    }
    transient_slot *t = *place;
    if (!td_state_journal(
            s, (undo){.kind = UNDO_TRANSIENT, .stamp = t->tx, .at = t, .old.word = t->value}))
        return;
    t->value = *value;
    t->tx = s->tx;
}

static bool warm(td_state *s, slot *l) {
    if (TD_LIKELY(l->warm_tx == s->tx) ||
        !td_state_journal(s, (undo){.kind = UNDO_WARM_SLOT, .at = l}))
        return false;
    l->warm_tx = s->tx;
    return true;
}

bool td_state_slot_access(td_state *s, const td_addr *addr, const td_u256 *key, td_u256 *value) {
    slot *l = slot_load(s, addr, key);
    *value = TD_UNLIKELY(l == NULL) ? TD_U256_ZERO : slot_now(l);
    return l != NULL && warm(s, l);
}

bool td_state_warm_slot(td_state *s, const td_addr *addr, const td_u256 *key) {
    acct *a = td_state_account_object(s, addr);
    slot *l = a == NULL ? NULL : slot_object(s, a, key);
    return l != NULL && warm(s, l);
}
