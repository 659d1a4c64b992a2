/* SPDX-License-Identifier: Apache-2.0
 *
 * Unit tests over cmocka. TEST(subject, sentence) { … } registers itself;
 * tests/test_main.c is the main of each test program. Shipped code never
 * includes this header.
 */
#ifndef TD_BASE_TEST_H
#define TD_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/base.h"

typedef struct td_test {
    const char *name;
    CMUnitTestFunction run;
    struct td_test *next;
} td_test;

/* Adds a test to the program's list; called before main. */
void td_test_add(td_test *test);

#define TEST(subject, sentence)                                                                    \
    static void test_##subject##_##sentence(void **state);                                         \
    __attribute__((constructor)) static void add_##subject##_##sentence(void) {                    \
        static td_test t = {#subject ": " #sentence, test_##subject##_##sentence, NULL};           \
        td_test_add(&t);                                                                           \
    }                                                                                              \
    static void test_##subject##_##sentence(void **state __attribute__((unused)))

/* Reads the file `name`, relative to the repository's root, whole; NUL-terminated for text. Fails
 * the test when absent. The caller frees with td_test_free. */
uint8_t *td_test_read(const char *name, size_t *len);
void td_test_free(void *ptr);
/* Decodes hex text (optional 0x) into `out`; returns the bytes written, fails the test on bad hex.
 */
size_t td_test_unhex(const char *hex, uint8_t *out, size_t out_len);

#endif
