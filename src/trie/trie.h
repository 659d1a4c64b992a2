/* SPDX-License-Identifier: Apache-2.0
 *
 * Merkle-Patricia tries (yellow paper appendix D) over a node store: look-ups,
 * batches of changes that write only new nodes, and roots of ordered lists.
 * Keys are hashed by the caller (secure tries: keccak256 of the key).
 *
 * Threads: confined to one thread unless the store says otherwise.
 * Memory:  scratch comes from the arena given.
 */
#ifndef TD_TRIE_TRIE_H
#define TD_TRIE_TRIE_H

#include "base/mem.h"
#include "crypto/crypto.h"

/* Where nodes of 32 bytes and more live, by keccak256. `get` returns 0 and bytes that live until
 * the arena the operation was given ends, or a negative td_err (TD_ERR_NOT_FOUND is then
 * TD_ERR_CORRUPT for the caller). */
typedef struct td_node_store {
    int (*get)(void *ctx, const td_hash *hash, td_bytes *node);
    int (*put)(void *ctx, const td_hash *hash, td_bytes node); /* NULL: nodes are only hashed */
    void *ctx;
} td_node_store;

/* The value at `key` under `root`: 1 and the bytes, 0 for absent, or a negative td_err. */
TD_MUST_USE
int td_trie_get(const td_node_store *store, td_arena *a, const td_hash *root, td_bytes key,
                td_bytes *value);

typedef struct td_trie_change {
    td_bytes key;   /* any length, all keys of a trie alike in practice (32) */
    td_bytes value; /* empty removes */
} td_trie_change;

/* Applies `count` changes (any order; the last of equal keys wins) to the trie under `root` and
 * puts the new nodes. *new_root is TD_EMPTY_TRIE_ROOT's value for an empty trie. Returns 0 or a
 * negative td_err. Cost: reads only the nodes on the paths of the keys.
 * Keys past TD_TRIE_KEY_LEN_MAX (limits.h) give TD_ERR_LIMIT; malformed or missing nodes
 * TD_ERR_CORRUPT. What the store gives is decoded strictly but not hashed again. */
TD_MUST_USE
int td_trie_update(const td_node_store *store, td_arena *a, const td_hash *root,
                   const td_trie_change *changes, size_t count, td_hash *new_root);

/* The root of the list `items` with keys rlp(index): transactions, receipts, withdrawals (yellow
 * paper 4.3.2). */
TD_MUST_USE
int td_trie_list_root(td_arena *a, const td_bytes *items, size_t count, td_hash *root);

/* A proof: the encoded nodes from the root to `key` or to where it ends, for eth_getProof
 * (EIP-1186). Nodes below 32 bytes are part of their parents and not listed; an empty trie has no
 * nodes. */
TD_MUST_USE
int td_trie_prove(const td_node_store *store, td_arena *a, const td_hash *root, td_bytes key,
                  td_bytes **nodes, size_t *count);

/* Walks all values in key order; `visit` returns 0 to go on. Returns 0, what visit returned, or a
 * td_err. */
TD_MUST_USE
int td_trie_walk(const td_node_store *store, td_arena *a, const td_hash *root,
                 int (*visit)(void *ctx, td_bytes key, td_bytes value), void *ctx);

/* An account in the trie: RLP of nonce, balance, storage root, code hash. */
typedef struct td_trie_account {
    uint64_t nonce;
    td_hash balance_be; /* 32 bytes big-endian */
    td_hash storage_root, code_hash;
} td_trie_account;
/* Writes to the arena. */
TD_MUST_USE
int td_trie_account_encode(td_arena *a, const td_trie_account *account, td_bytes *out);
TD_MUST_USE
int td_trie_account_decode(td_trie_account *out, td_bytes rlp);

#endif
