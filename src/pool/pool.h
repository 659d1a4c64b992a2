/* SPDX-License-Identifier: Apache-2.0
 *
 * Pending transactions: by sender in nonce order, replaced only for a higher
 * price, bounded in count and bytes. Decides what may wait and in which order
 * a block should take it; whether it runs is the executor's question.
 *
 * Threads: confined to the node's thread.
 * Memory:  owns deep copies of what it holds.
 */
#ifndef TD_POOL_POOL_H
#define TD_POOL_POOL_H

#include "eth/tx.h"

enum {
    TD_POOL_COUNT_MAX = 6144,        /* geth: 5120 executable and 1024 queued slots */
    TD_POOL_SENDER_COUNT_MAX = 1024, /* one account cannot fill the pool */
    TD_POOL_BYTES_MAX = 128 << 20,   /* of encoded transactions */
    TD_POOL_PRICE_BUMP_PERCENT = 10, /* geth: a replacement pays at least this more */
};

typedef struct td_pool td_pool;

/* An empty pool; 0 or TD_ERR_NOMEM. Freed by td_pool_free, which takes NULL too. */
TD_MUST_USE
int td_pool_new(td_pool **out);
void td_pool_free(td_pool *p);

/* Adds a copy of `tx`, whose sender's account has `state_nonce` now. Returns 0, TD_ERR_NONCE_LOW,
 * TD_ERR_ALREADY_KNOWN, TD_ERR_UNDERPRICED, TD_ERR_POOL_FULL, TD_ERR_NOMEM; diag has geth's words.
 * On any error the pool is as before. */
TD_MUST_USE
int td_pool_add(td_pool *p, const td_tx *tx, uint64_t state_nonce, td_diag *diag);
/* The transaction with `hash`, or NULL. Borrowed until the pool changes. */
const td_tx *td_pool_get(const td_pool *p, const td_hash *hash);
/* Removes by hash; whether it was there. */
bool td_pool_del(td_pool *p, const td_hash *hash);
/* Removes the transactions of `sender` with nonces below `state_nonce`. */
void td_pool_settle(td_pool *p, const td_addr *sender, uint64_t state_nonce);
void td_pool_clear(td_pool *p);
/* The nonce after the last one of an unbroken run that starts at `state_nonce`. */
uint64_t td_pool_next_nonce(const td_pool *p, const td_addr *sender, uint64_t state_nonce);
size_t td_pool_count(const td_pool *p);

/* Picks for a block: the transaction with the highest tip at `base_fee` among the senders' next
 * ones; equal tips by arrival. `nonce_of` tells a sender's nonce in the state being built. NULL
 * when none is left. After a pick, call td_pool_skip to leave the sender out of this block, or
 * advance the state's nonce. Borrowed until the pool changes. Cost: O(senders). */
const td_tx *td_pool_pick(td_pool *p, const td_u256 *base_fee,
                          uint64_t (*nonce_of)(void *ctx, const td_addr *sender), void *ctx);
void td_pool_skip(td_pool *p, const td_addr *sender);
/* Forgets the skips: a new block begins. */
void td_pool_unskip(td_pool *p);
/* Walks all in no order that matters: *at from 0; NULL at the end. */
const td_tx *td_pool_walk(const td_pool *p, size_t *at);

#endif
