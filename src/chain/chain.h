/* SPDX-License-Identifier: Apache-2.0
 *
 * The chain: blocks over the store, the state they end in, sealing, simulation,
 * snapshots, development controls, and the news of all that. A block, its
 * receipts, indices, trie nodes and the head pointer are one batch of the store.
 *
 * Threads: confined to the node's thread.
 * Memory:  what a function returns through an arena lives there; `peek`ed things until the next
 *          call that may change the chain.
 */
#ifndef TD_CHAIN_CHAIN_H
#define TD_CHAIN_CHAIN_H

#include "base/log.h"
#include "eth/block.h"
#include "eth/genesis.h"
#include "eth/tx.h"
#include "exec/exec.h"
#include "pool/pool.h"

typedef struct td_chain td_chain;

typedef struct td_chain_config {
    const char *datadir;       /* NULL: in memory */
    const td_genesis *genesis; /* used when the store is empty; must match it otherwise */
    td_profile profile;
    bool automine;         /* seal a block for every transaction */
    uint64_t block_time_s; /* seal every so many seconds; 0: never */
    td_log *log;           /* may be NULL */
} td_chain_config;

/* Opens a chain: makes block 0 in an empty store, or continues at the stored head after checking it
 * (header hash, state root node, format). Returns 0 or a td_err; diag says what and what to do. */
TD_MUST_USE
int td_chain_open(td_chain **out, td_diag *diag, const td_chain_config *config);
void td_chain_close(td_chain *c);

/* --- what is there ------------------------------------------------------------------------------
 */

/* The chain id and the profile the store was made with. */
uint64_t td_chain_id(const td_chain *c);
td_profile td_chain_profile(const td_chain *c);
/* Header and hash of the head. */
const td_header *td_chain_head_peek(const td_chain *c);
td_hash td_chain_head_hash(const td_chain *c);
td_hash td_chain_genesis_hash(const td_chain *c);
/* The hash of a snapshot-stable canonical block; zeros when there is none. */
td_hash td_chain_hash_at(td_chain *c, uint64_t number);

typedef struct td_block {
    td_header header;
    td_hash hash;
    td_tx *txs; /* senders and hashes filled in */
    size_t tx_count;
    size_t len; /* bytes of the block's RLP */
} td_block;

/* TD_ERR_NOT_FOUND when there is none. */
TD_MUST_USE
int td_chain_header(td_chain *c, uint64_t number, td_header *out, td_hash *hash);
TD_MUST_USE
int td_chain_block(td_chain *c, td_arena *a, uint64_t number, td_block *out);
TD_MUST_USE
int td_chain_number_of(td_chain *c, const td_hash *hash, uint64_t *number);
TD_MUST_USE
int td_chain_receipts(td_chain *c, td_arena *a, uint64_t number, td_receipt **out, size_t *count);
/* Where a sealed transaction is. */
TD_MUST_USE
int td_chain_tx_find(td_chain *c, const td_hash *hash, uint64_t *number, uint32_t *index);
td_pool *td_chain_pool(td_chain *c);

/* The state after block `number` (the head's includes what development controls changed since).
 * Read it with td_state_*; changes made to it are lost. Lives until the next call that opens a
 * state. */
TD_MUST_USE
int td_chain_state(td_chain *c, uint64_t number, td_state **out);
/* The base fee, timestamp and number a block sealed now would have. */
void td_chain_next_env(td_chain *c, td_env *out);

/* --- simulation
 * ----------------------------------------------------------------------------------- */

typedef struct td_override_slot {
    td_u256 key, value;
} td_override_slot;

typedef struct td_override {
    td_addr addr;
    bool has_balance, has_nonce, has_code, replace_storage;
    td_u256 balance;
    uint64_t nonce;
    td_bytes code;
    const td_override_slot *slots; /* with replace_storage the account has these only */
    size_t slot_count;
} td_override;

typedef struct td_call {
    td_tx tx;        /* sender, to/create, value, data, gas_limit, fees; not signed */
    bool pending;    /* in the environment of the next block instead of block `number`'s */
    uint64_t number; /* state after this block */
    const td_override *overrides;
    size_t override_count;
} td_call;

/* Runs `call` without keeping anything. With fees 0 nothing is paid and BASEFEE reads 0 as in geth.
 * Returns 0 and the result (of a failed execution too), or why it could not run. Output lives until
 * the next simulation or seal. */
TD_MUST_USE
int td_chain_call(td_chain *c, const td_call *call, td_exec_result *out, td_diag *diag);
/* The smallest gas limit found (within 1.5 %, as geth) with which `call` succeeds; the value
 * returned was executed. tx.gas_limit is the upper bound, 0 for the block's. When even that fails:
 * TD_ERR_REVERTED with *out of the failure, or TD_ERR_INVALID "gas required exceeds allowance (N)".
 */
TD_MUST_USE
int td_chain_estimate(td_chain *c, const td_call *call, uint64_t *gas, td_exec_result *out,
                      td_diag *diag);

/* --- changing it
 * ---------------------------------------------------------------------------------- */

/* Admits a transaction (signed, or impersonated by the caller) to the pool after td_exec_check
 * against the head; with automine seals at once. Returns 0 or the reason; diag has geth's words. A
 * failed execution is still 0. */
TD_MUST_USE
int td_chain_submit(td_chain *c, const td_tx *tx, td_diag *diag);
/* Seals `count` blocks from the pool, `interval_s` seconds apart (0: the usual clock). */
TD_MUST_USE
int td_chain_mine(td_chain *c, uint64_t count, uint64_t interval_s, td_diag *diag);
/* Interval sealing: seals when due; returns milliseconds until the next is, or -1 for never. */
int td_chain_tick(td_chain *c);

/* Development controls. Each takes effect at once in the head's state and is durable when it
 * returns. TD_ERR_INVALID for the system account of profile dual: its records belong together. */
TD_MUST_USE
int td_chain_set_balance(td_chain *c, const td_addr *addr, const td_u256 *balance);
TD_MUST_USE
int td_chain_set_nonce(td_chain *c, const td_addr *addr, uint64_t nonce);
TD_MUST_USE
int td_chain_set_code(td_chain *c, const td_addr *addr, td_bytes code);
TD_MUST_USE
int td_chain_set_slot(td_chain *c, const td_addr *addr, const td_u256 *key, const td_u256 *value);
bool td_chain_automine(const td_chain *c);
void td_chain_automine_set(td_chain *c, bool on);
void td_chain_interval_set(td_chain *c, uint64_t block_time_s);
/* Moves the clock; returns the whole offset in seconds. */
int64_t td_chain_time_increase(td_chain *c, int64_t seconds);
/* The next block has exactly this timestamp; TD_ERR_RANGE unless it is after the head's. Later
 * blocks go on from it. */
TD_MUST_USE
int td_chain_next_timestamp_set(td_chain *c, uint64_t timestamp_s, td_diag *diag);
void td_chain_next_base_fee_set(td_chain *c, const td_u256 *base_fee);
void td_chain_coinbase_set(td_chain *c, const td_addr *addr);
/* Remembers head, state and clock; revert restores them, drops later blocks and spends this and
 * later snapshots. Snapshots nest and survive until spent, not across restarts. */
TD_MUST_USE
int td_chain_snapshot(td_chain *c, uint64_t *id);
TD_MUST_USE
int td_chain_revert(td_chain *c, uint64_t id); /* TD_ERR_NOT_FOUND for an unknown one */

/* Walks the head's whole state: each account, then its storage. `slot` keys are 32 bytes or
 * extended keys, values byte strings without leading zeros. A visitor returns 0 to go on. Returns
 * 0, what a visitor returned, or a td_err. */
typedef struct td_dump_visitor {
    int (*account)(void *ctx, const td_addr *addr, const td_account *account, td_bytes code);
    int (*slot)(void *ctx, td_bytes key, td_bytes value);
    void *ctx;
} td_dump_visitor;
TD_MUST_USE
int td_chain_dump(td_chain *c, const td_dump_visitor *visitor);

/* --- news
 * ------------------------------------------------------------------------------------------ */

typedef enum td_news_kind { TD_NEWS_BLOCK, TD_NEWS_TX, TD_NEWS_REVERT } td_news_kind;
typedef struct td_news {
    td_news_kind kind;
    uint64_t number; /* of the new head */
    td_hash hash;    /* of the block, or of the pending transaction */
} td_news;
/* One listener; called after the batch is durable. */
void td_chain_listen(td_chain *c, void (*on_news)(void *ctx, const td_news *news), void *ctx);

#endif
