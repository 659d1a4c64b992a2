/* SPDX-License-Identifier: Apache-2.0
 *
 * Division and everything modulo a number: one word, then Knuth's algorithm D
 * (The Art of Computer Programming 4.3.1) over normalised limbs, with a copy
 * for each length of the divisor so that its inner loops unroll.
 *
 * Its digits come from a reciprocal, as `div` of two words cannot be pipelined: weierstrudel,
 * mostly MULMOD, takes 1.17 ms where it took 1.54 (best of 9, in turn), with 3 % more instructions.
 */
#include "num/u256_private.h"

enum { WIDE = 8 }; /* limbs of the longest dividend, a product */

/* Limbs of a up to the highest that is not zero, of len. */
TD_INLINE unsigned limb_count(const uint64_t *a, unsigned len) {
    while (len > 0 && a[len - 1] == 0)
        len--;
    return len;
}

/* q[0..len) = a / d, returns a mod d, for d of one limb. q may be a. */
TD_INLINE uint64_t div_limb(uint64_t *q, const uint64_t *a, unsigned len, uint64_t d) {
    uint64_t rem = 0;
    for (unsigned i = len; i-- > 0;) {
        if (rem == 0 && a[i] < d)
            rem = a[i], q[i] = 0;
        else
            q[i] = div_2by1(rem, a[i], d, &rem);
    }
    return rem;
}

/* floor((2^128 - 1) / d) - 2^64 for d with its top bit set. */
TD_INLINE uint64_t reciprocal_2by1(uint64_t d) {
    uint64_t rem;
    return div_2by1(~d, UINT64_MAX, d, &rem);
}

/*
 * floor((2^192 - 1) / (d1:d0)) - 2^64 for d1 with its top bit set: one division, then corrected for
 * the low limb. Moeller and Granlund, Improved division by invariant integers, algorithm 6.
 */
static uint64_t reciprocal_3by2(uint64_t d1, uint64_t d0) {
    uint64_t v = reciprocal_2by1(d1), p = d1 * v + d0;
    if (p < d0) {
        v--;
        if (p >= d1)
            v--, p -= d1;
        p -= d1;
    }
    td_u128 t = (td_u128)v * d0;
    uint64_t t1 = (uint64_t)(t >> 64), t0 = (uint64_t)t;
    p += t1;
    if (p < t1) {
        v--;
        if (TD_UNLIKELY(p > d1 || (p == d1 && t0 >= d0)))
            v--;
    }
    return v;
}

/* The quotient of u2:u1:u0 by d, exact, and the remainder; v is d's reciprocal. Requires
 * u2:u1 < d. Algorithm 4 of the same: multiplications in place of a division and its corrections.
 */
TD_INLINE uint64_t div_3by2(uint64_t u2, uint64_t u1, uint64_t u0, td_u128 d, uint64_t v,
                            td_u128 *remainder) {
    td_u128 q = (td_u128)v * u2 + ((td_u128)u2 << 64 | u1);
    uint64_t q1 = (uint64_t)(q >> 64), q0 = (uint64_t)q;
    uint64_t d1 = (uint64_t)(d >> 64), d0 = (uint64_t)d;
    td_u128 r = ((td_u128)(u1 - q1 * d1) << 64 | u0) - (td_u128)d0 * q1 - d;
    q1++;
    if ((uint64_t)(r >> 64) >= q0)
        q1--, r += d;
    if (TD_UNLIKELY(r >= d))
        q1++, r -= d;
    *remainder = r;
    return q1;
}

/* u[0..n] -= q * v[0..n); returns the borrow. */
TD_INLINE bool submul(uint64_t *u, const uint64_t *v, const unsigned n, uint64_t q) {
    uint64_t high = 0, product[4];
    unsigned long long borrow = 0;
    for (unsigned i = 0; i < n; i++)
        product[i] = td_u64_muladd(q, v[i], 0, &high);
    for (unsigned i = 0; i < n; i++)
        u[i] = td_u64_subb(u[i], product[i], &borrow);
    u[n] = td_u64_subb(u[n], high, &borrow);
    return borrow != 0;
}

/*
 * One step of algorithm D: u[0..n] less the largest multiple of v[0..n) that fits; returns the
 * factor, one limb. Requires v normalised (its top bit set) with the reciprocal `inverse` of its
 * two top limbs, and u[1..n] < v. The estimate, three limbs by two, is at most one too large.
 */
TD_INLINE uint64_t knuth_step(uint64_t *u, const uint64_t *v, const unsigned n, uint64_t inverse) {
    uint64_t v1 = v[n - 1], v0 = v[n - 2], q;
    unsigned long long borrow = 0, carry = 0;
    if (u[n] == 0 && u[n - 1] < v1)
        return 0;
    if (TD_UNLIKELY(u[n] == v1 && u[n - 1] >= v0)) {
        q = UINT64_MAX, borrow = submul(u, v, n, q);
    } else {
        td_u128 rem;
        q = div_3by2(u[n], u[n - 1], u[n - 2], (td_u128)v1 << 64 | v0, inverse, &rem);
        /* The two top limbs are done; what is left are the others. */
        uint64_t high = 0, product[2];
        for (unsigned i = 0; i < n - 2; i++)
            product[i] = td_u64_muladd(q, v[i], 0, &high);
        for (unsigned i = 0; i < n - 2; i++)
            u[i] = td_u64_subb(u[i], product[i], &borrow);
        u[n - 2] = td_u64_subb((uint64_t)rem, high, &borrow);
        u[n - 1] = td_u64_subb((uint64_t)(rem >> 64), 0, &borrow);
        u[n] = 0;
    }
    if (TD_UNLIKELY(borrow != 0)) { /* one too large: chance 2^-63, vectors reach it */
        q--;
        for (unsigned i = 0; i < n; i++)
            u[i] = td_u64_addc(u[i], v[i], &carry);
        u[n] = 0;
    }
    return q;
}

/* q[0..len-n] = a / b, rem = a mod b, for b of exactly n limbs, 2 <= n <= len; q may be NULL. */
TD_INLINE void knuth(uint64_t *q, uint64_t rem[4], const uint64_t *a, unsigned len,
                     const uint64_t *b, const unsigned n) {
    uint64_t u[WIDE + 1], v[4];
    unsigned up = (unsigned)__builtin_clzll(b[n - 1]), down = 63 - up;
    v[0] = b[0] << up;
    for (unsigned i = 1; i < n; i++)
        v[i] = b[i] << up | b[i - 1] >> 1 >> down;
    u[0] = a[0] << up;
    for (unsigned i = 1; i < len; i++)
        u[i] = a[i] << up | a[i - 1] >> 1 >> down;
    u[len] = a[len - 1] >> 1 >> down;
    uint64_t inverse = reciprocal_3by2(v[n - 1], v[n - 2]);
    for (unsigned j = len - n + 1; j-- > 0;) {
        uint64_t digit = knuth_step(u + j, v, n, inverse);
        if (q != NULL)
            q[j] = digit;
    }
    for (unsigned i = 0; i < n; i++)
        rem[i] = u[i] >> up | u[i + 1] << 1 << down;
}

/* q = a / b and rem = a mod b for len limbs of a (highest not zero) and b of n, n <= len. The
 * arrays are cleared by the caller; q may be NULL. */
TD_INLINE void divide(uint64_t *q, uint64_t rem[4], const uint64_t *a, unsigned len,
                      const uint64_t *b, unsigned n) {
    uint64_t unused[WIDE];
    switch (n) {
    case 1: rem[0] = div_limb(q != NULL ? q : unused, a, len, b[0]); break;
    case 2: knuth(q, rem, a, len, b, 2); break;
    case 3: knuth(q, rem, a, len, b, 3); break;
    default: knuth(q, rem, a, len, b, 4); break;
    }
}

/* a / d and a mod d for d of one limb, not zero: what nearly all divisors in contracts are. Limbs
 * that are zero on top cost a comparison, and hi:lo with hi zero takes the shorter division. */
TD_INLINE td_u256 div_by_limb(const td_u256 *a, uint64_t d, uint64_t *remainder) {
    td_u256 q = TD_U256_ZERO;
    uint64_t rem = 0;
    if ((a->w[3] | a->w[2]) != 0) {
        q.w[3] = a->w[3] / d;
        q.w[2] = div_2by1(a->w[3] % d, a->w[2], d, &rem);
        q.w[1] = div_2by1(rem, a->w[1], d, &rem);
    } else if (a->w[1] >= d) {
        q.w[1] = a->w[1] / d;
        rem = a->w[1] % d;
    } else {
        rem = a->w[1];
    }
    if (rem == 0) {
        q.w[0] = a->w[0] / d;
        *remainder = a->w[0] % d;
    } else {
        q.w[0] = div_2by1(rem, a->w[0], d, remainder);
    }
    return q;
}

/* The forms for a divisor of several limbs, or zero. */
static TD_NOINLINE td_u256 div_long(const td_u256 *a, const td_u256 *b) {
    td_u256 q = TD_U256_ZERO, rem;
    if (!td_u256_is_zero(b) && !td_u256_lt(a, b))
        divide(q.w, rem.w, a->w, limb_count(a->w, 4), b->w, limb_count(b->w, 4));
    return q;
}
static TD_NOINLINE td_u256 mod_long(const td_u256 *a, const td_u256 *b) {
    td_u256 rem = TD_U256_ZERO;
    if (td_u256_lt(a, b))
        rem = *a;
    else if (!td_u256_is_zero(b))
        divide(NULL, rem.w, a->w, limb_count(a->w, 4), b->w, limb_count(b->w, 4));
    return rem;
}

/* Whether div_by_limb takes it. */
TD_INLINE bool is_limb(const td_u256 *d) {
    return TD_LIKELY(td_u256_fits_u64(d) && d->w[0] != 0);
}

void td_u256_div(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    uint64_t rem;
    *r = is_limb(b) ? div_by_limb(a, b->w[0], &rem) : div_long(a, b);
}

void td_u256_mod(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    uint64_t rem;
    if (!is_limb(b)) {
        *r = mod_long(a, b);
        return;
    }
    (void)div_by_limb(a, b->w[0], &rem);
    *r = td_u256_from(rem);
}

void td_u256_divmod(td_u256 *quotient, td_u256 *remainder, const td_u256 *a, const td_u256 *b) {
    td_u256 q = TD_U256_ZERO, rem = TD_U256_ZERO;
    unsigned n = limb_count(b->w, 4);
    if (n != 0 && td_u256_lt(a, b))
        rem = *a;
    else if (n != 0)
        divide(q.w, rem.w, a->w, limb_count(a->w, 4), b->w, n);
    if (quotient != NULL)
        *quotient = q;
    if (remainder != NULL)
        *remainder = rem;
}

TD_INLINE bool is_negative(const td_u256 *a) {
    return (int64_t)a->w[3] < 0;
}

/* a, or -a when `negate`: a sign is a coin toss to the branch predictor, so without a branch. */
TD_INLINE td_u256 negate_if(const td_u256 *a, bool negate) {
    uint64_t m = -(uint64_t)negate;
    td_u256 r = {{a->w[0] ^ m, a->w[1] ^ m, a->w[2] ^ m, a->w[3] ^ m}};
    (void)td_u256_sub(&r, &r, &(td_u256){{m, m, m, m}});
    return r;
}

/* Any signs and lengths; apart from the callers, which take what contracts have most: a divisor
 * above zero of one limb, a magnitude of the dividend that stays in registers. */
static TD_NOINLINE void sdiv_long(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    /* MIN / -1 needs no case: the magnitudes give 2^255, which is MIN again. */
    bool negate = is_negative(a) != is_negative(b);
    td_u256 q, x = negate_if(a, is_negative(a)), y = negate_if(b, is_negative(b));
    td_u256_div(&q, &x, &y);
    *r = negate_if(&q, negate);
}
static TD_NOINLINE void smod_long(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    bool negate = is_negative(a);
    td_u256 rem, x = negate_if(a, negate), y = negate_if(b, is_negative(b));
    td_u256_mod(&rem, &x, &y);
    *r = negate_if(&rem, negate);
}

void td_u256_sdiv(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    uint64_t rem;
    if (!is_limb(b)) {
        sdiv_long(r, a, b);
        return;
    }
    bool negate = is_negative(a);
    td_u256 x = negate_if(a, negate), q = div_by_limb(&x, b->w[0], &rem);
    *r = negate_if(&q, negate);
}

void td_u256_smod(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    uint64_t rem;
    if (!is_limb(b)) {
        smod_long(r, a, b);
        return;
    }
    bool negate = is_negative(a);
    td_u256 x = negate_if(a, negate);
    (void)div_by_limb(&x, b->w[0], &rem);
    uint64_t sign = -(uint64_t)(negate && rem != 0);
    *r = (td_u256){{(rem ^ sign) - sign, sign, sign, sign}};
}

/* r = a + b mod m for a, b < m: at most one subtraction. */
TD_INLINE void add_reduced(td_u256 *r, const td_u256 *a, const td_u256 *b, const td_u256 *m) {
    td_u256 sum, less;
    bool carry = td_u256_add(&sum, a, b);
    bool below = td_u256_sub(&less, &sum, m);
    *r = !carry && below ? sum : less;
}

void td_u256_addmod(td_u256 *r, const td_u256 *a, const td_u256 *b, const td_u256 *m) {
    if (td_u256_lt(a, m) && td_u256_lt(b, m)) { /* so m is not zero */
        add_reduced(r, a, b, m);
        return;
    }
    td_u256 sum, x, y;
    if (!td_u256_add(&sum, a, b)) {
        td_u256_mod(r, &sum, m);
        return;
    }
    if (td_u256_is_zero(m)) {
        *r = TD_U256_ZERO;
        return;
    }
    td_u256_mod(&x, a, m);
    td_u256_mod(&y, b, m);
    add_reduced(r, &x, &y, m);
}

void td_u256_mulmod(td_u256 *r, const td_u256 *a, const td_u256 *b, const td_u256 *m) {
    unsigned n = limb_count(m->w, 4);
    uint64_t p[WIDE], unused[4];
    td_u256 rem = TD_U256_ZERO;
    if (n == 1) {
        /* Factors first: what is short already costs no division but the last. */
        uint64_t d = m->w[0], x = div_limb(unused, a->w, 4, d), y = div_limb(unused, b->w, 4, d);
        td_u128 product = (td_u128)x * y;
        (void)div_2by1((uint64_t)(product >> 64), (uint64_t)product, d, &rem.w[0]);
    } else if (n != 0) {
        mul_full(p, a, b);
        unsigned len = limb_count(p, WIDE);
        if (len < n)
            memcpy(rem.w, p, sizeof rem);
        else
            divide(NULL, rem.w, p, len, m->w, n);
    }
    *r = rem;
}
