/* SPDX-License-Identifier: Apache-2.0
 *
 * 256-bit unsigned integers: four 64-bit limbs, least significant first. All
 * functions are total; wrap-around is modulo 2^256. Outputs may alias inputs
 * everywhere. Edge results follow the EVM (yellow paper H.2): x / 0 = 0,
 * x mod 0 = 0, addmod and mulmod by 0 give 0, MIN sdiv -1 = MIN.
 *
 * Threads: pure functions.
 */
#ifndef TD_NUM_U256_H
#define TD_NUM_U256_H

#include "base/base.h"

#if !defined(__clang__) && defined(__x86_64__)
#include <immintrin.h> /* _addcarry_u64: gcc has no __builtin_addcll before 14 */
#endif

__extension__ typedef unsigned __int128 td_u128;

typedef struct td_u256 {
    uint64_t w[4];
} td_u256;

#define TD_U256_ZERO ((td_u256){{0, 0, 0, 0}})
#define TD_U256_MAX  ((td_u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}})

TD_INLINE td_u256 td_u256_from(uint64_t v) {
    return (td_u256){{v, 0, 0, 0}};
}
TD_INLINE bool td_u256_is_zero(const td_u256 *a) {
    return (a->w[0] | a->w[1] | a->w[2] | a->w[3]) == 0;
}
TD_INLINE bool td_u256_fits_u64(const td_u256 *a) {
    return (a->w[1] | a->w[2] | a->w[3]) == 0;
}
/* The value, or UINT64_MAX when it does not fit. */
TD_INLINE uint64_t td_u256_sat_u64(const td_u256 *a) {
    return td_u256_fits_u64(a) ? a->w[0] : UINT64_MAX;
}
TD_INLINE bool td_u256_eq(const td_u256 *a, const td_u256 *b) {
    return ((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]) | (a->w[2] ^ b->w[2]) |
            (a->w[3] ^ b->w[3])) == 0;
}

/* a + b + *carry modulo 2^64; *carry, 0 or 1, becomes the carry out. */
TD_INLINE uint64_t td_u64_addc(uint64_t a, uint64_t b, unsigned long long *carry) {
#if defined(__clang__)
    return __builtin_addcll(a, b, *carry, carry);
#elif defined(__x86_64__)
    unsigned long long r;
    *carry = _addcarry_u64((unsigned char)*carry, a, b, &r);
    return r;
#else
    td_u128 t = (td_u128)a + b + *carry;
    *carry = (uint64_t)(t >> 64);
    return (uint64_t)t;
#endif
}
/* a - b - *borrow modulo 2^64; *borrow, 0 or 1, becomes the borrow out. */
TD_INLINE uint64_t td_u64_subb(uint64_t a, uint64_t b, unsigned long long *borrow) {
#if defined(__clang__)
    return __builtin_subcll(a, b, *borrow, borrow);
#elif defined(__x86_64__)
    unsigned long long r;
    *borrow = _subborrow_u64((unsigned char)*borrow, a, b, &r);
    return r;
#else
    td_u128 t = (td_u128)a - b - *borrow;
    *borrow = (uint64_t)(t >> 64) & 1;
    return (uint64_t)t;
#endif
}
/* a * b + addend + *carry, which always fits 128 bits: the low half; *carry becomes the high. */
TD_INLINE uint64_t td_u64_muladd(uint64_t a, uint64_t b, uint64_t addend, uint64_t *carry) {
    td_u128 t = (td_u128)a * b + addend + *carry;
    *carry = (uint64_t)(t >> 64);
    return (uint64_t)t;
}

/* r = a + b; returns the carry out. */
TD_INLINE bool td_u256_add(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    unsigned long long c = 0;
    r->w[0] = td_u64_addc(a->w[0], b->w[0], &c);
    r->w[1] = td_u64_addc(a->w[1], b->w[1], &c);
    r->w[2] = td_u64_addc(a->w[2], b->w[2], &c);
    r->w[3] = td_u64_addc(a->w[3], b->w[3], &c);
    return c != 0;
}
/* r = a - b; returns the borrow out, which is a < b. */
TD_INLINE bool td_u256_sub(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    unsigned long long c = 0;
    r->w[0] = td_u64_subb(a->w[0], b->w[0], &c);
    r->w[1] = td_u64_subb(a->w[1], b->w[1], &c);
    r->w[2] = td_u64_subb(a->w[2], b->w[2], &c);
    r->w[3] = td_u64_subb(a->w[3], b->w[3], &c);
    return c != 0;
}
/* a < b, unsigned. */
TD_INLINE bool td_u256_lt(const td_u256 *a, const td_u256 *b) {
    td_u256 t;
    return td_u256_sub(&t, a, b);
}
/* a < b, two's complement. */
TD_INLINE bool td_u256_slt(const td_u256 *a, const td_u256 *b) {
    bool na = (int64_t)a->w[3] < 0, nb = (int64_t)b->w[3] < 0;
    return na != nb ? na : td_u256_lt(a, b);
}
/* -1, 0 or 1 as a is below, equal to or above b, unsigned. */
TD_INLINE int td_u256_cmp(const td_u256 *a, const td_u256 *b) {
    return td_u256_eq(a, b) ? 0 : td_u256_lt(a, b) ? -1 : 1;
}

/* r = a * b mod 2^256: schoolbook by rows, without the products that fall off the top. */
TD_INLINE void td_u256_mul(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    uint64_t c = 0;
    uint64_t r0 = td_u64_muladd(a->w[0], b->w[0], 0, &c);
    uint64_t r1 = td_u64_muladd(a->w[0], b->w[1], 0, &c);
    uint64_t r2 = td_u64_muladd(a->w[0], b->w[2], 0, &c);
    uint64_t r3 = a->w[0] * b->w[3] + c;
    c = 0;
    r1 = td_u64_muladd(a->w[1], b->w[0], r1, &c);
    r2 = td_u64_muladd(a->w[1], b->w[1], r2, &c);
    r3 += a->w[1] * b->w[2] + c;
    c = 0;
    r2 = td_u64_muladd(a->w[2], b->w[0], r2, &c);
    r3 += a->w[2] * b->w[1] + a->w[3] * b->w[0] + c;
    *r = (td_u256){{r0, r1, r2, r3}};
}
/* r = a * b mod 2^256; returns whether the product did not fit. */
bool td_u256_mul_overflow(td_u256 *r, const td_u256 *a, const td_u256 *b);
/* hi, lo = the whole 512-bit product. */
void td_u256_mul_wide(td_u256 *hi, td_u256 *lo, const td_u256 *a, const td_u256 *b);
/* r = a / b and a mod b, unsigned; by zero both are zero. */
void td_u256_div(td_u256 *r, const td_u256 *a, const td_u256 *b);
void td_u256_mod(td_u256 *r, const td_u256 *a, const td_u256 *b);
/* quotient and remainder in one; either may be NULL. */
void td_u256_divmod(td_u256 *quotient, td_u256 *remainder, const td_u256 *a, const td_u256 *b);
/* The signed forms truncate toward zero; the remainder has the sign of a. */
void td_u256_sdiv(td_u256 *r, const td_u256 *a, const td_u256 *b);
void td_u256_smod(td_u256 *r, const td_u256 *a, const td_u256 *b);
/* r = (a + b) mod m and a * b mod m over unbounded intermediates. */
void td_u256_addmod(td_u256 *r, const td_u256 *a, const td_u256 *b, const td_u256 *m);
void td_u256_mulmod(td_u256 *r, const td_u256 *a, const td_u256 *b, const td_u256 *m);
/* r = base ^ exponent mod 2^256. */
void td_u256_exp(td_u256 *r, const td_u256 *base, const td_u256 *exponent);
/*
 * r = a << n, a >> n, a >> n with the sign; n of 256 and above shifts everything out. Whole limbs
 * move by selections (cmov), so that a count that varies costs no mispredicted branch; reading
 * from an array at an offset was twice as slow (stalled store forwarding).
 */
TD_INLINE void td_u256_shl(td_u256 *r, const td_u256 *a, uint64_t n) {
    if (TD_UNLIKELY(n > 255)) {
        *r = TD_U256_ZERO;
        return;
    }
    bool two = n & 128, one = n & 64;
    uint64_t w0 = two ? 0 : a->w[0], w1 = two ? 0 : a->w[1];
    uint64_t w2 = two ? a->w[0] : a->w[2], w3 = two ? a->w[1] : a->w[3];
    w3 = one ? w2 : w3, w2 = one ? w1 : w2, w1 = one ? w0 : w1, w0 = one ? 0 : w0;
    unsigned up = n % 64, down = 63 - up; /* two steps down, as a shift by 64 is undefined */
    *r = (td_u256){{w0 << up, w1 << up | w0 >> 1 >> down, w2 << up | w1 >> 1 >> down,
                    w3 << up | w2 >> 1 >> down}};
}
/* The shifts down, with `fill` (all zeros or all ones) coming in at the top; n is at most 255. */
TD_INLINE void td_u256_shr_fill(td_u256 *r, const td_u256 *a, uint64_t n, uint64_t fill) {
    bool two = n & 128, one = n & 64;
    uint64_t w0 = two ? a->w[2] : a->w[0], w1 = two ? a->w[3] : a->w[1];
    uint64_t w2 = two ? fill : a->w[2], w3 = two ? fill : a->w[3];
    w0 = one ? w1 : w0, w1 = one ? w2 : w1, w2 = one ? w3 : w2, w3 = one ? fill : w3;
    unsigned down = n % 64, up = 63 - down;
    *r = (td_u256){{w0 >> down | w1 << 1 << up, w1 >> down | w2 << 1 << up,
                    w2 >> down | w3 << 1 << up, w3 >> down | fill << 1 << up}};
}
TD_INLINE void td_u256_shr(td_u256 *r, const td_u256 *a, uint64_t n) {
    if (TD_UNLIKELY(n > 255)) {
        *r = TD_U256_ZERO;
        return;
    }
    td_u256_shr_fill(r, a, n, 0);
}
TD_INLINE void td_u256_sar(td_u256 *r, const td_u256 *a, uint64_t n) {
    uint64_t fill = (uint64_t)((int64_t)a->w[3] >> 63);
    if (TD_UNLIKELY(n > 255)) {
        *r = (td_u256){{fill, fill, fill, fill}};
        return;
    }
    td_u256_shr_fill(r, a, n, fill);
}
/* r = a sign-extended from its byte `index` (0 is the lowest); unchanged for index 31 and above. */
TD_INLINE void td_u256_signextend(td_u256 *r, const td_u256 *a, uint64_t index) {
    if (index > 30) {
        *r = *a;
        return;
    }
    uint64_t limb = index / 8;
    unsigned shift = 56 - 8 * (index % 8);
    int64_t top = (int64_t)(a->w[limb] << shift) >> shift;
    uint64_t fill = (uint64_t)(top >> 63);
    for (uint64_t i = 0; i < 4; i++)
        r->w[i] = i < limb ? a->w[i] : i == limb ? (uint64_t)top : fill;
}
/* The byte of a at `index` counted from the highest (0), as BYTE counts; 0 for 32 and above. */
TD_INLINE uint64_t td_u256_byte(const td_u256 *a, uint64_t index) {
    return index > 31 ? 0 : a->w[3 - index / 8] >> (56 - 8 * (index % 8)) & 0xff;
}

/* Bits up to the highest set one: 0 for 0, 256 at most. */
TD_INLINE unsigned td_u256_bit_len(const td_u256 *a) {
    for (int i = 3; i >= 0; i--)
        if (a->w[i] != 0)
            return (unsigned)i * 64 + 64 - (unsigned)__builtin_clzll(a->w[i]);
    return 0;
}
TD_INLINE unsigned td_u256_byte_len(const td_u256 *a) {
    return (td_u256_bit_len(a) + 7) / 8;
}

/* 32 bytes, big-endian. */
TD_INLINE td_u256 td_u256_load_be(const uint8_t *p) {
    return (td_u256){
        {td_load_be64(p + 24), td_load_be64(p + 16), td_load_be64(p + 8), td_load_be64(p)}};
}
TD_INLINE void td_u256_store_be(uint8_t *p, const td_u256 *a) {
    td_store_be64(p, a->w[3]);
    td_store_be64(p + 8, a->w[2]);
    td_store_be64(p + 16, a->w[1]);
    td_store_be64(p + 24, a->w[0]);
}
/* 32 bytes, little-endian. */
TD_INLINE td_u256 td_u256_load_le(const uint8_t *p) {
    td_u256 r;
    memcpy(&r, p, 32);
    return r;
}
TD_INLINE void td_u256_store_le(uint8_t *p, const td_u256 *a) {
    memcpy(p, a, 32);
}
/* 0 to 32 bytes, big-endian; len above 32 is asserted. */
td_u256 td_u256_load_be_short(const uint8_t *p, size_t len);
/* The minimal big-endian form into out[32]; returns its length, 0 for 0. */
size_t td_u256_store_be_short(uint8_t *out, const td_u256 *a);

/* An address as the EVM has it on the stack: 20 low bytes. */
TD_INLINE td_u256 td_u256_from_addr(const td_addr *a) {
    uint8_t t[32] = {0};
    memcpy(t + 12, a->b, 20);
    return td_u256_load_be(t);
}
/* The 20 low bytes; the others are dropped. */
TD_INLINE td_addr td_u256_to_addr(const td_u256 *a) {
    uint8_t t[32];
    td_addr r;
    td_u256_store_be(t, a);
    memcpy(r.b, t + 12, 20);
    return r;
}
/* 32 bytes, big-endian. */
TD_INLINE td_hash td_u256_to_hash(const td_u256 *a) {
    td_hash h;
    td_u256_store_be(h.b, a);
    return h;
}

/* Parses decimal digits, or hex after 0x; returns 0, TD_ERR_FORMAT or TD_ERR_RANGE. */
TD_MUST_USE
int td_u256_parse(td_u256 *r, const char *text, size_t len);
/* Writes decimal digits and a NUL to out[80]; returns the digits' count. */
size_t td_u256_print_dec(char out[80], const td_u256 *a);

#endif
