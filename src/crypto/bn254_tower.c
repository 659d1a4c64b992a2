/* SPDX-License-Identifier: Apache-2.0
 *
 * Fp6 and Fp12 of bn254 over Fp2: schoolbook formulas with Karatsuba's trick,
 * after Devegili, O hEigeartaigh, Scott and Dahab, "Multiplication and squaring
 * on pairing-friendly fields" (2006).
 */
#include "crypto/bn254_private.h"

static void fp6_add(fp6 *r, const fp6 *a, const fp6 *b) {
    for (int i = 0; i < 3; i++)
        fp2_add(&r->c[i], &a->c[i], &b->c[i]);
}

static void fp6_sub(fp6 *r, const fp6 *a, const fp6 *b) {
    for (int i = 0; i < 3; i++)
        fp2_sub(&r->c[i], &a->c[i], &b->c[i]);
}

static void fp6_neg(fp6 *r, const fp6 *a) {
    for (int i = 0; i < 3; i++)
        fp2_neg(&r->c[i], &a->c[i]);
}

/* By v: the coefficients move up, the last comes round as xi. */
static void fp6_mul_v(fp6 *r, const fp6 *a) {
    fp2 t;
    td_fp2_mul_xi(&t, &a->c[2]);
    r->c[2] = a->c[1];
    r->c[1] = a->c[0];
    r->c[0] = t;
}

/* r = (a0 + a1)(b0 + b1) - minus0 - minus1. */
static void cross(fp2 *r, const fp2 *a0, const fp2 *a1, const fp2 *b0, const fp2 *b1,
                  const fp2 *minus0, const fp2 *minus1) {
    fp2 sa, sb;
    fp2_add(&sa, a0, a1);
    fp2_add(&sb, b0, b1);
    td_fp2_mul(r, &sa, &sb);
    fp2_sub(r, r, minus0);
    fp2_sub(r, r, minus1);
}

static void fp6_mul(fp6 *r, const fp6 *a, const fp6 *b) {
    fp2 v0, v1, v2, t0, t1, t2;
    td_fp2_mul(&v0, &a->c[0], &b->c[0]);
    td_fp2_mul(&v1, &a->c[1], &b->c[1]);
    td_fp2_mul(&v2, &a->c[2], &b->c[2]);
    cross(&t0, &a->c[1], &a->c[2], &b->c[1], &b->c[2], &v1, &v2);
    cross(&t1, &a->c[0], &a->c[1], &b->c[0], &b->c[1], &v0, &v1);
    cross(&t2, &a->c[0], &a->c[2], &b->c[0], &b->c[2], &v0, &v2);
    td_fp2_mul_xi(&t0, &t0);
    fp2_add(&r->c[0], &t0, &v0);
    td_fp2_mul_xi(&v2, &v2);
    fp2_add(&r->c[1], &t1, &v2);
    fp2_add(&r->c[2], &t2, &v1);
}

/* r = a (b0 + b1 v). */
static void fp6_mul_01(fp6 *r, const fp6 *a, const fp2 *b0, const fp2 *b1) {
    fp2 v0, v1, t0, t1, t2;
    td_fp2_mul(&v0, &a->c[0], b0);
    td_fp2_mul(&v1, &a->c[1], b1);
    cross(&t1, &a->c[0], &a->c[1], b0, b1, &v0, &v1);
    td_fp2_mul(&t0, &a->c[2], b1);
    td_fp2_mul_xi(&t0, &t0);
    td_fp2_mul(&t2, &a->c[2], b0);
    fp2_add(&r->c[0], &v0, &t0);
    r->c[1] = t1;
    fp2_add(&r->c[2], &v1, &t2);
}

/* 1/a = (A + B v + C v^2)/F with A = a0^2 - xi a1 a2, B = xi a2^2 - a0 a1, C = a1^2 - a0 a2 and
 * F = a0 A + xi (a1 C + a2 B), the norm. */
static void fp6_invert(fp6 *r, const fp6 *a) {
    const fp2 *a0 = &a->c[0], *a1 = &a->c[1], *a2 = &a->c[2];
    fp2 ra, rb, rc, norm, t;
    td_fp2_sq(&ra, a0);
    td_fp2_mul(&t, a1, a2);
    td_fp2_mul_xi(&t, &t);
    fp2_sub(&ra, &ra, &t);
    td_fp2_sq(&rb, a2);
    td_fp2_mul_xi(&rb, &rb);
    td_fp2_mul(&t, a0, a1);
    fp2_sub(&rb, &rb, &t);
    td_fp2_sq(&rc, a1);
    td_fp2_mul(&t, a0, a2);
    fp2_sub(&rc, &rc, &t);
    td_fp2_mul(&norm, a1, &rc);
    td_fp2_mul(&t, a2, &rb);
    fp2_add(&norm, &norm, &t);
    td_fp2_mul_xi(&norm, &norm);
    td_fp2_mul(&t, a0, &ra);
    fp2_add(&norm, &norm, &t);
    td_fp2_invert(&norm, &norm);
    td_fp2_mul(&r->c[0], &ra, &norm);
    td_fp2_mul(&r->c[1], &rb, &norm);
    td_fp2_mul(&r->c[2], &rc, &norm);
}

void td_fp12_one(fp12 *r) {
    memset(r, 0, sizeof *r);
    r->c[0].c[0].c[0] = FP_ONE;
}

bool td_fp12_is_one(const fp12 *a) {
    fp12 one;
    td_fp12_one(&one);
    return memcmp(a, &one, sizeof one) == 0; /* each number has one form, and no padding */
}

void td_fp12_mul(fp12 *r, const fp12 *a, const fp12 *b) {
    fp6 t0, t1, sa, sb;
    fp6_mul(&t0, &a->c[0], &b->c[0]);
    fp6_mul(&t1, &a->c[1], &b->c[1]);
    fp6_add(&sa, &a->c[0], &a->c[1]);
    fp6_add(&sb, &b->c[0], &b->c[1]);
    fp6_mul(&sa, &sa, &sb);
    fp6_sub(&sa, &sa, &t0);
    fp6_sub(&r->c[1], &sa, &t1);
    fp6_mul_v(&t1, &t1);
    fp6_add(&r->c[0], &t0, &t1);
}

/* (a + bw)^2 = (a + b)(a + vb) - ab - v ab + 2ab w. */
void td_fp12_sq(fp12 *r, const fp12 *a) {
    fp6 ab, t0, t1;
    fp6_mul(&ab, &a->c[0], &a->c[1]);
    fp6_add(&t0, &a->c[0], &a->c[1]);
    fp6_mul_v(&t1, &a->c[1]);
    fp6_add(&t1, &t1, &a->c[0]);
    fp6_mul(&t0, &t0, &t1);
    fp6_mul_v(&t1, &ab);
    fp6_sub(&t0, &t0, &ab);
    fp6_sub(&r->c[0], &t0, &t1);
    fp6_add(&r->c[1], &ab, &ab);
}

void td_fp12_mul_line(fp12 *r, const fp12 *a, const fp2 *l0, const fp2 *l1, const fp2 *l3) {
    fp6 t0, t1, s;
    fp2 l01;
    for (int i = 0; i < 3; i++)
        td_fp2_mul(&t0.c[i], &a->c[0].c[i], l0);
    fp6_mul_01(&t1, &a->c[1], l1, l3);
    fp6_add(&s, &a->c[0], &a->c[1]);
    fp2_add(&l01, l0, l1);
    fp6_mul_01(&s, &s, &l01, l3);
    fp6_sub(&s, &s, &t0);
    fp6_sub(&r->c[1], &s, &t1);
    fp6_mul_v(&t1, &t1);
    fp6_add(&r->c[0], &t0, &t1);
}

void td_fp12_conj(fp12 *r, const fp12 *a) {
    r->c[0] = a->c[0];
    fp6_neg(&r->c[1], &a->c[1]);
}

/* 1/(a + bw) = (a - bw)/(a^2 - v b^2). */
void td_fp12_invert(fp12 *r, const fp12 *a) {
    fp6 t0, t1;
    fp6_mul(&t0, &a->c[0], &a->c[0]);
    fp6_mul(&t1, &a->c[1], &a->c[1]);
    fp6_mul_v(&t1, &t1);
    fp6_sub(&t0, &t0, &t1);
    fp6_invert(&t0, &t0);
    fp6_neg(&t1, &a->c[1]);
    fp6_mul(&r->c[0], &a->c[0], &t0);
    fp6_mul(&r->c[1], &t1, &t0);
}

void td_fp12_frobenius(fp12 *r, const fp12 *a) {
    for (int k = 0; k < 6; k++) {
        fp2 t;
        fp2_conj(&t, &a->c[k & 1].c[k >> 1]);
        td_fp2_mul(&r->c[k & 1].c[k >> 1], &t, &TD_BN254_FROBENIUS[k]);
    }
}

void td_fp12_frobenius2(fp12 *r, const fp12 *a) {
    for (int k = 0; k < 6; k++)
        td_fp2_scale(&r->c[k & 1].c[k >> 1], &a->c[k & 1].c[k >> 1], &TD_BN254_FROBENIUS2[k]);
}

/* (a + bs)^2 = t0 + t1 s in Fp4 = Fp2[s]/(s^2 - xi). */
static void fp4_sq(fp2 *t0, fp2 *t1, const fp2 *a, const fp2 *b) {
    fp2 ab, sum, other;
    td_fp2_mul(&ab, a, b);
    fp2_add(&sum, a, b);
    td_fp2_mul_xi(&other, b);
    fp2_add(&other, &other, a);
    td_fp2_mul(&sum, &sum, &other);
    td_fp2_mul_xi(&other, &ab);
    fp2_sub(&sum, &sum, &ab);
    fp2_sub(t0, &sum, &other);
    fp2_double(t1, &ab);
}

/* r = 3t - 2a. */
static void three_less_two(fp2 *r, const fp2 *t, const fp2 *a) {
    fp2 d;
    fp2_sub(&d, t, a);
    fp2_double(&d, &d);
    fp2_add(r, &d, t);
}

/* r = 3t + 2a. */
static void three_plus_two(fp2 *r, const fp2 *t, const fp2 *a) {
    fp2 d;
    fp2_add(&d, t, a);
    fp2_double(&d, &d);
    fp2_add(r, &d, t);
}

/* Granger and Scott, "Faster squaring in the cyclotomic subgroup of sixth degree extensions"
 * (2009), 3.2: three squares in Fp4 = Fp2[w^3]. */
void td_fp12_sq_cyclotomic(fp12 *r, const fp12 *a) {
    const fp6 *a0 = &a->c[0], *a1 = &a->c[1];
    fp2 t0, t1, t2, t3, t4, t5;
    fp4_sq(&t0, &t1, &a0->c[0], &a1->c[1]);
    fp4_sq(&t2, &t3, &a1->c[0], &a0->c[2]);
    fp4_sq(&t4, &t5, &a0->c[1], &a1->c[2]);
    td_fp2_mul_xi(&t5, &t5);
    three_less_two(&r->c[0].c[0], &t0, &a0->c[0]);
    three_less_two(&r->c[0].c[1], &t2, &a0->c[1]);
    three_less_two(&r->c[0].c[2], &t4, &a0->c[2]);
    three_plus_two(&r->c[1].c[0], &t5, &a1->c[0]);
    three_plus_two(&r->c[1].c[1], &t1, &a1->c[1]);
    three_plus_two(&r->c[1].c[2], &t3, &a1->c[2]);
}
