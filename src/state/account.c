/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts of the journaled state: look-up, balance, nonce, code, creation and
 * marks of destruction. A look-up that hits costs one map probe, or none for
 * the account asked for last.
 */
#include "state/state_private.h"

/* Apart, so that the look-up that hits saves no registers; so are other misses here. */
static TD_NOINLINE acct *find(td_state *s, const td_addr *addr) {
    acct **hit = td_map_get(&s->account_map, addr);
    if (TD_LIKELY(hit != NULL))
        return s->last = *hit;
    acct *a = td_state_pool_add(s, &s->accounts);
    if (a == NULL)
        return NULL;
    a->addr = *addr;
    a->id = s->accounts.count - 1;
    a->now = (td_account){.storage_root = TD_EMPTY_TRIE_ROOT, .code_hash = TD_KECCAK_EMPTY};
    acct **place = td_map_put(&s->account_map, addr, NULL);
    if (place == NULL) {
        (void)td_state_fail(s, TD_ERR_NOMEM);
        return NULL;
    }
    *place = a;
    return s->last = a;
}

acct *td_state_account_object(td_state *s, const td_addr *addr) {
    if (TD_UNLIKELY(s->error < 0))
        return NULL;
    return TD_LIKELY(s->last != NULL && td_addr_eq(&s->last->addr, addr)) ? s->last : find(s, addr);
}

static TD_NOINLINE acct *load(td_state *s, acct *a) {
    td_account base;
    int found = s->base.account(s->base.ctx, &a->addr, &base);
    if (found < 0) {
        (void)td_state_fail(s, found);
        return NULL;
    }
    a->loaded = true;
    a->base_exists = a->exists = found > 0;
    if (found > 0)
        a->base = a->now = base;
    else
        a->base = a->now;
    return a;
}

acct *td_state_account_load(td_state *s, const td_addr *addr) {
    acct *a = td_state_account_object(s, addr);
    return TD_UNLIKELY(a == NULL) ? NULL : TD_LIKELY(a->loaded) ? a : load(s, a);
}

static bool touch(td_state *s, acct *a) {
    if (a->touched_tx == s->tx)
        return true;
    acct **place = td_state_list_add(s, &s->touched);
    if (place == NULL)
        return false;
    if (!td_state_journal(s, (undo){.kind = UNDO_TOUCH, .at = a})) {
        s->touched.count--;
        return false;
    }
    *place = a;
    a->touched_tx = s->tx;
    return true;
}

acct *td_state_account_own(td_state *s, const td_addr *addr) {
    acct *a = td_state_account_load(s, addr);
    if (a == NULL || !touch(s, a))
        return NULL;
    if (!a->exists) {
        if (!td_state_journal(s, (undo){.kind = UNDO_EXISTS, .at = a}))
            return NULL;
        a->exists = true;
    }
    return a;
}

/* --- reads ----------------------------------------------------------------------------------- */

const td_account *td_state_account_peek(td_state *s, const td_addr *addr) {
    const acct *a = td_state_account_load(s, addr);
    return a != NULL && a->exists ? &a->now : NULL;
}

bool td_state_is_empty(td_state *s, const td_addr *addr) {
    const td_account *a = td_state_account_peek(s, addr);
    return a == NULL || (a->nonce == 0 && td_u256_is_zero(&a->balance) &&
                         td_hash_eq(&a->code_hash, &TD_KECCAK_EMPTY));
}

td_u256 td_state_balance(td_state *s, const td_addr *addr) {
    const td_account *a = td_state_account_peek(s, addr);
    return a == NULL ? TD_U256_ZERO : a->balance;
}

uint64_t td_state_nonce(td_state *s, const td_addr *addr) {
    const td_account *a = td_state_account_peek(s, addr);
    return a == NULL ? 0 : a->nonce;
}

/* --- balance and nonce ----------------------------------------------------------------------- */

static void balance_put(td_state *s, acct *a, const td_u256 *amount) {
    if (td_u256_eq(&a->now.balance, amount) ||
        !td_state_journal(s, (undo){.kind = UNDO_BALANCE, .at = a, .old.word = a->now.balance}))
        return;
    a->now.balance = *amount;
}

void td_state_balance_set(td_state *s, const td_addr *addr, const td_u256 *amount) {
    acct *a = td_state_account_own(s, addr);
    if (a != NULL)
        balance_put(s, a, amount);
}

void td_state_balance_add(td_state *s, const td_addr *addr, const td_u256 *amount) {
    acct *a = td_state_account_own(s, addr);
    if (a == NULL)
        return;
    td_u256 sum;
    (void)td_u256_add(&sum, &a->now.balance, amount);
    balance_put(s, a, &sum);
}

bool td_state_balance_take(td_state *s, const td_addr *addr, const td_u256 *amount) {
    acct *a = td_state_account_load(s, addr);
    if (a == NULL)
        return false;
    td_u256 rest;
    if (td_u256_sub(&rest, &a->now.balance, amount))
        return false;
    if (a->exists && touch(s, a))
        balance_put(s, a, &rest);
    return true;
}

void td_state_nonce_set(td_state *s, const td_addr *addr, uint64_t nonce) {
    acct *a = td_state_account_own(s, addr);
    if (a == NULL || a->now.nonce == nonce ||
        !td_state_journal(s, (undo){.kind = UNDO_NONCE, .at = a, .stamp = a->now.nonce}))
        return;
    a->now.nonce = nonce;
}

/* --- code ------------------------------------------------------------------------------------ */

/* Keeps a copy of the code under its hash until the state's reset. */
static bool code_keep(td_state *s, const td_hash *hash, td_bytes code) {
    if (td_map_get(&s->code_map, hash) != NULL)
        return true;
    td_bytes copy = {td_arena_copy(&s->bytes, code.ptr, code.len), code.len};
    td_bytes *place = copy.ptr == NULL ? NULL : td_map_put(&s->code_map, hash, NULL);
    if (place == NULL) {
        (void)td_state_fail(s, TD_ERR_NOMEM);
        return false;
    }
    *place = copy;
    return true;
}

void td_state_code_set(td_state *s, const td_addr *addr, td_bytes code,
                       const td_hash *hash_or_null) {
    acct *a = td_state_account_own(s, addr);
    if (a == NULL)
        return;
    td_hash hash = code.len == 0          ? TD_KECCAK_EMPTY
                   : hash_or_null != NULL ? *hash_or_null
                                          : td_keccak(code);
    if (td_hash_eq(&hash, &a->now.code_hash) || (code.len != 0 && !code_keep(s, &hash, code)) ||
        !td_state_journal(s, (undo){.kind = UNDO_CODE, .at = a, .old.hash = a->now.code_hash}))
        return;
    a->now.code_hash = hash;
    a->code_known = false;
}

int td_state_code_by_hash(td_state *s, const td_hash *hash, td_bytes *out) {
    *out = (td_bytes){NULL, 0};
    if (s->error < 0)
        return s->error;
    if (td_hash_eq(hash, &TD_KECCAK_EMPTY))
        return TD_OK;
    const td_bytes *kept = td_map_get(&s->code_map, hash);
    if (kept != NULL) {
        *out = *kept;
        return TD_OK;
    }
    int found = s->base.code(s->base.ctx, hash, out);
    if (found < 0)
        return td_state_fail(s, found);
    return found > 0 ? TD_OK : TD_ERR_NOT_FOUND;
}

td_bytes td_state_code(td_state *s, const td_addr *addr) {
    acct *a = td_state_account_load(s, addr);
    if (a == NULL || !a->exists)
        return (td_bytes){NULL, 0};
    if (!a->code_known) {
        int err = td_state_code_by_hash(s, &a->now.code_hash, &a->code);
        if (err < 0) { /* an account names code that nobody has */
            (void)td_state_fail(s, TD_ERR_CORRUPT);
            return (td_bytes){NULL, 0};
        }
        a->code_known = true;
    }
    return a->code;
}

/* --- creation and destruction ---------------------------------------------------------------- */

void td_state_storage_drop(td_state *s, acct *a) {
    bool bare = a->slots == NULL && a->exts == NULL &&
                td_hash_eq(&a->now.storage_root, &TD_EMPTY_TRIE_ROOT);
    if (bare || !td_state_journal(s, (undo){.kind = UNDO_GENERATION,
                                            .at = a,
                                            .stamp = a->generation,
                                            .old.hash = a->now.storage_root}))
        return;
    a->generation = ++s->generation_last;
    a->now.storage_root = TD_EMPTY_TRIE_ROOT;
}

void td_state_create(td_state *s, const td_addr *addr, uint64_t nonce) {
    td_state_nonce_set(s, addr, nonce);
    td_state_code_set(s, addr, (td_bytes){NULL, 0}, NULL);
    acct *a = td_state_account_own(s, addr);
    if (a == NULL)
        return;
    td_state_storage_drop(s, a);
    if (a->created_tx != s->tx && td_state_journal(s, (undo){.kind = UNDO_CREATED, .at = a}))
        a->created_tx = s->tx;
}

bool td_state_created_in_tx(td_state *s, const td_addr *addr) {
    const acct *a = td_state_account_object(s, addr);
    return a != NULL && a->created_tx == s->tx;
}

bool td_state_has_storage(td_state *s, const td_addr *addr) {
    const acct *a = td_state_account_load(s, addr);
    if (a == NULL || !a->exists)
        return false;
    if (!td_hash_eq(&a->now.storage_root, &TD_EMPTY_TRIE_ROOT))
        return true;
    for (const slot *l = a->slots; l != NULL; l = l->next) {
        td_u256 v = slot_now(l);
        if (!td_u256_is_zero(&v))
            return true;
    }
    for (const ext *e = a->exts; e != NULL; e = e->next)
        if (!e->is_transient && ext_here(s, e))
            return true;
    return false;
}

static void mark_destroyed(td_state *s, const td_addr *addr, bool always) {
    acct *a = td_state_account_load(s, addr);
    if (a == NULL || !a->exists)
        return;
    if (a->marked_tx != s->tx) {
        acct **place = td_state_list_add(s, &s->marked);
        if (place == NULL)
            return;
        if (!td_state_journal(s, (undo){.kind = UNDO_MARKED, .at = a})) {
            s->marked.count--;
            return;
        }
        *place = a;
        a->marked_tx = s->tx;
        a->marked_always = false;
    }
    if (always && !a->marked_always &&
        td_state_journal(s, (undo){.kind = UNDO_MARKED, .flag = true, .at = a}))
        a->marked_always = true;
}

void td_state_destroy(td_state *s, const td_addr *addr) {
    mark_destroyed(s, addr, false);
}

void td_state_destroy_always(td_state *s, const td_addr *addr) {
    mark_destroyed(s, addr, true);
}

bool td_state_warm_account(td_state *s, const td_addr *addr) {
    acct *a = td_state_account_object(s, addr);
    if (a == NULL || a->warm_tx == s->tx ||
        !td_state_journal(s, (undo){.kind = UNDO_WARM_ACCOUNT, .at = a}))
        return false;
    a->warm_tx = s->tx;
    return true;
}
