/* SPDX-License-Identifier: Apache-2.0
 *
 * A node store in memory for this folder's tests. It checks that what is put
 * has the hash it is put under, and can lose or damage nodes on purpose.
 */
#ifndef TD_TRIE_TEST_STORE_H
#define TD_TRIE_TEST_STORE_H

#include "base/map.h"
#include "base/test.h"
#include "trie/trie_private.h"

typedef struct test_store {
    td_map nodes; /* hash -> td_bytes */
    td_arena arena;
    size_t gets, puts;
    size_t lose_at;                      /* the get that finds nothing; 0 for none */
    void (*damage)(uint8_t *, size_t *); /* changes what a get returns */
} test_store;

__attribute__((unused)) static int test_store_get(void *ctx, const td_hash *hash, td_bytes *node) {
    test_store *t = ctx;
    const td_bytes *hit = td_map_get(&t->nodes, hash);
    if (hit == NULL || ++t->gets == t->lose_at)
        return TD_ERR_NOT_FOUND;
    *node = *hit;
    if (t->damage != NULL) {
        uint8_t *copy = td_arena_alloc(&t->arena, hit->len + 8);
        assert_non_null(copy);
        memcpy(copy, hit->ptr, hit->len);
        t->damage(copy, &node->len);
        node->ptr = td_arena_copy(&t->arena, copy, node->len);
    }
    return TD_OK;
}

__attribute__((unused)) static int test_store_put(void *ctx, const td_hash *hash, td_bytes node) {
    test_store *t = ctx;
    td_hash check = td_keccak(node);
    assert_true(td_hash_eq(&check, hash));
    td_bytes *place = td_map_put(&t->nodes, hash, NULL);
    assert_non_null(place);
    *place = (td_bytes){td_arena_copy(&t->arena, node.ptr, node.len), node.len};
    t->puts++;
    return TD_OK;
}

__attribute__((unused)) static td_node_store test_store_open(test_store *t) {
    *t = (test_store){0};
    td_map_init(&t->nodes, sizeof(td_hash), sizeof(td_bytes));
    td_arena_init(&t->arena, 1 << 16, 1 << 28);
    return (td_node_store){test_store_get, test_store_put, t};
}

__attribute__((unused)) static void test_store_close(test_store *t) {
    td_map_fini(&t->nodes);
    td_arena_fini(&t->arena);
}

/* xorshift; any seed but 0. */
__attribute__((unused)) static uint64_t test_random(uint64_t *seed, uint64_t below) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (*seed >> 11) % below;
}

#endif
