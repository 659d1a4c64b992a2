/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "num/u256.h"

static const char DEC_MAX[] =
    "115792089237316195423570985008687907853269984665640564039457584007913129639935";

static int parse(td_u256 *r, const char *s) {
    return td_u256_parse(r, s, strlen(s));
}

TEST(text, prints_what_it_parses) {
    static const char *const numbers[] = {"0",
                                          "1",
                                          "9",
                                          "10",
                                          "9999999999999999999",
                                          "10000000000000000000",
                                          "10000000000000000001",
                                          "18446744073709551616",
                                          "100000000000000000000000000000000000000",
                                          "340282366920938463463374607431768211456",
                                          DEC_MAX};
    char out[80];
    for (size_t i = 0; i < TD_COUNT(numbers); i++) {
        td_u256 a;
        assert_int_equal(parse(&a, numbers[i]), 0);
        assert_int_equal(td_u256_print_dec(out, &a), strlen(numbers[i]));
        assert_string_equal(out, numbers[i]);
    }
    uint64_t x = 12345;
    for (int i = 0; i < 5000; i++) {
        td_u256 a = TD_U256_ZERO, b;
        for (int j = 0; j <= i % 4; j++)
            x ^= x << 13, x ^= x >> 7, x ^= x << 17, a.w[j] = x;
        size_t len = td_u256_print_dec(out, &a);
        assert_int_equal(td_u256_parse(&b, out, len), 0);
        assert_true(td_u256_eq(&a, &b));
    }
}

TEST(text, parses_hex_in_either_case) {
    td_u256 a;
    assert_int_equal(parse(&a, "0xDeadBeef"), 0);
    assert_true(td_u256_eq(&a, &(td_u256){{0xdeadbeef, 0, 0, 0}}));
    assert_int_equal(parse(&a, "0x0"), 0);
    assert_true(td_u256_is_zero(&a));
    assert_int_equal(
        parse(&a, "0x00000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"), 0);
    assert_true(td_u256_eq(&a, &TD_U256_MAX));
    assert_int_equal(parse(&a, "007"), 0);
    assert_int_equal(a.w[0], 7);
}

TEST(text, refuses_what_is_no_number_and_leaves_the_result) {
    static const char *const bad[] = {"",     "0x",   "0X1", " 1", "1 ",   "-1",   "+1",
                                      "1e18", "0xg",  "a",   "1_", "0x 1", "0x0x", "1.0",
                                      "x",    "0x-1", "/",   ":",  "0x@",  "0x`"};
    td_u256 a = td_u256_from(42);
    for (size_t i = 0; i < TD_COUNT(bad); i++)
        assert_int_equal(parse(&a, bad[i]), TD_ERR_FORMAT);
    assert_int_equal(td_u256_parse(&a, "1\0", 2), TD_ERR_FORMAT);
    assert_int_equal(a.w[0], 42);
}

TEST(text, refuses_more_than_256_bits) {
    td_u256 a = td_u256_from(42);
    char above[80];
    (void)snprintf(above, sizeof above, "%s", DEC_MAX);
    above[77] = '6';
    assert_int_equal(parse(&a, above), TD_ERR_RANGE);
    char hex[70] = "0x1";
    memset(hex + 3, '0', 64);
    assert_int_equal(td_u256_parse(&a, hex, 67), TD_ERR_RANGE);
    assert_int_equal(td_u256_parse(&a, hex, 66), 0);
    /* A value that wraps to a small one, and a bad digit after the overflow. */
    char ones[400];
    memset(ones, '9', sizeof ones);
    assert_int_equal(td_u256_parse(&a, ones, sizeof ones), TD_ERR_RANGE);
    ones[399] = 'x';
    assert_int_equal(td_u256_parse(&a, ones, sizeof ones), TD_ERR_FORMAT);
}

TEST(bytes, short_form_round_trips_at_every_length) {
    uint8_t in[32], out[32];
    for (size_t len = 0; len <= 32; len++) {
        for (size_t i = 0; i < len; i++)
            in[i] = (uint8_t)(i + 1);
        td_u256 a = td_u256_load_be_short(len > 0 ? in : NULL, len);
        assert_int_equal(td_u256_byte_len(&a), len);
        assert_int_equal(td_u256_store_be_short(out, &a), len);
        assert_memory_equal(in, out, len);
    }
    td_u256 a = td_u256_load_be_short((const uint8_t *)"\0\0\1", 3);
    assert_true(td_u256_eq(&a, &(td_u256){{1, 0, 0, 0}}));
}

TEST(bytes, orders_are_what_they_say) {
    uint8_t be[32], le[32], t[32];
    for (uint8_t i = 0; i < 32; i++)
        be[i] = i, le[31 - i] = i;
    td_u256 a = td_u256_load_be(be), b = td_u256_load_le(le);
    assert_true(td_u256_eq(&a, &b));
    assert_true(a.w[0] == 0x18191a1b1c1d1e1fu && a.w[3] == 0x0001020304050607u);
    td_u256_store_be(t, &a);
    assert_memory_equal(t, be, 32);
    td_u256_store_le(t, &a);
    assert_memory_equal(t, le, 32);
    td_addr addr = td_u256_to_addr(&a);
    assert_memory_equal(addr.b, be + 12, 20);
    b = td_u256_from_addr(&addr);
    assert_true(td_u256_eq(&b, &(td_u256){{a.w[0], a.w[1], a.w[2] & UINT32_MAX, 0}}));
    td_hash h = td_u256_to_hash(&a);
    assert_memory_equal(h.b, be, 32);
}
