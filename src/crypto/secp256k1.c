/* SPDX-License-Identifier: Apache-2.0
 *
 * The curve of accounts, by libsecp256k1. Whatever it would take for a misuse
 * and abort on is checked here first, as all of it can come from a peer.
 *
 * Recovery, parsing and tweaking need only the library's own constant context.
 * What multiplies a secret needs one that was built: it is made once, in static
 * memory, under pthread_once, blinded with random bytes against side channels,
 * and never written again, so any thread may use it without a lock.
 */
#include "crypto/crypto.h"

#include <pthread.h>
#include <secp256k1.h>
#include <secp256k1_preallocated.h>
#include <secp256k1_recovery.h>
#include <sys/random.h>

const td_u256 TD_SECP256K1_N = {
    {0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff}};
const td_u256 TD_SECP256K1_HALF_N = {
    {0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff, 0x7fffffffffffffff}};

enum { CONTEXT_LEN = 1024 }; /* bytes; 0.2 takes 208, checked where it is made */

static pthread_once_t signer_once = PTHREAD_ONCE_INIT;
static TD_ALIGNED(16) uint8_t signer_memory[CONTEXT_LEN];
static const secp256k1_context *signer_context; /* set by signer_make, then constant */

static void signer_make(void) {
    uint8_t seed[32];
    TD_ASSERT(secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE) <= CONTEXT_LEN);
    secp256k1_context *c =
        secp256k1_context_preallocated_create(signer_memory, SECP256K1_CONTEXT_NONE);
    /* The blinding changes no result; without random bytes it is only left out. */
    if (getrandom(seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
        TD_ASSERT(secp256k1_context_randomize(c, seed) == 1);
    explicit_bzero(seed, sizeof seed);
    signer_context = c;
}

static const secp256k1_context *signer(void) {
    TD_ASSERT(pthread_once(&signer_once, signer_make) == 0);
    return signer_context;
}

/* The 64 bytes x ‖ y of a point. */
static void export_point(uint8_t out[64], const secp256k1_pubkey *point) {
    uint8_t bytes[65];
    size_t len = sizeof bytes;
    (void)secp256k1_ec_pubkey_serialize(secp256k1_context_static, bytes, &len, point,
                                        SECP256K1_EC_UNCOMPRESSED);
    memcpy(out, bytes + 1, 64);
}

/* The last 20 bytes of the hash of the public key (yellow paper, appendix F). */
static td_addr point_addr(const uint8_t public_key[64]) {
    td_hash h;
    td_addr addr;
    td_keccak256(&h, public_key, 64);
    memcpy(addr.b, h.b + 12, sizeof addr.b);
    return addr;
}

int td_secp256k1_recover(uint8_t public_key[64], const td_hash *digest, const td_sig *sig) {
    const secp256k1_context *c = secp256k1_context_static;
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey point;
    uint8_t compact[64];
    if (sig->y_parity > 1) /* 2 and 3, an r past the order, are no Ethereum signature */
        return TD_ERR_SIGNATURE;
    memcpy(compact, sig->r, 32);
    memcpy(compact + 32, sig->s, 32);
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(c, &parsed, compact, sig->y_parity) ||
        !secp256k1_ecdsa_recover(c, &point, &parsed, digest->b))
        return TD_ERR_SIGNATURE;
    export_point(public_key, &point);
    return TD_OK;
}

int td_secp256k1_recover_addr(td_addr *out, const td_hash *digest, const td_sig *sig) {
    uint8_t public_key[64];
    int err = td_secp256k1_recover(public_key, digest, sig);
    if (err == TD_OK)
        *out = point_addr(public_key);
    return err;
}

int td_secp256k1_sign(td_sig *out, const td_hash *digest, const uint8_t secret_key[32]) {
    secp256k1_ecdsa_recoverable_signature sig;
    uint8_t compact[64];
    int recovery_id = 0;
    if (!secp256k1_ecdsa_sign_recoverable(signer(), &sig, digest->b, secret_key, NULL, NULL))
        return TD_ERR_RANGE;
    (void)secp256k1_ecdsa_recoverable_signature_serialize_compact(secp256k1_context_static, compact,
                                                                  &recovery_id, &sig);
    if (recovery_id > 1) /* r past the order: chance 2^-127, and Ethereum cannot write it */
        return TD_ERR_RANGE;
    memcpy(out->r, compact, 32);
    memcpy(out->s, compact + 32, 32);
    out->y_parity = (uint8_t)recovery_id;
    return TD_OK;
}

int td_secp256k1_addr(td_addr *out, const uint8_t secret_key[32]) {
    secp256k1_pubkey point;
    uint8_t public_key[64];
    if (!secp256k1_ec_pubkey_create(signer(), &point, secret_key))
        return TD_ERR_RANGE;
    export_point(public_key, &point);
    *out = point_addr(public_key);
    return TD_OK;
}

int td_secp256k1_tweak_add(uint8_t key[32], const uint8_t tweak[32]) {
    uint8_t sum[32]; /* the library clears its operand when it refuses; ours stays as it was */
    memcpy(sum, key, sizeof sum);
    bool ok = secp256k1_ec_seckey_tweak_add(secp256k1_context_static, sum, tweak) == 1;
    if (ok)
        memcpy(key, sum, sizeof sum);
    explicit_bzero(sum, sizeof sum);
    return ok ? TD_OK : TD_ERR_RANGE;
}

int td_secp256k1_public(uint8_t out[33], const uint8_t secret_key[32]) {
    secp256k1_pubkey point;
    size_t len = 33;
    if (!secp256k1_ec_pubkey_create(signer(), &point, secret_key))
        return TD_ERR_RANGE;
    (void)secp256k1_ec_pubkey_serialize(secp256k1_context_static, out, &len, &point,
                                        SECP256K1_EC_COMPRESSED);
    return TD_OK;
}
