/* SPDX-License-Identifier: Apache-2.0
 *
 * RLP, both ways (yellow paper appendix B). The reader is a cursor over
 * borrowed bytes and accepts canonical encodings only: minimal lengths, no
 * leading zeros where an integer is read, no bytes left over where asked.
 *
 * Threads: confined to one thread. Memory: readers borrow, the writer is a td_out.
 */
#ifndef TD_CODEC_RLP_H
#define TD_CODEC_RLP_H

#include "base/mem.h"
#include "num/u256.h"

enum { TD_RLP_DEPTH_MAX = 16 /* deepest nesting any Ethereum object has is 5 */ };

/* A run of items: the payload of a list, or a whole input. */
typedef struct td_rlp {
    const uint8_t *at, *end;
} td_rlp;

/* An item: its payload, whether it is a list, and its whole encoding. */
typedef struct td_rlp_item {
    td_bytes payload;
    td_bytes whole;
    bool is_list;
} td_rlp_item;

TD_INLINE td_rlp td_rlp_over(td_bytes bytes) {
    return (td_rlp){bytes.ptr, bytes.ptr == NULL ? NULL : bytes.ptr + bytes.len};
}
TD_INLINE bool td_rlp_done(const td_rlp *r) {
    return r->at == r->end;
}

/* Reads the next item and moves on. Returns 0, or TD_ERR_FORMAT for no item, a length past the end,
 * or an encoding that is not minimal; the cursor then stays. */
TD_MUST_USE
int td_rlp_next(td_rlp *r, td_rlp_item *item);
/* The same, and the item must be of the named kind. */
TD_MUST_USE
int td_rlp_list(td_rlp *r, td_rlp *items);
TD_MUST_USE
int td_rlp_bytes(td_rlp *r, td_bytes *bytes);
/* A string of exactly `len` bytes, copied to `out`. */
TD_MUST_USE
int td_rlp_fixed(td_rlp *r, void *out, size_t len);
/* An integer without leading zeros; TD_ERR_RANGE when it does not fit. */
TD_MUST_USE
int td_rlp_u64(td_rlp *r, uint64_t *value);
TD_MUST_USE
int td_rlp_u256(td_rlp *r, td_u256 *value);
/* Counts the items of a run without moving; TD_ERR_FORMAT when one is malformed. */
TD_MUST_USE
int td_rlp_count(td_rlp r, size_t *count);
/* Checks a whole input: one item, canonical at every depth, nothing after it. Returns 0,
 * TD_ERR_FORMAT, or TD_ERR_LIMIT for lists in more than TD_RLP_DEPTH_MAX lists. */
TD_MUST_USE
int td_rlp_check(td_bytes bytes);

/* Writers append to `out`; errors show in out->failed. */
void td_rlp_put_bytes(td_out *out, const void *ptr, size_t len);
void td_rlp_put_u64(td_out *out, uint64_t value);
void td_rlp_put_u256(td_out *out, const td_u256 *value);
/* A list: begin, write the items, end. `begin` returns a place to hand to `end`, which moves the
 * payload by the header's length. Nest at most TD_RLP_DEPTH_MAX deep. */
size_t td_rlp_begin(td_out *out);
void td_rlp_end(td_out *out, size_t begin);
/* A list header for a payload of known length. */
void td_rlp_put_list_header(td_out *out, size_t payload_len);

#endif
