/* SPDX-License-Identifier: Apache-2.0
 *
 * The chain object: opening, block 0, the head, and the states that questions
 * are asked of. Sealing, simulation and development controls have their own files.
 */
#include "chain/chain_private.h"

#include "base/clock.h"

#define FMT_U64(v) ((unsigned long long)(v))

/* --- block 0
 * -------------------------------------------------------------------------------------- */

static void genesis_alloc(td_state *s, const td_genesis *g) {
    td_state_tx_begin(s);
    for (size_t i = 0; i < g->account_count; i++) {
        const td_genesis_account *account = &g->accounts[i];
        td_state_balance_set(s, &account->addr, &account->balance);
        td_state_nonce_set(s, &account->addr, account->nonce);
        if (account->code.len != 0)
            td_state_code_set(s, &account->addr, account->code, NULL);
        for (size_t j = 0; j < account->slot_count; j++)
            td_state_slot_set(s, &account->addr, &account->slots[j].key, &account->slots[j].value);
        for (size_t j = 0; j < account->ext_count; j++)
            td_state_ext_set(s, &account->addr, account->ext[j].key, false, account->ext[j].value,
                             false);
    }
    td_state_tx_end(s, false);
}

static td_header genesis_header(const td_genesis *g, const td_hash *state_root) {
    td_header h = {.parent_hash = g->parent_hash,
                   .ommers_hash = TD_EMPTY_LIST_HASH,
                   .coinbase = g->coinbase,
                   .state_root = *state_root,
                   .tx_root = TD_EMPTY_TRIE_ROOT,
                   .receipts_root = TD_EMPTY_TRIE_ROOT,
                   .withdrawals_root = TD_EMPTY_TRIE_ROOT,
                   .requests_hash = TD_EMPTY_REQUESTS_HASH,
                   .mix_hash = g->mix_hash,
                   .difficulty = g->difficulty,
                   .base_fee = g->has_base_fee ? g->base_fee : td_u256_from(1000000000),
                   .number = g->number,
                   .gas_limit = g->gas_limit,
                   .timestamp = g->timestamp,
                   .blob_gas_used = g->blob_gas_used,
                   .excess_blob_gas = g->excess_blob_gas,
                   .fork = g->fork};
    memcpy(h.nonce, g->nonce, sizeof h.nonce);
    h.extra_len = (uint8_t)g->extra.len;
    if (g->extra.len != 0)
        memcpy(h.extra, g->extra.ptr, g->extra.len);
    return h;
}

static int genesis_write(td_chain *c, td_db_batch *b, const td_genesis *g) {
    chain_base_init(&c->work_base, c->snap, &TD_EMPTY_TRIE_ROOT);
    td_state_base base = chain_base_of(&c->work_base);
    td_state_reset(c->work, &base);
    genesis_alloc(c->work, g);
    if (c->profile == TD_PROFILE_DUAL && !td_exec_ledger_balanced(c->work))
        return TD_ERR_INVALID; /* wei of 0x…0910 that no deposit accounts for */
    td_hash root;
    int err = chain_state_write(b, &c->scratch, c->work, &TD_EMPTY_TRIE_ROOT, &root);
    if (err != TD_OK)
        return err;
    td_header header = genesis_header(g, &root);
    td_hash hash = td_header_hash(&header);
    chain_meta meta = {g->chain_id, c->profile, g->fork, hash};
    if ((err = chain_block_put(b, &header, &hash, NULL, 0, NULL)) != TD_OK ||
        (err = chain_head_put(b, header.number, &hash, &root)) != TD_OK)
        return err;
    return chain_meta_put(b, &meta);
}

static int genesis_make(td_chain *c, const td_genesis *g, td_diag *diag) {
    if (g->fork < TD_FORK_PARIS)
        return td_diag_set(diag, TD_ERR_UNSUPPORTED,
                           "genesis: the chain starts at fork %s; sealing needs %s or newer (set "
                           "config.terminalTotalDifficulty and the *Time forks to 0)",
                           td_fork_name(g->fork), td_fork_name(TD_FORK_PARIS));
    if (g->fork_last > g->fork)
        return td_diag_set(diag, TD_ERR_UNSUPPORTED,
                           "genesis: fork %s begins after block 0; this version runs one fork, set "
                           "it to begin at 0",
                           td_fork_name(g->fork_last));
    td_db_batch *b;
    int err = td_db_begin(c->db, &b);
    if (err != TD_OK)
        return td_diag_set(diag, err, "cannot write block 0: %s", td_err_text(err));
    err = genesis_write(c, b, g);
    if (err == TD_OK)
        err = td_db_commit(b);
    else
        td_db_abort(b);
    td_arena_reset(&c->scratch);
    if (err == TD_ERR_INVALID)
        return td_diag_set(
            diag, err,
            "genesis: the balance of 0x…0910 does not equal the deposits recorded in it");
    if (err != TD_OK)
        return td_diag_set(diag, err, "cannot write block 0: %s", td_err_text(err));
    return chain_resnap(c);
}

/* --- opening
 * -------------------------------------------------------------------------------------- */

typedef struct verify_ctx {
    td_db_snap *snap;
    size_t seen;
} verify_ctx;

static int verified_get(void *ctx, const td_hash *hash, td_bytes *node) {
    verify_ctx *v = ctx;
    int err = td_db_get(v->snap, TD_DB_NODE, TD_BYTES_OF(*hash), node);
    if (err != TD_OK)
        return err;
    td_hash computed = td_keccak(*node);
    if (++v->seen > TD_CHAIN_VERIFY_NODES_MAX)
        return TD_ERR_LIMIT; /* enough looked at: ends the walk */
    return td_hash_eq(&computed, hash) ? TD_OK : TD_ERR_CORRUPT;
}

static int no_visit(void *ctx, td_bytes key, td_bytes value) {
    (void)ctx, (void)key, (void)value;
    return 0;
}

/* Re-hashes the state trie from its root down, as far as TD_CHAIN_VERIFY_NODES_MAX nodes go. */
static int verify_state(td_chain *c, td_diag *diag) {
    verify_ctx v = {c->snap, 0};
    td_node_store nodes = {verified_get, NULL, &v};
    int err = td_trie_walk(&nodes, &c->scratch, &c->head.state_root, no_visit, NULL);
    td_arena_reset(&c->scratch);
    if (err == TD_OK || err == TD_ERR_LIMIT)
        return TD_OK;
    return td_diag_set(
        diag, TD_ERR_CORRUPT,
        "the state trie under block %llu is damaged: restore the data directory from a copy",
        FMT_U64(c->head.header.number));
}

static int continue_store(td_chain *c, const chain_meta *meta, const td_chain_config *config,
                          td_diag *diag) {
    const td_genesis *g = config->genesis;
    if (meta->id != g->chain_id || meta->profile != config->profile)
        return td_diag_set(
            diag, TD_ERR_INVALID,
            "the data directory holds chain %llu of profile %s, not chain %llu of profile %s: use "
            "another --datadir or the flags it was made with",
            FMT_U64(meta->id), meta->profile ? "dual" : "ethereum", FMT_U64(g->chain_id),
            config->profile ? "dual" : "ethereum");
    c->fork = meta->fork;
    c->genesis_hash = meta->genesis_hash;
    int err = chain_head_get(c->snap, c->fork, &c->head);
    if (err != TD_OK)
        return td_diag_set(diag, err, "the head block cannot be read: %s", td_err_text(err));
    return verify_state(c, diag);
}

static int load(td_chain *c, const td_chain_config *config, td_diag *diag) {
    chain_meta meta;
    int err = chain_meta_get(c->snap, &meta);
    if (err == TD_ERR_NOT_FOUND) {
        if ((err = genesis_make(c, config->genesis, diag)) != TD_OK)
            return err;
        err = chain_meta_get(c->snap, &meta);
    }
    if (err != TD_OK)
        return td_diag_set(diag, err, "the chain's settings cannot be read: %s", td_err_text(err));
    c->id = meta.id;
    if ((err = continue_store(c, &meta, config, diag)) != TD_OK)
        return err;
    /* A clock that starts behind the head (genesis in the future, moved time) goes on from the
     * head. */
    int64_t ahead = (int64_t)c->head.header.timestamp - (int64_t)td_clock_unix_s();
    if (ahead > 0)
        c->clock.offset_s = ahead;
    c->coinbase = c->head.header.coinbase;
    return TD_OK;
}

static int make_parts(td_chain *c, const td_chain_config *config, td_diag *diag) {
    td_arena_init(&c->scratch, 1 << 16, TD_CHAIN_ARENA_MAX);
    c->profile = config->profile;
    c->automine = config->automine;
    c->log = config->log;
    td_chain_interval_set(c, config->block_time_s);
    int err = td_db_open(&c->db, diag, config->datadir);
    if (err != TD_OK)
        return err;
    chain_base_init(&c->view_base, NULL, &TD_EMPTY_TRIE_ROOT);
    chain_base_init(&c->work_base, NULL, &TD_EMPTY_TRIE_ROOT);
    td_state_base view = chain_base_of(&c->view_base), work = chain_base_of(&c->work_base);
    if ((err = td_state_new(&c->view, &view)) != TD_OK ||
        (err = td_state_new(&c->work, &work)) != TD_OK || (err = td_pool_new(&c->pool)) != TD_OK ||
        (err = td_exec_new(&c->exec, &(td_exec_config){0})) != TD_OK)
        return td_diag_set(diag, err, "cannot start the executor: %s", td_err_text(err));
    if ((err = chain_resnap(c)) != TD_OK)
        return td_diag_set(diag, err, "cannot read the store: %s", td_err_text(err));
    return TD_OK;
}

int td_chain_open(td_chain **out, td_diag *diag, const td_chain_config *config) {
    td_chain *c = td_mem_alloc(sizeof *c);
    if (c == NULL)
        return TD_ERR_NOMEM;
    int err = make_parts(c, config, diag);
    if (err == TD_OK)
        err = load(c, config, diag);
    if (err != TD_OK) {
        td_chain_close(c);
        return err;
    }
    *out = c;
    return TD_OK;
}

void td_chain_close(td_chain *c) {
    if (c == NULL)
        return;
    td_exec_free(c->exec);
    td_pool_free(c->pool);
    td_state_free(c->view);
    td_state_free(c->work);
    chain_base_fini(&c->view_base);
    chain_base_fini(&c->work_base);
    td_arena_fini(&c->scratch);
    td_mem_free(c->snapshots);
    if (c->snap != NULL)
        td_db_snap_close(c->snap);
    if (c->db != NULL)
        td_db_close(c->db);
    td_mem_free(c);
}

int chain_resnap(td_chain *c) {
    if (c->snap != NULL)
        td_db_snap_close(c->snap);
    c->snap = NULL;
    return td_db_snap_open(c->db, &c->snap);
}

/* --- questions
 * ------------------------------------------------------------------------------------ */

uint64_t td_chain_id(const td_chain *c) {
    return c->id;
}
td_profile td_chain_profile(const td_chain *c) {
    return c->profile;
}
const td_header *td_chain_head_peek(const td_chain *c) {
    return &c->head.header;
}
td_hash td_chain_head_hash(const td_chain *c) {
    return c->head.hash;
}
td_hash td_chain_genesis_hash(const td_chain *c) {
    return c->genesis_hash;
}
td_pool *td_chain_pool(td_chain *c) {
    return c->pool;
}

td_hash td_chain_hash_at(td_chain *c, uint64_t number) {
    td_header header;
    td_hash hash = {0};
    if (number == c->head.header.number)
        return c->head.hash;
    if (chain_header_get(c->snap, c->fork, number, &header, &hash) != TD_OK)
        memset(&hash, 0, sizeof hash);
    return hash;
}

td_hash chain_block_hash(void *chain, uint64_t number) {
    return td_chain_hash_at(chain, number);
}

static int state_root_at(td_chain *c, uint64_t number, td_hash *root) {
    if (number == c->head.header.number) {
        *root = c->head.state_root;
        return TD_OK;
    }
    td_header header;
    td_hash hash;
    int err = chain_header_get(c->snap, c->fork, number, &header, &hash);
    *root = header.state_root;
    return err;
}

int td_chain_state(td_chain *c, uint64_t number, td_state **out) {
    td_hash root;
    int err = state_root_at(c, number, &root);
    if (err != TD_OK)
        return err;
    chain_base_init(&c->view_base, c->snap, &root);
    td_state_base base = chain_base_of(&c->view_base);
    td_state_reset(c->view, &base);
    td_state_tx_begin(c->view);
    *out = c->view;
    return TD_OK;
}

td_state *chain_work(td_chain *c) {
    chain_base_init(&c->work_base, c->snap, &c->head.state_root);
    td_state_base base = chain_base_of(&c->work_base);
    td_state_reset(c->work, &base);
    return c->work;
}

td_exec_block chain_exec_block(td_chain *c, const td_header *h) {
    return (td_exec_block){
        .env = {.fork = c->fork,
                .profile = c->profile,
                .chain_id = c->id,
                .number = h->number,
                .timestamp = h->timestamp,
                .gas_limit = h->gas_limit,
                .base_fee = h->base_fee,
                .blob_base_fee = td_blob_base_fee(h->excess_blob_gas, c->fork),
                .coinbase = h->coinbase,
                .prevrandao = h->mix_hash},
        .block_hash = chain_block_hash,
        .ctx = c,
    };
}

void td_chain_next_env(td_chain *c, td_env *out) {
    td_header next;
    chain_header_next(c, &next);
    *out = chain_exec_block(c, &next).env;
}

void td_chain_listen(td_chain *c, void (*on_news)(void *ctx, const td_news *news), void *ctx) {
    c->on_news = on_news;
    c->news_ctx = ctx;
}

void chain_news(td_chain *c, td_news_kind kind, const td_hash *hash) {
    td_news news = {kind, c->head.header.number, *hash};
    if (c->on_news != NULL)
        c->on_news(c->news_ctx, &news);
}
