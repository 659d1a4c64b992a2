/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading tries: look-ups, proofs and walks over encoded nodes, without
 * building a tree in memory.
 */
#include "trie/trie_private.h"

/* One step down from `v` at nibble `*at` of the key: 1 and *ref to go on, 0 at the end of the way
 * (then *value is what is there, empty for nothing). */
static int step(const node_view *v, td_bytes key, size_t *at, const uint8_t **ref,
                td_bytes *value) {
    size_t left = key.len * 2 - *at;
    *value = (td_bytes){NULL, 0};
    if (v->kind == NODE_BRANCH) {
        if (left == 0)
            *value = v->value;
        else
            *ref = v->ref[nibble_at(key.ptr, (*at)++)];
        return left != 0 && *ref != NULL;
    }
    if (v->path_len > left)
        return 0;
    for (size_t i = 0; i < v->path_len; i++)
        if (view_nibble(v, i) != nibble_at(key.ptr, *at + i))
            return 0;
    *at += v->path_len;
    if (v->kind == NODE_LEAF) {
        if (*at == key.len * 2)
            *value = v->value;
        return 0;
    }
    *ref = v->ref[0];
    return 1;
}

int td_trie_get(const td_node_store *store, td_arena *a, const td_hash *root, td_bytes key,
                td_bytes *value) {
    (void)a; /* the store's memory */
    *value = (td_bytes){NULL, 0};
    if (td_trie_root_is_empty(root))
        return 0;
    node_view v;
    td_bytes encoded;
    int err = td_trie_hash_load(store, root, &encoded);
    if (err >= 0)
        err = td_trie_node_view(&v, encoded);
    const uint8_t *ref = NULL;
    /* Every step takes a nibble of the key, so that it ends. */
    for (size_t at = 0; err >= 0 && step(&v, key, &at, &ref, value) > 0;)
        err = td_trie_ref_view(&v, store, ref);
    return err < 0 ? err : value->len != 0;
}

int td_trie_prove(const td_node_store *store, td_arena *a, const td_hash *root, td_bytes key,
                  td_bytes **nodes, size_t *count) {
    *count = 0;
    /* At most one node a nibble, and the root. */
    if (key.len > TD_TRIE_KEY_LEN_MAX)
        return TD_ERR_LIMIT;
    *nodes = td_arena_alloc(a, (key.len * 2 + 1) * sizeof **nodes);
    if (*nodes == NULL)
        return TD_ERR_NOMEM;
    if (td_trie_root_is_empty(root))
        return TD_OK;
    td_bytes encoded, value;
    const uint8_t *ref = NULL;
    int err = td_trie_hash_load(store, root, &encoded);
    for (size_t at = 0; err >= 0;) {
        if (ref == NULL || ref_is_hash(ref)) /* a shorter node is part of its parent */
            (*nodes)[(*count)++] = encoded;
        node_view v;
        err = td_trie_node_view(&v, encoded);
        if (err < 0 || step(&v, key, &at, &ref, &value) == 0)
            break;
        err = td_trie_ref_load(store, ref, &encoded);
    }
    return err < 0 ? err : TD_OK;
}

typedef struct walk {
    const td_node_store *store;
    int (*visit)(void *ctx, td_bytes key, td_bytes value);
    void *ctx;
    uint8_t path[TD_TRIE_NIBBLES_MAX];
} walk;

static int walk_value(walk *w, size_t depth, td_bytes value) {
    uint8_t key[TD_TRIE_KEY_LEN_MAX];
    if (depth % 2 != 0)
        return TD_ERR_CORRUPT; /* keys are whole bytes */
    for (size_t i = 0; i < depth / 2; i++)
        key[i] = (uint8_t)(w->path[2 * i] << 4 | w->path[2 * i + 1]);
    return w->visit(w->ctx, TD_BYTES(key, depth / 2), value);
}

/* Walks the node `encoded`, whose path is the first `depth` nibbles. Recursion is bounded by the
 * length of keys: every level takes a nibble at least. */
static int walk_node(walk *w, td_bytes encoded, size_t depth) {
    node_view v;
    int err = td_trie_node_view(&v, encoded);
    if (err < 0)
        return err;
    if (depth + v.path_len > TD_TRIE_NIBBLES_MAX)
        return TD_ERR_CORRUPT;
    for (size_t i = 0; i < v.path_len; i++)
        w->path[depth + i] = view_nibble(&v, i);
    depth += v.path_len;
    if (v.value.len != 0)
        err = walk_value(w, depth, v.value);
    bool is_branch = v.kind == NODE_BRANCH;
    for (size_t i = 0; err == TD_OK && i < 16; i++) {
        if (v.ref[i] == NULL)
            continue;
        if (is_branch) {
            if (depth == TD_TRIE_NIBBLES_MAX)
                return TD_ERR_CORRUPT;
            w->path[depth] = (uint8_t)i;
        }
        td_bytes child;
        err = td_trie_ref_load(w->store, v.ref[i], &child);
        if (err == TD_OK)
            err = walk_node(w, child, depth + is_branch);
    }
    return err;
}

int td_trie_walk(const td_node_store *store, td_arena *a, const td_hash *root,
                 int (*visit)(void *ctx, td_bytes key, td_bytes value), void *ctx) {
    (void)a; /* the store's memory */
    if (td_trie_root_is_empty(root))
        return TD_OK;
    td_bytes encoded;
    int err = td_trie_hash_load(store, root, &encoded);
    walk w = {.store = store, .visit = visit, .ctx = ctx};
    return err < 0 ? err : walk_node(&w, encoded, 0);
}
