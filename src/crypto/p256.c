/* SPDX-License-Identifier: Apache-2.0
 *
 * ECDSA verification over P-256, on OpenSSL's curve arithmetic. The steps of
 * EIP-7951 are written out over points and numbers instead of calling its
 * ECDSA: that has one answer for "wrong" and "could not", and consensus must
 * tell them apart. A failure that only a lack of memory explains aborts.
 *
 * The curve is made once under pthread_once and only read afterwards.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/crypto.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <pthread.h>

static pthread_once_t curve_once = PTHREAD_ONCE_INIT;
static EC_GROUP *curve; /* set by curve_make, then constant */

static void curve_make(void) {
    curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    TD_ASSERT(curve != NULL);
}

/* The next number of `ctx`, set to 32 big-endian bytes. */
static BIGNUM *number(BN_CTX *ctx, const uint8_t bytes[32]) {
    BIGNUM *n = BN_CTX_get(ctx);
    TD_ASSERT(n != NULL && BN_bin2bn(bytes, 32, n) != NULL);
    return n;
}

/* 0 < n < order. */
static bool is_scalar(const BIGNUM *n) {
    return !BN_is_zero(n) && BN_ucmp(n, EC_GROUP_get0_order(curve)) < 0;
}

/* point = (x, y); false when that is no point of the curve. (0, 0), which stands for infinity, is
 * none, either. */
static bool set_point(EC_POINT *point, const BIGNUM *x, const BIGNUM *y, BN_CTX *ctx) {
    if (BN_ucmp(x, EC_GROUP_get0_field(curve)) >= 0 || BN_ucmp(y, EC_GROUP_get0_field(curve)) >= 0)
        return false;
    if (EC_POINT_set_affine_coordinates(curve, point, x, y, ctx) == 1)
        return true;
    TD_ASSERT(ERR_GET_REASON(ERR_peek_last_error()) == EC_R_POINT_IS_NOT_ON_CURVE);
    ERR_clear_error();
    return false;
}

/* Whether x(u1 G + u2 Q) mod n = r for u1 = z / s, u2 = r / s; r and s are scalars. */
static bool equation_holds(EC_POINT *q, const BIGNUM *z, const BIGNUM *r, BIGNUM *s, BN_CTX *ctx) {
    const BIGNUM *n = EC_GROUP_get0_order(curve);
    BIGNUM *u1 = BN_CTX_get(ctx), *u2 = BN_CTX_get(ctx);
    TD_ASSERT(u2 != NULL && BN_mod_inverse(s, s, n, ctx) != NULL);
    TD_ASSERT(BN_mod_mul(u1, z, s, n, ctx) == 1 && BN_mod_mul(u2, r, s, n, ctx) == 1);
    TD_ASSERT(EC_POINT_mul(curve, q, u1, q, u2, ctx) == 1);
    if (EC_POINT_is_at_infinity(curve, q))
        return false;
    TD_ASSERT(EC_POINT_get_affine_coordinates(curve, q, u1, NULL, ctx) == 1);
    TD_ASSERT(BN_nnmod(u1, u1, n, ctx) == 1);
    return BN_cmp(u1, r) == 0;
}

bool td_p256_verify(const uint8_t digest[32], const uint8_t r[32], const uint8_t s[32],
                    const uint8_t public_key[64]) {
    TD_ASSERT(pthread_once(&curve_once, curve_make) == 0);
    BN_CTX *ctx = BN_CTX_new();
    EC_POINT *q = EC_POINT_new(curve);
    TD_ASSERT(ctx != NULL && q != NULL);
    BN_CTX_start(ctx);
    BIGNUM *z = number(ctx, digest), *r_n = number(ctx, r), *s_n = number(ctx, s);
    BIGNUM *x = number(ctx, public_key), *y = number(ctx, public_key + 32);
    bool ok = is_scalar(r_n) && is_scalar(s_n) && set_point(q, x, y, ctx) &&
              equation_holds(q, z, r_n, s_n, ctx);
    BN_CTX_end(ctx);
    EC_POINT_free(q);
    BN_CTX_free(ctx);
    return ok;
}
