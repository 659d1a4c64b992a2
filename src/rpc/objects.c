/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks, transactions, receipts and logs as JSON, with geth's field names.
 */
#include "rpc/rpc_private.h"

void rpc_put_u64(td_jsonw *w, const char *key, uint64_t value) {
    td_jsonw_key(w, key);
    td_jsonw_u64(w, value);
}

void rpc_put_u256(td_jsonw *w, const char *key, const td_u256 *value) {
    td_jsonw_key(w, key);
    td_jsonw_u256(w, value);
}

void rpc_put_data(td_jsonw *w, const char *key, const void *ptr, size_t len) {
    td_jsonw_key(w, key);
    td_jsonw_data(w, ptr, len);
}

void rpc_put_str(td_jsonw *w, const char *key, const char *text) {
    td_jsonw_key(w, key);
    td_jsonw_str(w, text);
}

static void put_null(td_jsonw *w, const char *key) {
    td_jsonw_key(w, key);
    td_jsonw_null(w);
}

static void put_place(td_jsonw *w, const rpc_place *place) {
    if (place->block_hash == NULL) {
        put_null(w, "blockHash");
        put_null(w, "blockNumber");
        put_null(w, "transactionIndex");
        return;
    }
    rpc_put_data(w, "blockHash", place->block_hash->b, 32);
    rpc_put_u64(w, "blockNumber", place->header->number);
    rpc_put_u64(w, "transactionIndex", place->index);
}

static void put_access(td_jsonw *w, const td_tx *tx) {
    td_jsonw_key(w, "accessList");
    td_jsonw_array(w);
    for (size_t i = 0; i < tx->access_count; i++) {
        td_jsonw_object(w);
        rpc_put_data(w, "address", tx->access[i].addr.b, 20);
        td_jsonw_key(w, "storageKeys");
        td_jsonw_array(w);
        for (size_t j = 0; j < tx->access[i].key_count; j++)
            td_jsonw_data(w, tx->access[i].keys[j].b, 32);
        td_jsonw_array_end(w);
        td_jsonw_object_end(w);
    }
    td_jsonw_array_end(w);
}

static void put_to(td_jsonw *w, const td_tx *tx) {
    if (tx->create)
        put_null(w, "to");
    else
        rpc_put_data(w, "to", tx->to.b, 20);
}

static void put_signature(td_jsonw *w, const td_tx *tx) {
    td_u256 r = td_u256_load_be(tx->sig.r), s = td_u256_load_be(tx->sig.s);
    rpc_put_u64(w, "v", tx->type == TD_TX_LEGACY ? tx->sig_v : tx->sig.y_parity);
    rpc_put_u256(w, "r", &r);
    rpc_put_u256(w, "s", &s);
    if (tx->type != TD_TX_LEGACY)
        rpc_put_u64(w, "yParity", tx->sig.y_parity);
}

void rpc_write_tx(td_jsonw *w, const td_tx *tx, const rpc_place *place) {
    td_jsonw_object(w);
    put_place(w, place);
    rpc_put_data(w, "from", tx->sender.b, 20);
    rpc_put_u64(w, "gas", tx->gas_limit);
    td_u256 price = place->header != NULL ? td_tx_price(tx, &place->header->base_fee) : tx->fee_max;
    rpc_put_u256(w, "gasPrice", &price);
    if (tx->type == TD_TX_DYNAMIC_FEE) {
        rpc_put_u256(w, "maxFeePerGas", &tx->fee_max);
        rpc_put_u256(w, "maxPriorityFeePerGas", &tx->tip_max);
    }
    rpc_put_data(w, "hash", tx->hash.b, 32);
    rpc_put_data(w, "input", tx->data.ptr, tx->data.len);
    rpc_put_u64(w, "nonce", tx->nonce);
    put_to(w, tx);
    rpc_put_u256(w, "value", &tx->value);
    rpc_put_u64(w, "type", tx->type);
    if (tx->type != TD_TX_LEGACY)
        put_access(w, tx);
    if (tx->is_protected)
        rpc_put_u64(w, "chainId", tx->chain_id);
    put_signature(w, tx);
    td_jsonw_object_end(w);
}

/* Fields that came with a fork are written from it on. */
static void put_newer_fields(td_jsonw *w, const td_header *h) {
    if (h->fork >= TD_FORK_LONDON)
        rpc_put_u256(w, "baseFeePerGas", &h->base_fee);
    if (h->fork >= TD_FORK_SHANGHAI) {
        rpc_put_data(w, "withdrawalsRoot", h->withdrawals_root.b, 32);
        td_jsonw_key(w, "withdrawals");
        td_jsonw_array(w);
        td_jsonw_array_end(w);
    }
    if (h->fork >= TD_FORK_CANCUN) {
        rpc_put_u64(w, "blobGasUsed", h->blob_gas_used);
        rpc_put_u64(w, "excessBlobGas", h->excess_blob_gas);
        rpc_put_data(w, "parentBeaconBlockRoot", h->beacon_root.b, 32);
    }
    if (h->fork >= TD_FORK_PRAGUE)
        rpc_put_data(w, "requestsHash", h->requests_hash.b, 32);
}

static void put_header(td_jsonw *w, const td_header *h) {
    rpc_put_u64(w, "number", h->number);
    rpc_put_data(w, "parentHash", h->parent_hash.b, 32);
    rpc_put_data(w, "nonce", h->nonce, 8);
    rpc_put_data(w, "mixHash", h->mix_hash.b, 32);
    rpc_put_data(w, "sha3Uncles", h->ommers_hash.b, 32);
    rpc_put_data(w, "logsBloom", h->bloom.b, 256);
    rpc_put_data(w, "transactionsRoot", h->tx_root.b, 32);
    rpc_put_data(w, "stateRoot", h->state_root.b, 32);
    rpc_put_data(w, "receiptsRoot", h->receipts_root.b, 32);
    rpc_put_data(w, "miner", h->coinbase.b, 20);
    rpc_put_u256(w, "difficulty", &h->difficulty);
    rpc_put_data(w, "extraData", h->extra, h->extra_len);
    rpc_put_u64(w, "gasLimit", h->gas_limit);
    rpc_put_u64(w, "gasUsed", h->gas_used);
    rpc_put_u64(w, "timestamp", h->timestamp);
    put_newer_fields(w, h);
}

void rpc_write_block(td_jsonw *w, const td_block *block, bool full) {
    td_jsonw_object(w);
    rpc_put_data(w, "hash", block->hash.b, 32);
    put_header(w, &block->header);
    rpc_put_u64(w, "size", block->len);
    td_jsonw_key(w, "uncles");
    td_jsonw_array(w);
    td_jsonw_array_end(w);
    td_jsonw_key(w, "transactions");
    td_jsonw_array(w);
    for (size_t i = 0; i < block->tx_count; i++) {
        rpc_place place = {&block->header, &block->hash, (uint32_t)i};
        if (full)
            rpc_write_tx(w, &block->txs[i], &place);
        else
            td_jsonw_data(w, block->txs[i].hash.b, 32);
    }
    td_jsonw_array_end(w);
    td_jsonw_object_end(w);
}

void rpc_write_log(td_jsonw *w, const td_log_entry *log, const td_hash *tx_hash,
                   const rpc_place *place, size_t log_index) {
    td_jsonw_object(w);
    rpc_put_data(w, "address", log->addr.b, 20);
    td_jsonw_key(w, "topics");
    td_jsonw_array(w);
    for (size_t i = 0; i < log->topic_count; i++)
        td_jsonw_data(w, log->topics[i].b, 32);
    td_jsonw_array_end(w);
    rpc_put_data(w, "data", log->data.ptr, log->data.len);
    put_place(w, place);
    rpc_put_data(w, "transactionHash", tx_hash->b, 32);
    rpc_put_u64(w, "blockTimestamp", place->header->timestamp);
    rpc_put_u64(w, "logIndex", log_index);
    td_jsonw_key(w, "removed");
    td_jsonw_bool(w, false);
    td_jsonw_object_end(w);
}

void rpc_write_receipt(td_jsonw *w, const td_tx *tx, const td_receipt *receipt,
                       const rpc_place *place, size_t log_index) {
    td_jsonw_object(w);
    put_place(w, place);
    rpc_put_data(w, "transactionHash", tx->hash.b, 32);
    rpc_put_data(w, "from", tx->sender.b, 20);
    put_to(w, tx);
    rpc_put_u64(w, "cumulativeGasUsed", receipt->cumulative_gas);
    rpc_put_u64(w, "gasUsed", receipt->gas_used);
    rpc_put_u256(w, "effectiveGasPrice", &receipt->effective_price);
    if (receipt->has_contract)
        rpc_put_data(w, "contractAddress", receipt->contract.b, 20);
    else
        put_null(w, "contractAddress");
    td_jsonw_key(w, "logs");
    td_jsonw_array(w);
    for (size_t i = 0; i < receipt->log_count; i++)
        rpc_write_log(w, &receipt->logs[i], &tx->hash, place, log_index + i);
    td_jsonw_array_end(w);
    rpc_put_data(w, "logsBloom", receipt->bloom.b, 256);
    rpc_put_u64(w, "status", receipt->status);
    rpc_put_u64(w, "type", receipt->type);
    td_jsonw_object_end(w);
}
