/* SPDX-License-Identifier: Apache-2.0
 *
 * The hashes that OpenSSL has. SHA-256 and RIPEMD-160 go through its block
 * interface, deprecated but kept: it allocates nothing, cannot fail and depends
 * on no loaded provider, where the EVP one does all three at each call.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/crypto.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ripemd.h>
#include <openssl/sha.h>

void td_sha256(uint8_t out[32], const void *ptr, size_t len) {
    SHA256_CTX ctx;
    bool ok = SHA256_Init(&ctx) == 1 && SHA256_Update(&ctx, ptr, len) == 1 &&
              SHA256_Final(out, &ctx) == 1;
    TD_ASSERT(ok);
}

void td_ripemd160(uint8_t out[20], const void *ptr, size_t len) {
    RIPEMD160_CTX ctx;
    bool ok = RIPEMD160_Init(&ctx) == 1 && RIPEMD160_Update(&ctx, ptr, len) == 1 &&
              RIPEMD160_Final(out, &ctx) == 1;
    TD_ASSERT(ok);
}

/* The next two serve key derivation at start-up; they fail only when OpenSSL has no memory. */

void td_hmac_sha512(uint8_t out[64], td_bytes key, td_bytes message) {
    unsigned len = 64;
    TD_ASSERT(key.len <= INT_MAX);
    const void *k = key.len > 0 ? (const void *)key.ptr : "";
    TD_ASSERT(HMAC(EVP_sha512(), k, (int)key.len, message.ptr, message.len, out, &len) != NULL);
}

void td_pbkdf2_sha512(uint8_t out[64], td_bytes password, td_bytes salt, uint32_t rounds) {
    TD_ASSERT(password.len <= INT_MAX && salt.len <= INT_MAX && rounds - 1u < INT_MAX);
    const char *p = password.len > 0 ? (const char *)password.ptr : "";
    const uint8_t *s = salt.len > 0 ? salt.ptr : (const uint8_t *)"";
    TD_ASSERT(PKCS5_PBKDF2_HMAC(p, (int)password.len, s, (int)salt.len, (int)rounds, EVP_sha512(),
                                64, out) == 1);
}
