/* SPDX-License-Identifier: Apache-2.0
 *
 * Batches of changes, roots of lists, and the account's encoding: the public
 * side of what tree.c does to nodes.
 */
#include "trie/tree.h"

#include <stdlib.h>

/* --- batches --------------------------------------------------------------------------------- */

static int by_key_then_place(const void *x, const void *y) {
    const td_trie_change *a = *(const td_trie_change *const *)x;
    const td_trie_change *b = *(const td_trie_change *const *)y;
    size_t len = a->key.len < b->key.len ? a->key.len : b->key.len;
    int order = len == 0 ? 0 : memcmp(a->key.ptr, b->key.ptr, len);
    if (order == 0)
        order = (a->key.len > b->key.len) - (a->key.len < b->key.len);
    return order != 0 ? order : (a > b) - (a < b); /* both point into one array */
}

/* Sorts pointers to the changes by key and keeps the last of equal ones. Neighbours in the tree are
 * then changed one after the other, and the outcome of equal keys is clear. */
static size_t sort_changes(const td_trie_change **sorted, const td_trie_change *changes,
                           size_t count) {
    for (size_t i = 0; i < count; i++)
        sorted[i] = &changes[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_key_then_place);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || !td_bytes_eq(sorted[i]->key, sorted[i + 1]->key))
            sorted[kept++] = sorted[i];
    return kept;
}

static int apply(const tree *t, node **root, const td_trie_change *change) {
    uint8_t path[TD_TRIE_NIBBLES_MAX];
    for (size_t i = 0; i < change->key.len * 2; i++)
        path[i] = nibble_at(change->key.ptr, i);
    nibbles key = {path, change->key.len * 2};
    return change->value.len == 0 ? td_trie_remove(t, root, key)
                                  : td_trie_insert(t, root, key, change->value);
}

/* Inserts come first: what they add saves removals from collapsing branches and reading siblings.
 */
static int apply_all(const tree *t, node **root, const td_trie_change **sorted, size_t count) {
    for (int removals = 0; removals < 2; removals++)
        for (size_t i = 0; i < count; i++) {
            if ((sorted[i]->value.len == 0) != (removals != 0))
                continue;
            int err = apply(t, root, sorted[i]);
            if (err < 0)
                return err;
        }
    return TD_OK;
}

int td_trie_update(const td_node_store *store, td_arena *a, const td_hash *root,
                   const td_trie_change *changes, size_t count, td_hash *new_root) {
    for (size_t i = 0; i < count; i++)
        if (changes[i].key.len > TD_TRIE_KEY_LEN_MAX ||
            changes[i].value.len > TD_TRIE_VALUE_LEN_MAX)
            return TD_ERR_LIMIT;
    const td_trie_change **sorted = td_arena_alloc(a, count * sizeof(td_trie_change *));
    if (sorted == NULL)
        return TD_ERR_NOMEM;
    count = sort_changes(sorted, changes, count);
    tree t = {store, a};
    node *top = NULL;
    if (!td_trie_root_is_empty(root) && count != 0) {
        uint8_t *ref = td_arena_alloc(a, TD_TRIE_REF_LEN_MAX);
        if (ref == NULL)
            return TD_ERR_NOMEM;
        ref[0] = REF_HASH;
        memcpy(ref + 1, root->b, sizeof root->b);
        int err = td_trie_node_load(&t, ref, &top);
        if (err < 0)
            return err;
    } else if (count == 0) {
        *new_root = *root;
        return TD_OK;
    }
    int err = apply_all(&t, &top, sorted, count);
    return err < 0 ? err : td_trie_commit(&t, top, new_root);
}

/* --- lists ----------------------------------------------------------------------------------- */

static int no_node(void *ctx, const td_hash *hash, td_bytes *out) {
    (void)ctx, (void)hash, (void)out;
    return TD_ERR_CORRUPT; /* never asked: the tree starts empty */
}

int td_trie_list_root(td_arena *a, const td_bytes *items, size_t count, td_hash *root) {
    td_trie_change *changes = td_arena_alloc(a, count * sizeof *changes);
    uint8_t *keys = td_arena_alloc(a, count * 9); /* RLP of an integer of up to 8 bytes */
    if (changes == NULL || keys == NULL)
        return TD_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        uint8_t be[8], *key = keys + 9 * i;
        td_store_be64(be, i);
        size_t zeros = i == 0 ? 8 : (size_t)__builtin_clzll(i) / 8;
        size_t len = (size_t)(td_trie_rlp_string(key, be + zeros, 8 - zeros) - key);
        changes[i] = (td_trie_change){{key, len}, items[i]};
    }
    td_node_store store = {.get = no_node};
    return td_trie_update(&store, a, &TD_EMPTY_TRIE_ROOT, changes, count, root);
}

/* --- accounts -------------------------------------------------------------------------------- */

int td_trie_account_encode(td_arena *a, const td_trie_account *account, td_bytes *out) {
    uint8_t nonce[8];
    td_store_be64(nonce, account->nonce);
    size_t nonce_zeros = 0, balance_zeros = 0;
    while (nonce_zeros < 8 && nonce[nonce_zeros] == 0)
        nonce_zeros++;
    while (balance_zeros < 32 && account->balance_be.b[balance_zeros] == 0)
        balance_zeros++;
    const uint8_t *balance = account->balance_be.b + balance_zeros;
    size_t payload = td_trie_rlp_string_len(nonce + nonce_zeros, 8 - nonce_zeros) +
                     td_trie_rlp_string_len(balance, 32 - balance_zeros) + 2 * 33;
    size_t len = td_trie_rlp_header_len(payload) + payload;
    uint8_t *bytes = td_arena_alloc(a, len);
    if (bytes == NULL)
        return TD_ERR_NOMEM;
    uint8_t *at = td_trie_rlp_list_header(bytes, payload);
    at = td_trie_rlp_string(at, nonce + nonce_zeros, 8 - nonce_zeros);
    at = td_trie_rlp_string(at, balance, 32 - balance_zeros);
    at = td_trie_rlp_string(at, account->storage_root.b, 32);
    (void)td_trie_rlp_string(at, account->code_hash.b, 32);
    *out = (td_bytes){bytes, len};
    return TD_OK;
}

int td_trie_account_decode(td_trie_account *out, td_bytes rlp) {
    *out = (td_trie_account){0};
    td_rlp whole = td_rlp_over(rlp), items;
    td_bytes balance;
    if (td_rlp_list(&whole, &items) < 0 || !td_rlp_done(&whole) ||
        td_rlp_u64(&items, &out->nonce) < 0 || td_rlp_bytes(&items, &balance) < 0 ||
        td_rlp_fixed(&items, out->storage_root.b, 32) < 0 ||
        td_rlp_fixed(&items, out->code_hash.b, 32) < 0 || !td_rlp_done(&items))
        return TD_ERR_CORRUPT;
    if (balance.len > 32 || (balance.len != 0 && balance.ptr[0] == 0))
        return TD_ERR_CORRUPT;
    if (balance.len != 0)
        memcpy(out->balance_be.b + 32 - balance.len, balance.ptr, balance.len);
    return TD_OK;
}
