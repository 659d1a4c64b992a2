/* SPDX-License-Identifier: Apache-2.0
 *
 * Host functions that compute: keccak-256, and the address of a compressed secp256k1 key
 * (contracts-runtime.md 4.3).
 */
#include "pvmenv/pvmenv_private.h"

#include "crypto/crypto.h"

td_step td_sys_crypto_hash_keccak_256(td_guest *g, const uint64_t a[6]) {
    uint32_t len = td_lo32(a[1]);
    TD_TRY(td_guest_charge_units(g, TD_TOKEN_KECCAK, len));
    const uint8_t *input;
    TD_TRY(td_guest_read(g, &input, td_lo32(a[0]), len));
    td_hash hash; /* apart, since input and output may overlap */
    td_keccak256(&hash, input, len);
    return td_guest_put(g, td_lo32(a[2]), hash.b, sizeof hash.b);
}

/* p = 2^256 - 2^32 - 977, the field of secp256k1 (SEC 2, 2.4.1). */
static const td_u256 field_p = {
    {0xFFFFFFFEFFFFFC2Fu, UINT64_MAX, UINT64_MAX, UINT64_MAX},
};

/* The root of `a` mod p if it has one: a^((p + 1) / 4), since p = 3 mod 4. */
static void field_sqrt(td_u256 *root, const td_u256 *a) {
    td_u256 exponent, one = td_u256_from(1), r = one;
    td_u256_shr(&exponent, &field_p, 2);
    td_u256_add(&exponent, &exponent, &one);
    for (unsigned bit = 256; bit-- != 0;) {
        td_u256_mulmod(&r, &r, &r, &field_p);
        if (exponent.w[bit / 64] >> (bit % 64) & 1)
            td_u256_mulmod(&r, &r, a, &field_p);
    }
    *root = r;
}

/* Expands a compressed point (SEC 1, 2.3.4) to x ‖ y; false when it is none. */
static bool point_expand(uint8_t xy[64], const uint8_t key[33]) {
    td_u256 x = td_u256_load_be(key + 1), y, y2, t, seven = td_u256_from(7);
    if ((key[0] != 2 && key[0] != 3) || !td_u256_lt(&x, &field_p))
        return false;
    td_u256_mulmod(&t, &x, &x, &field_p);
    td_u256_mulmod(&t, &t, &x, &field_p);
    td_u256_addmod(&y2, &t, &seven, &field_p);
    field_sqrt(&y, &y2);
    td_u256_mulmod(&t, &y, &y, &field_p);
    if (!td_u256_eq(&t, &y2))
        return false;
    /* y is never 0: -7 is no cube mod p, so the group has odd order. */
    if ((y.w[0] & 1) != (key[0] & 1))
        td_u256_sub(&y, &field_p, &y);
    td_u256_store_be(xy, &x);
    td_u256_store_be(xy + 32, &y);
    return true;
}

td_step td_sys_crypto_ecdsa_to_eth_address(td_guest *g, const uint64_t a[6]) {
    const uint8_t *key;
    TD_TRY(td_guest_read(g, &key, td_lo32(a[0]), 33));
    uint8_t xy[64];
    if (!point_expand(xy, key))
        return td_guest_result(g, TD_SYS_ECDSA_FAILED);
    td_hash hash;
    td_keccak256(&hash, xy, sizeof xy);
    TD_TRY(td_guest_put(g, td_lo32(a[1]), hash.b + 12, 20));
    return td_guest_result(g, TD_SYS_SUCCESS);
}
