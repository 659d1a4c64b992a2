/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder share: the whole product and the division of
 * two machine words by one.
 */
#ifndef TD_NUM_U256_PRIVATE_H
#define TD_NUM_U256_PRIVATE_H

#include "num/u256.h"

/* p[0..4] = row[0..3] + x * b: one row of the schoolbook; p may be row. */
TD_INLINE void mul_row(uint64_t p[5], const uint64_t row[4], uint64_t x, const td_u256 *b) {
    uint64_t carry = 0;
    p[0] = td_u64_muladd(x, b->w[0], row[0], &carry);
    p[1] = td_u64_muladd(x, b->w[1], row[1], &carry);
    p[2] = td_u64_muladd(x, b->w[2], row[2], &carry);
    p[3] = td_u64_muladd(x, b->w[3], row[3], &carry);
    p[4] = carry;
}

/* p = the 512-bit product of a and b, least limb first. */
TD_INLINE void mul_full(uint64_t p[8], const td_u256 *a, const td_u256 *b) {
    mul_row(p, TD_U256_ZERO.w, a->w[0], b);
    mul_row(p + 1, p + 1, a->w[1], b);
    mul_row(p + 2, p + 2, a->w[2], b);
    mul_row(p + 3, p + 3, a->w[3], b);
}

/* The quotient of hi:lo by d, and the remainder. Requires hi < d, or the quotient has no room. */
TD_INLINE uint64_t div_2by1(uint64_t hi, uint64_t lo, uint64_t d, uint64_t *remainder) {
#if defined(__x86_64__)
    /* The compiler would call __udivti3, as it cannot know that the quotient fits. */
    uint64_t q;
    __asm__("divq %[d]" : "=a"(q), "=d"(*remainder) : "a"(lo), "d"(hi), [d] "r"(d) : "cc");
    return q;
#else
    td_u128 n = (td_u128)hi << 64 | lo;
    uint64_t q = (uint64_t)(n / d);
    *remainder = lo - q * d;
    return q;
#endif
}

#endif
