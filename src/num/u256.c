/* SPDX-License-Identifier: Apache-2.0
 *
 * Products and powers that are too long to stand in the header. Division is in
 * u256_div.c, text in u256_text.c.
 */
#include "num/u256_private.h"

bool td_u256_mul_overflow(td_u256 *r, const td_u256 *a, const td_u256 *b) {
    td_u256 hi;
    td_u256_mul_wide(&hi, r, a, b);
    return !td_u256_is_zero(&hi);
}

void td_u256_mul_wide(td_u256 *hi, td_u256 *lo, const td_u256 *a, const td_u256 *b) {
    uint64_t p[8];
    mul_full(p, a, b);
    memcpy(lo, p, sizeof *lo);
    memcpy(hi, p + 4, sizeof *hi);
}

/* a * a mod 2^256: the mixed products once, doubled; 7 multiplications where td_u256_mul has 10. */
TD_INLINE void square(td_u256 *a) {
    const uint64_t *w = a->w;
    uint64_t c = 0;
    uint64_t m1 = td_u64_muladd(w[0], w[1], 0, &c);
    uint64_t m2 = td_u64_muladd(w[0], w[2], 0, &c);
    uint64_t m3 = w[0] * w[3] + w[1] * w[2] + c;
    m3 = m3 << 1 | m2 >> 63, m2 = m2 << 1 | m1 >> 63, m1 <<= 1;
    td_u128 s0 = (td_u128)w[0] * w[0], s1 = (td_u128)w[1] * w[1];
    unsigned long long k = 0;
    a->w[0] = (uint64_t)s0;
    a->w[1] = td_u64_addc(m1, (uint64_t)(s0 >> 64), &k);
    a->w[2] = td_u64_addc(m2, (uint64_t)s1, &k);
    a->w[3] = td_u64_addc(m3, (uint64_t)(s1 >> 64), &k);
}

TD_INLINE bool bit_at(const td_u256 *a, unsigned i) {
    return a->w[i / 64] >> (i % 64) & 1;
}

/* The exponent of 2 in a, which is not zero. */
static unsigned trailing_zeros(const td_u256 *a) {
    unsigned i = 0;
    while (a->w[i] == 0)
        i++;
    return i * 64 + (unsigned)__builtin_ctzll(a->w[i]);
}

void td_u256_exp(td_u256 *r, const td_u256 *base, const td_u256 *exponent) {
    unsigned bits = td_u256_bit_len(exponent), base_bits = td_u256_bit_len(base);
    if (bits == 0 || base_bits == 0) {
        *r = td_u256_from(bits == 0);
        return;
    }
    /* base = odd * 2^zeros: past 256 factors of two nothing is left, a power of two only shifts. */
    unsigned zeros = trailing_zeros(base);
    uint64_t shift = td_mul_sat(zeros, td_u256_sat_u64(exponent));
    if (shift >= 256 || base_bits == zeros + 1) {
        td_u256_shl(r, &(td_u256){{1, 0, 0, 0}}, shift);
        return;
    }
    td_u256 b = *base, e = *exponent, t = b;
    for (unsigned i = bits - 1; i-- > 0;) {
        square(&t);
        if (bit_at(&e, i))
            td_u256_mul(&t, &t, &b);
    }
    *r = t;
}
