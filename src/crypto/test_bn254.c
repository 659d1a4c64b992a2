/* SPDX-License-Identifier: Apache-2.0
 *
 * The arithmetic under bn254 against u256's, its shortcuts against the long
 * way, and the constants against their definitions. Whole points and pairings
 * are in tests/vec/precompile/bn254_*.vec.
 */
#include "base/test.h"
#include "crypto/bn254.h"
#include "crypto/bn254_private.h"

static fp number(uint64_t *seed) {
    uint8_t bytes[32];
    fp r;
    do {
        for (int i = 0; i < 32; i++) {
            *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
            bytes[i] = (uint8_t)(*seed >> 24);
        }
        bytes[0] &= 0x3f;
    } while (!td_fp_load(&r, bytes));
    return r;
}

static fp2 pair_of(uint64_t *seed) {
    fp a = number(seed);
    return (fp2){{a, number(seed)}};
}

static fp12 element(uint64_t *seed) {
    fp12 a;
    for (int k = 0; k < 6; k++)
        a.c[k & 1].c[k >> 1] = pair_of(seed);
    return a;
}

static td_u256 plain(const fp *a) {
    uint8_t bytes[32];
    td_fp_store(bytes, a);
    return td_u256_load_be(bytes);
}

static fp formed(td_u256 v) {
    uint8_t bytes[32];
    fp r;
    td_u256_store_be(bytes, &v);
    assert_true(td_fp_load(&r, bytes));
    return r;
}

TEST(bn254, field_agrees_with_big_numbers) {
    uint64_t seed = 0xb254;
    fp p = FP_P, edge[6] = {TD_U256_ZERO, FP_ONE, number(&seed)};
    td_u256 one = td_u256_from(1);
    fp_neg(&edge[3], &edge[1]);
    fp_neg(&edge[4], &edge[2]);
    edge[5] = td_u256_from(1);
    for (int i = 0; i < 400; i++) {
        fp a = i < 36 ? edge[i / 6] : number(&seed), b = i < 36 ? edge[i % 6] : number(&seed), r;
        td_u256 x = plain(&a), y = plain(&b), want, got;
        fp_mul(&r, &a, &b);
        td_u256_mulmod(&want, &x, &y, &p);
        got = plain(&r);
        assert_true(td_u256_eq(&got, &want));
        fp_add(&r, &a, &b);
        td_u256_addmod(&want, &x, &y, &p);
        got = plain(&r);
        assert_true(td_u256_eq(&got, &want));
        fp_sub(&r, &r, &b);
        assert_true(fp_eq(&r, &a));
        td_fp_invert(&r, &a);
        fp_mul(&r, &r, &a);
        got = plain(&r);
        assert_true(fp_is_zero(&a) ? fp_is_zero(&r) : td_u256_eq(&got, &one));
    }
}

TEST(bn254, numbers_end_below_the_modulus) {
    uint8_t bytes[32];
    td_u256 p = FP_P, v = p;
    fp r;
    td_u256_store_be(bytes, &v);
    assert_false(td_fp_load(&r, bytes));
    memset(bytes, 0xff, sizeof bytes);
    assert_false(td_fp_load(&r, bytes));
    v.w[0]--;
    r = formed(v);
    fp one = FP_ONE;
    fp_add(&r, &r, &one);
    assert_true(fp_is_zero(&r));
}

/* r = a^e. */
static void power(fp2 *r, const fp2 *a, const td_u256 *e) {
    fp2 base = *a, t = {{FP_ONE, TD_U256_ZERO}};
    for (unsigned i = td_u256_bit_len(e); i-- > 0;) {
        td_fp2_sq(&t, &t);
        if ((e->w[i / 64] >> (i % 64) & 1) != 0)
            td_fp2_mul(&t, &t, &base);
    }
    *r = t;
}

TEST(bn254, constants_of_frobenius_follow_from_their_definition) {
    td_u256 e = FP_P, six = td_u256_from(6);
    fp2 xi = {{formed(td_u256_from(9)), FP_ONE}}, step, power_of_step = {{FP_ONE, TD_U256_ZERO}};
    e.w[0]--;
    td_u256_div(&e, &e, &six); /* p - 1 is a multiple of 6 */
    power(&step, &xi, &e);
    for (int k = 0; k < 6; k++) {
        assert_true(fp2_eq(&power_of_step, &TD_BN254_FROBENIUS[k]));
        fp2 norm;
        fp2_conj(&norm, &power_of_step);
        td_fp2_mul(&norm, &norm, &power_of_step); /* to the p + 1 */
        assert_true(fp_eq(&norm.c[0], &TD_BN254_FROBENIUS2[k]));
        assert_true(fp_is_zero(&norm.c[1]));
        td_fp2_mul(&power_of_step, &power_of_step, &step);
    }
}

TEST(bn254, frobenius_is_the_power_of_the_modulus) {
    uint64_t seed = 7;
    fp12 a = element(&seed), want, got;
    td_u256 p = FP_P;
    td_fp12_one(&want);
    for (int i = 253; i >= 0; i--) {
        td_fp12_sq(&want, &want);
        if ((p.w[i / 64] >> (i % 64) & 1) != 0)
            td_fp12_mul(&want, &want, &a);
    }
    td_fp12_frobenius(&got, &a);
    assert_memory_equal(&got, &want, sizeof got);
    td_fp12_frobenius(&want, &want);
    td_fp12_frobenius2(&got, &a);
    assert_memory_equal(&got, &want, sizeof got);
    td_fp12_frobenius2(&got, &got);
    td_fp12_frobenius2(&got, &got);
    td_fp12_conj(&want, &a);
    assert_memory_equal(&got, &want, sizeof got);
}

TEST(bn254, shortcuts_agree_with_the_product) {
    uint64_t seed = 3;
    for (int i = 0; i < 20; i++) {
        fp12 a = element(&seed), line, want, got;
        td_fp12_mul(&want, &a, &a);
        td_fp12_sq(&got, &a);
        assert_memory_equal(&got, &want, sizeof got);
        memset(&line, 0, sizeof line);
        line.c[0].c[0] = pair_of(&seed);
        line.c[1].c[0] = pair_of(&seed);
        line.c[1].c[1] = pair_of(&seed);
        td_fp12_mul(&want, &a, &line);
        td_fp12_mul_line(&got, &a, &line.c[0].c[0], &line.c[1].c[0], &line.c[1].c[1]);
        assert_memory_equal(&got, &want, sizeof got);
        td_fp12_invert(&want, &a);
        td_fp12_mul(&got, &a, &want);
        assert_true(td_fp12_is_one(&got));
        assert_false(td_fp12_is_one(&a));
        td_fp12_conj(&a, &a); /* a^((p^6 - 1)(p^2 + 1)) is in the cyclotomic subgroup */
        td_fp12_mul(&a, &a, &want);
        td_fp12_frobenius2(&want, &a);
        td_fp12_mul(&a, &a, &want);
        td_fp12_sq(&want, &a);
        td_fp12_sq_cyclotomic(&got, &a);
        assert_memory_equal(&got, &want, sizeof got);
    }
}

TEST(bn254, sums_agree_with_multiples) {
    uint8_t point[96] = {[31] = 1, [63] = 2}, sum[128], product[64], zeros[64] = {0};
    memset(sum, 0, sizeof sum);
    for (uint8_t k = 0; k < 70; k++) { /* sum = k G */
        point[95] = k;
        assert_int_equal(td_bn254_mul(product, point), 0);
        assert_memory_equal(product, sum, 64);
        memcpy(sum + 64, point, 64);
        assert_int_equal(td_bn254_add(sum, sum), 0);
    }
    point[63] = 3;
    assert_int_equal(td_bn254_mul(product, point), TD_ERR_INVALID);
    memset(sum, 0, 64);
    sum[127]++;
    assert_int_equal(td_bn254_add(zeros, sum), TD_ERR_INVALID);
    assert_true(td_bytes_zero(zeros, sizeof zeros));
}

TEST(bn254, pairing_takes_whole_pairs_only) {
    uint8_t pairs[2 * TD_BN254_PAIR_LEN] = {0};
    bool one = false;
    for (size_t len = 0; len <= sizeof pairs; len++) {
        one = false;
        int err = td_bn254_pairing(&one, TD_BYTES(pairs, len));
        assert_int_equal(err, len % TD_BN254_PAIR_LEN == 0 ? 0 : TD_ERR_INVALID);
        assert_int_equal(one, err == 0);
    }
}
