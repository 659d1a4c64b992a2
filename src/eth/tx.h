/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions: one structure for all types, their wire forms, signing hashes
 * and senders (EIP-155, 2718, 2930, 1559). Types are rows of tx_types.def.
 *
 * Threads: pure functions. Memory: decoded transactions borrow from the bytes and from the arena
 * given.
 */
#ifndef TD_ETH_TX_H
#define TD_ETH_TX_H

#include "base/mem.h"
#include "crypto/crypto.h"
#include "eth/fork.h"
#include "num/u256.h"

enum {
    TD_TX_LEGACY = 0,
    TD_TX_ACCESS_LIST = 1,
    TD_TX_DYNAMIC_FEE = 2,
    TD_TX_LEN_MAX = (1 << 20) + (1 << 17) +
                    4096, /* contracts-runtime.md 9: blob + call data, plus the fields */
};

typedef struct td_access {
    td_addr addr;
    const td_hash *keys;
    size_t key_count;
} td_access;

typedef struct td_tx {
    uint8_t type;
    bool create;       /* no `to` */
    bool is_protected; /* legacy: signed with a chain id (EIP-155); typed: always */
    bool impersonated; /* development: sender set without a signature */
    uint64_t chain_id, nonce, gas_limit;
    td_u256 fee_max; /* maxFeePerGas, or gasPrice of types 0 and 1; wei per gas */
    td_u256 tip_max; /* maxPriorityFeePerGas, or gasPrice */
    td_addr to;
    td_u256 value; /* wei */
    td_bytes data;
    const td_access *access;
    size_t access_count;
    td_sig sig;
    uint64_t sig_v; /* legacy `v` as signed; y parity for typed ones */
    td_addr sender; /* valid after td_tx_decode or td_tx_finish */
    td_hash hash;   /* keccak256 of `raw` */
    td_bytes raw;   /* the wire form: EIP-2718 type byte and payload, or the legacy list */
} td_tx;

/* Decodes the wire form, canonical RLP only, recovers the sender (low s only, EIP-2). `out` borrows
 * from `raw` and the arena. Returns 0, TD_ERR_TX_TYPE, TD_ERR_FORMAT, TD_ERR_RANGE,
 * TD_ERR_SIGNATURE, TD_ERR_LIMIT, TD_ERR_NOMEM; diag says what and where. */
TD_MUST_USE
int td_tx_decode(td_tx *out, td_arena *a, td_diag *diag, td_bytes raw);
/* The same without the sender, which costs most of the time: for transactions whose sender is
 * known, as in a stored block. `out->sender` is zero. */
TD_MUST_USE
int td_tx_parse(td_tx *out, td_arena *a, td_diag *diag, td_bytes raw);
/* Encodes from the fields into the arena, sets raw and hash. Returns 0 or TD_ERR_NOMEM. */
TD_MUST_USE
int td_tx_encode(td_tx *tx, td_arena *a);
/* The hash a signature is over; `tx->is_protected` and chain_id decide the legacy form. The arena
 * is not kept. Returns 0 or TD_ERR_NOMEM. */
TD_MUST_USE
int td_tx_signing_hash(td_hash *out, const td_tx *tx, td_arena *a);
/* Signs with `secret_key`: sets sig, sig_v, sender, raw, hash. Returns 0, TD_ERR_NOMEM, or
 * TD_ERR_RANGE for a bad key or a chain id that a legacy `v` of 64 bits cannot hold. */
TD_MUST_USE
int td_tx_sign(td_tx *tx, td_arena *a, const uint8_t secret_key[32]);
/* Makes an unsigned transaction of `tx->sender` (impersonation): a fixed signature r = s = the
 * sender, so that the hash is unique by sender and nonce; sets raw and hash. Errors as td_tx_sign.
 */
TD_MUST_USE
int td_tx_impersonate(td_tx *tx, td_arena *a);
/* The oldest fork that knows the form of this transaction (its type; EIP-155 for protected legacy).
 */
td_fork td_tx_since(const td_tx *tx);
/* A deep copy in the arena. Returns 0 or TD_ERR_NOMEM. */
TD_MUST_USE
int td_tx_copy(td_tx *out, td_arena *a, const td_tx *tx);

/* The price a unit of gas costs in a block of `base_fee`: min(fee_max, base_fee + tip_max)
 * (EIP-1559). Asserts fee_max >= base_fee is not needed: the result is then fee_max. */
td_u256 td_tx_price(const td_tx *tx, const td_u256 *base_fee);

/* Gas before the first instruction (yellow paper 6.2; EIP-2, 2028, 2930, 3860, 7623). */
typedef struct td_tx_gas {
    uint64_t intrinsic; /* must be <= gas_limit */
    uint64_t floor;     /* EIP-7623 floor, 0 before Prague; must be <= gas_limit too */
} td_tx_gas;
/* `blob` says that a create carries PolkaVM code: then no EIP-3860 word cost. Saturates at
 * UINT64_MAX. */
td_tx_gas td_tx_gas_needed(const td_tx *tx, td_fork fork, bool blob);

/* CREATE: keccak256(rlp([sender, nonce]))[12..]; CREATE2: keccak256(ff ‖ sender ‖ salt ‖
 * code_hash)[12..]. */
td_addr td_create_addr(const td_addr *sender, uint64_t nonce);
td_addr td_create2_addr(const td_addr *sender, const td_hash *salt, const td_hash *code_hash);
/* EIP-55 text: 42 characters and a NUL. */
void td_addr_checksum(char out[43], const td_addr *addr);

#endif
