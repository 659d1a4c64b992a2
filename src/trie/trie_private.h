/* SPDX-License-Identifier: Apache-2.0
 *
 * What the trie's files share: the view of one encoded node, and references.
 * A reference is the RLP item a parent holds for a child: a string of 32 bytes
 * (the hash of the child's encoding) or the child itself when that is shorter
 * than 32 bytes. A pointer to its first byte is enough, it tells its length.
 */
#ifndef TD_TRIE_PRIVATE_H
#define TD_TRIE_PRIVATE_H

#include "codec/rlp.h"
#include "eth/block.h"
#include "trie/limits.h"
#include "trie/trie.h"

typedef enum node_kind { NODE_LEAF, NODE_EXT, NODE_BRANCH } node_kind;

/* A decoded node. It borrows from the encoding. */
typedef struct node_view {
    node_kind kind;
    size_t path_len;        /* nibbles; 0 for branches */
    size_t path_at;         /* nibbles to skip in `path` */
    const uint8_t *path;    /* packed, two nibbles a byte */
    td_bytes value;         /* of leaves, and of branches with one */
    const uint8_t *ref[16]; /* NULL for none; extensions use the first */
} node_view;

TD_INLINE uint8_t nibble_at(const uint8_t *packed, size_t i) {
    return i % 2 == 0 ? packed[i / 2] >> 4 : packed[i / 2] & 15;
}
TD_INLINE uint8_t view_nibble(const node_view *v, size_t i) {
    return nibble_at(v->path, v->path_at + i);
}

enum { REF_HASH = 0xa0 /* RLP: a string of 32 bytes */ };
TD_INLINE bool ref_is_hash(const uint8_t *ref) {
    return ref[0] == REF_HASH;
}
/* Decoding has checked that a reference that is no hash is a list of less than 32 bytes. */
TD_INLINE size_t ref_len(const uint8_t *ref) {
    return ref_is_hash(ref) ? 33 : 1u + (ref[0] - 0xc0u);
}

/* Decodes a whole node; TD_ERR_CORRUPT unless it is canonical. */
TD_MUST_USE
int td_trie_node_view(node_view *out, td_bytes encoded);
/* The encoded node `ref` stands for, from the store or from `ref` itself. */
TD_MUST_USE
int td_trie_ref_load(const td_node_store *store, const uint8_t *ref, td_bytes *encoded);
/* The same for the node with hash `hash`. */
TD_MUST_USE
int td_trie_hash_load(const td_node_store *store, const td_hash *hash, td_bytes *encoded);
/* The view of what `ref` stands for. */
TD_MUST_USE
int td_trie_ref_view(node_view *out, const td_node_store *store, const uint8_t *ref);
bool td_trie_root_is_empty(const td_hash *root);

/* RLP into memory that is known to be large enough; each returns the place after what it wrote. */
size_t td_trie_rlp_string_len(const uint8_t *ptr, size_t len);
uint8_t *td_trie_rlp_string(uint8_t *at, const uint8_t *ptr, size_t len);
size_t td_trie_rlp_header_len(size_t payload_len);
uint8_t *td_trie_rlp_list_header(uint8_t *at, size_t payload_len);

#endif
