/* SPDX-License-Identifier: Apache-2.0
 *
 * Making blocks: choose from the pool, execute, compute the roots, write one
 * batch, and only then tell. A failure before the commit leaves the chain as it was.
 */
#include "chain/chain_private.h"

#include "base/clock.h"

#define FMT_U64(v) ((unsigned long long)(v))

/* A block under construction; arrays live in the chain's scratch arena. */
typedef struct draft {
    td_chain *chain;
    td_state *state;
    td_header header;
    const td_tx **txs; /* deep copies: the pool forgets its own */
    td_receipt *receipts;
    size_t tx_count;
} draft;

static uint64_t next_timestamp(const td_chain *c) {
    uint64_t parent = c->head.header.timestamp;
    if (c->clock.next_s != 0)
        return c->clock.next_s;
    int64_t now = (int64_t)td_clock_unix_s() + c->clock.offset_s;
    return now > (int64_t)parent ? (uint64_t)now : parent + 1; /* strictly increasing */
}

/* PREVRANDAO of a chain without a beacon: a hash that follows from the parent, so that replays
 * agree. */
static td_hash next_randao(const td_chain *c) {
    return td_keccak(TD_BYTES_OF(c->head.hash));
}

void chain_header_next(td_chain *c, td_header *h) {
    const td_header *parent = &c->head.header;
    *h = (td_header){
        .parent_hash = c->head.hash,
        .ommers_hash = TD_EMPTY_LIST_HASH,
        .coinbase = c->coinbase,
        .tx_root = TD_EMPTY_TRIE_ROOT,
        .receipts_root = TD_EMPTY_TRIE_ROOT,
        .withdrawals_root = TD_EMPTY_TRIE_ROOT,
        .requests_hash = TD_EMPTY_REQUESTS_HASH,
        .mix_hash = next_randao(c),
        .base_fee = c->clock.has_next_base_fee ? c->clock.next_base_fee : td_base_fee_next(parent),
        .number = parent->number + 1,
        .gas_limit = parent->gas_limit,
        .timestamp = next_timestamp(c),
        .excess_blob_gas = td_excess_blob_gas_next(parent, c->fork),
        .fork = c->fork,
    };
}

static uint64_t draft_nonce(void *ctx, const td_addr *sender) {
    return td_state_nonce(((draft *)ctx)->state, sender);
}

static int keep_logs(td_arena *a, td_receipt *r, const td_exec_result *result) {
    td_log_entry *logs =
        td_arena_alloc(a, (result->log_count ? result->log_count : 1) * sizeof *logs);
    if (logs == NULL)
        return TD_ERR_NOMEM;
    for (size_t i = 0; i < result->log_count; i++) {
        logs[i] = result->logs[i];
        const uint8_t *data = td_arena_copy(a, logs[i].data.ptr, logs[i].data.len);
        if (data == NULL)
            return TD_ERR_NOMEM;
        logs[i].data.ptr = data;
        td_bloom_add_log(&r->bloom, &logs[i]);
    }
    r->logs = logs;
    r->log_count = result->log_count;
    return TD_OK;
}

static int draft_add(draft *d, const td_tx *tx, const td_exec_result *result) {
    td_arena *a = &d->chain->scratch;
    td_tx *copy = td_arena_alloc(a, sizeof *copy);
    if (copy == NULL || td_tx_copy(copy, a, tx) != TD_OK)
        return TD_ERR_NOMEM;
    d->header.gas_used += result->gas_used;
    td_receipt *r = &d->receipts[d->tx_count];
    *r = (td_receipt){.type = tx->type,
                      .machines = result->machines,
                      .status = result->status,
                      .has_contract = tx->create,
                      .contract = result->contract,
                      .gas_used = result->gas_used,
                      .cumulative_gas = d->header.gas_used,
                      .effective_price = result->effective_price,
                      .resources = result->resources};
    d->txs[d->tx_count++] = copy;
    int err = keep_logs(a, r, result);
    for (size_t i = 0; i < sizeof d->header.bloom.b; i++)
        d->header.bloom.b[i] |= r->bloom.b[i];
    return err;
}

static void log_tx(const td_chain *c, const td_tx *tx, const td_exec_result *result) {
    static const char *const machine[] = {"transfer", "evm", "pvm", "evm+pvm"};
    char hash[2 * 32 + 1], to[43] = "";
    for (size_t i = 0; i < 32; i++)
        (void)snprintf(hash + 2 * i, 3, "%02x", tx->hash.b[i]);
    td_addr_checksum(to, tx->create ? &result->contract : &tx->to);
    td_log_line(c->log, TD_LOG_INFO, "tx", "0x%s %s %s %s gas %llu%s%s%s", hash,
                machine[result->machines & 3], tx->create ? "create" : "to", to,
                FMT_U64(result->gas_used), result->status ? "" : " FAILED (",
                result->status ? "" : td_exit_text(result->exit), result->status ? "" : ")");
}

/* Runs one pooled transaction in the draft. 1: it is in; 0: not now; negative: the store failed. */
static int draft_try(draft *d, const td_tx *tx) {
    td_chain *c = d->chain;
    td_exec_block block = chain_exec_block(c, &d->header);
    td_exec_result result;
    td_diag diag = {""};
    uint64_t gas_left = d->header.gas_limit - d->header.gas_used;
    int err = td_exec_tx(c->exec, d->state, &block, tx, 0, gas_left, &result, &diag);
    if (err == TD_OK) {
        err = draft_add(d, tx, &result);
        if (err == TD_OK)
            log_tx(c, tx, &result);
        return err == TD_OK ? 1 : err;
    }
    if (err == TD_ERR_IO || err == TD_ERR_NOMEM || err == TD_ERR_CORRUPT)
        return err;
    td_pool_skip(c->pool, &tx->sender);
    if (err != TD_ERR_GAS_LIMIT || d->tx_count == 0) {
        td_log_line(c->log, TD_LOG_WARN, "pool", "dropped a transaction: %s", diag.text);
        td_hash hash = tx->hash;
        (void)td_pool_del(c->pool, &hash);
    }
    return 0;
}

static int draft_fill(draft *d) {
    td_chain *c = d->chain;
    td_arena *a = &c->scratch;
    size_t room = td_min_u64(td_pool_count(c->pool), TD_CHAIN_BLOCK_TXS_MAX) + 1;
    d->txs = td_arena_alloc(a, room * sizeof *d->txs);
    d->receipts = td_arena_zalloc(a, room * sizeof *d->receipts);
    if (d->txs == NULL || d->receipts == NULL)
        return TD_ERR_NOMEM;
    td_pool_unskip(c->pool);
    while (d->tx_count + 1 < room) {
        const td_tx *tx = td_pool_pick(c->pool, &d->header.base_fee, draft_nonce, d);
        if (tx == NULL)
            break;
        int did = draft_try(d, tx);
        if (did < 0)
            return did;
    }
    return TD_OK;
}

static int draft_roots(draft *d) {
    td_arena *a = &d->chain->scratch;
    size_t count = d->tx_count;
    td_bytes *raws = td_arena_alloc(a, (count + 1) * sizeof *raws);
    td_bytes *receipts = td_arena_alloc(a, (count + 1) * sizeof *receipts);
    if (raws == NULL || receipts == NULL)
        return TD_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        td_out out;
        td_out_init(&out, TD_DB_VALUE_LEN_MAX);
        td_receipt_encode(&out, &d->receipts[i]);
        raws[i] = d->txs[i]->raw;
        receipts[i] = TD_BYTES(out.failed ? NULL : td_arena_copy(a, out.ptr, out.len), out.len);
        td_out_fini(&out);
        if (receipts[i].ptr == NULL)
            return TD_ERR_NOMEM;
    }
    int err = td_trie_list_root(a, raws, count, &d->header.tx_root);
    return err != TD_OK ? err : td_trie_list_root(a, receipts, count, &d->header.receipts_root);
}

/* State, block and head pointer in one batch. */
static int draft_write(draft *d, td_db_batch *b, td_hash *hash) {
    td_chain *c = d->chain;
    int err =
        chain_state_write(b, &c->scratch, d->state, &c->head.state_root, &d->header.state_root);
    if (err != TD_OK || (err = draft_roots(d)) != TD_OK)
        return err;
    *hash = td_header_hash(&d->header);
    err = chain_block_put(b, &d->header, hash, d->txs, d->tx_count, d->receipts);
    return err != TD_OK ? err : chain_head_put(b, d->header.number, hash, &d->header.state_root);
}

static int draft_commit(draft *d, td_hash *hash) {
    td_chain *c = d->chain;
    TD_ASSERT(c->profile != TD_PROFILE_DUAL || td_exec_ledger_balanced(d->state));
    td_db_batch *b;
    int err = td_db_begin(c->db, &b);
    if (err != TD_OK)
        return err;
    err = draft_write(d, b, hash);
    if (err != TD_OK) {
        td_db_abort(b);
        return err;
    }
    return td_db_commit(b);
}

static void draft_done(draft *d, const td_hash *hash) {
    td_chain *c = d->chain;
    c->head.header = d->header;
    c->head.hash = *hash;
    c->head.state_root = d->header.state_root;
    if (c->clock.next_s != 0) /* the clock goes on from a timestamp that was set */
        c->clock.offset_s = (int64_t)c->clock.next_s - (int64_t)td_clock_unix_s();
    c->clock.next_s = 0;
    c->clock.has_next_base_fee = false;
    for (size_t i = 0; i < d->tx_count; i++)
        td_pool_settle(c->pool, &d->txs[i]->sender, d->txs[i]->nonce + 1);
    td_log_line(c->log, d->tx_count ? TD_LOG_INFO : TD_LOG_DEBUG, "block",
                "%llu with %zu transactions, gas %llu", FMT_U64(d->header.number), d->tx_count,
                FMT_U64(d->header.gas_used));
}

int chain_seal(td_chain *c, uint64_t timestamp_s, td_diag *diag) {
    draft d = {.chain = c, .state = chain_work(c)};
    td_hash hash;
    chain_header_next(c, &d.header);
    if (timestamp_s != 0)
        d.header.timestamp = timestamp_s;
    int err = draft_fill(&d);
    if (err == TD_OK)
        err = draft_commit(&d, &hash);
    if (err == TD_OK) {
        draft_done(&d, &hash);
        err = chain_resnap(c);
    }
    td_arena_reset(&c->scratch);
    if (err != TD_OK) {
        td_log_line(c->log, TD_LOG_ERROR, "seal", "block %llu was not sealed: %s",
                    FMT_U64(d.header.number), td_err_text(err));
        return td_diag_set(diag, err, "block %llu was not sealed: %s", FMT_U64(d.header.number),
                           td_err_text(err));
    }
    chain_news(c, TD_NEWS_BLOCK, &hash);
    return TD_OK;
}

int td_chain_mine(td_chain *c, uint64_t count, uint64_t interval_s, td_diag *diag) {
    if (count > TD_CHAIN_MINE_MAX)
        return td_diag_set(diag, TD_ERR_LIMIT, "%llu blocks in one call (limit %d)", FMT_U64(count),
                           TD_CHAIN_MINE_MAX);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at =
            interval_s != 0 && i != 0 ? td_add_sat(c->head.header.timestamp, interval_s) : 0;
        int err = chain_seal(c, at, diag);
        if (err != TD_OK)
            return err;
        if (at != 0)
            c->clock.offset_s = (int64_t)at - (int64_t)td_clock_unix_s();
    }
    return TD_OK;
}

int td_chain_tick(td_chain *c) {
    if (c->block_time_s == 0)
        return -1;
    uint64_t now = td_clock_ns(), period = c->block_time_s * 1000000000u;
    if (now >= c->next_seal_ns) {
        if (chain_seal(c, 0, NULL) != TD_OK)
            td_log_line(c->log, TD_LOG_WARN, "seal", "trying again in %llu s",
                        FMT_U64(c->block_time_s));
        now = td_clock_ns();
        c->next_seal_ns += period;
        if (c->next_seal_ns <= now)
            c->next_seal_ns = now + period;
    }
    return (int)td_min_u64((c->next_seal_ns - now) / 1000000 + 1, 60000);
}

/* Checks a transaction that is new to the pool against the head, as the next block would, and adds
 * it. Returns 1 when the next block can take it, 0 when it waits, or why it is refused. */
static int admit(td_chain *c, const td_tx *tx, td_diag *diag) {
    td_header next;
    chain_header_next(c, &next);
    td_state *s;
    int err = td_chain_state(c, c->head.header.number, &s);
    if (err != TD_OK)
        return td_diag_set(diag, err, "the head's state cannot be read: %s", td_err_text(err));
    if (td_pool_get(c->pool, &tx->hash) != NULL)
        return td_diag_set(diag, TD_ERR_ALREADY_KNOWN, "already known");
    td_exec_block block = chain_exec_block(c, &next);
    err = td_exec_check(s, &block, tx, 0, next.gas_limit, diag);
    /* A nonce ahead of the state waits, and so does a fee cap below today's base fee (geth). */
    if (err != TD_OK && err != TD_ERR_NONCE_HIGH && err != TD_ERR_FEE_CAP_LOW)
        return err;
    int added = td_pool_add(c->pool, tx, td_state_nonce(s, &tx->sender), diag);
    return added != TD_OK ? added : err == TD_OK;
}

int td_chain_submit(td_chain *c, const td_tx *tx, td_diag *diag) {
    if (tx->is_protected && tx->chain_id != c->id)
        return td_diag_set(diag, TD_ERR_CHAIN_ID,
                           "invalid chain id for signer: have %llu want %llu",
                           FMT_U64(tx->chain_id), FMT_U64(c->id));
    td_hash hash = tx->hash;
    int ready = admit(c, tx, diag);
    if (ready < 0)
        return ready;
    chain_news(c, TD_NEWS_TX, &hash);
    return ready && c->automine ? chain_seal(c, 0, diag) : TD_OK;
}
