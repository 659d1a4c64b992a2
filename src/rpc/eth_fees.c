/* SPDX-License-Identifier: Apache-2.0
 *
 * eth_*: prices of gas, now and in the past.
 */
#include "rpc/rpc_private.h"

#include <stdio.h>
#include <stdlib.h>

int rpc_eth_gas_price(td_rpc *r, rpc_call *q) {
    td_env next;
    td_u256 tip = td_u256_from(RPC_TIP_WEI), price;
    td_chain_next_env(r->chain, &next);
    (void)td_u256_add(&price, &next.base_fee, &tip);
    td_jsonw_u256(q->w, &price);
    return TD_OK;
}

int rpc_eth_max_priority_fee(td_rpc *r, rpc_call *q) {
    (void)r;
    td_jsonw_u64(q->w, RPC_TIP_WEI);
    return TD_OK;
}

int rpc_eth_blob_base_fee(td_rpc *r, rpc_call *q) {
    td_env next;
    td_chain_next_env(r->chain, &next);
    td_jsonw_u256(q->w, &next.blob_base_fee);
    return TD_OK;
}

/* --- eth_feeHistory
 * ------------------------------------------------------------------------------- */

enum { PERCENTILES_MAX = 100, PERCENT_UNIT = 10000 /* percentiles as integers of 0.0001 */ };

typedef struct history {
    uint64_t first, last;
    uint32_t percentiles[PERCENTILES_MAX]; /* in 1/PERCENT_UNIT of a percent, ascending */
    size_t percentile_count;
} history;

/* A decimal with at most four places as an integer; floats would round. */
static int read_percent(const td_json *value, uint32_t *out) {
    size_t len;
    const char *text = td_json_text(value, &len);
    uint64_t whole = 0, scale = PERCENT_UNIT;
    bool fraction = false;
    if (text == NULL || td_json_typeof(value) != TD_JSON_NUMBER || len > 24)
        return TD_ERR_ARGS;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.' && !fraction) {
            fraction = true;
        } else if (text[i] >= '0' && text[i] <= '9') {
            if (fraction && scale == 1)
                continue; /* finer than 0.0001 */
            whole = whole * 10 + (uint64_t)(text[i] - '0');
            if (fraction)
                scale /= 10;
        } else {
            return TD_ERR_ARGS;
        }
        if (whole > 100 * (uint64_t)PERCENT_UNIT)
            return TD_ERR_ARGS;
    }
    *out = (uint32_t)(whole * scale);
    return whole * scale > 100 * (uint64_t)PERCENT_UNIT ? TD_ERR_ARGS : TD_OK;
}

static int read_history(td_rpc *r, rpc_call *q, history *h) {
    uint64_t count;
    rpc_block newest;
    int err = rpc_param_u64(q, 0, &count);
    if (err == TD_OK)
        err = rpc_param_block(r, q, 1, &newest);
    if (err == TD_OK && !newest.found)
        err = td_diag_set(&q->diag, TD_ERR_NOT_FOUND, "request beyond head block");
    if (err != TD_OK)
        return err;
    count = td_min_u64(count < 1 ? 1 : count, TD_RPC_FEE_HISTORY_MAX);
    h->last = newest.number;
    h->first = newest.number + 1 > count ? newest.number + 1 - count : 0;
    const td_json *list = rpc_param(q, 2);
    h->percentile_count = td_json_count(list);
    if (h->percentile_count > PERCENTILES_MAX)
        return td_diag_set(&q->diag, TD_ERR_ARGS, "over the query limit %d of percentiles",
                           PERCENTILES_MAX);
    for (size_t i = 0; i < h->percentile_count; i++)
        if (read_percent(td_json_at(list, i), &h->percentiles[i]) != TD_OK ||
            (i > 0 && h->percentiles[i] < h->percentiles[i - 1]))
            return td_diag_set(&q->diag, TD_ERR_ARGS,
                               "invalid reward percentile: #%zu must be 0 to 100 and ascending", i);
    return TD_OK;
}

/* used / limit with nine decimals, by integers. */
static void write_ratio(td_jsonw *w, uint64_t used, uint64_t limit) {
    char text[32];
    uint64_t scaled = limit == 0 ? 0 : (uint64_t)((unsigned __int128)used * 1000000000u / limit);
    int n = snprintf(text, sizeof text, "%llu.%09llu", (unsigned long long)(scaled / 1000000000u),
                     (unsigned long long)(scaled % 1000000000u));
    while (text[n - 1] == '0')
        n--;
    if (text[n - 1] == '.')
        n--;
    td_jsonw_raw(w, text, (size_t)n);
}

typedef struct paid {
    td_u256 tip;
    uint64_t gas;
} paid;

static int by_tip(const void *a, const void *b) {
    return td_u256_cmp(&((const paid *)a)->tip, &((const paid *)b)->tip);
}

/* Tips at the percentiles of gas used (execution-apis eth_feeHistory). */
static int write_rewards(td_rpc *r, rpc_call *q, const history *h, const td_header *header) {
    td_receipt *receipts;
    size_t count;
    int err = td_chain_receipts(r->chain, q->arena, header->number, &receipts, &count);
    if (err != TD_OK)
        return err;
    paid *all = td_arena_alloc(q->arena, (count + 1) * sizeof *all);
    if (all == NULL)
        return TD_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        all[i].gas = receipts[i].gas_used;
        (void)td_u256_sub(&all[i].tip, &receipts[i].effective_price, &header->base_fee);
    }
    qsort(all, count, sizeof *all, by_tip);
    td_jsonw_array(q->w);
    uint64_t sum = count ? all[0].gas : 0;
    for (size_t p = 0, i = 0; p < h->percentile_count; p++) {
        uint64_t threshold = (uint64_t)((unsigned __int128)header->gas_used * h->percentiles[p] /
                                        (100 * (uint64_t)PERCENT_UNIT));
        while (i + 1 < count && sum < threshold)
            sum += all[++i].gas;
        td_jsonw_u256(q->w, count ? &all[i].tip : &TD_U256_ZERO);
    }
    td_jsonw_array_end(q->w);
    return TD_OK;
}

typedef int (*history_column)(td_rpc *r, rpc_call *q, const history *h, const td_header *header);

static int column_base_fee(td_rpc *r, rpc_call *q, const history *h, const td_header *header) {
    (void)r, (void)h;
    td_jsonw_u256(q->w, &header->base_fee);
    return TD_OK;
}
static int column_gas_ratio(td_rpc *r, rpc_call *q, const history *h, const td_header *header) {
    (void)r, (void)h;
    write_ratio(q->w, header->gas_used, header->gas_limit);
    return TD_OK;
}
static int column_blob_fee(td_rpc *r, rpc_call *q, const history *h, const td_header *header) {
    (void)r, (void)h;
    td_u256 fee = td_blob_base_fee(header->excess_blob_gas, header->fork);
    td_jsonw_u256(q->w, &fee);
    return TD_OK;
}
static int column_blob_ratio(td_rpc *r, rpc_call *q, const history *h, const td_header *header) {
    (void)r, (void)h;
    td_jsonw_number(q->w, header->blob_gas_used != 0); /* no blob transactions yet: 0 */
    return TD_OK;
}

/* One array of the answer: a value a block, and for prices one more: the next block's. */
static int write_column(td_rpc *r, rpc_call *q, const history *h, const char *key,
                        history_column column, const td_u256 *next) {
    td_jsonw_key(q->w, key);
    td_jsonw_array(q->w);
    for (uint64_t n = h->first; n <= h->last; n++) {
        td_header header;
        td_hash hash;
        int err = td_chain_header(r->chain, n, &header, &hash);
        if (err == TD_OK)
            err = column(r, q, h, &header);
        if (err != TD_OK)
            return err;
    }
    if (next != NULL)
        td_jsonw_u256(q->w, next);
    td_jsonw_array_end(q->w);
    return TD_OK;
}

int rpc_eth_fee_history(td_rpc *r, rpc_call *q) {
    history h = {0};
    td_header last;
    td_hash hash;
    int err = read_history(r, q, &h);
    if (err == TD_OK)
        err = td_chain_header(r->chain, h.last, &last, &hash);
    if (err != TD_OK)
        return err;
    td_u256 next_fee = td_base_fee_next(&last);
    td_u256 next_blob_fee = td_blob_base_fee(td_excess_blob_gas_next(&last, last.fork), last.fork);
    td_jsonw_object(q->w);
    rpc_put_u64(q->w, "oldestBlock", h.first);
    err = write_column(r, q, &h, "baseFeePerGas", column_base_fee, &next_fee);
    if (err == TD_OK)
        err = write_column(r, q, &h, "gasUsedRatio", column_gas_ratio, NULL);
    if (err == TD_OK)
        err = write_column(r, q, &h, "baseFeePerBlobGas", column_blob_fee, &next_blob_fee);
    if (err == TD_OK)
        err = write_column(r, q, &h, "blobGasUsedRatio", column_blob_ratio, NULL);
    if (err == TD_OK && h.percentile_count != 0)
        err = write_column(r, q, &h, "reward", write_rewards, NULL);
    td_jsonw_object_end(q->w);
    return err;
}
