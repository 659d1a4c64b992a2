/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers: encoded, decoded and hashed by header_fields.def.
 */
#include "crypto/crypto.h"
#include "eth/block.h"

typedef enum field_kind { KIND_BYTES, KIND_U64, KIND_U256, KIND_EXTRA } field_kind;

static const struct field {
    uint8_t kind, since;
    uint16_t at, len;
} fields[] = {
#define TD_HEADER(name, KIND, since)                                                               \
    {KIND_##KIND, TD_FORK_##since, offsetof(td_header, name), sizeof(((td_header *)0)->name)},
#include "eth/header_fields.def"
#undef TD_HEADER
};

/* More than the longest encoding: 21 fields, of which the bloom is the longest. */
enum { HEADER_LEN_MAX = 1024 };

const td_hash TD_EMPTY_TRIE_ROOT = {{0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6,
                                     0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
                                     0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0,
                                     0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}};
const td_hash TD_EMPTY_LIST_HASH = {{0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a,
                                     0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a,
                                     0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13,
                                     0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47}};
const td_hash TD_EMPTY_REQUESTS_HASH = {{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
                                         0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
                                         0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
                                         0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}};

void td_header_encode(td_out *out, const td_header *h) {
    TD_ASSERT(h->extra_len <= sizeof h->extra);
    size_t begin = td_rlp_begin(out);
    for (size_t i = 0; i < TD_COUNT(fields) && fields[i].since <= h->fork; i++) {
        const void *at = (const uint8_t *)h + fields[i].at;
        switch ((field_kind)fields[i].kind) {
        case KIND_BYTES: td_rlp_put_bytes(out, at, fields[i].len); break;
        case KIND_U64: td_rlp_put_u64(out, *(const uint64_t *)at); break;
        case KIND_U256: td_rlp_put_u256(out, at); break;
        case KIND_EXTRA: td_rlp_put_bytes(out, h->extra, h->extra_len); break;
        }
    }
    td_rlp_end(out, begin);
}

static int read_extra(td_header *h, td_rlp *items) {
    td_bytes extra;
    int err = td_rlp_bytes(items, &extra);
    if (err < 0)
        return err;
    if (extra.len > sizeof h->extra)
        return TD_ERR_RANGE;
    memcpy(h->extra, extra.ptr, extra.len);
    h->extra_len = (uint8_t)extra.len;
    return TD_OK;
}

static int read_field(td_header *h, const struct field *f, td_rlp *items) {
    void *at = (uint8_t *)h + f->at;
    switch ((field_kind)f->kind) {
    case KIND_BYTES: return td_rlp_fixed(items, at, f->len);
    case KIND_U64: return td_rlp_u64(items, at);
    case KIND_U256: return td_rlp_u256(items, at);
    case KIND_EXTRA: return read_extra(h, items);
    }
    return TD_ERR_INVALID;
}

int td_header_decode(td_header *out, td_bytes rlp) {
    td_rlp r = td_rlp_over(rlp), items;
    td_header h = {.fork = TD_FORK_FRONTIER};
    size_t i = 0;
    if (td_rlp_list(&r, &items) < 0 || !td_rlp_done(&r))
        return TD_ERR_FORMAT;
    for (; i < TD_COUNT(fields) && (fields[i].since == TD_FORK_FRONTIER || !td_rlp_done(&items));
         i++) {
        int err = read_field(&h, &fields[i], &items);
        if (err < 0)
            return err;
        h.fork = (td_fork)fields[i].since;
    }
    /* A fork brings all of its fields, and none is unknown. */
    if (!td_rlp_done(&items) || (i < TD_COUNT(fields) && fields[i].since == h.fork))
        return TD_ERR_FORMAT;
    *out = h;
    return TD_OK;
}

td_hash td_header_hash(const td_header *h) {
    uint8_t room[HEADER_LEN_MAX];
    td_out out = {.ptr = room, .capacity = sizeof room, .len_max = sizeof room};
    td_header_encode(&out, h);
    TD_ASSERT(!out.failed);
    return td_keccak(td_out_peek(&out));
}
