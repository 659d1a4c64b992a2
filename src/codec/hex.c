/* SPDX-License-Identifier: Apache-2.0
 *
 * Hexadecimal text, both ways. The loops over long data are written without
 * branches on the digits, so that the compiler can use vectors. Knows nothing
 * of JSON.
 */
#include "codec/hex.h"

/* The value of a digit, or 0xff. */
static uint8_t digit(char c) {
    uint8_t d = (uint8_t)(c - '0'), l = (uint8_t)((c | 0x20) - 'a');
    return d < 10 ? d : l < 6 ? (uint8_t)(l + 10) : 0xff;
}

static bool has_prefix(const char *text, size_t len) {
    return len >= 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
}

void td_hex_put(char *out, const void *ptr, size_t len) {
    const uint8_t *p = ptr;
    for (size_t i = 0; i < len; i++) {
        uint8_t high = p[i] >> 4, low = p[i] & 15;
        out[2 * i] = (char)(high + (high > 9 ? 'a' - 10 : '0'));
        out[2 * i + 1] = (char)(low + (low > 9 ? 'a' - 10 : '0'));
    }
}

bool td_hex_get(void *out, const char *text, size_t len) {
    uint8_t *p = out, bad = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        bad |= high | low; /* only 0xff sets the upper bits */
        p[i] = (uint8_t)(high << 4 | (low & 15));
    }
    return bad < 16;
}

int td_hex_decode(td_arena *a, td_bytes *out, const char *text, size_t text_len, size_t len_max) {
    while (text_len > 0 && memchr(" \t\r\n", text[text_len - 1], 4) != NULL)
        text_len--;
    if (has_prefix(text, text_len)) {
        text += 2;
        text_len -= 2;
    }
    if (text_len % 2 != 0)
        return TD_ERR_FORMAT;
    size_t len = text_len / 2;
    if (len > len_max)
        return TD_ERR_LIMIT;
    uint8_t *bytes = td_arena_alloc(a, len);
    if (bytes == NULL)
        return TD_ERR_NOMEM;
    if (!td_hex_get(bytes, text, len))
        return TD_ERR_FORMAT;
    *out = (td_bytes){bytes, len};
    return TD_OK;
}

/* 0x and exactly 2 * len digits. */
static bool get_fixed(void *out, const char *text, size_t text_len, size_t len) {
    return text_len == 2 + 2 * len && has_prefix(text, text_len) && td_hex_get(out, text + 2, len);
}

bool td_hex_addr(td_addr *out, const char *text, size_t text_len) {
    td_addr addr;
    if (!get_fixed(addr.b, text, text_len, sizeof addr.b))
        return false;
    *out = addr;
    return true;
}

bool td_hex_hash(td_hash *out, const char *text, size_t text_len) {
    td_hash hash;
    if (!get_fixed(hash.b, text, text_len, sizeof hash.b))
        return false;
    *out = hash;
    return true;
}

int td_hex_u256(td_u256 *out, const char *text, size_t text_len) {
    if (!has_prefix(text, text_len) || text_len == 2)
        return TD_ERR_FORMAT;
    if (text_len > 2 + 64) {
        for (size_t i = 2; i < text_len; i++)
            if (digit(text[i]) == 0xff)
                return TD_ERR_FORMAT;
        return TD_ERR_RANGE;
    }
    td_u256 v = TD_U256_ZERO;
    size_t count = text_len - 2;
    for (size_t i = 0; i < count; i++) {
        uint64_t d = digit(text[text_len - 1 - i]);
        if (d == 0xff)
            return TD_ERR_FORMAT;
        v.w[i / 16] |= d << 4 * (i % 16);
    }
    *out = v;
    return TD_OK;
}

int td_hex_u64(uint64_t *out, const char *text, size_t text_len) {
    td_u256 v;
    int err = td_hex_u256(&v, text, text_len);
    if (err < 0)
        return err;
    if (!td_u256_fits_u64(&v))
        return TD_ERR_RANGE;
    *out = v.w[0];
    return TD_OK;
}
