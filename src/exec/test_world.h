/* SPDX-License-Identifier: Apache-2.0
 *
 * A world for the tests of this folder: an executor over a state with nothing
 * beneath it, accounts made by hand, transactions without signatures.
 */
#ifndef TD_EXEC_TEST_WORLD_H
#define TD_EXEC_TEST_WORLD_H

#include "base/test.h"
#include "crypto/crypto.h"
#include "exec/exec_private.h"

#include <stdlib.h>

typedef struct world {
    td_exec *e;
    td_state *s;
    td_exec_block block;
    td_exec_result r; /* of the last transaction */
    td_diag diag;
    td_tx tx; /* the next one */
} world;

/* 0x…0000nn: plain accounts of the tests. */
static inline td_addr addr_of(unsigned n) {
    td_addr a = {{0}};
    td_store_be32(a.b + 16, 0x10000 + n);
    return a;
}

enum { SENDER = 1, COINBASE = 2, TARGET = 3, OTHER = 4, THIRD = 5 };

static inline int no_account(void *ctx, const td_addr *addr, td_account *out) {
    (void)ctx, (void)addr, (void)out;
    return 0;
}
static inline int no_slot(void *ctx, const td_addr *addr, const td_account *acc, td_bytes slot,
                          td_bytes *value) {
    (void)ctx, (void)addr, (void)acc, (void)slot, (void)value;
    return 0;
}
static inline int no_code(void *ctx, const td_hash *hash, td_bytes *out) {
    (void)ctx, (void)hash, (void)out;
    return 0;
}
static inline td_hash number_hash(void *ctx, uint64_t number) {
    (void)ctx;
    return td_keccak(TD_BYTES(&number, 8));
}

/* Ten ether for SENDER, base fee 7, fees 10 and tip 2. */
static inline world world_new(td_fork fork, td_profile profile) {
    world w = {0};
    td_state_base base = {no_account, no_slot, no_code, NULL};
    assert_int_equal(td_exec_new(&w.e, NULL), 0);
    assert_int_equal(td_state_new(&w.s, &base), 0);
    w.block.block_hash = number_hash;
    w.block.env = (td_env){.fork = fork,
                           .profile = profile,
                           .chain_id = 1,
                           .number = 1000,
                           .timestamp = 5,
                           .gas_limit = 30000000,
                           .coinbase = addr_of(COINBASE)};
    w.block.env.base_fee = td_u256_from(fork >= TD_FORK_LONDON ? 7 : 0);
    td_addr sender = addr_of(SENDER);
    td_u256 ether = td_u256_from(10000000000000000000u);
    td_state_balance_set(w.s, &sender, &ether);
    w.tx = (td_tx){.type = fork >= TD_FORK_LONDON ? TD_TX_DYNAMIC_FEE : TD_TX_LEGACY,
                   .chain_id = 1,
                   .gas_limit = 5000000,
                   .fee_max = td_u256_from(10),
                   .tip_max = td_u256_from(fork >= TD_FORK_LONDON ? 2 : 10),
                   .sender = sender,
                   .to = addr_of(TARGET)};
    return w;
}

static inline void world_end(world *w) {
    td_state_free(w->s);
    td_exec_free(w->e);
}

static inline void code_put(world *w, unsigned n, const char *hex) {
    uint8_t bytes[4096];
    td_addr a = addr_of(n);
    td_state_code_set(w->s, &a, TD_BYTES(bytes, td_test_unhex(hex, bytes, sizeof bytes)), NULL);
}

static inline uint64_t wei_at(world *w, td_addr a) {
    td_u256 v = td_state_balance(w->s, &a);
    assert_true(td_u256_fits_u64(&v));
    return v.w[0];
}
static inline uint64_t wei(world *w, unsigned n) {
    return wei_at(w, addr_of(n));
}

static inline uint64_t slot_at(world *w, td_addr a, uint64_t key) {
    td_u256 k = td_u256_from(key), v = td_state_slot(w->s, &a, &k);
    return v.w[0];
}
static inline uint64_t slot(world *w, unsigned n, uint64_t key) {
    return slot_at(w, addr_of(n), key);
}

/* Runs w->tx with the account's next nonce. */
static inline int world_run(world *w, unsigned flags) {
    w->tx.nonce = td_state_nonce(w->s, &w->tx.sender);
    return td_exec_tx(w->e, w->s, &w->block, &w->tx, flags, w->block.env.gas_limit, &w->r,
                      &w->diag);
}

/* Calls account `n` with data; the transaction must be admitted. */
static inline void call_data(world *w, td_addr to, td_bytes data, uint64_t value) {
    w->tx.create = false;
    w->tx.to = to;
    w->tx.data = data;
    w->tx.value = td_u256_from(value);
    assert_int_equal(world_run(w, 0), 0);
}
static inline void call(world *w, unsigned n) {
    call_data(w, addr_of(n), (td_bytes){NULL, 0}, 0);
}

static inline void create(world *w, const char *hex) {
    uint8_t bytes[4096];
    w->tx.create = true;
    w->tx.value = TD_U256_ZERO;
    w->tx.data = TD_BYTES(bytes, td_test_unhex(hex, bytes, sizeof bytes));
    assert_int_equal(world_run(w, 0), 0);
}

#endif
