/* SPDX-License-Identifier: Apache-2.0
 *
 * Tries against a plain table: after every batch the root equals a rebuild from
 * nothing, look-ups and walks give the table, proofs verify.
 */
#include "trie/test_store.h"

#include <stdlib.h>

enum { ITEMS = 48, KEY_LEN_MAX = 32 };

typedef struct item {
    uint8_t key[KEY_LEN_MAX];
    size_t key_len, len; /* len 0: absent */
    uint8_t value[200];
} item;

typedef struct table {
    item items[ITEMS];
    test_store t;
    td_node_store store;
    td_hash root;
    uint64_t seed;
} table;

static int by_key(const void *x, const void *y) {
    const item *a = x, *b = y;
    size_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
    int order = memcmp(a->key, b->key, len);
    return order != 0 ? order : (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

/* Distinct keys in order. Short ones are often prefixes of others, long ones share long beginnings.
 */
static void make_keys(table *w, size_t key_len) {
    for (size_t n = 0; n < ITEMS;) {
        item *it = &w->items[n];
        it->key_len = key_len != 0 ? key_len : 1 + test_random(&w->seed, 4);
        for (size_t i = 0; i < it->key_len; i++)
            it->key[i] = (uint8_t)(test_random(&w->seed, 256) & (key_len == 32 ? 0xff : 0x13));
        if (key_len == 32 && n != 0 && test_random(&w->seed, 2))
            memcpy(it->key, w->items[test_random(&w->seed, n)].key, 1 + test_random(&w->seed, 31));
        bool taken = false;
        for (size_t i = 0; i < n; i++)
            taken |= by_key(it, &w->items[i]) == 0;
        n += !taken;
    }
    qsort(w->items, ITEMS, sizeof(item), by_key);
}

static td_bytes key_of(const item *it) {
    return TD_BYTES(it->key, it->key_len);
}

static void check_rebuild(table *w, td_arena *a) {
    td_trie_change c[ITEMS];
    size_t n = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        const item *it = &w->items[(i * 29 + w->t.puts) % ITEMS]; /* another order each time */
        if (it->len != 0)
            c[n++] = (td_trie_change){key_of(it), TD_BYTES(it->value, it->len)};
    }
    td_hash root;
    td_node_store hash_only = {test_store_get, NULL, &w->t};
    assert_int_equal(td_trie_update(&hash_only, a, &TD_EMPTY_TRIE_ROOT, c, n, &root), 0);
    assert_memory_equal(root.b, w->root.b, 32);
}

typedef struct walked {
    const table *w;
    size_t next;
} walked;

static int visit(void *ctx, td_bytes key, td_bytes value) {
    walked *v = ctx;
    while (v->next < ITEMS && v->w->items[v->next].len == 0)
        v->next++;
    assert_true(v->next < ITEMS);
    const item *it = &v->w->items[v->next++];
    assert_true(td_bytes_eq(key, key_of(it)));
    assert_true(td_bytes_eq(value, TD_BYTES(it->value, it->len)));
    return 0;
}

/* Follows a proof by hash only, with none of the code under test but the store's keccak. */
static void verify(const td_hash *root, td_bytes key, const td_bytes *nodes, size_t count,
                   td_bytes want) {
    td_hash name = *root;
    size_t used = 0, at = 0;
    td_bytes node = {NULL, 0}, found = {NULL, 0};
    for (bool by_hash = true, more = count != 0; more;) {
        if (by_hash) {
            assert_true(used < count);
            node = nodes[used++];
            td_hash h = td_keccak(node);
            assert_true(td_hash_eq(&h, &name));
        }
        td_rlp whole = td_rlp_over(node), items;
        td_rlp_item part[17] = {0};
        assert_int_equal(td_rlp_list(&whole, &items), 0);
        size_t n = 0, pick = 1;
        for (; !td_rlp_done(&items); n++)
            assert_int_equal(td_rlp_next(&items, &part[n]), 0);
        if (n == 17) {
            pick = at == key.len * 2 ? 16 : nibble_at(key.ptr, at++);
            more = pick != 16;
        } else {
            td_bytes hp = part[0].payload;
            for (size_t i = hp.ptr[0] & 0x10 ? 1 : 2; i < hp.len * 2 && more; i++, at++)
                more = at < key.len * 2 && nibble_at(hp.ptr, i) == nibble_at(key.ptr, at);
            if (!more)
                break;
            more = (hp.ptr[0] & 0x20) == 0;
            if (!more && at != key.len * 2)
                break;
        }
        if (!more)
            found = part[pick].payload;
        by_hash = !part[pick].is_list;
        if (by_hash && more) {
            more = part[pick].payload.len == 32;
            if (more)
                memcpy(name.b, part[pick].payload.ptr, 32);
        }
        node = part[pick].whole;
    }
    assert_int_equal(used, count);
    assert_true(td_bytes_eq(found, want));
}

static void check_reads(table *w, td_arena *a) {
    for (size_t i = 0; i < ITEMS; i++) {
        const item *it = &w->items[i];
        td_bytes want = TD_BYTES(it->value, it->len), value, *nodes;
        assert_int_equal(td_trie_get(&w->store, a, &w->root, key_of(it), &value), it->len != 0);
        assert_true(td_bytes_eq(value, want));
        size_t count;
        assert_int_equal(td_trie_prove(&w->store, a, &w->root, key_of(it), &nodes, &count), 0);
        verify(&w->root, key_of(it), nodes, count, want);
    }
    walked v = {w, 0};
    assert_int_equal(td_trie_walk(&w->store, a, &w->root, visit, &v), 0);
    for (; v.next < ITEMS; v.next++)
        assert_int_equal(w->items[v.next].len, 0);
}

/* A batch of random changes; keys may come twice, the last one wins. */
static void change(table *w, td_arena *a) {
    td_trie_change c[12];
    size_t n = 1 + test_random(&w->seed, TD_COUNT(c)), remove = test_random(&w->seed, 10);
    for (size_t i = 0; i < n; i++) {
        item *it = &w->items[test_random(&w->seed, ITEMS)];
        it->len = test_random(&w->seed, 10) < remove ? 0 : 1 + test_random(&w->seed, 200);
        if (it->len > 40 && test_random(&w->seed, 3))
            it->len %= 40; /* mostly short, so that nodes are embedded; may become a removal */
        memset(it->value, (int)test_random(&w->seed, 256), sizeof it->value);
        c[i] = (td_trie_change){key_of(it), {td_arena_copy(a, it->value, it->len), it->len}};
    }
    assert_int_equal(td_trie_update(&w->store, a, &w->root, c, n, &w->root), 0);
}

static void run(uint64_t seed, size_t key_len, int steps) {
    table *w = td_mem_alloc(sizeof *w);
    assert_non_null(w);
    w->seed = seed;
    w->store = test_store_open(&w->t);
    w->root = TD_EMPTY_TRIE_ROOT;
    make_keys(w, key_len);
    td_arena a;
    td_arena_init(&a, 1 << 18, 1 << 28);
    for (int i = 0; i < steps; i++) {
        change(w, &a);
        check_rebuild(w, &a);
        if (i % 4 == 0)
            check_reads(w, &a);
        td_arena_reset(&a);
    }
    td_arena_fini(&a);
    test_store_close(&w->t);
    td_mem_free(w);
}

TEST(trie, random_batches_equal_a_rebuild_with_secure_keys) {
    for (uint64_t seed = 1; seed <= 6; seed++)
        run(seed * 0x9E3779B97F4A7C15u, 32, 100);
}

TEST(trie, random_batches_equal_a_rebuild_with_keys_that_are_prefixes) {
    for (uint64_t seed = 1; seed <= 6; seed++)
        run(seed * 0xD1342543DE82EF95u, 0, 100);
}

TEST(trie, random_batches_equal_a_rebuild_with_short_keys) {
    for (uint64_t seed = 1; seed <= 6; seed++)
        run(seed * 0xA0761D6478BD642Fu, 3, 100);
}

TEST(trie, values_of_every_length_come_back) {
    test_store t;
    td_node_store store = test_store_open(&t);
    uint8_t text[70000];
    memset(text, 0x80, sizeof text);
    td_hash root = TD_EMPTY_TRIE_ROOT;
    for (size_t len = 1; len <= 202; len++) {
        uint8_t key[2] = {(uint8_t)len, 7};
        size_t l = len <= 200 ? len : len == 201 ? 65535 : sizeof text;
        td_trie_change c = {TD_BYTES(key, 2), TD_BYTES(text, l)};
        assert_int_equal(td_trie_update(&store, &t.arena, &root, &c, 1, &root), 0);
        td_bytes value;
        assert_int_equal(td_trie_get(&store, &t.arena, &root, c.key, &value), 1);
        assert_true(td_bytes_eq(value, c.value));
    }
    test_store_close(&t);
}

/* A leaf of 31 bytes stays in its parent, one of 32 is put under its hash. */
TEST(trie, a_node_of_31_bytes_is_embedded_and_one_of_32_is_not) {
    for (size_t len = 26; len <= 32; len++) {
        test_store t;
        td_node_store store = test_store_open(&t);
        uint8_t text[40] = {[0 ... 39] = 0xaa};
        td_trie_change c[2] = {{TD_BYTES("\x12", 1), TD_BYTES(text, len)},
                               {TD_BYTES("\x22", 1), TD_BYTES("x", 1)}};
        td_hash root;
        assert_int_equal(td_trie_update(&store, &t.arena, &TD_EMPTY_TRIE_ROOT, c, 2, &root), 0);
        /* The leaf: list header 1, path 1, string header 1, value. */
        assert_int_equal(t.puts, len + 3 >= 32 ? 2 : 1);
        test_store_close(&t);
    }
}

TEST(trie, an_update_reads_and_writes_only_paths) {
    test_store t;
    td_node_store store = test_store_open(&t);
    td_hash root = TD_EMPTY_TRIE_ROOT, next, key;
    for (uint32_t i = 0; i < 1000; i++) {
        td_keccak256(&key, &i, sizeof i);
        td_trie_change c = {TD_BYTES_OF(key), TD_BYTES_OF(key)};
        assert_int_equal(td_trie_update(&store, &t.arena, &root, &c, 1, &root), 0);
    }
    t.gets = t.puts = 0;
    td_trie_change c = {TD_BYTES_OF(key), TD_BYTES("new", 3)};
    assert_int_equal(td_trie_update(&store, &t.arena, &root, &c, 1, &next), 0);
    assert_in_range(t.gets, 2, 5);
    assert_int_equal(t.puts, t.gets - 0);
    t.gets = t.puts = 0;
    c.value = TD_BYTES_OF(key); /* no change: nothing is written */
    assert_int_equal(td_trie_update(&store, &t.arena, &root, &c, 1, &next), 0);
    assert_int_equal(t.puts, 0);
    assert_true(td_hash_eq(&root, &next));
    c = (td_trie_change){TD_BYTES("absent", 6), {NULL, 0}};
    assert_int_equal(td_trie_update(&store, &t.arena, &root, &c, 1, &next), 0);
    assert_true(t.puts == 0 && td_hash_eq(&root, &next));
    test_store_close(&t);
}

TEST(trie, keys_past_the_limit_are_refused) {
    test_store t;
    td_node_store store = test_store_open(&t);
    static const uint8_t text[TD_TRIE_KEY_LEN_MAX + 1] = {1};
    td_trie_change c = {TD_BYTES(text, sizeof text), TD_BYTES("v", 1)};
    td_hash root;
    assert_int_equal(td_trie_update(&store, &t.arena, &TD_EMPTY_TRIE_ROOT, &c, 1, &root),
                     TD_ERR_LIMIT);
    c.key.len--;
    assert_int_equal(td_trie_update(&store, &t.arena, &TD_EMPTY_TRIE_ROOT, &c, 1, &root), 0);
    td_bytes value;
    assert_int_equal(td_trie_get(&store, &t.arena, &root, c.key, &value), 1);
    c.key.len = 0; /* the key of no bytes is a key */
    assert_int_equal(td_trie_update(&store, &t.arena, &root, &c, 1, &root), 0);
    assert_int_equal(td_trie_get(&store, &t.arena, &root, c.key, &value), 1);
    test_store_close(&t);
}

static int stop(void *ctx, td_bytes key, td_bytes value) {
    (void)key, (void)value;
    return ++*(int *)ctx == 2 ? 77 : 0;
}

TEST(trie, a_walk_ends_when_told) {
    test_store t;
    td_node_store store = test_store_open(&t);
    td_trie_change c[3] = {{TD_BYTES("a", 1), TD_BYTES("1", 1)},
                           {TD_BYTES("b", 1), TD_BYTES("2", 1)},
                           {TD_BYTES("c", 1), TD_BYTES("3", 1)}};
    td_hash root;
    assert_int_equal(td_trie_update(&store, &t.arena, &TD_EMPTY_TRIE_ROOT, c, 3, &root), 0);
    int seen = 0;
    assert_int_equal(td_trie_walk(&store, &t.arena, &root, stop, &seen), 77);
    assert_int_equal(seen, 2);
    assert_int_equal(td_trie_walk(&store, &t.arena, &TD_EMPTY_TRIE_ROOT, stop, &seen), 0);
    test_store_close(&t);
}

TEST(trie, accounts_encode_and_decode) {
    td_arena a;
    td_arena_init(&a, 4096, 1 << 20);
    td_trie_account in = {0}, out;
    in.storage_root = TD_EMPTY_TRIE_ROOT;
    in.code_hash = TD_KECCAK_EMPTY;
    td_bytes rlp;
    uint8_t want[256];
    /* The empty account, as in the genesis state of every client. */
    size_t n =
        td_test_unhex("f8448080a056e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
                      "a0c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
                      want, sizeof want);
    assert_int_equal(td_trie_account_encode(&a, &in, &rlp), 0);
    assert_true(td_bytes_eq(rlp, TD_BYTES(want, n)));
    in.nonce = UINT64_MAX;
    memset(in.balance_be.b, 0xff, 32);
    assert_int_equal(td_trie_account_encode(&a, &in, &rlp), 0);
    assert_int_equal(td_trie_account_decode(&out, rlp), 0);
    assert_memory_equal(&in, &out, sizeof in);
    in.nonce = 0x7f;
    memset(in.balance_be.b, 0, 30);
    assert_int_equal(td_trie_account_encode(&a, &in, &rlp), 0);
    assert_int_equal(td_trie_account_decode(&out, rlp), 0);
    assert_memory_equal(&in, &out, sizeof in);
    for (size_t cut = 0; cut < rlp.len; cut++)
        assert_int_equal(td_trie_account_decode(&out, TD_BYTES(rlp.ptr, cut)), TD_ERR_CORRUPT);
    td_arena_fini(&a);
}
