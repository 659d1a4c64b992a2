/* SPDX-License-Identifier: Apache-2.0
 *
 * The EVM's memory: growth and its price, loads and stores, copies, hashing.
 *
 * Threads: confined to the frame's thread.
 */
#ifndef TD_EVM_OP_MEMORY_H
#define TD_EVM_OP_MEMORY_H

#include "crypto/crypto.h"
#include "evm/op_arith.h"

/* A run of bytes of the EVM's memory. */
typedef struct range {
    uint64_t offset, len;
} range;

/* Extends r->mem_clear to `len` bytes and some more, as memory mostly grows on, by a word at
 * a time (with mem_price: 6 % of snailtracer's instructions). False when memory ends. */
static TD_COLD TD_NOINLINE bool memory_clear(evm_run *r, uint64_t len) {
    uint64_t room = r->f->memory_max - (size_t)(r->mem - r->f->memory->base);
    uint64_t ahead = (len + EVM_CLEAR_AHEAD - 1) & ~(uint64_t)(EVM_CLEAR_AHEAD - 1);
    if (len > room) {
        r->exit = TD_EXIT_MEMORY_BUDGET;
        return false;
    }
    ahead = td_min_u64(ahead, room);
    memset(r->mem + r->mem_clear, 0, ahead - r->mem_clear);
    r->mem_clear = ahead;
    return true;
}

/* Grows memory to `words` words, at most 2^28 and more than it has; returns the gas left, negative
 * when it does not suffice or memory ends (r->exit says which). Price: yellow paper H.1. */
TD_INLINE int64_t memory_grow_to(evm_run *r, uint64_t words, int64_t gas) {
    int64_t price = (int64_t)(words * r->price[GAS_MEMORY_WORD] + words * words / 512);
    gas -= price - r->mem_price;
    if (TD_UNLIKELY(gas < 0))
        return gas;
    if (TD_UNLIKELY(words * 32 > r->mem_clear) && !memory_clear(r, words * 32))
        return -1;
    r->mem_price = price;
    r->mem_len = words * 32;
    r->mem_word_end = words * 32 - 31;
    return gas;
}

/* The same to hold `end` bytes. */
static TD_COLD int64_t memory_grow(evm_run *r, uint64_t end, int64_t gas) {
    /* What is past the limit is dearer than any gas there is. */
    return end > (uint64_t)UINT32_MAX * 2 ? -1 : memory_grow_to(r, (end + 31) / 32, gas);
}

/* Makes the `len` bytes at `offset` accessible, as long as len is not 0. */
TD_INLINE bool memory_reach(evm_run *r, int64_t *gas, const td_u256 *offset, const td_u256 *len,
                            range *out) {
    out->offset = offset->w[0];
    out->len = len->w[0];
    if (TD_UNLIKELY(!td_u256_fits_u64(len) || len->w[0] > UINT32_MAX))
        return false;
    if (len->w[0] == 0) {
        out->offset = 0;
        return true;
    }
    if (TD_UNLIKELY(!td_u256_fits_u64(offset) || offset->w[0] > UINT32_MAX))
        return false;
    if (TD_UNLIKELY(out->offset + out->len > r->mem_len))
        *gas = memory_grow(r, out->offset + out->len, *gas);
    return *gas >= 0;
}

/* Takes `each` a word of `len` bytes, rounded up. */
TD_INLINE bool pay_words(const evm_run *r, int64_t *gas, evm_gas each, uint64_t len) {
    *gas -= (int64_t)(r->price[each] * ((len + 31) / 32));
    return *gas >= 0;
}

/* MLOAD and MSTORE inside memory; FLOW bodies grow it first. */
TD_INLINE bool memory_has_word(const evm_run *r, const td_u256 *offset) {
    return td_u256_fits_u64(offset) && offset->w[0] < r->mem_word_end;
}
TD_INLINE int64_t memory_grow_word(evm_run *r, const td_u256 *offset, int64_t gas) {
    return !td_u256_fits_u64(offset) || offset->w[0] > UINT32_MAX
               ? -1
               : memory_grow_to(r, (offset->w[0] + 63) / 32, gas);
}

EVM_OP(mstore8) {
    range to;
    if (!memory_reach(r, gas, top, &(td_u256){{1, 0, 0, 0}}, &to))
        return false;
    r->mem[to.offset] = (uint8_t)top[-1].w[0];
    return true;
}
EVM_OP(msize) {
    set_u64(top + 1, r->mem_len);
    return true;
}

static TD_NOINLINE int64_t keccak_slow(evm_run *r, td_u256 *top, int64_t gas) {
    range data;
    td_hash hash;
    if (!memory_reach(r, &gas, top, top - 1, &data) ||
        !pay_words(r, &gas, GAS_KECCAK_WORD, data.len))
        return -1;
    td_keccak256(&hash, r->mem + data.offset, data.len);
    top[-1] = td_u256_load_be(hash.b);
    return gas;
}
EVM_OP(keccak256) {
    *gas = keccak_slow(r, top, *gas);
    return *gas >= 0;
}

/* Copies from `source` into memory; what lies past its end is zeros. Words are to, from, len. */
static TD_NOINLINE int64_t copy_padded(evm_run *r, const td_u256 *to_word, td_bytes source,
                                       const td_u256 *from, const td_u256 *len, int64_t gas) {
    range to;
    if (!memory_reach(r, &gas, to_word, len, &to) || !pay_words(r, &gas, GAS_COPY_WORD, to.len))
        return -1;
    uint64_t offset = td_min_u64(td_u256_sat_u64(from), source.len);
    uint64_t have = td_min_u64(source.len - offset, to.len);
    if (have > 0)
        memcpy(r->mem + to.offset, source.ptr + offset, have);
    if (to.len > have)
        memset(r->mem + to.offset + have, 0, to.len - have);
    return gas;
}
EVM_OP(calldatacopy) {
    *gas = copy_padded(r, top, r->f->input, top - 1, top - 2, *gas);
    return *gas >= 0;
}
EVM_OP(codecopy) {
    *gas = copy_padded(r, top, r->code->head.bytes, top - 1, top - 2, *gas);
    return *gas >= 0;
}

static TD_NOINLINE int64_t returndatacopy_slow(evm_run *r, td_u256 *top, int64_t gas) {
    uint64_t end = td_add_sat(td_u256_sat_u64(top - 1), td_u256_sat_u64(top - 2));
    /* EIP-211: past the end is an error, not zeros, also for no bytes. */
    if (end > r->f->return_data.len) {
        r->exit = TD_EXIT_RETURN_DATA_BOUNDS;
        return -1;
    }
    return copy_padded(r, top, r->f->return_data, top - 1, top - 2, gas);
}
EVM_OP(returndatacopy) {
    *gas = returndatacopy_slow(r, top, *gas);
    return *gas >= 0;
}

/* EIP-5656 */
static TD_NOINLINE int64_t mcopy_slow(evm_run *r, td_u256 *top, int64_t gas) {
    range to, from;
    if (!memory_reach(r, &gas, top, top - 2, &to) ||
        !memory_reach(r, &gas, top - 1, top - 2, &from) ||
        !pay_words(r, &gas, GAS_COPY_WORD, to.len))
        return -1;
    memmove(r->mem + to.offset, r->mem + from.offset, to.len);
    return gas;
}
EVM_OP(mcopy) {
    *gas = mcopy_slow(r, top, *gas);
    return *gas >= 0;
}

#endif
