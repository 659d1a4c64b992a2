/* SPDX-License-Identifier: Apache-2.0
 *
 * Division and everything modulo a number: one word, then Knuth's algorithm D
 * (The Art of Computer Programming 4.3.1) over normalised limbs, with a copy
 * for each length of the divisor so that its inner loops unroll.
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

/*
 * One step of algorithm D: u[0..n] less the largest multiple of v[0..n) that fits; returns the
 * factor, one limb. Requires v normalised (its top bit set) and u[1..n] < v.
 */
TD_INLINE uint64_t knuth_step(uint64_t *u, const uint64_t *v, const unsigned n) {
    uint64_t v1 = v[n - 1], v0 = v[n - 2], q, rem;
    bool sure = false; /* the estimate's remainder passed 2^64: it cannot be too large */
    if (TD_UNLIKELY(u[n] >= v1))
        q = UINT64_MAX, sure = __builtin_add_overflow(u[n - 1], v1, &rem);
    else if (u[n] == 0 && u[n - 1] < v1)
        return 0;
    else
        q = div_2by1(u[n], u[n - 1], v1, &rem);
    while (!sure && (td_u128)q * v0 > ((td_u128)rem << 64 | u[n - 2]))
        q--, sure = __builtin_add_overflow(rem, v1, &rem);
    uint64_t high = 0, product[4];
    unsigned long long borrow = 0, carry = 0;
    for (unsigned i = 0; i < n; i++)
        product[i] = td_u64_muladd(q, v[i], 0, &high);
    for (unsigned i = 0; i < n; i++)
        u[i] = td_u64_subb(u[i], product[i], &borrow);
    u[n] = td_u64_subb(u[n], high, &borrow);
    if (TD_UNLIKELY(borrow != 0)) { /* still one too large: chance 2^-63, vectors reach it */
        q--;
        for (unsigned i = 0; i < n; i++)
            u[i] = td_u64_addc(u[i], v[i], &carry);
        u[n] += carry;
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
    for (unsigned j = len - n + 1; j-- > 0;) {
        uint64_t digit = knuth_step(u + j, v, n);
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

TD_INLINE bool both_fit_u64(const td_u256 *a, const td_u256 *b) {
    return (a->w[1] | a->w[2] | a->w[3] | b->w[1] | b->w[2] | b->w[3]) == 0;
}

void td_u256_div(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    if (both_fit_u64(a, b)) {
        *r = td_u256_from(b->w[0] == 0 ? 0 : a->w[0] / b->w[0]);
        return;
    }
    unsigned n = limb_count(b->w, 4), len = limb_count(a->w, 4);
    td_u256 q = TD_U256_ZERO, rem;
    if (n != 0 && !td_u256_lt(a, b))
        divide(q.w, rem.w, a->w, len, b->w, n);
    *r = q;
}

void td_u256_mod(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    if (both_fit_u64(a, b)) {
        *r = td_u256_from(b->w[0] == 0 ? 0 : a->w[0] % b->w[0]);
        return;
    }
    unsigned n = limb_count(b->w, 4), len = limb_count(a->w, 4);
    if (n != 0 && td_u256_lt(a, b)) {
        *r = *a;
        return;
    }
    td_u256 rem = TD_U256_ZERO;
    if (n != 0)
        divide(NULL, rem.w, a->w, len, b->w, n);
    *r = rem;
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

void td_u256_sdiv(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    /* MIN / -1 needs no case: the magnitudes give 2^255, which is MIN again. */
    bool negate = is_negative(a) != is_negative(b);
    td_u256 q, x = negate_if(a, is_negative(a)), y = negate_if(b, is_negative(b));
    td_u256_div(&q, &x, &y);
    *r = negate_if(&q, negate);
}

void td_u256_smod(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    bool negate = is_negative(a);
    td_u256 rem, x = negate_if(a, negate), y = negate_if(b, is_negative(b));
    td_u256_mod(&rem, &x, &y);
    *r = negate_if(&rem, negate);
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
