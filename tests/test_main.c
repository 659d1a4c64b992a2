/* SPDX-License-Identifier: Apache-2.0
 *
 * The main of every unit test program: runs what TEST registered, filtered by
 * a cmocka pattern in argv[1], and closes with "N passed, N failed, N skipped".
 */
#define _GNU_SOURCE
#include "base/test.h"

#include <stdlib.h>

static td_test *first;

void td_test_add(td_test *test) {
    test->next = first;
    first = test;
}

uint8_t *td_test_read(const char *name, size_t *len) {
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", TD_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("cannot open %s", path);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long size = ftell(f);
    assert_true(size >= 0);
    rewind(f);
    uint8_t *data = malloc((size_t)size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)size, f), (size_t)size);
    (void)fclose(f);
    data[size] = 0;
    if (len != NULL)
        *len = (size_t)size;
    return data;
}

void td_test_free(void *ptr) {
    free(ptr);
}

static int digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

size_t td_test_unhex(const char *hex, uint8_t *out, size_t out_len) {
    if (hex[0] == '0' && hex[1] == 'x')
        hex += 2;
    size_t n = 0;
    for (; digit(hex[0]) >= 0; hex += 2, n++) {
        assert_true(n < out_len && digit(hex[1]) >= 0);
        out[n] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
    }
    return n;
}

int main(int argc, char **argv) {
    struct CMUnitTest tests[1024];
    size_t count = 0;
    for (td_test *t = first; t != NULL; t = t->next) {
        if (count == sizeof tests / sizeof tests[0])
            abort();
        tests[count++] = (struct CMUnitTest){t->name, t->run, NULL, NULL, NULL};
    }
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    int failed = _cmocka_run_group_tests("unit", tests, count, NULL, NULL);
    if (failed < 0)
        failed = (int)count;
    printf("%zu passed, %d failed, 0 skipped\n", count - (size_t)failed, failed);
    return failed != 0;
}
