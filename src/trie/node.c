/* SPDX-License-Identifier: Apache-2.0
 *
 * Encoded nodes: decoding with every rule checked, so that damaged stores give
 * TD_ERR_CORRUPT and nothing worse, and the few RLP writers that encoding needs.
 */
#include "trie/trie_private.h"

/* --- decoding -------------------------------------------------------------------------------- */

/* Hex-prefix encoding (yellow paper C): flag nibble 0 to 3, then the path. */
static int path_decode(node_view *v, td_bytes packed) {
    if (packed.len == 0 || packed.len > TD_TRIE_KEY_LEN_MAX + 1 || packed.ptr[0] >> 4 > 3)
        return TD_ERR_CORRUPT;
    bool is_odd = (packed.ptr[0] & 0x10) != 0;
    if (!is_odd && (packed.ptr[0] & 15) != 0)
        return TD_ERR_CORRUPT;
    v->kind = (packed.ptr[0] & 0x20) != 0 ? NODE_LEAF : NODE_EXT;
    v->path = packed.ptr;
    v->path_at = is_odd ? 1 : 2;
    v->path_len = packed.len * 2 - v->path_at;
    return v->path_len > TD_TRIE_NIBBLES_MAX ? TD_ERR_CORRUPT : TD_OK;
}

/* *ref is NULL for the empty string. */
static int ref_decode(const uint8_t **ref, const td_rlp_item *item) {
    *ref = NULL;
    if (item->is_list) {
        if (item->whole.len > TD_TRIE_INLINE_LEN_MAX)
            return TD_ERR_CORRUPT;
        *ref = item->whole.ptr;
    } else if (item->payload.len == sizeof(td_hash))
        *ref = item->whole.ptr;
    else if (item->payload.len != 0)
        return TD_ERR_CORRUPT;
    return TD_OK;
}

static int short_decode(node_view *v, const td_rlp_item item[2]) {
    if (item[0].is_list || path_decode(v, item[0].payload) < 0)
        return TD_ERR_CORRUPT;
    if (v->kind == NODE_LEAF) {
        v->value = item[1].payload;
        return item[1].is_list || v->value.len == 0 ? TD_ERR_CORRUPT : TD_OK;
    }
    if (v->path_len == 0 || ref_decode(&v->ref[0], &item[1]) < 0 || v->ref[0] == NULL)
        return TD_ERR_CORRUPT;
    return TD_OK;
}

/* A branch with fewer than two entries would have been collapsed. */
static int branch_decode(node_view *v, const td_rlp_item item[17]) {
    size_t entries = 0;
    for (size_t i = 0; i < 16; i++) {
        if (ref_decode(&v->ref[i], &item[i]) < 0)
            return TD_ERR_CORRUPT;
        entries += v->ref[i] != NULL;
    }
    v->kind = NODE_BRANCH;
    v->value = item[16].payload;
    entries += v->value.len != 0;
    return item[16].is_list || entries < 2 ? TD_ERR_CORRUPT : TD_OK;
}

int td_trie_node_view(node_view *out, td_bytes encoded) {
    *out = (node_view){.kind = NODE_BRANCH};
    td_rlp whole = td_rlp_over(encoded), items;
    if (td_rlp_list(&whole, &items) < 0 || !td_rlp_done(&whole))
        return TD_ERR_CORRUPT;
    td_rlp_item item[17];
    size_t count = 0;
    for (; !td_rlp_done(&items); count++)
        if (count == TD_COUNT(item) || td_rlp_next(&items, &item[count]) < 0)
            return TD_ERR_CORRUPT;
    return count == 2    ? short_decode(out, item)
           : count == 17 ? branch_decode(out, item)
                         : TD_ERR_CORRUPT;
}

int td_trie_hash_load(const td_node_store *store, const td_hash *hash, td_bytes *encoded) {
    int err = store->get(store->ctx, hash, encoded);
    return err == TD_ERR_NOT_FOUND ? TD_ERR_CORRUPT : err < 0 ? err : TD_OK;
}

int td_trie_ref_load(const td_node_store *store, const uint8_t *ref, td_bytes *encoded) {
    if (!ref_is_hash(ref)) {
        *encoded = (td_bytes){ref, ref_len(ref)};
        return TD_OK;
    }
    td_hash hash;
    memcpy(hash.b, ref + 1, sizeof hash.b);
    return td_trie_hash_load(store, &hash, encoded);
}

int td_trie_ref_view(node_view *out, const td_node_store *store, const uint8_t *ref) {
    td_bytes encoded;
    int err = td_trie_ref_load(store, ref, &encoded);
    return err < 0 ? err : td_trie_node_view(out, encoded);
}

bool td_trie_root_is_empty(const td_hash *root) {
    return td_hash_eq(root, &TD_EMPTY_TRIE_ROOT);
}

/* --- RLP ------------------------------------------------------------------------------------- */

static size_t be_len(size_t v) {
    size_t n = 0;
    for (; v != 0; v >>= 8)
        n++;
    return n;
}

size_t td_trie_rlp_header_len(size_t payload_len) {
    return payload_len < 56 ? 1 : 1 + be_len(payload_len);
}

static uint8_t *header(uint8_t *at, uint8_t base, size_t len) {
    if (len < 56) {
        *at = (uint8_t)(base + len);
        return at + 1;
    }
    size_t n = be_len(len);
    *at++ = (uint8_t)(base + 55 + n);
    for (size_t i = n; i-- > 0;)
        *at++ = (uint8_t)(len >> (8 * i));
    return at;
}

size_t td_trie_rlp_string_len(const uint8_t *ptr, size_t len) {
    return len == 1 && ptr[0] < 0x80 ? 1 : td_trie_rlp_header_len(len) + len;
}

uint8_t *td_trie_rlp_string(uint8_t *at, const uint8_t *ptr, size_t len) {
    if (len != 1 || ptr[0] >= 0x80)
        at = header(at, 0x80, len);
    if (len != 0)
        memcpy(at, ptr, len);
    return at + len;
}

uint8_t *td_trie_rlp_list_header(uint8_t *at, size_t payload_len) {
    return header(at, 0xc0, payload_len);
}
