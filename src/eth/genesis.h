/* SPDX-License-Identifier: Apache-2.0
 *
 * A chain's beginning in geth's genesis.json: configuration, header fields and
 * accounts. Parsing only; the chain makes block 0 of it.
 *
 * Threads: pure functions. Memory: all lives in the arena given.
 */
#ifndef TD_ETH_GENESIS_H
#define TD_ETH_GENESIS_H

#include "codec/json.h"
#include "eth/fork.h"
#include "num/u256.h"

enum {
    TD_GENESIS_ACCOUNTS_MAX =
        1000000, /* a few hundred MB of JSON: a tool's work, not a genesis file's */
    TD_GENESIS_CODE_LEN_MAX = 1 << 20, /* contracts-runtime.md 2.2: the largest blob */
};

typedef struct td_genesis_slot {
    td_u256 key, value;
} td_genesis_slot;

/* An extended slot of PolkaVM storage (alloc.*.extended): key with its kind byte, value. */
typedef struct td_genesis_ext {
    td_bytes key, value;
} td_genesis_ext;

typedef struct td_genesis_account {
    td_addr addr;
    td_u256 balance;
    uint64_t nonce;
    td_bytes code;
    td_genesis_slot *slots;
    size_t slot_count;
    td_genesis_ext *ext;
    size_t ext_count;
} td_genesis_account;

typedef struct td_genesis {
    uint64_t chain_id;
    td_profile profile;
    bool has_profile;
    td_fork fork;      /* the newest fork active at the genesis block */
    td_fork fork_last; /* the newest fork that config schedules at all, at least `fork` */
    uint64_t timestamp, gas_limit, number, excess_blob_gas, blob_gas_used;
    td_u256 difficulty, base_fee;
    bool has_base_fee;
    td_hash mix_hash, parent_hash;
    td_addr coinbase;
    uint8_t nonce[8];
    td_bytes extra; /* at most 32 bytes */
    td_genesis_account *accounts;
    size_t account_count;
} td_genesis;

/* Reads geth's format: config.chainId, config.*Block / *Time (fork at genesis = the newest whose
 * block or time is
 * <= the genesis block's), config.tandem.profile, alloc, header fields; numbers in hex, decimal or
 * JSON numbers. Unknown keys are skipped as geth does. Required: config.chainId, gasLimit, alloc.
 * An address named twice (in another case, with and without 0x) is refused. Returns 0,
 * TD_ERR_FORMAT, TD_ERR_RANGE, TD_ERR_LIMIT, TD_ERR_NOT_FOUND for a missing key, TD_ERR_UNSUPPORTED
 * for another profile, or TD_ERR_NOMEM; diag names the path of the key. */
TD_MUST_USE
int td_genesis_parse(td_genesis *out, td_arena *a, td_diag *diag, const td_json *json);

#endif
