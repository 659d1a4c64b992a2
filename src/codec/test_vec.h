/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the text vectors of tests/vec: one case a line, words between spaces,
 * `#` begins a comment, `-` is no bytes. For tests only.
 */
#ifndef TD_CODEC_TEST_VEC_H
#define TD_CODEC_TEST_VEC_H

#include "base/test.h"
#include "num/u256.h"

enum { TD_TEST_WORDS_MAX = 24 };

typedef struct td_test_vec {
    const char *name;
    char *text, *rest;
    unsigned line;
    size_t count; /* words of this line */
    char *word[TD_TEST_WORDS_MAX];
    uint8_t *bytes[TD_TEST_WORDS_MAX];
} td_test_vec;

static inline void td_test_vec_forget(td_test_vec *v) {
    for (size_t i = 0; i < TD_TEST_WORDS_MAX; i++)
        test_free(v->bytes[i]), v->bytes[i] = NULL;
}

/* Opens the file `name`, relative to the repository's root; fails the test when absent. */
static inline td_test_vec td_test_vec_open(const char *name) {
    td_test_vec v = {.name = name};
    v.text = v.rest = (char *)td_test_read(name, NULL);
    return v;
}

static inline void td_test_vec_close(td_test_vec *v) {
    td_test_vec_forget(v);
    td_test_free(v->text);
}

/* Moves to the next case; false at the end. */
static inline bool td_test_vec_next(td_test_vec *v) {
    td_test_vec_forget(v);
    while (*v->rest != 0) {
        char *at = v->rest, *end = at + strcspn(at, "\n");
        v->rest = *end == 0 ? end : end + 1;
        *end = 0;
        v->line++;
        v->count = 0;
        for (;;) {
            at += strspn(at, " ");
            if (*at == 0 || *at == '#')
                break;
            if (v->count == TD_TEST_WORDS_MAX)
                fail_msg("%s:%u: too many words", v->name, v->line);
            v->word[v->count++] = at;
            at += strcspn(at, " ");
            if (*at != 0)
                *at++ = 0;
        }
        if (v->count != 0)
            return true;
    }
    return false;
}

/* Word `index` as bytes, in memory of its own length so that ASan sees each read past it; valid
 * until the next line. */
static inline td_bytes td_test_vec_bytes(td_test_vec *v, size_t index) {
    if (index >= v->count)
        fail_msg("%s:%u: word %zu is missing", v->name, v->line, index);
    const char *hex = strcmp(v->word[index], "-") == 0 ? "" : v->word[index];
    size_t len = strlen(hex) / 2;
    if (v->bytes[index] == NULL)
        v->bytes[index] = test_malloc(len + (len == 0));
    size_t got = td_test_unhex(hex, v->bytes[index], len);
    if (got != len)
        fail_msg("%s:%u: word %zu is no hex", v->name, v->line, index);
    return (td_bytes){v->bytes[index], len};
}

/* Word `index` as hex digits of an integer, without 0x. */
static inline td_u256 td_test_vec_u256(const td_test_vec *v, size_t index) {
    td_u256 r = TD_U256_ZERO;
    assert_true(index < v->count);
    for (const char *c = v->word[index]; *c != 0; c++) {
        const char *digits = "0123456789abcdef", *at = strchr(digits, *c);
        if (at == NULL)
            fail_msg("%s:%u: word %zu is no number", v->name, v->line, index);
        td_u256_shl(&r, &r, 4);
        r.w[0] |= (uint64_t)(at - digits);
    }
    return r;
}

static inline uint64_t td_test_vec_u64(const td_test_vec *v, size_t index) {
    td_u256 r = td_test_vec_u256(v, index);
    assert_true(td_u256_fits_u64(&r));
    return r.w[0];
}

#endif
