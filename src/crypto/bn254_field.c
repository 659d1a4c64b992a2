/* SPDX-License-Identifier: Apache-2.0
 *
 * Fp and Fp2 of bn254: what is too long to be inlined, and the constants of
 * Frobenius. Those are in Montgomery's form, computed with big integers from
 * their definitions; test_bn254.c computes them again with this arithmetic.
 */
#include "crypto/bn254_private.h"

/* clang-format off */
const fp2 TD_BN254_FROBENIUS[6] = {
    {{{{0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d, 0x666ea36f7879462c, 0x0e0a77c19a07df2f}},
      {{0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000}}}},
    {{{{0xaf9ba69633144907, 0xca6b1d7387afb78a, 0x11bded5ef08a2087, 0x02f34d751a1f3a7c}},
      {{0xa222ae234c492d72, 0xd00f02a4565de15b, 0xdc2ff3a253dfc926, 0x10a75716b3899551}}}},
    {{{{0xb5773b104563ab30, 0x347f91c8a9aa6454, 0x7a007127242e0991, 0x1956bcd8118214ec}},
      {{0x6e849f1ea0aa4757, 0xaa1c7b6d89f89141, 0xb6e713cdfae0ca3a, 0x26694fbb4e82ebc3}}}},
    {{{{0xe4bbdd0c2936b629, 0xbb30f162e133bacb, 0x31a9d1b6f9645366, 0x253570bea500f8dd}},
      {{0xa1d77ce45ffe77c7, 0x07affd117826d1db, 0x6d16bd27bb7edc6b, 0x2c87200285defecc}}}},
    {{{{0x7361d77f843abe92, 0xa5bb2bd3273411fb, 0x9c941f314b3e2399, 0x15df9cddbb9fd3ec}},
      {{0x5dddfd154bd8c949, 0x62cb29a5a4445b60, 0x37bc870a0c7dd2b9, 0x24830a9d3171f0fd}}}},
    {{{{0xc970692f41690fe7, 0xe240342127694b0b, 0x32bee66b83c459e8, 0x12aabced0ab08841}},
      {{0x0d485d2340aebfa9, 0x05193418ab2fcc57, 0xd3b0a40b8a4910f5, 0x2f21ebb535d2925a}}}},
};

const fp TD_BN254_FROBENIUS2[6] = {
    {{0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d, 0x666ea36f7879462c, 0x0e0a77c19a07df2f}},
    {{0xca8d800500fa1bf2, 0xf0c5d61468b39769, 0x0e201271ad0d4418, 0x04290f65bad856e6}},
    {{0x3350c88e13e80b9c, 0x7dce557cdb5e56b9, 0x6001b4b8b615564a, 0x2682e617020217e0}},
    {{0x68c3488912edefaa, 0x8d087f6872aabf4f, 0x51e1a24709081231, 0x2259d6b14729c0fa}},
    {{0x71930c11d782e155, 0xa6bb947cffbe3323, 0xaa303344d4741444, 0x2c3b3f0d26594943}},
    {{0x08cfc388c494f1ab, 0x19b315148d1373d4, 0x584e90fdcb6c0213, 0x09e1685bdf2f8849}},
};
/* clang-format on */

/* By Fermat: a^(p - 2). */
void td_fp_invert(fp *r, const fp *a) {
    fp e = FP_P, base = *a, t = FP_ONE;
    e.w[0] -= 2;
    for (int i = 253; i >= 0; i--) {
        fp_sq(&t, &t);
        if ((e.w[i / 64] >> (i % 64) & 1) != 0)
            fp_mul(&t, &t, &base);
    }
    *r = t;
}

bool td_fp_load(fp *r, const uint8_t bytes[32]) {
    fp p = FP_P, to_form = FP_R2, v = td_u256_load_be(bytes);
    if (!td_u256_lt(&v, &p))
        return false;
    fp_mul(r, &v, &to_form);
    return true;
}

void td_fp_store(uint8_t bytes[32], const fp *a) {
    fp v, from_form = td_u256_from(1);
    fp_mul(&v, a, &from_form);
    td_u256_store_be(bytes, &v);
}

/* Karatsuba: three products. */
void td_fp2_mul(fp2 *r, const fp2 *a, const fp2 *b) {
    fp t0, t1, t2, sa, sb;
    fp_add_raw(&sa, &a->c[0], &a->c[1]);
    fp_add_raw(&sb, &b->c[0], &b->c[1]);
    fp_mul(&t0, &a->c[0], &b->c[0]);
    fp_mul(&t1, &a->c[1], &b->c[1]);
    fp_mul(&t2, &sa, &sb);
    fp_sub(&t2, &t2, &t0);
    fp_sub(&r->c[1], &t2, &t1);
    fp_sub(&r->c[0], &t0, &t1);
}

/* (a + bi)^2 = (a + b)(a - b) + 2ab i. */
void td_fp2_sq(fp2 *r, const fp2 *a) {
    fp sum, difference, twice;
    fp_add_raw(&sum, &a->c[0], &a->c[1]);
    fp_sub(&difference, &a->c[0], &a->c[1]);
    fp_add_raw(&twice, &a->c[0], &a->c[0]);
    fp_mul(&r->c[1], &twice, &a->c[1]);
    fp_mul(&r->c[0], &sum, &difference);
}

/* 1/(a + bi) = (a - bi)/(a^2 + b^2). */
void td_fp2_invert(fp2 *r, const fp2 *a) {
    fp t0, t1;
    fp_sq(&t0, &a->c[0]);
    fp_sq(&t1, &a->c[1]);
    fp_add(&t0, &t0, &t1);
    td_fp_invert(&t0, &t0);
    fp_mul(&r->c[0], &a->c[0], &t0);
    fp_neg(&t1, &a->c[1]);
    fp_mul(&r->c[1], &t1, &t0);
}

void td_fp2_scale(fp2 *r, const fp2 *a, const fp *k) {
    fp factor = *k;
    fp_mul(&r->c[0], &a->c[0], &factor);
    fp_mul(&r->c[1], &a->c[1], &factor);
}

/* (9 + i)(a + bi) = 9a - b + (9b + a)i. */
void td_fp2_mul_xi(fp2 *r, const fp2 *a) {
    fp2 t;
    fp2_double(&t, a);
    fp2_double(&t, &t);
    fp2_double(&t, &t);
    fp2_add(&t, &t, a);
    fp c0 = a->c[0];
    fp_sub(&r->c[0], &t.c[0], &a->c[1]);
    fp_add(&r->c[1], &t.c[1], &c0);
}
