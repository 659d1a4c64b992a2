/* SPDX-License-Identifier: Apache-2.0
 *
 * G1 of bn254: y^2 = x^3 + 3 over Fp, all of whose points have the prime order
 * r (EIP-196). Sums of two are affine; multiples are computed in Jacobian
 * coordinates, (X, Y, Z) for (X/Z^2, Y/Z^3), Z = 0 for infinity.
 */
#include "crypto/bn254.h"
#include "crypto/bn254_private.h"

typedef struct jacobian {
    fp x, y, z;
} jacobian;

/* r of bn254_private.h. */
static const td_u256 order = {
    {0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029}};

bool td_g1_load(g1 *r, const uint8_t bytes[64]) {
    fp left, right, one = FP_ONE;
    if (!td_fp_load(&r->x, bytes) || !td_fp_load(&r->y, bytes + 32))
        return false;
    if (g1_is_infinity(r))
        return true;
    fp_sq(&left, &r->y);
    fp_sq(&right, &r->x);
    fp_mul(&right, &right, &r->x);
    for (int i = 0; i < 3; i++)
        fp_add(&right, &right, &one);
    return fp_eq(&left, &right);
}

static void g1_store(uint8_t bytes[64], const g1 *a) {
    td_fp_store(bytes, &a->x);
    td_fp_store(bytes + 32, &a->y);
}

/* r = the third point, negated, of the line of this slope through a and a point at b_x. */
static void chord(g1 *r, const g1 *a, const fp *b_x, const fp *slope) {
    g1 t;
    fp_sq(&t.x, slope);
    fp_sub(&t.x, &t.x, &a->x);
    fp_sub(&t.x, &t.x, b_x);
    fp_sub(&t.y, &a->x, &t.x);
    fp_mul(&t.y, &t.y, slope);
    fp_sub(&t.y, &t.y, &a->y);
    *r = t;
}

static void add(g1 *r, const g1 *a, const g1 *b) {
    fp num, den;
    if (g1_is_infinity(a) || g1_is_infinity(b)) {
        *r = g1_is_infinity(a) ? *b : *a;
        return;
    }
    if (!fp_eq(&a->x, &b->x)) {
        fp_sub(&num, &b->y, &a->y);
        fp_sub(&den, &b->x, &a->x);
    } else if (fp_eq(&a->y, &b->y)) { /* the tangent; y = 0 cannot be, the order is odd */
        fp_sq(&den, &a->x);
        fp_add(&num, &den, &den);
        fp_add(&num, &num, &den);
        fp_add(&den, &a->y, &a->y);
    } else {
        memset(r, 0, sizeof *r);
        return;
    }
    td_fp_invert(&den, &den);
    fp_mul(&num, &num, &den);
    chord(r, a, &b->x, &num);
}

/* a = 2a, for a curve without a term in x (Explicit-Formulas Database, dbl-2009-l). */
static void jacobian_double(jacobian *a) {
    fp xx, yy, yyyy, d, e;
    fp_sq(&xx, &a->x);
    fp_sq(&yy, &a->y);
    fp_sq(&yyyy, &yy);
    fp_add(&d, &a->x, &yy);
    fp_sq(&d, &d);
    fp_sub(&d, &d, &xx);
    fp_sub(&d, &d, &yyyy);
    fp_add(&d, &d, &d); /* 4 x y^2 */
    fp_add(&e, &xx, &xx);
    fp_add(&e, &e, &xx);
    fp_mul(&a->z, &a->z, &a->y);
    fp_add(&a->z, &a->z, &a->z);
    fp_sq(&a->x, &e);
    fp_sub(&a->x, &a->x, &d);
    fp_sub(&a->x, &a->x, &d);
    fp_sub(&a->y, &d, &a->x);
    fp_mul(&a->y, &a->y, &e);
    fp_add(&yyyy, &yyyy, &yyyy);
    fp_add(&yyyy, &yyyy, &yyyy);
    fp_add(&yyyy, &yyyy, &yyyy);
    fp_sub(&a->y, &a->y, &yyyy);
}

/* a = a + b for b not infinity (madd-2004-hmv, and its cases apart). */
static void jacobian_add(jacobian *a, const g1 *b) {
    fp zz, h, hh, hhh, s, v;
    if (fp_is_zero(&a->z)) {
        *a = (jacobian){b->x, b->y, FP_ONE};
        return;
    }
    fp_sq(&zz, &a->z);
    fp_mul(&h, &b->x, &zz);
    fp_sub(&h, &h, &a->x);
    fp_mul(&s, &b->y, &zz);
    fp_mul(&s, &s, &a->z);
    fp_sub(&s, &s, &a->y);
    if (fp_is_zero(&h) && fp_is_zero(&s)) {
        jacobian_double(a);
        return;
    }
    fp_mul(&a->z, &a->z, &h); /* 0 when b = -a */
    fp_sq(&hh, &h);
    fp_mul(&hhh, &hh, &h);
    fp_mul(&v, &a->x, &hh);
    fp_sq(&a->x, &s);
    fp_sub(&a->x, &a->x, &hhh);
    fp_sub(&a->x, &a->x, &v);
    fp_sub(&a->x, &a->x, &v);
    fp_sub(&v, &v, &a->x);
    fp_mul(&v, &v, &s);
    fp_mul(&hhh, &hhh, &a->y);
    fp_sub(&a->y, &v, &hhh);
}

static void to_affine(g1 *r, const jacobian *a) {
    fp inverse, square;
    td_fp_invert(&inverse, &a->z); /* of 0 is 0, and so infinity is (0, 0) */
    fp_sq(&square, &inverse);
    fp_mul(&r->x, &a->x, &square);
    fp_mul(&square, &square, &inverse);
    fp_mul(&r->y, &a->y, &square);
}

static unsigned bit(const td_u256 *a, unsigned i) {
    return (unsigned)(a->w[i / 64] >> (i % 64)) & 1;
}

/* Digit i of k in non-adjacent form is bit i + 1 of 3k less that of k. */
static void mul(g1 *r, const g1 *a, td_u256 k) {
    while (!td_u256_lt(&k, &order)) /* at most five times; 3k then fits 256 bits */
        (void)td_u256_sub(&k, &k, &order);
    td_u256 k3;
    (void)td_u256_add(&k3, &k, &k);
    (void)td_u256_add(&k3, &k3, &k);
    jacobian sum;
    memset(&sum, 0, sizeof sum);
    g1 minus = *a;
    fp_neg(&minus.y, &a->y);
    for (unsigned i = td_u256_bit_len(&k3); i-- > 1;) {
        jacobian_double(&sum);
        if (bit(&k3, i) != bit(&k, i))
            jacobian_add(&sum, bit(&k, i) != 0 ? &minus : a);
    }
    to_affine(r, &sum);
}

int td_bn254_add(uint8_t out[64], const uint8_t points[128]) {
    g1 a, b;
    if (!td_g1_load(&a, points) || !td_g1_load(&b, points + 64))
        return TD_ERR_INVALID;
    add(&a, &a, &b);
    g1_store(out, &a);
    return TD_OK;
}

int td_bn254_mul(uint8_t out[64], const uint8_t point_and_scalar[96]) {
    g1 a;
    if (!td_g1_load(&a, point_and_scalar))
        return TD_ERR_INVALID;
    if (!g1_is_infinity(&a))
        mul(&a, &a, td_u256_load_be(point_and_scalar + 64));
    g1_store(out, &a);
    return TD_OK;
}
