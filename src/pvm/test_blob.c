/* SPDX-License-Identifier: Apache-2.0
 *
 * Containers: tests/vec/pvm/container.vec, imports and exports, varints, and the
 * header alone.
 */
#include "base/test.h"
#include "pvm/test_asm.h"

enum { HEADER = 13 };

/* Decodes hex with spaces; C is a code section with one trap. */
static size_t body_bytes(const char *text, uint8_t *out, size_t out_len) {
    char hex[512];
    size_t n = 0;
    for (; *text != 0; text++) {
        assert_true(n + 16 < sizeof hex);
        if (*text == 'C')
            n += (size_t)snprintf(hex + n, sizeof hex - n, "06050000010001");
        else if (*text != ' ')
            hex[n++] = *text;
    }
    hex[n] = 0;
    assert_int_equal(n % 2, 0);
    return td_test_unhex(hex, out, out_len);
}

static size_t make(uint8_t *out, uint8_t version, const char *body) {
    memcpy(out, "PVM\0", 4);
    out[4] = version;
    size_t len = HEADER + body_bytes(body, out + HEADER, 256);
    td_store_le64(out + 5, len);
    return len;
}

static void run_line(const char *line) {
    char copy[1024], *rest = copy;
    (void)snprintf(copy, sizeof copy, "%.1023s", line);
    char *verdict = strsep(&rest, "|"), *version = strsep(&rest, "|");
    assert_non_null(rest);
    size_t end = strlen(verdict);
    while (end > 0 && verdict[end - 1] == ' ')
        verdict[--end] = 0;
    uint8_t bytes[HEADER + 256], number;
    td_diag diag = {""};
    td_pvm_blob blob;
    (void)td_test_unhex(version + 1, &number, 1);
    size_t len = make(bytes, number, rest);
    int err = td_pvm_blob_parse(&blob, &diag, TD_BYTES(bytes, len));
    bool ok = strcmp(verdict, "ok") == 0;
    if (err != (ok ? 0 : TD_ERR_FORMAT) || (!ok && strstr(diag.text, verdict) == NULL))
        fail_msg("%d, \"%s\": %s", err, diag.text, line);
    /* Every shorter and every longer slice disagrees with the length in the header. */
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(td_pvm_blob_parse(&blob, NULL, TD_BYTES(bytes, cut)), TD_ERR_FORMAT);
    bytes[len] = 0;
    assert_int_equal(td_pvm_blob_parse(&blob, NULL, TD_BYTES(bytes, len + 1)), TD_ERR_FORMAT);
}

TEST(pvm_blob, accepts_and_refuses_what_the_vectors_say) {
    char *text = (char *)td_test_read("tests/vec/pvm/container.vec", NULL), *rest = text;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
        if (line[0] != '#' && line[0] != 0)
            run_line(line);
    td_test_free(text);
}

TEST(pvm_blob, header_splits_code_from_what_follows) {
    uint8_t bytes[HEADER + 257];
    size_t len = make(bytes, 0, "C 00");
    assert_true(td_pvm_blob_is(TD_BYTES(bytes, 4)));
    assert_false(td_pvm_blob_is(TD_BYTES(bytes, 3)));
    assert_int_equal(td_pvm_blob_len(TD_BYTES(bytes, len)), len);
    assert_int_equal(td_pvm_blob_len(TD_BYTES(bytes, len + 1)), len);
    assert_int_equal(td_pvm_blob_len(TD_BYTES(bytes, len - 1)), 0);
    assert_int_equal(td_pvm_blob_len(TD_BYTES(bytes, 12)), 0);
    td_store_le64(bytes + 5, UINT64_MAX);
    assert_int_equal(td_pvm_blob_len(TD_BYTES(bytes, len)), 0);
    bytes[0] = 'Q';
    assert_false(td_pvm_blob_is(TD_BYTES(bytes, len)));
    assert_int_equal(td_pvm_blob_len(TD_BYTES(bytes, len)), 0);
}

static void parse(td_pvm_blob *out, uint8_t *bytes, const char *body) {
    td_diag diag = {""};
    size_t len = make(bytes, 0, body);
    if (td_pvm_blob_parse(out, &diag, TD_BYTES(bytes, len)) < 0)
        fail_msg("%s", diag.text);
}

/* 2.1: the three spare bits of a 5-byte varint are ORed into the value. */
TEST(pvm_blob, varints_of_every_length) {
    uint8_t bytes[HEADER + 256];
    td_pvm_blob b;
    parse(&b, bytes, "0103 7f 00 00 C 00");
    assert_int_equal(b.ro_size, 127);
    parse(&b, bytes, "0104 8123 00 00 C 00");
    assert_int_equal(b.ro_size, 0x123);
    parse(&b, bytes, "0105 c12345 00 00 C 00");
    assert_int_equal(b.ro_size, 0x14523);
    parse(&b, bytes, "0106 e1234567 00 00 C 00");
    assert_int_equal(b.ro_size, 0x1674523);
    parse(&b, bytes, "0107 f078563412 00 00 C 00");
    assert_int_equal(b.ro_size, 0x12345678);
    parse(&b, bytes, "0107 f770563412 00 00 C 00");
    assert_int_equal(b.ro_size, 0x12345677);
}

TEST(pvm_blob, imports_are_ranges_of_the_symbols) {
    uint8_t bytes[HEADER + 256];
    td_pvm_blob b;
    td_bytes name;
    /* "ab", "", inverted, past the end. */
    parse(&b, bytes, "0414 04 00000000 02000000 02000000 01000000 616263 C 00");
    assert_int_equal(b.import_count, 4);
    assert_true(td_pvm_blob_import(&b, 0, &name));
    assert_true(td_bytes_eq(name, TD_BYTES_STR("ab")));
    assert_true(td_pvm_blob_import(&b, 1, &name));
    assert_int_equal(name.len, 0);
    assert_false(td_pvm_blob_import(&b, 2, &name));
    assert_true(td_pvm_blob_import(&b, 3, &name));
    assert_true(td_bytes_eq(name, TD_BYTES_STR("bc")));
    assert_false(td_pvm_blob_import(&b, 4, &name));
    parse(&b, bytes, "0407 01 03000000 6162 C 00");
    assert_false(td_pvm_blob_import(&b, 0, &name));
}

TEST(pvm_blob, exports_end_at_the_first_malformed_one) {
    uint8_t bytes[HEADER + 256];
    td_pvm_blob b;
    td_bytes name;
    size_t at = 0;
    uint32_t pc;
    /* a at 5, b at 6, a again at 7, then a name longer than the section. */
    parse(&b, bytes, "050d 05 050161 060162 070161 0809 61 C 00");
    assert_true(td_pvm_blob_export(&b, &at, &pc, &name) && pc == 5);
    assert_true(td_pvm_blob_export(&b, &at, &pc, &name) && pc == 6);
    assert_true(td_bytes_eq(name, TD_BYTES_STR("b")));
    assert_true(td_pvm_blob_export(&b, &at, &pc, &name) && pc == 7);
    assert_false(td_pvm_blob_export(&b, &at, &pc, &name));
    assert_true(td_pvm_blob_find(&b, "a", &pc) && pc == 5);
    assert_true(td_pvm_blob_find(&b, "b", &pc) && pc == 6);
    assert_false(td_pvm_blob_find(&b, "c", &pc));
    parse(&b, bytes, "0507 01 050161 060162 C 00"); /* the count hides the second */
    assert_true(td_pvm_blob_find(&b, "a", &pc));
    assert_false(td_pvm_blob_find(&b, "b", &pc));
}

TEST(pvm_map, follows_the_worked_layout) {
    td_pvm_map m;
    assert_int_equal(td_pvm_map_make(&m, 1, 1, 1, 0), 0);
    assert_int_equal(m.ro_addr, 0x10000);
    assert_int_equal(m.ro_len, 4096);
    assert_int_equal(m.rw_addr, 0x30000);
    assert_int_equal(m.heap_base, 0x30001);
    assert_int_equal(m.stack_high, 0xfffe0000);
    assert_int_equal(m.stack_low, 0xfffdf000);
    assert_int_equal(td_pvm_map_make(&m, 0, 0, 0, 0x10001), 0);
    assert_int_equal(m.aux_addr, 0xfffd0000);
    assert_int_equal(m.stack_high, 0xfffc0000);
    /* 6.1: the largest single region is 2^32 - 5 * 64 KiB. */
    assert_int_equal(td_pvm_map_make(&m, 0xfffb0000, 0, 0, 0), 0);
    assert_int_equal(td_pvm_map_make(&m, 0xfffb0001, 0, 0, 0), TD_ERR_LIMIT);
    assert_int_equal(td_pvm_map_make(&m, 0, 0xfffb0000, 0, 0), 0);
    assert_int_equal(td_pvm_map_make(&m, 0, 0, 0xfffb0000, 0), 0);
    assert_int_equal(td_pvm_map_make(&m, 0, 0, 0xfffb0001, 0), TD_ERR_LIMIT);
    assert_int_equal(td_pvm_map_make(&m, 0, 0, 1, 0xfffb0000), TD_ERR_LIMIT);
    assert_int_equal(td_pvm_map_make(&m, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX),
                     TD_ERR_LIMIT);
}
