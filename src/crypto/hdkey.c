/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of the development accounts: BIP-39 (mnemonic to seed) and BIP-32
 * (private derivation along a path).
 */
#include "crypto/crypto.h"

enum {
    SEED_ROUNDS = 2048, /* BIP-39 */
    DEPTH_MAX = 255,    /* BIP-32 keeps the depth in one byte */
};
static const uint32_t HARDENED = 0x80000000u; /* BIP-32: indices from here on hash the secret */

/* BIP-32's extended private key: the key, then the chain code, as HMAC-SHA512 yields them. */
typedef struct node {
    uint8_t key[32], chain[32];
} node;
_Static_assert(sizeof(node) == 64, "an HMAC-SHA512 is read into a node");

void td_hdkey_seed(uint8_t seed[64], const char *mnemonic) {
    /* BIP-39 wants NFKD; the words of the English list are ASCII and stay as they are. */
    td_pbkdf2_sha512(seed, TD_BYTES_STR(mnemonic), TD_BYTES_STR("mnemonic"), SEED_ROUNDS);
}

/* BIP-32, private parent key to private child key. */
static int child(node *n, uint32_t index) {
    uint8_t data[37];
    node left_right;
    if (index >= HARDENED) {
        data[0] = 0;
        memcpy(data + 1, n->key, 32);
    } else if (td_secp256k1_public(data, n->key) != TD_OK) {
        return TD_ERR_RANGE;
    }
    td_store_be32(data + 33, index);
    td_hmac_sha512((uint8_t *)&left_right, TD_BYTES(n->chain, 32), TD_BYTES(data, sizeof data));
    int err = td_secp256k1_tweak_add(n->key, left_right.key);
    memcpy(n->chain, left_right.chain, 32);
    explicit_bzero(data, sizeof data);
    explicit_bzero(&left_right, sizeof left_right);
    return err;
}

/* Reads "<number>" or "<number>'" at *path and moves past it and one slash. */
static int path_step(const char **path, uint32_t *index) {
    const char *p = *path;
    uint64_t value = 0;
    if (*p < '0' || *p > '9')
        return TD_ERR_FORMAT;
    for (; *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (uint64_t)(*p - '0');
        if (value >= HARDENED)
            return TD_ERR_FORMAT;
    }
    *index = (uint32_t)value;
    if (*p == '\'' || *p == 'h')
        *index |= HARDENED, p++;
    if (*p != '/' && *p != '\0')
        return TD_ERR_FORMAT;
    *path = *p == '/' ? p + 1 : p;
    return TD_OK;
}

static int walk(node *n, const char *path, uint32_t index) {
    if (path[0] != 'm' || (path[1] != '/' && path[1] != '\0'))
        return TD_ERR_FORMAT;
    path += path[1] == '/' ? 2 : 1;
    for (int depth = 1; *path != '\0'; depth++) {
        uint32_t step = 0;
        int err = depth < DEPTH_MAX ? path_step(&path, &step) : TD_ERR_FORMAT;
        if (err == TD_OK)
            err = child(n, step);
        if (err != TD_OK)
            return err;
    }
    return index < HARDENED ? child(n, index) : TD_ERR_RANGE;
}

int td_hdkey_derive(uint8_t secret_key[32], const uint8_t seed[64], const char *path,
                    uint32_t index) {
    node n;
    td_hmac_sha512((uint8_t *)&n, TD_BYTES_STR("Bitcoin seed"), TD_BYTES(seed, 64));
    /* A master key of 0 or past the order is refused at the first step: by the curve for an
     * ordinary one, by the addition for a hardened one. */
    int err = walk(&n, path, index);
    if (err == TD_OK)
        memcpy(secret_key, n.key, 32);
    explicit_bzero(&n, sizeof n);
    return err;
}
