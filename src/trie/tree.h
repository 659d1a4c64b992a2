/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree a batch of changes works on: nodes of the paths touched, decoded
 * into the arena; everything else stays a reference. For this folder alone.
 */
#ifndef TD_TRIE_TREE_H
#define TD_TRIE_TREE_H

#include "trie/trie_private.h"

typedef struct node node;

/* A child: a node in memory when its bit in `loaded` is set, else a reference or NULL. */
typedef union child {
    node *node;
    const uint8_t *ref;
} child;

struct node {
    const uint8_t *ref;  /* what a parent writes for it; NULL while changed */
    const uint8_t *path; /* one nibble a byte; leaves and extensions */
    td_bytes value;
    uint16_t path_len;
    uint16_t loaded;
    uint8_t kind;
    child children[]; /* 0 for a leaf, 1 for an extension, 16 for a branch */
};

typedef struct tree {
    const td_node_store *store;
    td_arena *arena;
} tree;

/* A run of nibbles, one a byte. */
typedef struct nibbles {
    const uint8_t *ptr;
    size_t len;
} nibbles;

/* Places for children. */
TD_INLINE size_t children_of(node_kind kind) {
    return kind == NODE_BRANCH ? 16 : kind == NODE_EXT ? 1 : 0;
}
TD_INLINE bool is_loaded(const node *n, size_t index) {
    return (n->loaded >> index & 1) != 0;
}

/* Makes an empty node that counts as changed; NULL when memory ends. */
node *td_trie_node_new(const tree *t, node_kind kind, nibbles path);
/* Decodes the node `ref` stands for. */
TD_MUST_USE
int td_trie_node_load(const tree *t, const uint8_t *ref, node **out);
/* The node of a child that is there, loaded if it was not. */
TD_MUST_USE
int td_trie_child_load(const tree *t, node *n, size_t index, node **out);

/* Sets the value of the key that ends with `path` under *at, which may be NULL. 1 changed, 0 not,
 * or a td_err. */
TD_MUST_USE
int td_trie_insert(const tree *t, node **at, nibbles path, td_bytes value);
/* Removes it; *at becomes NULL when nothing is left. */
TD_MUST_USE
int td_trie_remove(const tree *t, node **at, nibbles path);
/* Encodes all changed nodes, puts them, and gives the hash of the root. */
TD_MUST_USE
int td_trie_commit(const tree *t, node *root, td_hash *hash);

#endif
