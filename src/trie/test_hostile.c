/* SPDX-License-Identifier: Apache-2.0
 *
 * Stores that lost or damaged nodes: every operation ends with a status, never
 * with a crash, and what is malformed is called so.
 */
#include "trie/test_store.h"

static int accept(void *ctx, td_bytes key, td_bytes value) {
    (void)ctx, (void)key, (void)value;
    return 0;
}

static void key_at(td_hash *key, uint32_t i) {
    td_keccak256(key, &i, sizeof i);
}

static td_hash build(test_store *t, const td_node_store *store, uint32_t count) {
    td_hash root = TD_EMPTY_TRIE_ROOT, key;
    for (uint32_t i = 0; i < count; i++) {
        key_at(&key, i);
        td_trie_change c = {TD_BYTES(key.b, 3), TD_BYTES(key.b, 1 + i % 32)};
        assert_int_equal(td_trie_update(store, &t->arena, &root, &c, 1, &root), 0);
    }
    t->gets = 0;
    return root;
}

static uint64_t seed = 88172645463325252u;

static void flip(uint8_t *node, size_t *len) {
    for (uint64_t n = 1 + test_random(&seed, 3); n > 0; n--) {
        uint8_t *p = &node[test_random(&seed, *len)];
        *p = test_random(&seed, 2) ? (uint8_t)(*p ^ 1u << test_random(&seed, 8))
                                   : (uint8_t)test_random(&seed, 256);
    }
    if (test_random(&seed, 8) == 0)
        *len = test_random(&seed, *len + 8);
}

static void known_status(int status) {
    assert_true(status == 0 || status == 1 || status == TD_ERR_CORRUPT);
}

TEST(trie_hostile, damaged_nodes_end_in_a_status) {
    test_store t;
    td_node_store store = test_store_open(&t);
    td_hash root = build(&t, &store, 120), next, key;
    td_node_store no_put = {test_store_get, NULL, &t};
    t.damage = flip;
    size_t refused = 0;
    for (uint32_t i = 0; i < 3000; i++) {
        td_arena_mark here = td_arena_here(&t.arena);
        key_at(&key, i % 150);
        td_bytes value, *nodes;
        size_t count;
        known_status(td_trie_get(&store, &t.arena, &root, TD_BYTES(key.b, 3), &value));
        known_status(td_trie_prove(&store, &t.arena, &root, TD_BYTES(key.b, 3), &nodes, &count));
        td_trie_change c[2] = {{TD_BYTES(key.b, 3), TD_BYTES(key.b, i % 3)},
                               {TD_BYTES(key.b, 2), TD_BYTES(key.b, i % 2)}};
        int err = td_trie_update(&no_put, &t.arena, &root, c, 2, &next);
        known_status(err);
        refused += err < 0;
        if (i % 10 == 0)
            known_status(td_trie_walk(&store, &t.arena, &root, accept, NULL));
        td_arena_rewind(&t.arena, here);
    }
    assert_true(refused > 1000);
    test_store_close(&t);
}

TEST(trie_hostile, a_lost_node_is_corruption) {
    test_store t;
    td_node_store store = test_store_open(&t);
    td_hash root = build(&t, &store, 120), next, key;
    key_at(&key, 7);
    td_trie_change c = {TD_BYTES(key.b, 3), {NULL, 0}};
    assert_int_equal(td_trie_update(&store, &t.arena, &root, &c, 1, &next), 0);
    size_t needed = t.gets;
    assert_true(needed >= 2);
    for (size_t i = 1; i <= needed; i++) {
        t.gets = 0;
        t.lose_at = i;
        assert_int_equal(td_trie_update(&store, &t.arena, &root, &c, 1, &next), TD_ERR_CORRUPT);
    }
    td_hash nowhere = {{1}};
    td_bytes value;
    assert_int_equal(td_trie_get(&store, &t.arena, &nowhere, c.key, &value), TD_ERR_CORRUPT);
    test_store_close(&t);
}

static int io_get(void *ctx, const td_hash *hash, td_bytes *node) {
    (void)ctx, (void)hash, (void)node;
    return TD_ERR_IO;
}

TEST(trie_hostile, errors_of_the_store_come_through) {
    td_arena a;
    td_arena_init(&a, 4096, 1 << 20);
    td_node_store store = {.get = io_get};
    td_hash root = {{1}}, next;
    td_trie_change c = {TD_BYTES("k", 1), TD_BYTES("v", 1)};
    td_bytes value, *nodes;
    size_t count;
    assert_int_equal(td_trie_get(&store, &a, &root, c.key, &value), TD_ERR_IO);
    assert_int_equal(td_trie_update(&store, &a, &root, &c, 1, &next), TD_ERR_IO);
    assert_int_equal(td_trie_prove(&store, &a, &root, c.key, &nodes, &count), TD_ERR_IO);
    assert_int_equal(td_trie_walk(&store, &a, &root, accept, NULL), TD_ERR_IO);
    td_arena_fini(&a);
}

/* Malformed nodes, one rule each. */
TEST(trie_hostile, every_rule_of_a_node_is_checked) {
    static const char *const bad[] = {
        "",
        "80",       /* a string */
        "c0",       /* no items */
        "c120",     /* one item */
        "c3200102", /* three items */
        "c22001ff", /* bytes after the list */
        "c220",     /* fewer bytes than the list says */
        "c28001",   /* no path */
        "c24001",   /* flag nibble 4 */
        "c22101",   /* an even path with a nibble in the flag byte */
        "c22080",   /* a leaf without a value */
        "c3c12001", /* a list as path */
        "c320c101", /* a list as a leaf's value */
        "c200c0",   /* an extension with an empty path */
        "c21180",   /* an extension to nothing */
        "c21101",   /* an extension to a string that is no hash */
        /* Branches: 16 items, 18 items, empty, a value alone, a child alone, a list as value, a
         * child that is a string of one byte. */
        "d080808080808080808080808080808080",
        "d2808080808080808080808080808080808080",
        "d18080808080808080808080808080808080",
        "d18080808080808080808080808080808001",
        "d18080c08080808080808080808080808080",
        "d2c0c080808080808080808080808080c101",
        "d1c0c0018080808080808080808080808080",
    };
    for (size_t i = 0; i < TD_COUNT(bad); i++) {
        uint8_t bytes[64];
        node_view v;
        size_t n = td_test_unhex(bad[i], bytes, sizeof bytes);
        if (td_trie_node_view(&v, TD_BYTES(bytes, n)) != TD_ERR_CORRUPT)
            fail_msg("accepted: %s", bad[i]);
    }
    static const char *const good[] = {"c22001", "c23101", "c311c101"};
    uint8_t bytes[64];
    node_view v;
    size_t n = td_test_unhex(good[0], bytes, sizeof bytes);
    assert_int_equal(td_trie_node_view(&v, TD_BYTES(bytes, n)), 0);
    assert_true(v.kind == NODE_LEAF && v.path_len == 0 && v.value.len == 1);
    n = td_test_unhex(good[1], bytes, sizeof bytes);
    assert_int_equal(td_trie_node_view(&v, TD_BYTES(bytes, n)), 0);
    assert_true(v.kind == NODE_LEAF && v.path_len == 1 && view_nibble(&v, 0) == 1);
    n = td_test_unhex(good[2], bytes, sizeof bytes);
    assert_int_equal(td_trie_node_view(&v, TD_BYTES(bytes, n)), 0);
    assert_true(v.kind == NODE_EXT && ref_len(v.ref[0]) == 2);
    n = td_test_unhex("d1c0c0808080808080808080808080808080", bytes, sizeof bytes);
    assert_int_equal(td_trie_node_view(&v, TD_BYTES(bytes, n)), 0);
    assert_true(v.kind == NODE_BRANCH && v.ref[1] != NULL && v.ref[2] == NULL);
}

TEST(trie_hostile, an_arena_that_ends_is_reported) {
    test_store t;
    td_node_store store = test_store_open(&t);
    td_hash root = build(&t, &store, 120), next, key;
    key_at(&key, 7);
    td_trie_change c[2] = {{TD_BYTES(key.b, 3), {NULL, 0}}, {TD_BYTES(key.b, 2), TD_BYTES("v", 1)}};
    bool done = false;
    for (size_t limit = 64; !done; limit += 64) {
        td_arena a;
        td_arena_init(&a, 64, limit);
        int err = td_trie_update(&store, &a, &root, c, 2, &next);
        assert_true(err == TD_ERR_NOMEM || err == 0);
        done = err == 0;
        assert_true(!done || limit > 1024);
        td_arena_fini(&a);
    }
    test_store_close(&t);
}
