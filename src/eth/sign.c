/* SPDX-License-Identifier: Apache-2.0
 *
 * What an account puts its key to besides transactions: the hash of a personal
 * message (EIP-191, version 0x45) and the 65-byte form of a signature. The
 * digest of typed data (EIP-712) is made in typed_data.c. Knows no accounts.
 */
#include "eth/sign.h"

#include <stdio.h>

td_hash td_personal_hash(td_bytes message) {
    char head[64];
    int len = snprintf(head, sizeof head,
                       "\x19"
                       "Ethereum Signed Message:\n%zu",
                       message.len);
    td_keccak_ctx k;
    td_hash hash;
    td_keccak_init(&k);
    td_keccak_update(&k, head, (size_t)len);
    td_keccak_update(&k, message.ptr, message.len);
    td_keccak_final(&k, &hash);
    return hash;
}

int td_sign_digest(uint8_t out[65], const td_hash *digest, const uint8_t secret_key[32]) {
    td_sig sig;
    int err = td_secp256k1_sign(&sig, digest, secret_key);
    if (err < 0)
        return err;
    memcpy(out, sig.r, 32);
    memcpy(out + 32, sig.s, 32);
    out[64] = (uint8_t)(27 + sig.y_parity);
    return TD_OK;
}
