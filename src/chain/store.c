/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of the store: how blocks, receipts, indices and pointers are written
 * as keys and values. Knows nothing of execution.
 */
#include "chain/chain_private.h"

#include "codec/rlp.h"

static const td_bytes head_key = {(const uint8_t *)"head", 4};
static const td_bytes meta_key = {(const uint8_t *)"chain", 5};

enum { HEAD_LEN = 8 + 32 + 32, META_LEN = 8 + 1 + 1 + 32 };

typedef struct number_key {
    uint8_t b[8];
} number_key;

static number_key key_of(uint64_t number) {
    number_key k;
    td_store_be64(k.b, number);
    return k;
}

int chain_meta_put(td_db_batch *b, const chain_meta *meta) {
    uint8_t row[META_LEN];
    td_store_be64(row, meta->id);
    row[8] = (uint8_t)meta->profile;
    row[9] = (uint8_t)meta->fork;
    memcpy(row + 10, meta->genesis_hash.b, 32);
    return td_db_put(b, TD_DB_META, meta_key, TD_BYTES(row, sizeof row));
}

int chain_meta_get(td_db_snap *s, chain_meta *meta) {
    td_bytes row;
    int err = td_db_get(s, TD_DB_META, meta_key, &row);
    if (err != TD_OK)
        return err;
    if (row.len != META_LEN || row.ptr[8] > TD_PROFILE_DUAL || row.ptr[9] >= TD_FORK_COUNT)
        return TD_ERR_CORRUPT;
    meta->id = td_load_be64(row.ptr);
    meta->profile = (td_profile)row.ptr[8];
    meta->fork = (td_fork)row.ptr[9];
    memcpy(meta->genesis_hash.b, row.ptr + 10, 32);
    return TD_OK;
}

int chain_head_put(td_db_batch *b, uint64_t number, const td_hash *hash,
                   const td_hash *state_root) {
    uint8_t row[HEAD_LEN];
    td_store_be64(row, number);
    memcpy(row + 8, hash->b, 32);
    memcpy(row + 40, state_root->b, 32);
    return td_db_put(b, TD_DB_META, head_key, TD_BYTES(row, sizeof row));
}

int chain_head_get(td_db_snap *s, td_fork fork, chain_head *head) {
    td_bytes row;
    int err = td_db_get(s, TD_DB_META, head_key, &row);
    if (err != TD_OK)
        return err;
    if (row.len != HEAD_LEN)
        return TD_ERR_CORRUPT;
    uint64_t number = td_load_be64(row.ptr);
    memcpy(head->state_root.b, row.ptr + 40, 32);
    td_hash want;
    memcpy(want.b, row.ptr + 8, 32);
    err = chain_header_get(s, fork, number, &head->header, &head->hash);
    if (err == TD_ERR_NOT_FOUND)
        return TD_ERR_CORRUPT;
    if (err != TD_OK)
        return err;
    /* Checked after the read as it was before the write: the header hashes to its name. */
    td_hash computed = td_header_hash(&head->header);
    return td_hash_eq(&want, &head->hash) && td_hash_eq(&want, &computed) ? TD_OK : TD_ERR_CORRUPT;
}

int chain_header_get(td_db_snap *s, td_fork fork, uint64_t number, td_header *header,
                     td_hash *hash) {
    number_key key = key_of(number);
    td_bytes row;
    int err = td_db_get(s, TD_DB_HEADER, TD_BYTES_OF(key), &row);
    if (err != TD_OK)
        return err;
    if (row.len < 32 || td_header_decode(header, TD_BYTES(row.ptr + 32, row.len - 32)) != TD_OK ||
        header->number != number)
        return TD_ERR_CORRUPT;
    header->fork = fork; /* the field count tells the form, the chain tells the fork */
    memcpy(hash->b, row.ptr, 32);
    return TD_OK;
}

static int put_out(td_db_batch *b, td_db_column column, td_bytes key, td_out *out) {
    int err = out->failed ? TD_ERR_NOMEM : td_db_put(b, column, key, td_out_peek(out));
    out->len = 0;
    return err;
}

/* A transaction is stored as its wire form, its sender (recovered once) and whether it was
 * impersonated. */
static void body_write(td_out *out, const td_tx *const *txs, size_t tx_count) {
    size_t list = td_rlp_begin(out);
    for (size_t i = 0; i < tx_count; i++) {
        size_t item = td_rlp_begin(out);
        td_rlp_put_bytes(out, txs[i]->raw.ptr, txs[i]->raw.len);
        td_rlp_put_bytes(out, txs[i]->sender.b, 20);
        td_rlp_put_u64(out, txs[i]->impersonated);
        td_rlp_end(out, item);
    }
    td_rlp_end(out, list);
}

static int index_put(td_db_batch *b, const td_header *header, const td_hash *hash,
                     const td_tx *const *txs, size_t tx_count) {
    number_key key = key_of(header->number);
    int err = td_db_put(b, TD_DB_BLOCK_BY_HASH, TD_BYTES_OF(*hash), TD_BYTES_OF(key));
    for (size_t i = 0; err == TD_OK && i < tx_count; i++) {
        uint8_t place[12];
        memcpy(place, key.b, 8);
        td_store_be32(place + 8, (uint32_t)i);
        err = td_db_put(b, TD_DB_TX_BY_HASH, TD_BYTES_OF(txs[i]->hash),
                        TD_BYTES(place, sizeof place));
    }
    return err;
}

int chain_block_put(td_db_batch *b, const td_header *header, const td_hash *hash,
                    const td_tx *const *txs, size_t tx_count, const td_receipt *receipts) {
    number_key key = key_of(header->number);
    td_out out;
    td_out_init(&out, TD_DB_VALUE_LEN_MAX);
    td_out_put(&out, hash->b, 32);
    td_header_encode(&out, header);
    int err = put_out(b, TD_DB_HEADER, TD_BYTES_OF(key), &out);
    if (err == TD_OK) {
        body_write(&out, txs, tx_count);
        err = put_out(b, TD_DB_BODY, TD_BYTES_OF(key), &out);
    }
    if (err == TD_OK) {
        size_t list = td_rlp_begin(&out);
        for (size_t i = 0; i < tx_count; i++)
            td_receipt_store(&out, &receipts[i]);
        td_rlp_end(&out, list);
        err = put_out(b, TD_DB_RECEIPTS, TD_BYTES_OF(key), &out);
    }
    if (err == TD_OK)
        err = index_put(b, header, hash, txs, tx_count);
    td_out_fini(&out);
    return err;
}

int chain_block_del(td_chain *c, td_db_batch *b, uint64_t number) {
    number_key key = key_of(number);
    td_arena_mark mark = td_arena_here(&c->scratch);
    td_block block;
    int err = td_chain_block(c, &c->scratch, number, &block);
    for (size_t i = 0; err == TD_OK && i < block.tx_count; i++)
        err = td_db_del(b, TD_DB_TX_BY_HASH, TD_BYTES_OF(block.txs[i].hash));
    if (err == TD_OK)
        err = td_db_del(b, TD_DB_BLOCK_BY_HASH, TD_BYTES_OF(block.hash));
    static const td_db_column by_number[] = {TD_DB_HEADER, TD_DB_BODY, TD_DB_RECEIPTS};
    for (size_t i = 0; err == TD_OK && i < TD_COUNT(by_number); i++)
        err = td_db_del(b, by_number[i], TD_BYTES_OF(key));
    td_arena_rewind(&c->scratch, mark);
    return err;
}

/* Reads one stored transaction; the span borrows from the snapshot. */
static int body_tx(td_arena *a, td_rlp *items, td_tx *tx) {
    td_rlp item;
    td_bytes raw;
    td_addr sender;
    uint64_t impersonated;
    if (td_rlp_list(items, &item) != TD_OK || td_rlp_bytes(&item, &raw) != TD_OK ||
        td_rlp_fixed(&item, sender.b, 20) != TD_OK || td_rlp_u64(&item, &impersonated) != TD_OK)
        return TD_ERR_CORRUPT;
    uint8_t *copy = td_arena_copy(a, raw.ptr, raw.len); /* outlives the snapshot */
    if (copy == NULL)
        return TD_ERR_NOMEM;
    int err = td_tx_parse(tx, a, NULL, TD_BYTES(copy, raw.len));
    if (err != TD_OK)
        return err == TD_ERR_NOMEM ? err : TD_ERR_CORRUPT;
    tx->sender = sender;
    tx->impersonated = impersonated != 0;
    return TD_OK;
}

/* The length of the block as Ethereum encodes it: [header, txs, ommers, withdrawals]. */
static size_t block_len(const td_block *block) {
    size_t header_len, txs_len = 0;
    td_out out;
    td_out_init(&out, 4096);
    td_header_encode(&out, &block->header);
    header_len = out.len;
    for (size_t i = 0; i < block->tx_count; i++) {
        out.len = 0;
        const td_tx *tx = &block->txs[i];
        size_t n = tx->raw.len;
        txs_len += tx->type == TD_TX_LEGACY ? n
                                            : n + (n < 56      ? 1
                                                   : n < 256   ? 2
                                                   : n < 65536 ? 3
                                                               : 4);
    }
    out.len = 0;
    td_rlp_put_list_header(&out, txs_len);
    size_t body = header_len + out.len + txs_len + 1 + (block->header.fork >= TD_FORK_SHANGHAI);
    out.len = 0;
    td_rlp_put_list_header(&out, body);
    size_t total = body + out.len;
    td_out_fini(&out);
    return total;
}

int td_chain_block(td_chain *c, td_arena *a, uint64_t number, td_block *out) {
    int err = chain_header_get(c->snap, c->fork, number, &out->header, &out->hash);
    if (err != TD_OK)
        return err;
    number_key key = key_of(number);
    td_bytes row;
    td_rlp whole, items;
    if (td_db_get(c->snap, TD_DB_BODY, TD_BYTES_OF(key), &row) != TD_OK)
        return TD_ERR_CORRUPT;
    whole = td_rlp_over(row);
    size_t count;
    if (td_rlp_list(&whole, &items) != TD_OK || td_rlp_count(items, &count) != TD_OK)
        return TD_ERR_CORRUPT;
    out->txs = td_arena_alloc(a, (count ? count : 1) * sizeof *out->txs);
    if (out->txs == NULL)
        return TD_ERR_NOMEM;
    out->tx_count = count;
    for (size_t i = 0; i < count; i++)
        if ((err = body_tx(a, &items, &out->txs[i])) != TD_OK)
            return err;
    out->len = block_len(out);
    return TD_OK;
}

int td_chain_receipts(td_chain *c, td_arena *a, uint64_t number, td_receipt **out, size_t *count) {
    number_key key = key_of(number);
    td_bytes row;
    int err = td_db_get(c->snap, TD_DB_RECEIPTS, TD_BYTES_OF(key), &row);
    if (err != TD_OK)
        return err;
    /* Logs borrow from the bytes read: take a copy that lives as long as the arena. */
    uint8_t *copy = td_arena_copy(a, row.ptr, row.len);
    if (copy == NULL)
        return TD_ERR_NOMEM;
    td_rlp whole = td_rlp_over(TD_BYTES(copy, row.len)), items;
    if (td_rlp_list(&whole, &items) != TD_OK || td_rlp_count(items, count) != TD_OK)
        return TD_ERR_CORRUPT;
    *out = td_arena_zalloc(a, (*count ? *count : 1) * sizeof **out);
    if (*out == NULL)
        return TD_ERR_NOMEM;
    for (size_t i = 0; i < *count; i++)
        if ((err = td_receipt_load(&(*out)[i], a, &items)) != TD_OK)
            return err == TD_ERR_NOMEM ? err : TD_ERR_CORRUPT;
    return TD_OK;
}

int td_chain_header(td_chain *c, uint64_t number, td_header *out, td_hash *hash) {
    return chain_header_get(c->snap, c->fork, number, out, hash);
}

int td_chain_number_of(td_chain *c, const td_hash *hash, uint64_t *number) {
    td_bytes row;
    int err = td_db_get(c->snap, TD_DB_BLOCK_BY_HASH, TD_BYTES_OF(*hash), &row);
    if (err == TD_OK && row.len != 8)
        err = TD_ERR_CORRUPT;
    if (err == TD_OK)
        *number = td_load_be64(row.ptr);
    return err;
}

int td_chain_tx_find(td_chain *c, const td_hash *hash, uint64_t *number, uint32_t *index) {
    td_bytes row;
    int err = td_db_get(c->snap, TD_DB_TX_BY_HASH, TD_BYTES_OF(*hash), &row);
    if (err == TD_OK && row.len != 12)
        err = TD_ERR_CORRUPT;
    if (err == TD_OK) {
        *number = td_load_be64(row.ptr);
        *index = td_load_be32(row.ptr + 8);
    }
    return err;
}

static int batch_node_get(void *ctx, const td_hash *hash, td_bytes *node) {
    chain_batch_nodes *n = ctx;
    td_bytes found;
    int err = td_db_batch_get(n->batch, TD_DB_NODE, TD_BYTES_OF(*hash), &found);
    if (err != TD_OK)
        return err;
    *node = TD_BYTES(td_arena_copy(n->arena, found.ptr, found.len), found.len);
    return node->ptr == NULL ? TD_ERR_NOMEM : TD_OK;
}
static int batch_node_put(void *ctx, const td_hash *hash, td_bytes node) {
    chain_batch_nodes *n = ctx;
    return td_db_put(n->batch, TD_DB_NODE, TD_BYTES_OF(*hash), node);
}
static int snap_node_get(void *ctx, const td_hash *hash, td_bytes *node) {
    return td_db_get(ctx, TD_DB_NODE, TD_BYTES_OF(*hash), node);
}

td_node_store chain_nodes_of_batch(chain_batch_nodes *nodes) {
    return (td_node_store){batch_node_get, batch_node_put, nodes};
}
td_node_store chain_nodes_of_snap(td_db_snap *s) {
    return (td_node_store){snap_node_get, NULL, s};
}
