/* SPDX-License-Identifier: Apache-2.0
 *
 * Development controls: accounts set by hand, the clock, sealing modes, and
 * snapshots. Each change of state is one durable batch that moves the head's
 * state root away from its header's.
 */
#include "chain/chain_private.h"

#include "base/clock.h"

#define FMT_U64(v) ((unsigned long long)(v))

/* Writes what was done to the work state. */
static int keep(td_chain *c, td_state *s) {
    td_state_tx_end(s, false);
    td_db_batch *b;
    int err = td_db_begin(c->db, &b);
    if (err != TD_OK)
        return err;
    td_hash root;
    err = chain_state_write(b, &c->scratch, s, &c->head.state_root, &root);
    if (err == TD_OK)
        err = chain_head_put(b, c->head.header.number, &c->head.hash, &root);
    if (err == TD_OK)
        err = td_db_commit(b);
    else
        td_db_abort(b);
    td_arena_reset(&c->scratch);
    if (err != TD_OK)
        return err;
    c->head.state_root = root;
    return chain_resnap(c);
}

/* The work state, ready for a change to `addr`; NULL for the system account of `dual`, whose
 * balance and records belong together (rulings.md 2). */
static td_state *change(td_chain *c, const td_addr *addr) {
    if (c->profile == TD_PROFILE_DUAL && td_addr_eq(addr, &TD_SYSTEM_ADDR))
        return NULL;
    td_state *s = chain_work(c);
    td_state_tx_begin(s);
    return s;
}

int td_chain_set_balance(td_chain *c, const td_addr *addr, const td_u256 *balance) {
    td_state *s = change(c, addr);
    if (s == NULL)
        return TD_ERR_INVALID;
    td_state_balance_set(s, addr, balance);
    return keep(c, s);
}

int td_chain_set_nonce(td_chain *c, const td_addr *addr, uint64_t nonce) {
    td_state *s = change(c, addr);
    if (s == NULL)
        return TD_ERR_INVALID;
    td_state_nonce_set(s, addr, nonce);
    return keep(c, s);
}

int td_chain_set_code(td_chain *c, const td_addr *addr, td_bytes code) {
    td_state *s = change(c, addr);
    if (s == NULL)
        return TD_ERR_INVALID;
    td_state_code_set(s, addr, code, NULL);
    return keep(c, s);
}

int td_chain_set_slot(td_chain *c, const td_addr *addr, const td_u256 *key, const td_u256 *value) {
    td_state *s = change(c, addr);
    if (s == NULL)
        return TD_ERR_INVALID;
    td_state_slot_set(s, addr, key, value);
    return keep(c, s);
}

bool td_chain_automine(const td_chain *c) {
    return c->automine;
}
void td_chain_automine_set(td_chain *c, bool on) {
    c->automine = on;
}

void td_chain_interval_set(td_chain *c, uint64_t block_time_s) {
    c->block_time_s = block_time_s;
    c->next_seal_ns = td_clock_ns() + block_time_s * 1000000000u;
}

int64_t td_chain_time_increase(td_chain *c, int64_t seconds) {
    int64_t sum;
    if (!__builtin_add_overflow(c->clock.offset_s, seconds, &sum))
        c->clock.offset_s = sum;
    return c->clock.offset_s;
}

int td_chain_next_timestamp_set(td_chain *c, uint64_t timestamp_s, td_diag *diag) {
    if (timestamp_s <= c->head.header.timestamp || timestamp_s > INT64_MAX)
        return td_diag_set(diag, TD_ERR_RANGE, "timestamp %llu is not after the head block's %llu",
                           FMT_U64(timestamp_s), FMT_U64(c->head.header.timestamp));
    c->clock.next_s = timestamp_s;
    return TD_OK;
}

void td_chain_next_base_fee_set(td_chain *c, const td_u256 *base_fee) {
    c->clock.next_base_fee = *base_fee;
    c->clock.has_next_base_fee = true;
}

void td_chain_coinbase_set(td_chain *c, const td_addr *addr) {
    c->coinbase = *addr;
}

int td_chain_snapshot(td_chain *c, uint64_t *id) {
    if (c->snapshot_count >= TD_CHAIN_SNAPSHOTS_MAX)
        return TD_ERR_LIMIT;
    if (c->snapshots == NULL &&
        (c->snapshots = td_mem_alloc(TD_CHAIN_SNAPSHOTS_MAX * sizeof *c->snapshots)) == NULL)
        return TD_ERR_NOMEM;
    *id = c->snapshot_id++;
    c->snapshots[c->snapshot_count++] =
        (chain_snapshot){*id, c->head.header.number, c->head.state_root, c->clock};
    return TD_OK;
}

/* Drops the blocks after `to`, newest first, and points the head there. */
static int cut_back(td_chain *c, const chain_snapshot *to, const td_hash *hash) {
    td_db_batch *b;
    int err = td_db_begin(c->db, &b);
    if (err != TD_OK)
        return err;
    for (uint64_t n = c->head.header.number; err == TD_OK && n > to->number; n--)
        err = chain_block_del(c, b, n);
    if (err == TD_OK)
        err = chain_head_put(b, to->number, hash, &to->state_root);
    if (err != TD_OK) {
        td_db_abort(b);
        return err;
    }
    return td_db_commit(b);
}

int td_chain_revert(td_chain *c, uint64_t id) {
    size_t at = 0;
    while (at < c->snapshot_count && c->snapshots[at].id != id)
        at++;
    if (at == c->snapshot_count)
        return TD_ERR_NOT_FOUND;
    const chain_snapshot *to = &c->snapshots[at];
    td_hash hash = td_chain_hash_at(c, to->number);
    int err = cut_back(c, to, &hash);
    if (err == TD_OK)
        err = chain_resnap(c);
    if (err == TD_OK)
        err = chain_head_get(c->snap, c->fork, &c->head);
    if (err != TD_OK)
        return err;
    c->clock = to->clock;
    c->snapshot_count = at; /* this one and the later ones are spent */
    td_pool_clear(c->pool); /* what waited was built on the state that is gone */
    chain_news(c, TD_NEWS_REVERT, &c->head.hash);
    return TD_OK;
}
