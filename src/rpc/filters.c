/* SPDX-License-Identifier: Apache-2.0
 *
 * Logs: the query of eth_getLogs, and filters that remember how far a client
 * has read. A filter that nobody polls for TD_RPC_FILTER_IDLE_S is dropped.
 */
#include "rpc/rpc_private.h"

#include "base/clock.h"

#include <sys/random.h>

enum {
    ADDRS_MAX = 1000,   /* geth: addresses of one filter */
    TOPICS_MAX = 1000,  /* alternatives of one position */
    PENDING_MAX = 4096, /* hashes a pending filter keeps between two polls */
};

typedef struct criteria {
    uint64_t from, to; /* blocks, inclusive */
    bool to_head;      /* follow the head */
    td_addr *addrs;    /* none: any */
    size_t addr_count;
    td_hash *topics[4]; /* none: any */
    size_t topic_count[4];
    size_t positions;
} criteria;

typedef enum filter_kind { FILTER_NONE, FILTER_LOGS, FILTER_BLOCKS, FILTER_PENDING } filter_kind;

struct rpc_filter {
    filter_kind kind;
    uint8_t id[16];
    uint64_t used_s; /* by the monotonic clock */
    uint64_t next;   /* the first block not yet told */
    criteria criteria;
    td_arena arena;   /* owns the criteria's arrays */
    td_hash *pending; /* PENDING_MAX places */
    size_t pending_count;
};

/* --- criteria
 * ------------------------------------------------------------------------------------- */

static int read_addrs(rpc_call *q, td_arena *a, const td_json *value, criteria *c) {
    bool is_list = td_json_typeof(value) == TD_JSON_ARRAY;
    size_t count = is_list ? td_json_count(value) : td_json_typeof(value) > TD_JSON_NULL;
    if (count > ADDRS_MAX)
        return td_diag_set(&q->diag, TD_ERR_ARGS, "exceed max addresses: %zu (limit %d)", count,
                           ADDRS_MAX);
    c->addrs = td_arena_alloc(a, (count + 1) * sizeof *c->addrs);
    if (c->addrs == NULL)
        return TD_ERR_NOMEM;
    for (size_t i = 0; i < count; i++)
        if (!td_json_addr(is_list ? td_json_at(value, i) : value, &c->addrs[i]))
            return td_diag_set(&q->diag, TD_ERR_ARGS,
                               "invalid argument 0: invalid address at index %zu", i);
    c->addr_count = count;
    return TD_OK;
}

static int read_topic(rpc_call *q, td_arena *a, const td_json *value, criteria *c,
                      size_t position) {
    bool is_list = td_json_typeof(value) == TD_JSON_ARRAY;
    size_t count = is_list ? td_json_count(value) : td_json_typeof(value) > TD_JSON_NULL;
    if (count > TOPICS_MAX)
        return td_diag_set(&q->diag, TD_ERR_ARGS, "exceed max topics: %zu (limit %d)", count,
                           TOPICS_MAX);
    td_hash *topics = td_arena_alloc(a, (count + 1) * sizeof *topics);
    if (topics == NULL)
        return TD_ERR_NOMEM;
    c->topics[position] = topics;
    for (size_t i = 0; i < count; i++) {
        const td_json *item = is_list ? td_json_at(value, i) : value;
        if (td_json_typeof(item) <= TD_JSON_NULL) { /* null among alternatives matches anything */
            count = 0;
            break;
        }
        if (!td_json_hash(item, &topics[i]))
            return td_diag_set(&q->diag, TD_ERR_ARGS,
                               "invalid argument 0: invalid topic at position %zu", position);
    }
    c->topic_count[position] = count;
    return TD_OK;
}

/* Whether a block is named by a word that moves with the head: all but earliest. */
static bool is_tag(const td_json *block) {
    size_t len;
    const char *text = td_json_text(block, &len);
    return td_json_typeof(block) == TD_JSON_STRING && len != 0 && text[0] >= 'a' && text[0] != 'e';
}

static int read_range(td_rpc *r, rpc_call *q, const td_json *object, criteria *c) {
    const td_json *hash = td_json_get(object, "blockHash");
    const td_json *from = td_json_get(object, "fromBlock"), *to = td_json_get(object, "toBlock");
    rpc_block block;
    if (td_json_typeof(hash) > TD_JSON_NULL) {
        if (td_json_typeof(from) > TD_JSON_NULL || td_json_typeof(to) > TD_JSON_NULL)
            return td_diag_set(
                &q->diag, TD_ERR_ARGS,
                "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other");
        int err = rpc_read_block(r, q, 0, hash, &block);
        if (err == TD_OK && !block.found)
            err = td_diag_set(&q->diag, TD_ERR_NOT_FOUND, "unknown block");
        c->from = c->to = block.number;
        return err;
    }
    int err = rpc_read_block(r, q, 0, from, &block);
    c->from = block.number;
    if (err == TD_OK)
        err = rpc_read_block(r, q, 0, to, &block);
    c->to = block.number;
    c->to_head = td_json_typeof(to) <= TD_JSON_NULL || block.pending || is_tag(to);
    if (err == TD_OK && c->from > c->to && !c->to_head)
        err = td_diag_set(&q->diag, TD_ERR_ARGS, "invalid block range params");
    return err;
}

static int read_criteria(td_rpc *r, rpc_call *q, td_arena *a, criteria *c) {
    *c = (criteria){0};
    const td_json *object = rpc_param(q, 0);
    const td_json *topics = td_json_get(object, "topics");
    if (td_json_typeof(object) != TD_JSON_OBJECT)
        return rpc_bad_param(q, 0, "a filter is an object");
    c->positions = td_json_count(topics);
    if (c->positions > 4)
        return td_diag_set(&q->diag, TD_ERR_ARGS, "exceed max topics: %zu positions (limit 4)",
                           c->positions);
    int err = read_range(r, q, object, c);
    if (err == TD_OK)
        err = read_addrs(q, a, td_json_get(object, "address"), c);
    for (size_t i = 0; err == TD_OK && i < c->positions; i++)
        err = read_topic(q, a, td_json_at(topics, i), c, i);
    return err;
}

/* --- matching
 * ------------------------------------------------------------------------------------- */

static bool topic_matches(const criteria *c, size_t position, const td_hash *topic) {
    for (size_t i = 0; i < c->topic_count[position]; i++)
        if (td_hash_eq(&c->topics[position][i], topic))
            return true;
    return c->topic_count[position] == 0;
}

static bool log_matches(const criteria *c, const td_log_entry *log) {
    bool addr = c->addr_count == 0;
    for (size_t i = 0; i < c->addr_count && !addr; i++)
        addr = td_addr_eq(&c->addrs[i], &log->addr);
    if (!addr || c->positions > log->topic_count)
        return false;
    for (size_t i = 0; i < c->positions; i++)
        if (!topic_matches(c, i, &log->topics[i]))
            return false;
    return true;
}

/* Whether the block can hold a match: each condition has an alternative in the bloom. */
static bool bloom_matches(const criteria *c, const td_bloom *bloom) {
    bool any = c->addr_count == 0;
    for (size_t i = 0; i < c->addr_count && !any; i++)
        any = td_bloom_has(bloom, c->addrs[i].b, 20);
    for (size_t p = 0; p < c->positions && any; p++) {
        any = c->topic_count[p] == 0;
        for (size_t i = 0; i < c->topic_count[p] && !any; i++)
            any = td_bloom_has(bloom, c->topics[p][i].b, 32);
    }
    return any;
}

static int write_block_logs(td_rpc *r, rpc_call *q, const criteria *c, uint64_t number,
                            size_t *written) {
    td_block block;
    td_receipt *receipts;
    size_t count, log_index = 0;
    int err = td_chain_block(r->chain, q->arena, number, &block);
    if (err == TD_OK)
        err = td_chain_receipts(r->chain, q->arena, number, &receipts, &count);
    for (size_t i = 0; err == TD_OK && i < count; i++)
        for (size_t j = 0; j < receipts[i].log_count; j++, log_index++) {
            if (!log_matches(c, &receipts[i].logs[j]))
                continue;
            if (++*written > TD_RPC_LOGS_MAX)
                return td_diag_set(&q->diag, TD_ERR_LIMIT, "query returned more than %d results",
                                   TD_RPC_LOGS_MAX);
            rpc_place place = {&block.header, &block.hash, (uint32_t)i};
            rpc_write_log(q->w, &receipts[i].logs[j], &block.txs[i].hash, &place, log_index);
        }
    return err;
}

/* The matches of blocks from .. to; `to` is clamped to the head first. */
static int write_logs(td_rpc *r, rpc_call *q, const criteria *c, uint64_t from, uint64_t to) {
    size_t written = 0;
    int err = TD_OK;
    to = td_min_u64(to, td_chain_head_peek(r->chain)->number);
    td_jsonw_array(q->w);
    for (uint64_t n = from; err == TD_OK && n <= to; n++) {
        td_header header;
        td_hash hash;
        td_arena_mark mark = td_arena_here(q->arena);
        err = td_chain_header(r->chain, n, &header, &hash);
        if (err == TD_OK && header.gas_used != 0 && bloom_matches(c, &header.bloom))
            err = write_block_logs(r, q, c, n, &written);
        td_arena_rewind(q->arena, mark);
    }
    td_jsonw_array_end(q->w);
    return err;
}

int rpc_eth_get_logs(td_rpc *r, rpc_call *q) {
    criteria c;
    int err = read_criteria(r, q, q->arena, &c);
    return err == TD_OK ? write_logs(r, q, &c, c.from, c.to) : err;
}

/* --- filters
 * -------------------------------------------------------------------------------------- */

static uint64_t now_s(void) {
    return td_clock_ns() / 1000000000u;
}

static void drop(rpc_filter *f) {
    td_arena_fini(&f->arena);
    td_mem_free(f->pending);
    *f = (rpc_filter){0};
}

void rpc_filters_free(td_rpc *r) {
    for (size_t i = 0; r->filters != NULL && i < TD_RPC_FILTERS_MAX; i++)
        drop(&r->filters[i]);
    td_mem_free(r->filters);
    r->filters = NULL;
}

/* A free place; idle filters make room. */
static int take_place(td_rpc *r, rpc_call *q, rpc_filter **out) {
    if (r->filters == NULL &&
        (r->filters = td_mem_alloc(TD_RPC_FILTERS_MAX * sizeof *r->filters)) == NULL)
        return TD_ERR_NOMEM;
    uint64_t now = now_s();
    rpc_filter *found = NULL;
    for (size_t i = 0; i < TD_RPC_FILTERS_MAX; i++) {
        rpc_filter *f = &r->filters[i];
        if (f->kind != FILTER_NONE && now - f->used_s > TD_RPC_FILTER_IDLE_S)
            drop(f);
        if (f->kind == FILTER_NONE && found == NULL)
            found = f;
    }
    if (found == NULL)
        return td_diag_set(&q->diag, TD_ERR_LIMIT,
                           "too many filters: %d are open (limit); uninstall some",
                           TD_RPC_FILTERS_MAX);
    *out = found;
    return TD_OK;
}

static int open_filter(td_rpc *r, rpc_call *q, filter_kind kind, rpc_filter **out) {
    rpc_filter *f;
    int err = take_place(r, q, &f);
    if (err != TD_OK)
        return err;
    if (getrandom(f->id, sizeof f->id, 0) != (ssize_t)sizeof f->id)
        return TD_ERR_IO;
    td_arena_init(&f->arena, 1024, 1 << 20);
    f->used_s = now_s();
    f->next = td_chain_head_peek(r->chain)->number + 1;
    f->kind = kind;
    *out = f;
    return TD_OK;
}

int rpc_eth_new_filter(td_rpc *r, rpc_call *q) {
    rpc_filter *f;
    int err = open_filter(r, q, FILTER_LOGS, &f);
    if (err != TD_OK)
        return err;
    err = read_criteria(r, q, &f->arena, &f->criteria);
    if (err != TD_OK) {
        drop(f);
        return err;
    }
    td_jsonw_data(q->w, f->id, sizeof f->id);
    return TD_OK;
}

int rpc_eth_new_block_filter(td_rpc *r, rpc_call *q) {
    rpc_filter *f;
    int err = open_filter(r, q, FILTER_BLOCKS, &f);
    if (err == TD_OK)
        td_jsonw_data(q->w, f->id, sizeof f->id);
    return err;
}

int rpc_eth_new_pending_filter(td_rpc *r, rpc_call *q) {
    rpc_filter *f;
    int err = open_filter(r, q, FILTER_PENDING, &f);
    if (err != TD_OK)
        return err;
    f->pending = td_mem_alloc(PENDING_MAX * sizeof *f->pending);
    if (f->pending == NULL) {
        drop(f);
        return TD_ERR_NOMEM;
    }
    td_jsonw_data(q->w, f->id, sizeof f->id);
    return TD_OK;
}

/* The filter of parameter 0, or NULL with the error set. Ids of any length up to 16 bytes are
 * compared as numbers. */
static rpc_filter *find_filter(td_rpc *r, rpc_call *q) {
    td_u256 id;
    if (rpc_param_u256(q, 0, &id) != TD_OK)
        return NULL;
    for (size_t i = 0; r->filters != NULL && i < TD_RPC_FILTERS_MAX; i++) {
        rpc_filter *f = &r->filters[i];
        td_u256 own = td_u256_load_be_short(f->id, sizeof f->id);
        if (f->kind != FILTER_NONE && td_u256_eq(&own, &id)) {
            f->used_s = now_s();
            return f;
        }
    }
    (void)td_diag_set(&q->diag, TD_ERR_NOT_FOUND, "filter not found");
    q->code = RPC_SERVER_ERROR;
    return NULL;
}

static int write_hashes(td_rpc *r, rpc_call *q, rpc_filter *f) {
    uint64_t head = td_chain_head_peek(r->chain)->number;
    td_jsonw_array(q->w);
    for (; f->kind == FILTER_BLOCKS && f->next <= head; f->next++) {
        td_hash hash = td_chain_hash_at(r->chain, f->next);
        td_jsonw_data(q->w, hash.b, 32);
    }
    for (size_t i = 0; i < f->pending_count; i++)
        td_jsonw_data(q->w, f->pending[i].b, 32);
    f->pending_count = 0;
    td_jsonw_array_end(q->w);
    return TD_OK;
}

int rpc_eth_get_filter_changes(td_rpc *r, rpc_call *q) {
    rpc_filter *f = find_filter(r, q);
    if (f == NULL)
        return TD_ERR_ARGS;
    if (f->kind != FILTER_LOGS)
        return write_hashes(r, q, f);
    uint64_t head = td_chain_head_peek(r->chain)->number;
    const criteria *c = &f->criteria;
    int err = write_logs(r, q, c, td_max_u64(f->next, c->from), c->to_head ? head : c->to);
    if (err == TD_OK)
        f->next = head + 1;
    return err;
}

int rpc_eth_get_filter_logs(td_rpc *r, rpc_call *q) {
    rpc_filter *f = find_filter(r, q);
    if (f == NULL)
        return TD_ERR_ARGS;
    if (f->kind != FILTER_LOGS)
        return td_diag_set(&q->diag, TD_ERR_INVALID, "filter not found");
    const criteria *c = &f->criteria;
    return write_logs(r, q, c, c->from, c->to_head ? UINT64_MAX : c->to);
}

int rpc_eth_uninstall_filter(td_rpc *r, rpc_call *q) {
    rpc_filter *f = find_filter(r, q);
    q->code = 0;
    if (f == NULL && rpc_param(q, 0) == NULL)
        return TD_ERR_ARGS;
    if (f != NULL)
        drop(f);
    td_jsonw_bool(q->w, f != NULL);
    return TD_OK;
}

void rpc_on_news(void *rpc, const td_news *news) {
    td_rpc *r = rpc;
    for (size_t i = 0; r->filters != NULL && i < TD_RPC_FILTERS_MAX; i++) {
        rpc_filter *f = &r->filters[i];
        if (news->kind == TD_NEWS_REVERT && f->next > news->number + 1)
            f->next = news->number + 1; /* blocks that come again are told again */
        if (news->kind == TD_NEWS_TX && f->kind == FILTER_PENDING && f->pending_count < PENDING_MAX)
            f->pending[f->pending_count++] = news->hash;
    }
}
