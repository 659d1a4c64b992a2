/* SPDX-License-Identifier: Apache-2.0
 *
 * Extended slots (rulings.md 2): byte-string keys and values of PolkaVM storage
 * in the storage of an account, persistent and transient. Found by the keccak256
 * of account, kind of storage and key, so that keys of any length cost the same.
 */
#include "state/state_private.h"

static td_hash ext_digest(const acct *a, td_bytes key, bool is_transient) {
    uint8_t text[sizeof(uint64_t) + 1 + TD_STATE_KEY_LEN_MAX];
    td_store_le64(text, a->id);
    text[8] = is_transient;
    memcpy(text + 9, key.ptr, key.len);
    return td_keccak(TD_BYTES(text, 9 + key.len));
}

/* Copies to the block's memory; false with the error set. */
static bool keep(td_state *s, td_bytes *out, td_bytes in) {
    *out = (td_bytes){td_arena_copy(&s->bytes, in.ptr, in.len), in.len};
    if (out->ptr == NULL)
        (void)td_state_fail(s, TD_ERR_NOMEM);
    return out->ptr != NULL;
}

/* The base's value, kept under generation 0 for the reason given in slot.c. */
static bool load(td_state *s, ext *e) {
    const acct *a = e->account;
    if (!a->base_exists || td_hash_eq(&a->base.storage_root, &TD_EMPTY_TRIE_ROOT))
        return true;
    td_bytes value;
    int found = s->base.slot(s->base.ctx, &a->addr, &a->base, e->key, &value);
    if (found < 0)
        (void)td_state_fail(s, found);
    if (found <= 0)
        return found == 0;
    e->base.present = keep(s, &e->base.bytes, value);
    e->now = e->base;
    return e->base.present;
}

static ext *ext_load(td_state *s, const td_addr *addr, td_bytes key, bool is_transient) {
    TD_ASSERT(key.len >= TD_STATE_KEY_LEN_MIN && key.len <= TD_STATE_KEY_LEN_MAX && key.len != 32);
    acct *a = td_state_account_load(s, addr);
    if (a == NULL)
        return NULL;
    td_hash digest = ext_digest(a, key, is_transient);
    ext **hit = td_map_get(&s->ext_map, &digest);
    if (hit != NULL)
        return *hit;
    ext *e = td_state_pool_add(s, &s->exts);
    if (e == NULL)
        return NULL;
    e->account = a;
    e->is_transient = is_transient;
    if (!keep(s, &e->key, key) || (!is_transient && !load(s, e)))
        return NULL;
    ext **place = td_map_put(&s->ext_map, &digest, NULL);
    if (place == NULL) {
        (void)td_state_fail(s, TD_ERR_NOMEM);
        return NULL;
    }
    e->next = a->exts;
    a->exts = e;
    return *place = e;
}

bool td_state_ext(td_state *s, const td_addr *addr, td_bytes key, bool transient, td_bytes *value) {
    const ext *e = ext_load(s, addr, key, transient);
    bool here = e != NULL && ext_here(s, e);
    *value = here ? e->now.bytes : (td_bytes){NULL, 0};
    return here;
}

void td_state_ext_set(td_state *s, const td_addr *addr, td_bytes key, bool transient,
                      td_bytes value, bool remove) {
    TD_ASSERT(value.len <= TD_STATE_VALUE_LEN_MAX);
    ext *e = ext_load(s, addr, key, transient);
    if (e == NULL || (!transient && td_state_account_own(s, addr) == NULL))
        return;
    ext_value next = {.life = transient ? s->tx : e->account->generation,
                      .present = value.len != 0 || !remove};
    if (next.present && !keep(s, &next.bytes, value))
        return;
    if (td_state_journal(s, (undo){.kind = UNDO_EXT,
                                   .flag = e->now.present,
                                   .stamp = e->now.life,
                                   .at = e,
                                   .old.bytes = e->now.bytes}))
        e->now = next;
}
