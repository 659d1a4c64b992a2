/* SPDX-License-Identifier: Apache-2.0
 *
 * From a tree of nodes to encodings and hashes: every changed node gets a
 * reference, children before parents, and what is named by hash is put into
 * the store. Recursion is bounded by the nibbles of keys.
 */
#include "trie/tree.h"

/* Hex-prefix form (yellow paper C) into out; returns its length. */
static size_t path_encode(uint8_t *out, const node *n) {
    bool is_odd = n->path_len % 2 != 0;
    size_t len = 0, i = 0;
    out[len++] = (uint8_t)((n->kind == NODE_LEAF ? 0x20 : 0) | (is_odd ? 0x10 | n->path[i++] : 0));
    for (; i < n->path_len; i += 2)
        out[len++] = (uint8_t)(n->path[i] << 4 | n->path[i + 1]);
    return len;
}

static td_bytes child_ref(const node *n, size_t index) {
    static const uint8_t empty = 0x80; /* RLP: the empty string */
    const uint8_t *ref =
        is_loaded(n, index) ? n->children[index].node->ref : n->children[index].ref;
    return ref == NULL ? (td_bytes){&empty, 1} : (td_bytes){ref, ref_len(ref)};
}

/* Encodes a node whose children have references. */
static int encode(const tree *t, const node *n, td_bytes *out) {
    uint8_t path[TD_TRIE_KEY_LEN_MAX + 1];
    size_t path_len = 0, payload = 0;
    if (n->kind != NODE_BRANCH) {
        path_len = path_encode(path, n);
        payload += td_trie_rlp_string_len(path, path_len);
    }
    if (n->kind != NODE_EXT)
        payload += td_trie_rlp_string_len(n->value.ptr, n->value.len);
    size_t children = children_of((node_kind)n->kind);
    for (size_t i = 0; i < children; i++)
        payload += child_ref(n, i).len;
    size_t len = td_trie_rlp_header_len(payload) + payload;
    uint8_t *bytes = td_arena_alloc(t->arena, len);
    if (bytes == NULL)
        return TD_ERR_NOMEM;
    uint8_t *at = td_trie_rlp_list_header(bytes, payload);
    if (n->kind != NODE_BRANCH)
        at = td_trie_rlp_string(at, path, path_len);
    for (size_t i = 0; i < children; i++) {
        td_bytes ref = child_ref(n, i);
        memcpy(at, ref.ptr, ref.len);
        at += ref.len;
    }
    if (n->kind != NODE_EXT)
        at = td_trie_rlp_string(at, n->value.ptr, n->value.len);
    TD_ASSERT(at == bytes + len);
    *out = (td_bytes){bytes, len};
    return TD_OK;
}

static int hash_and_put(const tree *t, td_bytes encoded, td_hash *hash) {
    *hash = td_keccak(encoded);
    return t->store->put == NULL ? TD_OK : t->store->put(t->store->ctx, hash, encoded);
}

/* Gives `n` and all changed nodes below a reference. */
static int refer(const tree *t, node *n, bool is_root) {
    if (n->ref != NULL)
        return TD_OK;
    for (size_t i = 0; i < children_of((node_kind)n->kind); i++)
        if (is_loaded(n, i)) {
            int err = refer(t, n->children[i].node, false);
            if (err < 0)
                return err;
        }
    td_bytes encoded;
    int err = encode(t, n, &encoded);
    if (err < 0)
        return err;
    if (encoded.len <= TD_TRIE_INLINE_LEN_MAX && !is_root) {
        n->ref = encoded.ptr;
        return TD_OK;
    }
    uint8_t *ref = td_arena_alloc(t->arena, TD_TRIE_REF_LEN_MAX);
    td_hash hash;
    if (ref == NULL)
        return TD_ERR_NOMEM;
    err = hash_and_put(t, encoded, &hash);
    if (err < 0)
        return err;
    ref[0] = REF_HASH;
    memcpy(ref + 1, hash.b, sizeof hash.b);
    n->ref = ref;
    return TD_OK;
}

int td_trie_commit(const tree *t, node *root, td_hash *hash) {
    if (root == NULL) {
        *hash = TD_EMPTY_TRIE_ROOT;
        return TD_OK;
    }
    int err = refer(t, root, true);
    if (err >= 0) /* the root is always named by hash */
        memcpy(hash->b, root->ref + 1, sizeof hash->b);
    return err;
}
