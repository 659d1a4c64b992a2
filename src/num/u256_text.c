/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as text for people and as the short big-endian bytes of RLP.
 */
#include "num/u256_private.h"

/* The largest power of ten in a limb: numbers are printed in chunks of 19 digits. */
static const uint64_t CHUNK = 10000000000000000000u;
enum { CHUNK_DIGITS = 19 };

td_u256 td_u256_load_be_short(const uint8_t *p, size_t len) {
    uint8_t t[32] = {0};
    TD_ASSERT(len <= 32);
    if (len > 0)
        memcpy(t + 32 - len, p, len);
    return td_u256_load_be(t);
}

size_t td_u256_store_be_short(uint8_t *out, const td_u256 *a) {
    uint8_t t[32];
    size_t len = td_u256_byte_len(a);
    td_u256_store_be(t, a);
    memcpy(out, t + 32 - len, len);
    return len;
}

/* The value of a digit in either case, or 16 and above for what is none. */
static unsigned digit_value(char c) {
    return c >= '0' && c <= '9'   ? (unsigned)(c - '0')
           : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
           : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                  : 255;
}

/* a = a * factor + addend; returns what did not fit. */
static uint64_t mul_add_small(td_u256 *a, uint64_t factor, uint64_t addend) {
    uint64_t carry = addend;
    for (unsigned i = 0; i < 4; i++)
        a->w[i] = td_u64_muladd(a->w[i], factor, 0, &carry);
    return carry;
}

int td_u256_parse(td_u256 *r, const char *text, size_t len) {
    bool hex = len > 2 && text[0] == '0' && text[1] == 'x';
    unsigned radix = hex ? 16 : 10;
    uint64_t overflow = 0;
    td_u256 value = TD_U256_ZERO;
    if (len == 0)
        return TD_ERR_FORMAT;
    for (size_t i = hex ? 2 : 0; i < len; i++) {
        unsigned digit = digit_value(text[i]);
        if (digit >= radix)
            return TD_ERR_FORMAT;
        overflow |= mul_add_small(&value, radix, digit);
    }
    if (overflow != 0)
        return TD_ERR_RANGE;
    *r = value;
    return TD_OK;
}

size_t td_u256_print_dec(char out[80], const td_u256 *a) {
    char reversed[5 * CHUNK_DIGITS];
    size_t len = 0;
    td_u256 rest = *a;
    do {
        uint64_t chunk = 0;
        for (unsigned i = 4; i-- > 0;)
            rest.w[i] = div_2by1(chunk, rest.w[i], CHUNK, &chunk);
        for (int i = 0; i < CHUNK_DIGITS; i++, chunk /= 10)
            reversed[len++] = (char)('0' + chunk % 10);
    } while (!td_u256_is_zero(&rest));
    while (len > 1 && reversed[len - 1] == '0')
        len--;
    for (size_t i = 0; i < len; i++)
        out[i] = reversed[len - 1 - i];
    out[len] = '\0';
    return len;
}
