/* SPDX-License-Identifier: Apache-2.0
 *
 * Inserting and removing in a tree of nodes. Nodes are changed in place; a
 * changed node has no reference until td_trie_commit gives it one. Recursion
 * is bounded by the nibbles of the key: every level takes one at least.
 */
#include "trie/tree.h"

node *td_trie_node_new(const tree *t, node_kind kind, nibbles path) {
    node *n = td_arena_zalloc(t->arena, sizeof *n + children_of(kind) * sizeof(child));
    if (n == NULL)
        return NULL;
    n->kind = (uint8_t)kind;
    n->path_len = (uint16_t)path.len;
    if (path.len != 0 && (n->path = td_arena_copy(t->arena, path.ptr, path.len)) == NULL)
        return NULL;
    return n;
}

static int node_decode(const tree *t, td_bytes encoded, node **out) {
    node_view v;
    int err = td_trie_node_view(&v, encoded);
    if (err < 0)
        return err;
    uint8_t path[TD_TRIE_NIBBLES_MAX];
    for (size_t i = 0; i < v.path_len; i++)
        path[i] = view_nibble(&v, i);
    node *n = td_trie_node_new(t, v.kind, (nibbles){path, v.path_len});
    if (n == NULL)
        return TD_ERR_NOMEM;
    n->value = v.value;
    for (size_t i = 0; i < children_of(v.kind); i++)
        n->children[i].ref = v.ref[i];
    *out = n;
    return TD_OK;
}

int td_trie_node_load(const tree *t, const uint8_t *ref, node **out) {
    td_bytes encoded;
    int err = td_trie_ref_load(t->store, ref, &encoded);
    if (err >= 0)
        err = node_decode(t, encoded, out);
    if (err >= 0)
        (*out)->ref = ref;
    return err;
}

static bool has_child(const node *n, size_t index) {
    return is_loaded(n, index) || n->children[index].ref != NULL;
}

int td_trie_child_load(const tree *t, node *n, size_t index, node **out) {
    if (!is_loaded(n, index)) {
        node *c;
        int err = td_trie_node_load(t, n->children[index].ref, &c);
        if (err < 0)
            return err;
        if (n->kind == NODE_EXT && c->kind != NODE_BRANCH)
            return TD_ERR_CORRUPT; /* the two would be one node */
        n->children[index].node = c;
        n->loaded = (uint16_t)(n->loaded | 1u << index);
    }
    *out = n->children[index].node;
    return TD_OK;
}

/* Sets or, with NULL, clears a child. */
static void child_set(node *n, size_t index, node *c) {
    n->children[index].node = c;
    n->loaded = (uint16_t)(c == NULL ? n->loaded & ~(1u << index) : n->loaded | 1u << index);
}

/* Moves a child that need not be loaded. */
static void child_move(node *to, size_t to_index, const node *from, size_t from_index) {
    to->children[to_index] = from->children[from_index];
    if (is_loaded(from, from_index))
        to->loaded = (uint16_t)(to->loaded | 1u << to_index);
}

static nibbles skip(nibbles path, size_t count) {
    return (nibbles){count == 0 ? path.ptr : path.ptr + count, path.len - count};
}

static size_t common_len(nibbles a, nibbles b) {
    size_t n = 0;
    while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n])
        n++;
    return n;
}

static nibbles path_of(const node *n) {
    return (nibbles){n->path, n->path_len};
}

/* --- insert ---------------------------------------------------------------------------------- */

static int leaf_new(const tree *t, nibbles path, td_bytes value, node **out) {
    *out = td_trie_node_new(t, NODE_LEAF, path);
    if (*out == NULL)
        return TD_ERR_NOMEM;
    (*out)->value = value;
    return TD_OK;
}

/* Puts `value` into branch `b`, which has nothing on this path. */
static int branch_add(const tree *t, node *b, nibbles path, td_bytes value) {
    if (path.len == 0) {
        b->value = value;
        return TD_OK;
    }
    node *leaf;
    int err = leaf_new(t, skip(path, 1), value, &leaf);
    if (err >= 0)
        child_set(b, path.ptr[0], leaf);
    return err;
}

/* Puts the child of extension `n` into branch `b` under the path's rest, the first nibble of which
 * selects the place. */
static int branch_add_ext(const tree *t, node *b, const node *n, nibbles rest) {
    if (rest.len == 1) {
        child_move(b, rest.ptr[0], n, 0);
        return TD_OK;
    }
    node *ext = td_trie_node_new(t, NODE_EXT, skip(rest, 1));
    if (ext == NULL)
        return TD_ERR_NOMEM;
    child_move(ext, 0, n, 0);
    child_set(b, rest.ptr[0], ext);
    return TD_OK;
}

/* Splits a leaf or extension whose path leaves `path` after `common` nibbles: a branch there, with
 * what was and what is new, under an extension for the common part. */
static int split(const tree *t, node **at, nibbles path, size_t common, td_bytes value) {
    const node *n = *at;
    node *b = td_trie_node_new(t, NODE_BRANCH, (nibbles){NULL, 0});
    if (b == NULL)
        return TD_ERR_NOMEM;
    nibbles rest = skip(path_of(n), common);
    int err =
        n->kind == NODE_LEAF ? branch_add(t, b, rest, n->value) : branch_add_ext(t, b, n, rest);
    if (err >= 0)
        err = branch_add(t, b, skip(path, common), value);
    if (err < 0)
        return err;
    *at = b;
    if (common != 0) {
        node *ext = td_trie_node_new(t, NODE_EXT, (nibbles){path.ptr, common});
        if (ext == NULL)
            return TD_ERR_NOMEM;
        child_set(ext, 0, b);
        *at = ext;
    }
    return 1;
}

static int value_set(node *n, td_bytes value) {
    if (td_bytes_eq(n->value, value))
        return 0;
    n->value = value;
    n->ref = NULL;
    return 1;
}

int td_trie_insert(const tree *t, node **at, nibbles path, td_bytes value) {
    node *n = *at;
    if (n == NULL) {
        int err = leaf_new(t, path, value, at);
        return err < 0 ? err : 1;
    }
    size_t index = 0, common = 0;
    if (n->kind == NODE_BRANCH) {
        if (path.len == 0)
            return value_set(n, value);
        index = path.ptr[0];
        common = 1;
        if (!has_child(n, index)) {
            n->ref = NULL;
            int err = branch_add(t, n, path, value);
            return err < 0 ? err : 1;
        }
    } else {
        common = common_len(path_of(n), path);
        if (common < n->path_len || (n->kind == NODE_LEAF && common < path.len))
            return split(t, at, path, common, value);
        if (n->kind == NODE_LEAF)
            return value_set(n, value);
    }
    node *c;
    int err = td_trie_child_load(t, n, index, &c);
    if (err < 0)
        return err;
    int changed = td_trie_insert(t, &c, skip(path, common), value);
    if (changed > 0) {
        child_set(n, index, c);
        n->ref = NULL;
    }
    return changed;
}

/* --- remove ---------------------------------------------------------------------------------- */

/* Puts `head` in front of `n`: leaves and extensions take it into their path, a branch gets an
 * extension. */
static int prefix(const tree *t, node **at, nibbles head) {
    node *n = *at;
    uint8_t path[TD_TRIE_NIBBLES_MAX];
    if (head.len + n->path_len > sizeof path)
        return TD_ERR_CORRUPT;
    memcpy(path, head.ptr, head.len);
    if (n->path_len != 0)
        memcpy(path + head.len, n->path, n->path_len);
    node_kind kind = n->kind == NODE_LEAF ? NODE_LEAF : NODE_EXT;
    node *out = td_trie_node_new(t, kind, (nibbles){path, head.len + n->path_len});
    if (out == NULL)
        return TD_ERR_NOMEM;
    if (n->kind == NODE_LEAF)
        out->value = n->value;
    else if (n->kind == NODE_EXT)
        child_move(out, 0, n, 0);
    else
        child_set(out, 0, n);
    *at = out;
    return TD_OK;
}

/* A branch that lost an entry: one that is left alone takes its place. */
static int collapse(const tree *t, node **at) {
    node *n = *at;
    size_t entries = n->value.len != 0;
    uint8_t last = 0;
    for (uint8_t i = 0; i < 16; i++)
        if (has_child(n, i)) {
            entries++;
            last = i;
        }
    if (entries > 1)
        return 1;
    if (n->value.len != 0) {
        int err = leaf_new(t, (nibbles){NULL, 0}, n->value, at);
        return err < 0 ? err : 1;
    }
    node *c;
    int err = td_trie_child_load(t, n, last, &c);
    if (err >= 0)
        err = prefix(t, &c, (nibbles){&last, 1});
    if (err < 0)
        return err;
    *at = c;
    return 1;
}

static int ext_remove(const tree *t, node **at, nibbles path) {
    node *n = *at, *c;
    if (common_len(path_of(n), path) < n->path_len)
        return 0;
    int err = td_trie_child_load(t, n, 0, &c);
    if (err < 0)
        return err;
    int changed = td_trie_remove(t, &c, skip(path, n->path_len));
    if (changed <= 0)
        return changed;
    if (c->kind == NODE_BRANCH) {
        n->ref = NULL;
        return 1;
    }
    *at = c;
    err = prefix(t, at, path_of(n));
    return err < 0 ? err : 1;
}

static int branch_remove(const tree *t, node **at, nibbles path) {
    node *n = *at;
    if (path.len == 0) {
        if (n->value.len == 0)
            return 0;
        n->value = (td_bytes){NULL, 0};
        n->ref = NULL;
        return collapse(t, at);
    }
    size_t index = path.ptr[0];
    if (!has_child(n, index))
        return 0;
    node *c;
    int err = td_trie_child_load(t, n, index, &c);
    if (err < 0)
        return err;
    int changed = td_trie_remove(t, &c, skip(path, 1));
    if (changed <= 0)
        return changed;
    child_set(n, index, c);
    n->ref = NULL;
    return c == NULL ? collapse(t, at) : 1;
}

int td_trie_remove(const tree *t, node **at, nibbles path) {
    node *n = *at;
    if (n == NULL)
        return 0;
    if (n->kind == NODE_BRANCH)
        return branch_remove(t, at, path);
    if (n->kind == NODE_EXT)
        return ext_remove(t, at, path);
    if (path.len != n->path_len || common_len(path_of(n), path) < path.len)
        return 0;
    *at = NULL;
    return 1;
}
