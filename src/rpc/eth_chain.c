/* SPDX-License-Identifier: Apache-2.0
 *
 * eth_*: blocks, transactions and receipts of the chain, and what the node says
 * of itself.
 */
#include "rpc/rpc_private.h"

#include <stdio.h>

int rpc_eth_block_number(td_rpc *r, rpc_call *q) {
    td_jsonw_u64(q->w, td_chain_head_peek(r->chain)->number);
    return TD_OK;
}

int rpc_eth_chain_id(td_rpc *r, rpc_call *q) {
    td_jsonw_u64(q->w, td_chain_id(r->chain));
    return TD_OK;
}

int rpc_net_version(td_rpc *r, rpc_call *q) {
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)td_chain_id(r->chain));
    td_jsonw_str(q->w, text);
    return TD_OK;
}

int rpc_net_listening(td_rpc *r, rpc_call *q) {
    (void)r;
    td_jsonw_bool(q->w, true);
    return TD_OK;
}

int rpc_web3_client_version(td_rpc *r, rpc_call *q) {
    td_jsonw_str(q->w, r->config.client_version);
    return TD_OK;
}

int rpc_eth_syncing(td_rpc *r, rpc_call *q) {
    (void)r;
    td_jsonw_bool(q->w, false);
    return TD_OK;
}

/* The block of parameter 0; *found is false when there is none (the answer is then null). */
static int load_block(td_rpc *r, rpc_call *q, td_block *block, bool *found) {
    rpc_block id;
    if (rpc_param(q, 0) == NULL)
        return td_diag_set(&q->diag, TD_ERR_ARGS, "missing value for required argument 0");
    int err = rpc_param_block(r, q, 0, &id);
    if (err != TD_OK)
        return err;
    *found = id.found;
    return id.found ? td_chain_block(r->chain, q->arena, id.number, block) : TD_OK;
}

int rpc_eth_get_block(td_rpc *r, rpc_call *q) {
    td_block block;
    bool found, full = false;
    int err = load_block(r, q, &block, &found);
    if (err == TD_OK && rpc_param(q, 1) != NULL)
        err = rpc_param_bool(q, 1, &full);
    if (err != TD_OK)
        return err;
    if (found)
        rpc_write_block(q->w, &block, full);
    else
        td_jsonw_null(q->w);
    return TD_OK;
}

int rpc_eth_get_block_tx_count(td_rpc *r, rpc_call *q) {
    td_block block;
    bool found;
    int err = load_block(r, q, &block, &found);
    if (err != TD_OK)
        return err;
    if (found)
        td_jsonw_u64(q->w, block.tx_count);
    else
        td_jsonw_null(q->w);
    return TD_OK;
}

int rpc_eth_get_block_receipts(td_rpc *r, rpc_call *q) {
    td_block block;
    bool found;
    td_receipt *receipts;
    size_t count, log_index = 0;
    int err = load_block(r, q, &block, &found);
    if (err == TD_OK && found)
        err = td_chain_receipts(r->chain, q->arena, block.header.number, &receipts, &count);
    if (err != TD_OK)
        return err;
    if (!found) {
        td_jsonw_null(q->w);
        return TD_OK;
    }
    td_jsonw_array(q->w);
    for (size_t i = 0; i < count && i < block.tx_count; i++) {
        rpc_place place = {&block.header, &block.hash, (uint32_t)i};
        rpc_write_receipt(q->w, &block.txs[i], &receipts[i], &place, log_index);
        log_index += receipts[i].log_count;
    }
    td_jsonw_array_end(q->w);
    return TD_OK;
}

int rpc_eth_get_tx_by_index(td_rpc *r, rpc_call *q) {
    td_block block;
    bool found;
    uint64_t index;
    int err = load_block(r, q, &block, &found);
    if (err == TD_OK)
        err = rpc_param_u64(q, 1, &index);
    if (err != TD_OK)
        return err;
    rpc_place place = {&block.header, &block.hash, (uint32_t)index};
    if (found && index < block.tx_count)
        rpc_write_tx(q->w, &block.txs[index], &place);
    else
        td_jsonw_null(q->w);
    return TD_OK;
}

/* The sealed transaction named by parameter 0: its block, index and the sum of logs before it. */
typedef struct sealed {
    td_block block;
    uint32_t index;
    td_receipt *receipts;
    size_t log_index;
} sealed;

static int load_sealed(td_rpc *r, rpc_call *q, const td_hash *hash, sealed *out) {
    uint64_t number;
    size_t count;
    int err = td_chain_tx_find(r->chain, hash, &number, &out->index);
    if (err == TD_OK)
        err = td_chain_block(r->chain, q->arena, number, &out->block);
    if (err == TD_OK)
        err = td_chain_receipts(r->chain, q->arena, number, &out->receipts, &count);
    if (err == TD_OK && (out->index >= count || out->index >= out->block.tx_count))
        err = TD_ERR_CORRUPT;
    out->log_index = 0;
    for (uint32_t i = 0; err == TD_OK && i < out->index; i++)
        out->log_index += out->receipts[i].log_count;
    return err;
}

int rpc_eth_get_tx_by_hash(td_rpc *r, rpc_call *q) {
    td_hash hash;
    sealed at;
    int err = rpc_param_hash(q, 0, &hash);
    if (err != TD_OK)
        return err;
    err = load_sealed(r, q, &hash, &at);
    if (err == TD_OK) {
        rpc_place place = {&at.block.header, &at.block.hash, at.index};
        rpc_write_tx(q->w, &at.block.txs[at.index], &place);
        return TD_OK;
    }
    if (err != TD_ERR_NOT_FOUND)
        return err;
    const td_tx *waiting = td_pool_get(td_chain_pool(r->chain), &hash);
    if (waiting != NULL)
        rpc_write_tx(q->w, waiting, &(rpc_place){0});
    else
        td_jsonw_null(q->w);
    return TD_OK;
}

/* The sealed transaction of parameter 0: 1 found, 0 when the answer is null (written), or a td_err.
 */
static int param_sealed(td_rpc *r, rpc_call *q, sealed *at) {
    td_hash hash;
    int err = rpc_param_hash(q, 0, &hash);
    if (err == TD_OK)
        err = load_sealed(r, q, &hash, at);
    if (err == TD_ERR_NOT_FOUND)
        td_jsonw_null(q->w);
    return err == TD_OK ? 1 : err == TD_ERR_NOT_FOUND ? 0 : err;
}

int rpc_eth_get_receipt(td_rpc *r, rpc_call *q) {
    sealed at;
    int found = param_sealed(r, q, &at);
    if (found <= 0)
        return found;
    rpc_place place = {&at.block.header, &at.block.hash, at.index};
    rpc_write_receipt(q->w, &at.block.txs[at.index], &at.receipts[at.index], &place, at.log_index);
    return TD_OK;
}

/* The three resources of a transaction (rulings.md 3), and which machines ran in it. */
int rpc_tandem_get_resources(td_rpc *r, rpc_call *q) {
    sealed at;
    int found = param_sealed(r, q, &at);
    if (found <= 0)
        return found;
    const td_receipt *receipt = &at.receipts[at.index];
    td_jsonw_object(q->w);
    rpc_put_u64(q->w, "gasUsed", receipt->gas_used);
    rpc_put_u64(q->w, "refTime", receipt->resources.ref_time);
    rpc_put_u64(q->w, "proofSize", receipt->resources.proof_size);
    td_jsonw_key(q->w, "storageDeposit"); /* signed: a JSON number */
    td_jsonw_number(q->w, receipt->resources.deposit);
    td_jsonw_key(q->w, "machines");
    td_jsonw_array(q->w);
    if (receipt->machines & TD_MACHINE_EVM)
        td_jsonw_str(q->w, "evm");
    if (receipt->machines & TD_MACHINE_PVM)
        td_jsonw_str(q->w, "pvm");
    td_jsonw_array_end(q->w);
    td_jsonw_object_end(q->w);
    return TD_OK;
}

/* --- the pool
 * ------------------------------------------------------------------------------------- */

static bool is_executable(td_rpc *r, td_state *s, const td_tx *tx) {
    uint64_t nonce = td_state_nonce(s, &tx->sender);
    return tx->nonce < td_pool_next_nonce(td_chain_pool(r->chain), &tx->sender, nonce);
}

int rpc_txpool_status(td_rpc *r, rpc_call *q) {
    td_state *s;
    uint64_t pending = 0, queued = 0;
    int err = td_chain_state(r->chain, td_chain_head_peek(r->chain)->number, &s);
    if (err != TD_OK)
        return err;
    const td_tx *tx;
    for (size_t at = 0; (tx = td_pool_walk(td_chain_pool(r->chain), &at)) != NULL;)
        *(is_executable(r, s, tx) ? &pending : &queued) += 1;
    td_jsonw_object(q->w);
    rpc_put_u64(q->w, "pending", pending);
    rpc_put_u64(q->w, "queued", queued);
    td_jsonw_object_end(q->w);
    return TD_OK;
}

/* Transactions by sender and nonce. The walk gives a sender's transactions in a row. */
static void write_content(td_rpc *r, td_jsonw *w, td_state *s, bool executable) {
    const td_tx *tx;
    td_addr sender = {0};
    bool open = false;
    td_jsonw_object(w);
    for (size_t at = 0; (tx = td_pool_walk(td_chain_pool(r->chain), &at)) != NULL;) {
        if (is_executable(r, s, tx) != executable)
            continue;
        if (!open || !td_addr_eq(&sender, &tx->sender)) {
            char name[43];
            if (open)
                td_jsonw_object_end(w);
            sender = tx->sender;
            td_addr_checksum(name, &sender);
            td_jsonw_key(w, name);
            td_jsonw_object(w);
            open = true;
        }
        char nonce[24];
        (void)snprintf(nonce, sizeof nonce, "%llu", (unsigned long long)tx->nonce);
        td_jsonw_key(w, nonce);
        rpc_write_tx(w, tx, &(rpc_place){0});
    }
    if (open)
        td_jsonw_object_end(w);
    td_jsonw_object_end(w);
}

int rpc_txpool_content(td_rpc *r, rpc_call *q) {
    td_state *s;
    int err = td_chain_state(r->chain, td_chain_head_peek(r->chain)->number, &s);
    if (err != TD_OK)
        return err;
    td_jsonw_object(q->w);
    td_jsonw_key(q->w, "pending");
    write_content(r, q->w, s, true);
    td_jsonw_key(q->w, "queued");
    write_content(r, q->w, s, false);
    td_jsonw_object_end(q->w);
    return TD_OK;
}
