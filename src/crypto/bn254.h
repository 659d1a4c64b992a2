/* SPDX-License-Identifier: Apache-2.0
 *
 * The curve bn254 (alt_bn128) in the encodings of EIP-196 and EIP-197: numbers
 * are 32 bytes big-endian and below the field's modulus, a point of G1 is
 * x ‖ y, one of G2 is x ‖ y with each coordinate's factor of i first; zeros
 * stand for infinity.
 *
 * Threads: pure functions. Memory: stack only.
 */
#ifndef TD_CRYPTO_BN254_H
#define TD_CRYPTO_BN254_H

#include "base/base.h"

enum { TD_BN254_PAIR_LEN = 192 }; /* bytes: a point of G1, then one of G2 */

/* out = the sum of two points of G1. Returns 0, or TD_ERR_INVALID for what is no point; `out` is
 * then unchanged. */
TD_MUST_USE
int td_bn254_add(uint8_t out[64], const uint8_t points[128]);
/* out = the point of G1 (64 bytes) times the scalar after it (any 32 bytes). Errors as above. */
TD_MUST_USE
int td_bn254_mul(uint8_t out[64], const uint8_t point_and_scalar[96]);
/* *one = whether the product of the pairings e(P, Q) of all pairs is 1; it is for no pair. Returns
 * 0, or TD_ERR_INVALID for a length that is no multiple of 192, a coordinate past the modulus, a
 * point off its curve or, for Q, out of the subgroup of prime order. */
TD_MUST_USE
int td_bn254_pairing(bool *one, td_bytes pairs);

#endif
