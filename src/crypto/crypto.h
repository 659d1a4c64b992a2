/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashes and the curves secp256k1 and P-256: bytes in, bytes out. Keccak and
 * BLAKE2 F are ours; SHA-2, RIPEMD-160, HMAC, PBKDF2 and P-256 are OpenSSL's,
 * secp256k1 is libsecp256k1's.
 *
 * Threads: any; the libraries' contexts are immutable after first use or per
 * thread. Memory: allocates nothing of ours.
 */
#ifndef TD_CRYPTO_CRYPTO_H
#define TD_CRYPTO_CRYPTO_H

#include "base/base.h"
#include "num/u256.h"

/* keccak-256 as Ethereum uses it (the original padding 0x01, not SHA-3's). */
/* The hash of `len` bytes; `ptr` may be NULL for none. */
void td_keccak256(td_hash *out, const void *ptr, size_t len);
td_hash td_keccak(td_bytes bytes);
/* The running form: init, any number of updates of any length, final. After td_keccak_final only
 * td_keccak_init may be called. `out` must not lie in the context. */
typedef struct td_keccak_ctx {
    uint64_t state[25];
    uint8_t tail[136];
    size_t tail_len;
} td_keccak_ctx;
void td_keccak_init(td_keccak_ctx *k);
void td_keccak_update(td_keccak_ctx *k, const void *ptr, size_t len);
void td_keccak_final(td_keccak_ctx *k, td_hash *out);

/* keccak256 of no bytes: the code hash of accounts without code. */
extern const td_hash TD_KECCAK_EMPTY;

/* The hash of `len` bytes; `ptr` may be NULL for none, and `out` may be in what is hashed. */
void td_sha256(uint8_t out[32], const void *ptr, size_t len);
void td_ripemd160(uint8_t out[20], const void *ptr, size_t len);
/* Keys, passwords, salts and rounds (at least 1) are ours and below 2^31 bytes: asserted. */
void td_hmac_sha512(uint8_t out[64], td_bytes key, td_bytes message);
void td_pbkdf2_sha512(uint8_t out[64], td_bytes password, td_bytes salt, uint32_t rounds);

/* The compression function F of BLAKE2b (RFC 7693) with any number of rounds (EIP-152): works
 * `block` into `state`, both as little-endian words; `count` is the 128-bit little-endian offset,
 * `last` the final-block flag. */
void td_blake2f(uint8_t state[64], const uint8_t block[128], const uint8_t count[16], bool last,
                uint32_t rounds);

/* Whether (r, s), big-endian, is a P-256 ECDSA signature of `digest` by `public_key` (x ‖ y,
 * big-endian). False, too, for r or s outside 1..n-1 and a key off the curve; high s is accepted
 * (EIP-7951). */
TD_MUST_USE
bool td_p256_verify(const uint8_t digest[32], const uint8_t r[32], const uint8_t s[32],
                    const uint8_t public_key[64]);

/* A recoverable signature: r and s big-endian, y_parity 0 or 1. */
typedef struct td_sig {
    uint8_t r[32], s[32];
    uint8_t y_parity;
} td_sig;

/* The public key (64 bytes x ‖ y) that signed `digest`. Accepts high s, as the precompile must;
 * transactions check low s themselves. Returns 0 or TD_ERR_SIGNATURE. */
TD_MUST_USE
int td_secp256k1_recover(uint8_t public_key[64], const td_hash *digest, const td_sig *sig);
/* The same, as the signer's address. */
TD_MUST_USE
int td_secp256k1_recover_addr(td_addr *out, const td_hash *digest, const td_sig *sig);
/* Signs deterministically (RFC 6979) with low s. Returns 0, or TD_ERR_RANGE for a bad key. */
TD_MUST_USE
int td_secp256k1_sign(td_sig *out, const td_hash *digest, const uint8_t secret_key[32]);
/* The address of a secret key. TD_ERR_RANGE for 0 or a key past the group's order. */
TD_MUST_USE
int td_secp256k1_addr(td_addr *out, const uint8_t secret_key[32]);
/* key = (key + tweak) mod n, for BIP-32. TD_ERR_RANGE when the key or the result is no key or the
 * tweak is past the order; the key is then unchanged. */
TD_MUST_USE
int td_secp256k1_tweak_add(uint8_t key[32], const uint8_t tweak[32]);
/* The compressed public key (33 bytes) of a secret key, for BIP-32. */
TD_MUST_USE
int td_secp256k1_public(uint8_t out[33], const uint8_t secret_key[32]);
/* Half of the group order: signatures of transactions must have s <= it (EIP-2). */
extern const td_u256 TD_SECP256K1_HALF_N;
extern const td_u256 TD_SECP256K1_N;

/* Derives by BIP-32 the secret key at `path` plus one ordinary step to `index`: "m/44'/60'/0'/0/"
 * and 3 is m/44'/60'/0'/0/3. The last slash may be left out; `h` may stand for `'`. Returns 0,
 * TD_ERR_FORMAT for a malformed path (a number of 2^31 or more, over 254 steps), TD_ERR_RANGE for
 * an index of 2^31 or more or an impossible key; secret_key is written on success only. */
TD_MUST_USE
int td_hdkey_derive(uint8_t secret_key[32], const uint8_t seed[64], const char *path,
                    uint32_t index);
/* The BIP-39 seed of an ASCII mnemonic with an empty passphrase; 2048 rounds, about 1 ms. The words
 * are not checked against a list. */
void td_hdkey_seed(uint8_t seed[64], const char *mnemonic);

#endif
