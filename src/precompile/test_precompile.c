/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "crypto/crypto.h"
#include "precompile/precompile.h"

#include <stdlib.h>

static const struct {
    uint16_t address;
    const char *name, *vectors;
    td_fork since;
} rows[] = {
#define PC(address, name, since, vectors) {address, #name, vectors, TD_FORK_##since},
#include "precompile/precompiles.def"
#undef PC
};

static td_addr addr_of(uint16_t n) {
    td_addr a = {{0}};
    td_store_be16(a.b + 18, n);
    return a;
}

/* Cuts the text before `end` (or all of it) off *rest: the next word or line, a string of its own.
 */
static char *cut(char **rest, char end) {
    char *start = *rest, *at = strchr(start, end);
    if (at == NULL) {
        *rest = start + strlen(start);
    } else {
        *at = 0;
        *rest = at + 1;
    }
    return start;
}

/* A field of hex, or none for "-". */
static size_t field(const char *text, uint8_t *out, size_t len) {
    return text[0] == '-' ? 0 : td_test_unhex(text, out, len);
}

/* One line: input, fork, gas, output. */
static void line_check(const td_precompile *pc, char *line) {
    static uint8_t input[8192], expected[4096];
    char *words[4];
    for (int i = 0; i < 4; i++)
        assert_true(*(words[i] = cut(&line, ' ')) != 0);
    td_fork fork;
    assert_int_equal(td_fork_find(&fork, words[1]), 0);
    td_bytes in = TD_BYTES(input, field(words[0], input, sizeof input));
    int64_t gas = strcmp(words[2], "max") == 0 ? INT64_MAX : strtoll(words[2], NULL, 10);
    assert_int_equal(pc->gas(in, fork), gas);
    if (gas == INT64_MAX)
        return; /* never runs */
    td_out out;
    td_out_init(&out, 1 << 16);
    if (words[3][0] == '!') {
        assert_int_equal(pc->run(in, fork, &out), TD_ERR_INVALID);
    } else {
        size_t len = field(words[3], expected, sizeof expected);
        assert_int_equal(pc->run(in, fork, &out), 0);
        assert_int_equal(out.len, len);
        if (len != 0)
            assert_memory_equal(out.ptr, expected, len);
    }
    td_out_fini(&out);
}

TEST(precompile, every_row_passes_its_vectors) {
    for (size_t i = 0; i < TD_COUNT(rows); i++) {
        td_addr addr = addr_of(rows[i].address);
        const td_precompile *pc = td_precompile_at(&addr, TD_FORK_NEWEST);
        assert_non_null(pc);
        assert_string_equal(pc->name, rows[i].name);
        char *text = (char *)td_test_read(rows[i].vectors, NULL), *rest = text;
        size_t count = 0;
        while (*rest != 0) {
            char *line = cut(&rest, '\n');
            if (line[0] != '#' && line[0] != 0) {
                line_check(pc, line);
                count++;
            }
        }
        assert_true(count >= 5);
        td_test_free(text);
    }
}

TEST(precompile, rows_are_sorted_and_start_with_their_fork) {
    for (size_t i = 0; i < TD_COUNT(rows); i++) {
        td_addr addr = addr_of(rows[i].address);
        assert_true(i == 0 || rows[i - 1].address < rows[i].address);
        if (rows[i].since > 0)
            assert_null(td_precompile_at(&addr, rows[i].since - 1));
        assert_non_null(td_precompile_at(&addr, rows[i].since));
    }
}

TEST(precompile, other_addresses_have_none) {
    td_addr addr = addr_of(0);
    assert_null(td_precompile_at(&addr, TD_FORK_NEWEST));
    addr = addr_of(0x0910);
    assert_null(td_precompile_at(&addr, TD_FORK_NEWEST));
    for (int i = 0; i < 18; i++) { /* a 1 in any other byte */
        addr = addr_of(1);
        addr.b[i] = 1;
        assert_null(td_precompile_at(&addr, TD_FORK_NEWEST));
    }
}

TEST(precompile, the_walk_gives_what_the_fork_has) {
    for (td_fork fork = 0; fork < TD_FORK_COUNT; fork++) {
        size_t at = 0, count = 0, expected = 0;
        for (td_addr addr; td_precompile_next(fork, &at, &addr); count++)
            assert_non_null(td_precompile_at(&addr, fork));
        for (size_t i = 0; i < TD_COUNT(rows); i++)
            expected += rows[i].since <= fork;
        assert_int_equal(count, expected);
    }
}
