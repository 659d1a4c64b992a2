/* SPDX-License-Identifier: Apache-2.0
 *
 * The fields of transactions, read and written one by one, for all types.
 */
#include "eth/tx_private.h"

enum { ACCESS_ENTRY_LEN_MIN = 23 /* list header, address, empty key list */, KEY_ITEM_LEN = 33 };

int td_tx_parity_read(td_tx *tx) {
    if (tx->sig_v > 1)
        return TD_ERR_SIGNATURE;
    tx->is_protected = true;
    tx->sig.y_parity = (uint8_t)tx->sig_v;
    return TD_OK;
}

int td_tx_parity_make(td_tx *tx) {
    tx->is_protected = true;
    tx->sig_v = tx->sig.y_parity;
    return TD_OK;
}

int td_tx_field_bad(td_diag *diag, int err, const char *field) {
    return td_diag_set(diag, err, "transaction field %s: %s", field,
                       err == TD_ERR_RANGE    ? "the number is too large"
                       : err == TD_ERR_FORMAT ? "missing or malformed RLP"
                                              : td_err_text(err));
}

static int read_to(td_tx *tx, td_rlp *fields) {
    td_bytes bytes;
    int err = td_rlp_bytes(fields, &bytes);
    if (err < 0)
        return err;
    if (bytes.len != 0 && bytes.len != sizeof tx->to.b)
        return TD_ERR_FORMAT;
    tx->create = bytes.len == 0;
    if (!tx->create)
        memcpy(tx->to.b, bytes.ptr, sizeof tx->to.b);
    return TD_OK;
}

static int read_gas_price(td_tx *tx, td_rlp *fields) {
    int err = td_rlp_u256(fields, &tx->fee_max);
    tx->tip_max = tx->fee_max;
    return err;
}

/* One entry: [address, [key, …]]. */
static int read_access_entry(td_access *out, td_arena *a, td_rlp *entries) {
    td_rlp entry, keys;
    int err = td_rlp_list(entries, &entry);
    if (err == TD_OK)
        err = td_rlp_fixed(&entry, out->addr.b, sizeof out->addr.b);
    if (err == TD_OK)
        err = td_rlp_list(&entry, &keys);
    if (err < 0)
        return err;
    size_t len = (size_t)(keys.end - keys.at);
    if (!td_rlp_done(&entry) || len % KEY_ITEM_LEN != 0)
        return TD_ERR_FORMAT;
    out->key_count = len / KEY_ITEM_LEN;
    td_hash *copies = td_arena_alloc(a, out->key_count * sizeof *copies);
    if (copies == NULL)
        return TD_ERR_NOMEM;
    for (size_t i = 0; i < out->key_count; i++) {
        err = td_rlp_fixed(&keys, copies[i].b, sizeof copies[i].b);
        if (err < 0)
            return err;
    }
    out->keys = copies;
    return TD_OK;
}

static int read_access(td_tx *tx, td_arena *a, td_rlp *fields) {
    td_rlp entries;
    size_t count;
    int err = td_rlp_list(fields, &entries);
    if (err == TD_OK)
        err = td_rlp_count(entries, &count);
    if (err < 0)
        return err;
    /* So many entries have no room in these bytes; without this, tiny items would buy large arrays.
     */
    if (count > (size_t)(entries.end - entries.at) / ACCESS_ENTRY_LEN_MIN)
        return TD_ERR_FORMAT;
    td_access *access = td_arena_alloc(a, count * sizeof *access);
    if (access == NULL)
        return TD_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        err = read_access_entry(&access[i], a, &entries);
        if (err < 0)
            return err;
    }
    tx->access = access;
    tx->access_count = count;
    return TD_OK;
}

static int read(td_tx *tx, td_arena *a, tx_field f, td_rlp *fields) {
    switch (f) {
    case TX_CHAIN_ID: return td_rlp_u64(fields, &tx->chain_id);
    case TX_NONCE: return td_rlp_u64(fields, &tx->nonce);
    case TX_GAS_PRICE: return read_gas_price(tx, fields);
    case TX_TIP_MAX: return td_rlp_u256(fields, &tx->tip_max);
    case TX_FEE_MAX: return td_rlp_u256(fields, &tx->fee_max);
    case TX_GAS_LIMIT: return td_rlp_u64(fields, &tx->gas_limit);
    case TX_TO: return read_to(tx, fields);
    case TX_VALUE: return td_rlp_u256(fields, &tx->value);
    case TX_DATA: return td_rlp_bytes(fields, &tx->data);
    case TX_ACCESS: return read_access(tx, a, fields);
    }
    return TD_ERR_INVALID;
}

int td_tx_field_read(td_tx *tx, td_arena *a, td_diag *diag, tx_field f, td_rlp *fields) {
    /* As JSON-RPC names them. */
    static const char *const names[] = {
        [TX_CHAIN_ID] = "chainId",
        [TX_NONCE] = "nonce",
        [TX_GAS_PRICE] = "gasPrice",
        [TX_TIP_MAX] = "maxPriorityFeePerGas",
        [TX_FEE_MAX] = "maxFeePerGas",
        [TX_GAS_LIMIT] = "gas",
        [TX_TO] = "to",
        [TX_VALUE] = "value",
        [TX_DATA] = "input",
        [TX_ACCESS] = "accessList",
    };
    int err = read(tx, a, f, fields);
    return err < 0 ? td_tx_field_bad(diag, err, names[f]) : TD_OK;
}

static void write_access(td_out *out, const td_tx *tx) {
    size_t list = td_rlp_begin(out);
    for (size_t i = 0; i < tx->access_count; i++) {
        const td_access *entry = &tx->access[i];
        size_t pair = td_rlp_begin(out);
        td_rlp_put_bytes(out, entry->addr.b, sizeof entry->addr.b);
        td_rlp_put_list_header(out, entry->key_count * KEY_ITEM_LEN);
        for (size_t k = 0; k < entry->key_count; k++)
            td_rlp_put_bytes(out, entry->keys[k].b, sizeof entry->keys[k].b);
        td_rlp_end(out, pair);
    }
    td_rlp_end(out, list);
}

void td_tx_field_write(td_out *out, const td_tx *tx, tx_field f) {
    switch (f) {
    case TX_CHAIN_ID: td_rlp_put_u64(out, tx->chain_id); return;
    case TX_NONCE: td_rlp_put_u64(out, tx->nonce); return;
    case TX_GAS_PRICE:
    case TX_FEE_MAX: td_rlp_put_u256(out, &tx->fee_max); return;
    case TX_TIP_MAX: td_rlp_put_u256(out, &tx->tip_max); return;
    case TX_GAS_LIMIT: td_rlp_put_u64(out, tx->gas_limit); return;
    case TX_TO: td_rlp_put_bytes(out, tx->to.b, tx->create ? 0 : sizeof tx->to.b); return;
    case TX_VALUE: td_rlp_put_u256(out, &tx->value); return;
    case TX_DATA: td_rlp_put_bytes(out, tx->data.ptr, tx->data.len); return;
    case TX_ACCESS: write_access(out, tx); return;
    }
}
