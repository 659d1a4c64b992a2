/* SPDX-License-Identifier: Apache-2.0
 *
 * Arithmetic under bn254. With x = 4965661367192848881 the curve has
 *
 *     p = 36x^4 + 36x^3 + 24x^2 + 6x + 1     the field's modulus
 *     r = 36x^4 + 36x^3 + 18x^2 + 6x + 1     the order of G1, G2 and GT
 *
 * and the tower is Fp2 = Fp[i]/(i^2 + 1), Fp6 = Fp2[v]/(v^3 - xi) with
 * xi = 9 + i, Fp12 = Fp6[w]/(w^2 - v). G1 is y^2 = x^3 + 3 over Fp, G2 a
 * subgroup of its twist y^2 = x^3 + 3/xi over Fp2.
 *
 * An fp holds a * 2^256 mod p (Montgomery's form), always below p. Outputs may
 * alias inputs everywhere. Nothing here is secret: time may depend on values.
 */
#ifndef TD_CRYPTO_BN254_PRIVATE_H
#define TD_CRYPTO_BN254_PRIVATE_H

#include "base/base.h"
#include "num/u256.h"

typedef td_u256 fp;
typedef struct fp2 {
    fp c[2]; /* c0 + c1 i */
} fp2;
typedef struct fp6 {
    fp2 c[3]; /* c0 + c1 v + c2 v^2 */
} fp6;
typedef struct fp12 {
    fp6 c[2]; /* c0 + c1 w: c[j].c[k] belongs to w^(j + 2k) */
} fp12;

#define FP_P                                                                                       \
    ((fp){{0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029}})
/* -1/p mod 2^64. */
#define FP_MINUS_INVERSE 0x87d20782e4866389u
/* 2^256 mod p: the 1 of Montgomery's form. */
#define FP_ONE                                                                                     \
    ((fp){{0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d, 0x666ea36f7879462c, 0x0e0a77c19a07df2f}})
/* 2^512 mod p: the product with it brings a number into the form. */
#define FP_R2                                                                                      \
    ((fp){{0xf32cfc5b538afa89, 0xb5e71911d44501fb, 0x47ab1eff0a417ff6, 0x06d89f71cab8351f}})

TD_INLINE bool fp_is_zero(const fp *a) {
    return td_u256_is_zero(a);
}
TD_INLINE bool fp_eq(const fp *a, const fp *b) {
    return td_u256_eq(a, b);
}

/* r = a for a < 2p. */
TD_INLINE void fp_reduce(fp *r, const fp *a) {
    fp p = FP_P, t;
    uint64_t keep = 0 - (uint64_t)td_u256_sub(&t, a, &p);
    for (int i = 0; i < 4; i++)
        r->w[i] = (a->w[i] & keep) | (t.w[i] & ~keep);
}
/* r = a + b without a reduction, below 2p: only fp_mul takes such numbers. */
TD_INLINE void fp_add_raw(fp *r, const fp *a, const fp *b) {
    (void)td_u256_add(r, a, b);
}
TD_INLINE void fp_add(fp *r, const fp *a, const fp *b) {
    fp t;
    fp_add_raw(&t, a, b);
    fp_reduce(r, &t);
}
TD_INLINE void fp_sub(fp *r, const fp *a, const fp *b) {
    fp p = FP_P, t;
    uint64_t below = 0 - (uint64_t)td_u256_sub(&t, a, b);
    for (int i = 0; i < 4; i++)
        p.w[i] &= below;
    (void)td_u256_add(r, &t, &p);
}
TD_INLINE void fp_neg(fp *r, const fp *a) {
    fp zero = TD_U256_ZERO;
    fp_sub(r, &zero, a);
}

/* r = a b / 2^256 mod p, by word of b (Montgomery, CIOS). a and b may be up to 2p: the running sum
 * is then below a + p < 3p < 2^256 after every word, so no carry leaves it, and the result is below
 * (4p^2 + 2^256 p) / 2^256 < 2p, one subtraction away. */
TD_INLINE void fp_mul(fp *r, const fp *a, const fp *b) {
    const fp p = FP_P;
    uint64_t t0 = 0, t1 = 0, t2 = 0, t3 = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t high = 0, carry = 0;
        t0 = td_u64_muladd(a->w[0], b->w[i], t0, &high);
        uint64_t m = t0 * FP_MINUS_INVERSE;
        (void)td_u64_muladd(m, p.w[0], t0, &carry);
        t1 = td_u64_muladd(a->w[1], b->w[i], t1, &high);
        t0 = td_u64_muladd(m, p.w[1], t1, &carry);
        t2 = td_u64_muladd(a->w[2], b->w[i], t2, &high);
        t1 = td_u64_muladd(m, p.w[2], t2, &carry);
        t3 = td_u64_muladd(a->w[3], b->w[i], t3, &high);
        t2 = td_u64_muladd(m, p.w[3], t3, &carry);
        t3 = high + carry;
    }
    fp t = {{t0, t1, t2, t3}};
    fp_reduce(r, &t);
}
TD_INLINE void fp_sq(fp *r, const fp *a) {
    fp_mul(r, a, a);
}
/* r = 1/a; 0 for 0. */
void td_fp_invert(fp *r, const fp *a);
/* Reads and writes 32 bytes big-endian. False for a number that is not below p. */
bool td_fp_load(fp *r, const uint8_t bytes[32]);
void td_fp_store(uint8_t bytes[32], const fp *a);

TD_INLINE bool fp2_is_zero(const fp2 *a) {
    return fp_is_zero(&a->c[0]) && fp_is_zero(&a->c[1]);
}
TD_INLINE bool fp2_eq(const fp2 *a, const fp2 *b) {
    return fp_eq(&a->c[0], &b->c[0]) && fp_eq(&a->c[1], &b->c[1]);
}
TD_INLINE void fp2_add(fp2 *r, const fp2 *a, const fp2 *b) {
    fp_add(&r->c[0], &a->c[0], &b->c[0]);
    fp_add(&r->c[1], &a->c[1], &b->c[1]);
}
TD_INLINE void fp2_sub(fp2 *r, const fp2 *a, const fp2 *b) {
    fp_sub(&r->c[0], &a->c[0], &b->c[0]);
    fp_sub(&r->c[1], &a->c[1], &b->c[1]);
}
TD_INLINE void fp2_double(fp2 *r, const fp2 *a) {
    fp2_add(r, a, a);
}
TD_INLINE void fp2_neg(fp2 *r, const fp2 *a) {
    fp_neg(&r->c[0], &a->c[0]);
    fp_neg(&r->c[1], &a->c[1]);
}
/* a^p. */
TD_INLINE void fp2_conj(fp2 *r, const fp2 *a) {
    r->c[0] = a->c[0];
    fp_neg(&r->c[1], &a->c[1]);
}
/* Products, squares, 1/a (0 for 0); by an fp; by xi = 9 + i. */
void td_fp2_mul(fp2 *r, const fp2 *a, const fp2 *b);
void td_fp2_sq(fp2 *r, const fp2 *a);
void td_fp2_invert(fp2 *r, const fp2 *a);
void td_fp2_scale(fp2 *r, const fp2 *a, const fp *k);
void td_fp2_mul_xi(fp2 *r, const fp2 *a);

/* xi^(k (p - 1) / 6): the coefficient of w^k under the p-th power (w^p is the one of 1 times w). */
extern const fp2 TD_BN254_FROBENIUS[6];
/* xi^(k (p^2 - 1) / 6), all in Fp: the same for p^2. */
extern const fp TD_BN254_FROBENIUS2[6];

bool td_fp12_is_one(const fp12 *a);
void td_fp12_one(fp12 *r);
void td_fp12_mul(fp12 *r, const fp12 *a, const fp12 *b);
void td_fp12_sq(fp12 *r, const fp12 *a);
/* r = a (l0 + l1 w + l3 w^3): the form of a line. */
void td_fp12_mul_line(fp12 *r, const fp12 *a, const fp2 *l0, const fp2 *l1, const fp2 *l3);
/* a^(p^6): c1 negated. The inverse, for an element of norm 1 over Fp6. */
void td_fp12_conj(fp12 *r, const fp12 *a);
void td_fp12_invert(fp12 *r, const fp12 *a);
/* a^p and a^(p^2). */
void td_fp12_frobenius(fp12 *r, const fp12 *a);
void td_fp12_frobenius2(fp12 *r, const fp12 *a);
/* a^2 for a^(p^4 - p^2 + 1) = 1, at half the price (Granger and Scott, 2009). */
void td_fp12_sq_cyclotomic(fp12 *r, const fp12 *a);

/* A point of G1: affine; (0, 0) is infinity. */
typedef struct g1 {
    fp x, y;
} g1;
/* Reads x ‖ y; false when that is no point of G1. */
bool td_g1_load(g1 *r, const uint8_t bytes[64]);
TD_INLINE bool g1_is_infinity(const g1 *a) {
    return fp_is_zero(&a->x) && fp_is_zero(&a->y);
}

#endif
