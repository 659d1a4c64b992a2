/* SPDX-License-Identifier: Apache-2.0
 *
 * RLP reading and writing. The reader refuses what a canonical writer never
 * makes, so that two nodes cannot see one object under two encodings. Knows
 * nothing of what the items mean.
 */
#include "codec/rlp.h"

enum {
    STRING_SHORT = 0x80, /* 0x80 + length, up to 55 bytes */
    STRING_LONG = 0xb7,  /* 0xb7 + length of the length */
    LIST_SHORT = 0xc0,
    LIST_LONG = 0xf7,
    SHORT_MAX = 55,
};

/* Reads the payload's length of a long form, `width` bytes at `at`. */
static int long_len(const uint8_t *at, const uint8_t *end, unsigned width, size_t *len) {
    if ((size_t)(end - at) < width || at[0] == 0)
        return TD_ERR_FORMAT;
    uint64_t value = 0;
    for (unsigned i = 0; i < width; i++)
        value = value << 8 | at[i];
    if (value <= SHORT_MAX || value > (uint64_t)(end - at) - width)
        return TD_ERR_FORMAT;
    *len = (size_t)value;
    return TD_OK;
}

int td_rlp_next(td_rlp *r, td_rlp_item *item) {
    if (r->at == r->end)
        return TD_ERR_FORMAT;
    const uint8_t *start = r->at, *at = start;
    unsigned first = *at;
    size_t len = 0;
    bool is_list = first >= LIST_SHORT;
    if (first < STRING_SHORT) {
        len = 1;
    } else {
        unsigned form = first - (is_list ? LIST_SHORT : STRING_SHORT);
        at++;
        if (form <= SHORT_MAX) {
            len = form;
            if (len > (size_t)(r->end - at))
                return TD_ERR_FORMAT;
        } else {
            int err = long_len(at, r->end, form - SHORT_MAX, &len);
            if (err < 0)
                return err;
            at += form - SHORT_MAX;
        }
        /* One byte below 0x80 is its own encoding. */
        if (!is_list && len == 1 && *at < STRING_SHORT)
            return TD_ERR_FORMAT;
    }
    r->at = at + len;
    *item = (td_rlp_item){{at, len}, {start, (size_t)(r->at - start)}, is_list};
    return TD_OK;
}

/* The next item if it is of the kind asked for; the cursor stays otherwise. */
static int next_of(td_rlp *r, bool is_list, td_bytes *payload) {
    td_rlp probe = *r;
    td_rlp_item item;
    int err = td_rlp_next(&probe, &item);
    if (err < 0)
        return err;
    if (item.is_list != is_list)
        return TD_ERR_FORMAT;
    *payload = item.payload;
    *r = probe;
    return TD_OK;
}

int td_rlp_list(td_rlp *r, td_rlp *items) {
    td_bytes payload;
    int err = next_of(r, true, &payload);
    if (err == TD_OK)
        *items = td_rlp_over(payload);
    return err;
}

int td_rlp_bytes(td_rlp *r, td_bytes *bytes) {
    return next_of(r, false, bytes);
}

int td_rlp_fixed(td_rlp *r, void *out, size_t len) {
    td_rlp probe = *r;
    td_bytes bytes;
    int err = next_of(&probe, false, &bytes);
    if (err < 0)
        return err;
    if (bytes.len != len)
        return TD_ERR_FORMAT;
    if (len != 0)
        memcpy(out, bytes.ptr, len);
    *r = probe;
    return TD_OK;
}

/* An integer's bytes, at most `len_max` of them. */
static int next_integer(td_rlp *r, size_t len_max, td_bytes *bytes) {
    td_rlp probe = *r;
    int err = next_of(&probe, false, bytes);
    if (err < 0)
        return err;
    if (bytes->len != 0 && bytes->ptr[0] == 0)
        return TD_ERR_FORMAT;
    if (bytes->len > len_max)
        return TD_ERR_RANGE;
    *r = probe;
    return TD_OK;
}

int td_rlp_u64(td_rlp *r, uint64_t *value) {
    td_bytes bytes;
    int err = next_integer(r, 8, &bytes);
    if (err < 0)
        return err;
    uint64_t v = 0;
    for (size_t i = 0; i < bytes.len; i++)
        v = v << 8 | bytes.ptr[i];
    *value = v;
    return TD_OK;
}

int td_rlp_u256(td_rlp *r, td_u256 *value) {
    td_bytes bytes;
    int err = next_integer(r, 32, &bytes);
    if (err < 0)
        return err;
    uint8_t wide[32] = {0};
    memcpy(wide + 32 - bytes.len, bytes.ptr, bytes.len);
    *value = td_u256_load_be(wide);
    return TD_OK;
}

int td_rlp_count(td_rlp r, size_t *count) {
    size_t n = 0;
    td_rlp_item item;
    for (; !td_rlp_done(&r); n++) {
        int err = td_rlp_next(&r, &item);
        if (err < 0)
            return err;
    }
    *count = n;
    return TD_OK;
}

int td_rlp_check(td_bytes bytes) {
    /* A stack of open lists instead of recursion: the depth is the input's choice. */
    td_rlp open[TD_RLP_DEPTH_MAX + 1];
    size_t depth = 0, roots = 0;
    open[0] = td_rlp_over(bytes);
    for (;;) {
        if (td_rlp_done(&open[depth])) {
            if (depth == 0)
                return roots == 1 ? TD_OK : TD_ERR_FORMAT;
            depth--;
            continue;
        }
        if (depth == 0 && roots++ == 1)
            return TD_ERR_FORMAT;
        td_rlp_item item;
        int err = td_rlp_next(&open[depth], &item);
        if (err < 0)
            return err;
        if (item.is_list) {
            if (depth == TD_RLP_DEPTH_MAX)
                return TD_ERR_LIMIT;
            open[++depth] = td_rlp_over(item.payload);
        }
    }
}

/* Writes the header of a payload of `len` bytes to at[9]; returns its length. */
static size_t header_make(uint8_t at[9], unsigned base, size_t len) {
    if (len <= SHORT_MAX) {
        at[0] = (uint8_t)(base + len);
        return 1;
    }
    unsigned width = (71u - (unsigned)__builtin_clzll(len)) / 8;
    at[0] = (uint8_t)(base + SHORT_MAX + width);
    for (unsigned i = 0; i < width; i++)
        at[1 + i] = (uint8_t)(len >> 8 * (width - 1 - i));
    return 1 + width;
}

void td_rlp_put_bytes(td_out *out, const void *ptr, size_t len) {
    uint8_t header[9];
    if (len != 1 || *(const uint8_t *)ptr >= STRING_SHORT)
        td_out_put(out, header, header_make(header, STRING_SHORT, len));
    td_out_put(out, ptr, len);
}

void td_rlp_put_u64(td_out *out, uint64_t value) {
    uint8_t be[8];
    td_store_be64(be, value);
    size_t skip = value == 0 ? 8 : (size_t)__builtin_clzll(value) / 8;
    td_rlp_put_bytes(out, be + skip, 8 - skip);
}

void td_rlp_put_u256(td_out *out, const td_u256 *value) {
    uint8_t be[32];
    td_u256_store_be(be, value);
    size_t len = td_u256_byte_len(value);
    td_rlp_put_bytes(out, be + 32 - len, len);
}

size_t td_rlp_begin(td_out *out) {
    return out->len;
}

void td_rlp_end(td_out *out, size_t begin) {
    if (out->failed)
        return;
    TD_ASSERT(begin <= out->len);
    size_t payload_len = out->len - begin;
    uint8_t header[9];
    size_t header_len = header_make(header, LIST_SHORT, payload_len);
    if (td_out_room(out, header_len) == NULL)
        return;
    uint8_t *at = out->ptr + begin;
    memmove(at + header_len, at, payload_len);
    memcpy(at, header, header_len);
}

void td_rlp_put_list_header(td_out *out, size_t payload_len) {
    uint8_t header[9];
    td_out_put(out, header, header_make(header, LIST_SHORT, payload_len));
}
