/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "codec/hex.h"

static int decode(td_arena *a, td_bytes *out, const char *text, size_t len_max) {
    return td_hex_decode(a, out, text, strlen(text), len_max);
}

TEST(hex, every_byte_comes_back) {
    uint8_t all[256], back[256];
    char text[512];
    for (unsigned i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    td_hex_put(text, all, 256);
    assert_memory_equal(text, "000102030405060708090a0b", 24);
    assert_memory_equal(text + 506, "fdfeff", 6);
    assert_true(td_hex_get(back, text, 256));
    assert_memory_equal(all, back, 256);
}

TEST(hex, only_digits_are_digits) {
    uint8_t byte;
    for (int c = -128; c < 128; c++) {
        bool is = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        assert_int_equal(td_hex_get(&byte, (char[]){(char)c, '0'}, 1), is);
        assert_int_equal(td_hex_get(&byte, (char[]){'0', (char)c}, 1), is);
    }
}

TEST(hex, decode_takes_prefix_and_space_and_keeps_limits) {
    td_arena a;
    td_bytes out;
    td_arena_init(&a, 1024, 4096);
    assert_int_equal(decode(&a, &out, "0xAbcD\r\n", 2), 0);
    assert_int_equal(out.len, 2);
    assert_memory_equal(out.ptr, "\xab\xcd", 2);
    assert_int_equal(decode(&a, &out, "", 0), 0);
    assert_int_equal(out.len, 0);
    assert_int_equal(decode(&a, &out, "0x", 0), 0);
    assert_int_equal(out.len, 0);
    assert_int_equal(decode(&a, &out, "abc", 2), TD_ERR_FORMAT);
    assert_int_equal(decode(&a, &out, "0x0g", 2), TD_ERR_FORMAT);
    assert_int_equal(decode(&a, &out, " 0x00", 2), TD_ERR_FORMAT);
    assert_int_equal(decode(&a, &out, "0x000000", 2), TD_ERR_LIMIT);
    td_arena_fini(&a);
    td_arena_init(&a, 16, 16);
    assert_int_equal(decode(&a, &out, "0x00", 2), TD_ERR_NOMEM);
    td_arena_fini(&a);
}

TEST(hex, names_have_their_exact_length) {
    td_addr addr;
    td_hash hash;
    const char *digits = "0x00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff00";
    assert_true(td_hex_addr(&addr, digits, 42));
    assert_int_equal(addr.b[10], 0xaa);
    assert_false(td_hex_addr(&addr, digits, 41));
    assert_false(td_hex_addr(&addr, digits, 43));
    assert_false(td_hex_addr(&addr, digits + 2, 40));
    assert_false(td_hex_addr(&addr, "0x0011223344556677889gAABBCCDDEEFF00112233", 42));
    assert_int_equal(addr.b[10], 0xaa);
    assert_true(td_hex_hash(&hash, digits, 66));
    assert_int_equal(hash.b[31], 0xff);
    assert_false(td_hex_hash(&hash, digits, 42));
}

static int u256(td_u256 *out, const char *text) {
    return td_hex_u256(out, text, strlen(text));
}
static int u64(uint64_t *out, const char *text) {
    return td_hex_u64(out, text, strlen(text));
}

TEST(hex, quantities) {
    td_u256 v;
    uint64_t n;
    char max[70] = "0x";
    memset(max + 2, 'f', 64);
    assert_int_equal(u256(&v, max), 0);
    assert_true(td_u256_eq(&v, &TD_U256_MAX));
    memcpy(max + 66, "0", 2);
    assert_int_equal(u256(&v, max), TD_ERR_RANGE);
    memcpy(max + 66, "g", 2);
    assert_int_equal(u256(&v, max), TD_ERR_FORMAT);
    assert_int_equal(u64(&n, "0x0"), 0);
    assert_int_equal(n, 0);
    assert_int_equal(u64(&n, "0x00ff"), 0);
    assert_int_equal(n, 255);
    assert_int_equal(u64(&n, "0XFFFFFFFFFFFFFFFF"), 0);
    assert_true(n == UINT64_MAX);
    assert_int_equal(u64(&n, "0x10000000000000000"), TD_ERR_RANGE);
    static const char *const none[] = {"0x", "", "0", "12", "x12", "0x-1", "0x1 ", " 0x1", "0x1.0"};
    for (size_t i = 0; i < TD_COUNT(none); i++)
        assert_int_equal(u64(&n, none[i]), TD_ERR_FORMAT);
}
