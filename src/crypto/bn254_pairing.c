/* SPDX-License-Identifier: Apache-2.0
 *
 * The optimal ate pairing of bn254 (Vercauteren, "Optimal pairings", 2010):
 *
 *     (f_{6x+2,Q}(P) * l_{[6x+2]Q,pi(Q)}(P) * l_{[6x+2]Q+pi(Q),-pi^2(Q)}(P)) ^ ((p^12 - 1)/r)
 *
 * Q lives on the twist, in homogeneous coordinates (X/Z, Y/Z); (x, y) there is
 * (x w^2, y w^3) on the curve over Fp12. A line is then l0 + l1 w + l3 w^3, up
 * to a factor of Fp2, which the final exponentiation takes to 1. Pairs share
 * the squarings of f, a batch at a time.
 *
 * That Q has order r falls out of the loop for free. On the twist the
 * endomorphism psi (Frobenius untwisted and twisted again) fulfils
 * psi^2 - t psi + p = 0, and on the subgroup psi = p, so that
 * f(psi) = 6x + 2 + psi - psi^2 + psi^3 sends its points to infinity, while the
 * resultant of f and psi's polynomial has with the number of points of the
 * twist, r (p - 1 + t), the greatest common divisor r: f(psi) Q = O holds for
 * the subgroup's points and no others. The loop ends with all of f(psi) Q but
 * psi^3(Q). A sum that its formula does not cover (equal points, or infinity)
 * gives Z = 0, which no later step leaves, and happens to no point of order r.
 */
#include "crypto/bn254.h"
#include "crypto/bn254_private.h"

enum { BATCH = 8 }; /* pairs sharing squarings: 3 KiB of stack; more would gain little */

typedef struct g2 {
    fp2 x, y;
} g2;

typedef struct pair {
    g2 q;
    fp2 x, y, z; /* the running multiple of q */
    fp px, py;
    bool p_infinite; /* the lines do not count; q is checked all the same */
} pair;

/* (p + 1)/2, which is 1/2, in Montgomery's form. */
static const fp half = {
    {0x87bee7d24f060572, 0xd0fd2add2f1c6ae5, 0x8f5f7492fcfd4f44, 0x1f37631a3d9cbfac}};
/* 3/xi of the twist, in Montgomery's form. */
static const fp2 twist_b = {
    {{{0x3bf938e377b802a8, 0x020b1b273633535d, 0x26b7edf049755260, 0x2514c6324384a86d}},
     {{0x38e7ecccd1dcff67, 0x65f0b37d93ce0d3e, 0xd749d0dd22ac00aa, 0x0141b9ce4a688d4d}}}};

/* The digits 1 and -1 of non-adjacent forms: 6x + 2 below its leading 2^65, x below 2^62. */
static const uint64_t loop_plus = 0x2002004200804028, loop_minus = 0x82889008420a0480;
static const uint64_t x_plus = 0x050a14044a890a01, x_minus = 0x0020815000200010;

/* T = 2T and f by the tangent there (Costello, Lange and Naehrig, "Faster pairing computations on
 * curves with high-degree twists", 2010, section 5). */
static void double_step(fp12 *f, pair *t) {
    fp2 a, b, c, e, g, h, j, l0, l1;
    td_fp2_mul(&a, &t->x, &t->y);
    td_fp2_scale(&a, &a, &half);
    td_fp2_sq(&b, &t->y);
    td_fp2_sq(&c, &t->z);
    fp2_double(&e, &c);
    fp2_add(&e, &e, &c);
    td_fp2_mul(&e, &e, &twist_b); /* 3 b' Z^2 */
    fp2_add(&h, &t->y, &t->z);
    td_fp2_sq(&h, &h);
    fp2_sub(&h, &h, &b);
    fp2_sub(&h, &h, &c); /* 2YZ */
    td_fp2_sq(&j, &t->x);
    fp2_double(&c, &e);
    fp2_add(&c, &c, &e);
    fp2_sub(&g, &b, &c);
    td_fp2_mul(&t->x, &a, &g); /* XY/2 (Y^2 - 9b'Z^2) */
    fp2_add(&g, &b, &c);
    td_fp2_scale(&g, &g, &half);
    td_fp2_sq(&g, &g);
    td_fp2_sq(&c, &e);
    fp2_sub(&g, &g, &c);
    fp2_double(&c, &c);
    fp2_sub(&t->y, &g, &c);    /* ((Y^2 + 9b'Z^2)/2)^2 - 27b'^2 Z^4 */
    td_fp2_mul(&t->z, &b, &h); /* 2Y^3 Z */
    if (t->p_infinite)
        return;
    fp2_neg(&l0, &h);
    td_fp2_scale(&l0, &l0, &t->py);
    fp2_double(&l1, &j);
    fp2_add(&l1, &l1, &j);
    td_fp2_scale(&l1, &l1, &t->px);
    fp2_sub(&e, &e, &b);
    td_fp12_mul_line(f, f, &l0, &l1, &e); /* -2YZ y + 3X^2 x w + (3b'Z^2 - Y^2) w^3 */
}

/* T = T + q and f by the line through both (same paper). */
static void add_step(fp12 *f, pair *t, const g2 *q) {
    fp2 theta, lambda, c, d, e, g, h;
    td_fp2_mul(&theta, &q->y, &t->z);
    fp2_sub(&theta, &t->y, &theta);
    td_fp2_mul(&lambda, &q->x, &t->z);
    fp2_sub(&lambda, &t->x, &lambda);
    td_fp2_sq(&c, &theta);
    td_fp2_mul(&c, &c, &t->z);
    td_fp2_sq(&d, &lambda);
    td_fp2_mul(&e, &d, &lambda);
    td_fp2_mul(&g, &t->x, &d);
    fp2_add(&h, &e, &c);
    fp2_sub(&h, &h, &g);
    fp2_sub(&h, &h, &g);
    td_fp2_mul(&t->x, &lambda, &h);
    fp2_sub(&g, &g, &h);
    td_fp2_mul(&g, &g, &theta);
    td_fp2_mul(&c, &e, &t->y);
    fp2_sub(&t->y, &g, &c);
    td_fp2_mul(&t->z, &t->z, &e);
    if (t->p_infinite)
        return;
    td_fp2_mul(&c, &theta, &q->x);
    td_fp2_mul(&d, &lambda, &q->y);
    fp2_sub(&c, &c, &d);
    td_fp2_scale(&lambda, &lambda, &t->py);
    fp2_neg(&theta, &theta);
    td_fp2_scale(&theta, &theta, &t->px);
    td_fp12_mul_line(f, f, &lambda, &theta, &c);
}

/* psi(Q) = (x^p xi^((p-1)/3), y^p xi^((p-1)/2)). */
static void psi(g2 *r, const g2 *a) {
    fp2_conj(&r->x, &a->x);
    fp2_conj(&r->y, &a->y);
    td_fp2_mul(&r->x, &r->x, &TD_BN254_FROBENIUS[2]);
    td_fp2_mul(&r->y, &r->y, &TD_BN254_FROBENIUS[3]);
}

/* Whether the running multiple is the affine `a`. */
static bool equals(const pair *t, const g2 *a) {
    fp2 x, y;
    td_fp2_mul(&x, &a->x, &t->z);
    td_fp2_mul(&y, &a->y, &t->z);
    return !fp2_is_zero(&t->z) && fp2_eq(&x, &t->x) && fp2_eq(&y, &t->y);
}

/* The last two lines of the pairing; false when q is not of order r. */
static bool finish(fp12 *f, pair *t) {
    g2 image;
    psi(&image, &t->q);
    add_step(f, t, &image);
    psi(&image, &image);
    fp2_neg(&image.y, &image.y);
    add_step(f, t, &image);
    psi(&image, &image); /* psi(-psi^2(Q)): what the sum has to be */
    return equals(t, &image);
}

/* f = f times the Miller values of the pairs; false when a q is not of order r. */
static bool miller(fp12 *f, pair *pairs, size_t count) {
    fp12 m;
    td_fp12_one(&m);
    for (int i = 64; i >= 0; i--) {
        td_fp12_sq(&m, &m);
        bool plus = i < 64 && (loop_plus >> i & 1) != 0;
        bool minus = i < 64 && (loop_minus >> i & 1) != 0;
        for (size_t k = 0; k < count; k++) {
            double_step(&m, &pairs[k]);
            g2 q = pairs[k].q;
            if (minus)
                fp2_neg(&q.y, &q.y);
            if (plus || minus)
                add_step(&m, &pairs[k], &q);
        }
    }
    bool ok = true;
    for (size_t k = 0; k < count; k++)
        ok &= finish(&m, &pairs[k]);
    td_fp12_mul(f, f, &m);
    return ok;
}

/* r = a^-x for a in the cyclotomic subgroup, where the inverse is the conjugate. */
static void power_minus_x(fp12 *r, const fp12 *a) {
    fp12 t = *a, inverse;
    td_fp12_conj(&inverse, a);
    for (int i = 61; i >= 0; i--) {
        td_fp12_sq_cyclotomic(&t, &t);
        if ((x_plus >> i & 1) != 0)
            td_fp12_mul(&t, &t, a);
        else if ((x_minus >> i & 1) != 0)
            td_fp12_mul(&t, &t, &inverse);
    }
    td_fp12_conj(r, &t);
}

/* r = a^((p^4 - p^2 + 1)/r) to the power 12x^3 + 6x^2 + 2x, which is prime to r: as good to
 * compare with 1. By the sum of powers of p of Fuentes-Castaneda, Knapp and Rodriguez-Henriquez,
 * "Faster hashing to G2" (2011); comments give the exponents. */
static void hard_part(fp12 *r, const fp12 *a) {
    fp12 t, x2, x6, xx6, xxx12, u;
    power_minus_x(&t, a);
    td_fp12_sq_cyclotomic(&x2, &t); /* -2x */
    td_fp12_sq_cyclotomic(&t, &x2);
    td_fp12_mul(&x6, &t, &x2); /* -6x */
    power_minus_x(&xx6, &x6);  /* 6x^2 */
    td_fp12_sq_cyclotomic(&t, &xx6);
    power_minus_x(&xxx12, &t); /* -12x^3 */
    td_fp12_conj(&xxx12, &xxx12);
    td_fp12_conj(&x6, &x6);
    td_fp12_mul(&u, &xxx12, &xx6);
    td_fp12_mul(&u, &u, &x6);  /* 12x^3 + 6x^2 + 6x */
    td_fp12_mul(&x2, &u, &x2); /* 12x^3 + 6x^2 + 4x */
    td_fp12_mul(&t, &u, &xx6);
    td_fp12_mul(&t, &t, a); /* 12x^3 + 12x^2 + 6x + 1 */
    td_fp12_frobenius2(&u, &u);
    td_fp12_mul(&t, &t, &u);
    td_fp12_frobenius(&u, &x2);
    td_fp12_mul(&t, &t, &u);
    td_fp12_conj(&u, a);
    td_fp12_mul(&u, &u, &x2); /* 12x^3 + 6x^2 + 4x - 1 */
    td_fp12_frobenius2(&u, &u);
    td_fp12_frobenius(&u, &u);
    td_fp12_mul(r, &t, &u);
}

/* Whether f^((p^12 - 1)/r) = 1, with (p^12 - 1)/r = (p^6 - 1)(p^2 + 1)(p^4 - p^2 + 1)/r. */
static bool final_is_one(const fp12 *f) {
    fp12 t, u;
    td_fp12_invert(&u, f);
    td_fp12_conj(&t, f);
    td_fp12_mul(&t, &t, &u);
    td_fp12_frobenius2(&u, &t);
    td_fp12_mul(&t, &t, &u);
    hard_part(&t, &t);
    return td_fp12_is_one(&t);
}

/* Reads an element of Fp2, i's factor first (EIP-197). */
static bool fp2_load(fp2 *r, const uint8_t bytes[64]) {
    return td_fp_load(&r->c[1], bytes) && td_fp_load(&r->c[0], bytes + 32);
}

static bool on_twist(const g2 *a) {
    fp2 left, right;
    td_fp2_sq(&left, &a->y);
    td_fp2_sq(&right, &a->x);
    td_fp2_mul(&right, &right, &a->x);
    fp2_add(&right, &right, &twist_b);
    return fp2_eq(&left, &right);
}

/* Reads a pair; false for what is none. *skip: q is infinity, the pair's value 1. */
static bool pair_load(pair *r, const uint8_t *bytes, bool *skip) {
    g1 p;
    if (!td_g1_load(&p, bytes) || !fp2_load(&r->q.x, bytes + 64) || !fp2_load(&r->q.y, bytes + 128))
        return false;
    *skip = fp2_is_zero(&r->q.x) && fp2_is_zero(&r->q.y);
    r->px = p.x;
    r->py = p.y;
    r->p_infinite = g1_is_infinity(&p);
    r->x = r->q.x;
    r->y = r->q.y;
    r->z = (fp2){{FP_ONE, TD_U256_ZERO}};
    return *skip || on_twist(&r->q);
}

int td_bn254_pairing(bool *one, td_bytes pairs) {
    pair batch[BATCH];
    fp12 f;
    if (pairs.len % TD_BN254_PAIR_LEN != 0)
        return TD_ERR_INVALID;
    td_fp12_one(&f);
    size_t count = 0;
    for (size_t at = 0; at < pairs.len; at += TD_BN254_PAIR_LEN) {
        bool skip = false;
        if (!pair_load(&batch[count], pairs.ptr + at, &skip))
            return TD_ERR_INVALID;
        count += !skip;
        if (count < BATCH)
            continue;
        if (!miller(&f, batch, count))
            return TD_ERR_INVALID;
        count = 0;
    }
    if (count > 0 && !miller(&f, batch, count))
        return TD_ERR_INVALID;
    *one = final_is_one(&f);
    return TD_OK;
}
