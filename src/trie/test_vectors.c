/* SPDX-License-Identifier: Apache-2.0
 *
 * Roots, list roots and proofs that another implementation made.
 */
#include "trie/test_store.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 4096 };

/* The next word of *at up to a space or the end of the line; NULL at the end. Ends it with NUL. */
static char *word(char **at) {
    while (**at == ' ')
        (*at)++;
    if (**at == 0 || **at == '\n')
        return NULL;
    char *w = *at;
    while (**at != 0 && **at != ' ' && **at != '\n')
        (*at)++;
    if (**at == ' ')
        *(*at)++ = 0;
    return w;
}

static td_bytes unhex(td_arena *a, const char *text) {
    uint8_t *p = td_arena_alloc(a, strlen(text) / 2);
    assert_non_null(p);
    return TD_BYTES(p, td_test_unhex(text, p, strlen(text) / 2));
}

/* Splits the file into lines; calls `each` with every one that is not a comment. */
static void each_line(const char *name, void (*each)(void *ctx, char *line), void *ctx) {
    char *text = (char *)td_test_read(name, NULL);
    size_t count = 0;
    for (char *at = text; *at != 0;) {
        char *end = strchr(at, '\n');
        assert_non_null(end);
        *end = 0;
        if (*at != '#') {
            each(ctx, at);
            count++;
        }
        at = end + 1;
    }
    assert_true(count > 5);
    td_test_free(text);
}

/* Reads "key:value" words into changes. */
static size_t read_changes(td_arena *a, char **at, td_trie_change *out, size_t max) {
    size_t n = 0;
    for (char *w; (w = word(at)) != NULL; n++) {
        assert_true(n < max);
        char *colon = strchr(w, ':');
        assert_non_null(colon);
        *colon = 0;
        out[n] = (td_trie_change){unhex(a, w), unhex(a, colon + 1)};
    }
    return n;
}

static void check_root(void *ctx, char *line) {
    (void)ctx;
    test_store t;
    td_node_store store = test_store_open(&t);
    td_trie_change c[256];
    td_bytes want = unhex(&t.arena, word(&line));
    size_t n = read_changes(&t.arena, &line, c, TD_COUNT(c));
    td_hash one = TD_EMPTY_TRIE_ROOT, batch;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(td_trie_update(&store, &t.arena, &one, &c[i], 1, &one), 0);
    assert_memory_equal(one.b, want.ptr, 32);
    assert_int_equal(td_trie_update(&store, &t.arena, &TD_EMPTY_TRIE_ROOT, c, n, &batch), 0);
    assert_memory_equal(batch.b, want.ptr, 32);
    for (size_t cut = 1; cut < n; cut += 1 + n / 5) { /* in two batches */
        assert_int_equal(td_trie_update(&store, &t.arena, &TD_EMPTY_TRIE_ROOT, c, cut, &batch), 0);
        assert_int_equal(td_trie_update(&store, &t.arena, &batch, c + cut, n - cut, &batch), 0);
        assert_memory_equal(batch.b, want.ptr, 32);
    }
    test_store_close(&t);
}

TEST(trie_vectors, roots_are_those_of_another_implementation) {
    each_line("tests/vec/trie/roots.vec", check_root, NULL);
}

static void check_list(void *ctx, char *line) {
    (void)ctx;
    td_arena a;
    td_arena_init(&a, 1 << 16, 1 << 26);
    td_bytes want = unhex(&a, word(&line));
    size_t count = strtoul(word(&line), NULL, 10), len = strtoul(word(&line), NULL, 10);
    td_bytes *items = td_arena_alloc(&a, count * sizeof *items);
    assert_non_null(items);
    for (size_t i = 0; i < count; i++) {
        uint8_t *p = td_arena_alloc(&a, len + i % 5);
        assert_non_null(p);
        memset(p, (int)((i * 7 + 1) % 256), len + i % 5);
        items[i] = TD_BYTES(p, len + i % 5);
    }
    td_hash root;
    assert_int_equal(td_trie_list_root(&a, items, count, &root), 0);
    assert_memory_equal(root.b, want.ptr, 32);
    td_arena_fini(&a);
}

TEST(trie_vectors, list_roots_are_those_of_another_implementation) {
    each_line("tests/vec/trie/lists.vec", check_list, NULL);
}

typedef struct proof_state {
    test_store t;
    td_node_store store;
    td_hash root;
} proof_state;

static void check_proof(void *ctx, char *line) {
    proof_state *p = ctx;
    const char *kind = word(&line);
    if (kind[0] == 'T') {
        td_trie_change c[64];
        td_bytes want = unhex(&p->t.arena, word(&line));
        size_t n = read_changes(&p->t.arena, &line, c, TD_COUNT(c));
        assert_int_equal(
            td_trie_update(&p->store, &p->t.arena, &TD_EMPTY_TRIE_ROOT, c, n, &p->root), 0);
        assert_memory_equal(p->root.b, want.ptr, 32);
        return;
    }
    td_bytes key = unhex(&p->t.arena, word(&line)), value, *nodes;
    const char *want = word(&line);
    bool present = want[0] != '-';
    assert_int_equal(td_trie_get(&p->store, &p->t.arena, &p->root, key, &value), present);
    if (present)
        assert_true(td_bytes_eq(value, unhex(&p->t.arena, want)));
    size_t count;
    assert_int_equal(td_trie_prove(&p->store, &p->t.arena, &p->root, key, &nodes, &count), 0);
    for (size_t i = 0; i < count; i++) {
        const char *w = word(&line);
        assert_non_null(w);
        assert_true(td_bytes_eq(nodes[i], unhex(&p->t.arena, w)));
    }
    assert_null(word(&line));
}

TEST(trie_vectors, proofs_are_those_of_another_implementation) {
    proof_state p;
    p.store = test_store_open(&p.t);
    each_line("tests/vec/trie/proofs.vec", check_proof, &p);
    test_store_close(&p.t);
}
