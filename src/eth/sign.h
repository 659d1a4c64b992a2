/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages that accounts sign: EIP-191 personal messages and EIP-712 typed data.
 *
 * Threads: pure functions. Memory: scratch from the arena given.
 */
#ifndef TD_ETH_SIGN_H
#define TD_ETH_SIGN_H

#include "base/mem.h"
#include "codec/json.h"
#include "crypto/crypto.h"

enum {
    TD_TYPED_DATA_TYPES_MAX = 256, /* struct types of one message */
    TD_TYPED_DATA_DEPTH_MAX = 32,  /* nesting of structs and arrays */
};

/* keccak256("\x19Ethereum Signed Message:\n" ‖ decimal length ‖ message) (EIP-191 version 0x45). */
td_hash td_personal_hash(td_bytes message);
/* The EIP-712 digest keccak256(0x1901 ‖ domain separator ‖ struct hash) of {types, primaryType,
 * domain, message}. When types lacks EIP712Domain it is made from the domain's fields. Returns 0 or
 * TD_ERR_FORMAT, TD_ERR_LIMIT, TD_ERR_NOMEM; diag says which type or field. */
TD_MUST_USE
int td_typed_data_hash(td_hash *out, td_arena *a, td_diag *diag, const td_json *typed_data);
/* Signs a digest as eth_sign does: r ‖ s ‖ v with v 27 or 28. */
TD_MUST_USE
int td_sign_digest(uint8_t out[65], const td_hash *digest, const uint8_t secret_key[32]);

#endif
