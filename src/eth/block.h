/* SPDX-License-Identifier: Apache-2.0
 *
 * Logs, blooms, receipts and headers: data, encodings and the fee rules that
 * tie one block to the next.
 *
 * Threads: pure functions. Memory: decoded objects borrow from the bytes and the arena given.
 */
#ifndef TD_ETH_BLOCK_H
#define TD_ETH_BLOCK_H

#include "base/mem.h"
#include "codec/rlp.h"
#include "eth/fork.h"
#include "num/u256.h"

typedef struct td_log_entry {
    td_addr addr;
    uint8_t topic_count; /* 0 to 4 */
    td_hash topics[4];
    td_bytes data;
} td_log_entry;

typedef struct td_bloom {
    uint8_t b[256];
} td_bloom;
/* Yellow paper 4.3.1: three bits of keccak256 an item. */
void td_bloom_add(td_bloom *bloom, const void *ptr, size_t len);
void td_bloom_add_log(td_bloom *bloom, const td_log_entry *log);
/* Whether the item may be in the set. */
bool td_bloom_has(const td_bloom *bloom, const void *ptr, size_t len);

/* What a transaction used of the three resources of PolkaVM (rulings.md 3). */
typedef struct td_resources {
    uint64_t ref_time;   /* picoseconds */
    uint64_t proof_size; /* bytes */
    int64_t deposit;     /* gas units held (positive) or given back */
} td_resources;

enum {
    TD_MACHINE_NONE = 0,
    TD_MACHINE_EVM = 1,
    TD_MACHINE_PVM = 2
}; /* bits; both for mixed trees */

/* A receipt, with the facts JSON-RPC adds to the consensus fields. */
typedef struct td_receipt {
    uint8_t type;
    uint8_t machines; /* bits TD_MACHINE_* of the frames that ran */
    bool status;
    bool has_contract;
    td_addr contract; /* address of a create, also of a failed one */
    uint64_t gas_used, cumulative_gas;
    td_u256 effective_price; /* wei per gas */
    td_resources resources;
    const td_log_entry *logs;
    size_t log_count;
    td_bloom bloom;
    bool has_post_state; /* before Byzantium a state root stands where the status is */
    td_hash post_state;
} td_receipt;

/* The consensus form (EIP-2718 type byte for typed ones), for the receipts trie. */
void td_receipt_encode(td_out *out, const td_receipt *r);
/* The stored form holds every field above. */
void td_receipt_store(td_out *out, const td_receipt *r);
/* Reads the next stored receipt. `out` borrows its logs' data from the bytes, the rest lives in the
 * arena. Returns 0, TD_ERR_CORRUPT or TD_ERR_NOMEM. */
TD_MUST_USE
int td_receipt_load(td_receipt *out, td_arena *a, td_rlp *items);

typedef struct td_header {
    td_hash parent_hash, ommers_hash, state_root, tx_root, receipts_root, mix_hash;
    td_hash withdrawals_root, beacon_root, requests_hash;
    td_addr coinbase;
    td_bloom bloom;
    td_u256 difficulty, base_fee;
    uint64_t number, gas_limit, gas_used, timestamp, blob_gas_used, excess_blob_gas;
    uint8_t nonce[8];
    uint8_t extra[32];
    uint8_t extra_len;
    td_fork fork; /* decides which of the newer fields are encoded */
} td_header;

/* The RLP of a header: the fifteen old fields, then those its fork has. */
void td_header_encode(td_out *out, const td_header *h);
/* Decodes; `fork` of the result is the oldest one whose field list has the count found. Returns 0,
 * TD_ERR_FORMAT, or TD_ERR_RANGE for a number that does not fit its field. */
TD_MUST_USE
int td_header_decode(td_header *out, td_bytes rlp);
/* keccak256 of the encoding: the block's hash. */
td_hash td_header_hash(const td_header *h);

extern const td_hash TD_EMPTY_TRIE_ROOT;     /* keccak256(0x80) */
extern const td_hash TD_EMPTY_LIST_HASH;     /* keccak256(0xc0): no ommers */
extern const td_hash TD_EMPTY_REQUESTS_HASH; /* sha256 of nothing (EIP-7685) */

/* The next block's base fee in wei (EIP-1559): at least 0, moved by at most 1/8. After a parent
 * before London it is 1 gwei; a parent whose gas target is 0 keeps its own. */
td_u256 td_base_fee_next(const td_header *parent);
/* Excess blob gas of the next block with the schedule of `fork` (EIP-4844, 7691, 7918), and the
 * price of blob gas in wei, at most 2^256 - 1. Forks before Cancun have no blobs: 0 and 0. */
uint64_t td_excess_blob_gas_next(const td_header *parent, td_fork fork);
td_u256 td_blob_base_fee(uint64_t excess_blob_gas, td_fork fork);

#endif
