/* SPDX-License-Identifier: Apache-2.0
 *
 * Readers of parameters. Each failure names the argument's index and what was
 * wrong with it; unknown keys of objects are skipped, as clients send many.
 */
#include "rpc/rpc_private.h"

enum {
    DATA_LEN_MAX = 4 << 20,
    OVERRIDES_MAX = 1024,
    OVERRIDE_SLOTS_MAX = 65536,
    ACCESS_MAX = 65536
};

const td_json *rpc_param(const rpc_call *q, size_t index) {
    const td_json *value = td_json_at(q->params, index);
    return td_json_typeof(value) == TD_JSON_NULL ? NULL : value;
}

static const td_json *required(rpc_call *q, size_t index) {
    const td_json *value = rpc_param(q, index);
    if (value == NULL)
        (void)td_diag_set(&q->diag, TD_ERR_ARGS, "missing value for required argument %zu", index);
    return value;
}

int rpc_param_addr(rpc_call *q, size_t index, td_addr *out) {
    const td_json *value = required(q, index);
    if (value == NULL)
        return TD_ERR_ARGS;
    return td_json_addr(value, out) ? TD_OK
                                    : rpc_bad_param(q, index, "an address is 0x and 40 hex digits");
}

int rpc_param_hash(rpc_call *q, size_t index, td_hash *out) {
    const td_json *value = required(q, index);
    if (value == NULL)
        return TD_ERR_ARGS;
    return td_json_hash(value, out) ? TD_OK
                                    : rpc_bad_param(q, index, "a hash is 0x and 64 hex digits");
}

int rpc_param_u256(rpc_call *q, size_t index, td_u256 *out) {
    const td_json *value = required(q, index);
    if (value == NULL)
        return TD_ERR_ARGS;
    return td_json_u256(value, out) == TD_OK
               ? TD_OK
               : rpc_bad_param(q, index, "not a quantity of at most 256 bits");
}

int rpc_param_u64(rpc_call *q, size_t index, uint64_t *out) {
    const td_json *value = required(q, index);
    if (value == NULL)
        return TD_ERR_ARGS;
    return td_json_u64(value, out) == TD_OK
               ? TD_OK
               : rpc_bad_param(q, index, "not a quantity of at most 64 bits");
}

int rpc_param_data(rpc_call *q, size_t index, td_bytes *out) {
    const td_json *value = required(q, index);
    if (value == NULL)
        return TD_ERR_ARGS;
    int err = td_json_data(q->arena, value, out, DATA_LEN_MAX);
    return err == TD_OK
               ? TD_OK
               : rpc_bad_param(q, index, "not hex data of an even number of digits (limit 4 MiB)");
}

int rpc_param_bool(rpc_call *q, size_t index, bool *out) {
    const td_json *value = required(q, index);
    if (value == NULL)
        return TD_ERR_ARGS;
    if (td_json_typeof(value) != TD_JSON_BOOL)
        return rpc_bad_param(q, index, "not true or false");
    *out = td_json_is_true(value);
    return TD_OK;
}

/* --- blocks
 * --------------------------------------------------------------------------------------- */

/* Tags. Sealed blocks are final here, so safe and finalized are the head. */
static bool block_by_tag(td_rpc *r, const char *text, size_t len, rpc_block *out) {
    static const char *const head_tags[] = {"latest", "pending", "safe", "finalized"};
    uint64_t head = td_chain_head_peek(r->chain)->number;
    *out = (rpc_block){.number = head, .found = true};
    for (size_t i = 0; i < TD_COUNT(head_tags); i++)
        if (strlen(head_tags[i]) == len && memcmp(head_tags[i], text, len) == 0) {
            out->pending = i == 1;
            return true;
        }
    if (len == 8 && memcmp(text, "earliest", 8) == 0) {
        td_hash genesis = td_chain_genesis_hash(r->chain);
        return td_chain_number_of(r->chain, &genesis, &out->number) == TD_OK;
    }
    return false;
}

static void block_by_hash(td_rpc *r, const td_hash *hash, rpc_block *out) {
    *out = (rpc_block){0};
    out->found = td_chain_number_of(r->chain, hash, &out->number) == TD_OK;
}

static void block_by_number(td_rpc *r, uint64_t number, rpc_block *out) {
    td_header header;
    td_hash hash;
    *out = (rpc_block){.number = number};
    out->found = td_chain_header(r->chain, number, &header, &hash) == TD_OK;
}

int rpc_read_block(td_rpc *r, rpc_call *q, size_t index, const td_json *value, rpc_block *out) {
    td_hash hash;
    uint64_t number;
    size_t len;
    if (td_json_typeof(value) == TD_JSON_OBJECT) { /* EIP-1898 */
        const td_json *by_hash = td_json_get(value, "blockHash"),
                      *by_number = td_json_get(value, "blockNumber");
        if ((by_hash == NULL) == (by_number == NULL))
            return rpc_bad_param(q, index, "exactly one of blockHash and blockNumber is needed");
        value = by_hash != NULL ? by_hash : by_number;
    }
    const char *text = td_json_text(value, &len);
    if (td_json_typeof(value) <= TD_JSON_NULL)
        (void)block_by_tag(r, "latest", 6, out);
    else if (text != NULL && td_json_typeof(value) == TD_JSON_STRING &&
             block_by_tag(r, text, len, out))
        return TD_OK;
    else if (td_json_hash(value, &hash))
        block_by_hash(r, &hash, out);
    else if (td_json_u64(value, &number) == TD_OK)
        block_by_number(r, number, out);
    else
        return rpc_bad_param(
            q, index, "a block is a number, a hash, latest, pending, safe, finalized or earliest");
    return TD_OK;
}

int rpc_param_block(td_rpc *r, rpc_call *q, size_t index, rpc_block *out) {
    return rpc_read_block(r, q, index, rpc_param(q, index), out);
}

int rpc_param_state(td_rpc *r, rpc_call *q, size_t index, rpc_block *block, td_state **out) {
    int err = rpc_param_block(r, q, index, block);
    if (err == TD_OK && !block->found)
        err = td_diag_set(&q->diag, TD_ERR_NOT_FOUND, "header not found");
    return err != TD_OK ? err : td_chain_state(r->chain, block->number, out);
}

/* --- transaction objects
 * -------------------------------------------------------------------------- */

static const td_json *member(const td_json *object, const char *key) {
    const td_json *value = td_json_get(object, key);
    return td_json_typeof(value) == TD_JSON_NULL ? NULL : value;
}

static int bad_field(rpc_call *q, size_t index, const char *field) {
    return td_diag_set(&q->diag, TD_ERR_ARGS,
                       "invalid argument %zu: field %s is malformed or too large", index, field);
}

static int read_u256(rpc_call *q, size_t index, const td_json *object, const char *key,
                     td_u256 *out, bool *has) {
    const td_json *value = member(object, key);
    *has = value != NULL;
    return value == NULL || td_json_u256(value, out) == TD_OK ? TD_OK : bad_field(q, index, key);
}

static int read_u64(rpc_call *q, size_t index, const td_json *object, const char *key,
                    uint64_t *out, bool *has) {
    const td_json *value = member(object, key);
    *has = value != NULL;
    return value == NULL || td_json_u64(value, out) == TD_OK ? TD_OK : bad_field(q, index, key);
}

static int read_data(rpc_call *q, size_t index, const td_json *object, td_bytes *out) {
    const td_json *data = member(object, "data"), *input = member(object, "input");
    td_bytes other;
    if (data != NULL && td_json_data(q->arena, data, out, DATA_LEN_MAX) != TD_OK)
        return bad_field(q, index, "data");
    if (input == NULL)
        return TD_OK;
    if (td_json_data(q->arena, input, &other, DATA_LEN_MAX) != TD_OK)
        return bad_field(q, index, "input");
    if (data != NULL && !td_bytes_eq(*out, other))
        return td_diag_set(&q->diag, TD_ERR_ARGS,
                           "both \"data\" and \"input\" are set and not equal. Please use "
                           "\"input\" to pass transaction call data");
    *out = other;
    return TD_OK;
}

static int read_access_keys(rpc_call *q, size_t index, const td_json *list, td_access *out) {
    size_t count = td_json_count(list);
    td_hash *keys =
        count > ACCESS_MAX ? NULL : td_arena_alloc(q->arena, (count + 1) * sizeof *keys);
    if (keys == NULL)
        return bad_field(q, index, "accessList");
    for (size_t i = 0; i < count; i++)
        if (!td_json_hash(td_json_at(list, i), &keys[i]))
            return bad_field(q, index, "accessList");
    out->keys = keys;
    out->key_count = count;
    return TD_OK;
}

static int read_access(rpc_call *q, size_t index, const td_json *object, rpc_tx_args *out) {
    const td_json *list = member(object, "accessList");
    size_t count = td_json_count(list);
    out->has_access = list != NULL;
    if (list == NULL)
        return TD_OK;
    td_access *access =
        count > ACCESS_MAX ? NULL : td_arena_zalloc(q->arena, (count + 1) * sizeof *access);
    if (access == NULL)
        return bad_field(q, index, "accessList");
    for (size_t i = 0; i < count; i++) {
        const td_json *item = td_json_at(list, i);
        if (!td_json_addr(td_json_get(item, "address"), &access[i].addr))
            return bad_field(q, index, "accessList");
        int err = read_access_keys(q, index, td_json_get(item, "storageKeys"), &access[i]);
        if (err != TD_OK)
            return err;
    }
    out->tx.access = access;
    out->tx.access_count = count;
    return TD_OK;
}

static int read_parties(rpc_call *q, size_t index, const td_json *object, rpc_tx_args *out) {
    const td_json *from = member(object, "from"), *to = member(object, "to");
    size_t len = 0;
    out->has_from = from != NULL;
    if (from != NULL && !td_json_addr(from, &out->tx.sender))
        return bad_field(q, index, "from");
    out->tx.create =
        to == NULL || (td_json_text(to, &len) != NULL && (len == 0 || len == 2)); /* "" and "0x" */
    if (!out->tx.create && !td_json_addr(to, &out->tx.to))
        return bad_field(q, index, "to");
    return TD_OK;
}

static int read_numbers(rpc_call *q, size_t index, const td_json *object, rpc_tx_args *out) {
    td_tx *tx = &out->tx;
    bool has;
    int err = read_u64(q, index, object, "gas", &tx->gas_limit, &out->has_gas);
    if (err == TD_OK)
        err = read_u64(q, index, object, "nonce", &tx->nonce, &out->has_nonce);
    if (err == TD_OK)
        err = read_u64(q, index, object, "chainId", &tx->chain_id, &has);
    if (err == TD_OK)
        err = read_u256(q, index, object, "value", &tx->value, &has);
    if (err == TD_OK)
        err = read_u256(q, index, object, "gasPrice", &tx->fee_max, &out->has_gas_price);
    td_u256 fee_max = tx->fee_max;
    if (err == TD_OK)
        err = read_u256(q, index, object, "maxFeePerGas", &fee_max, &out->has_fee_max);
    if (err == TD_OK)
        err = read_u256(q, index, object, "maxPriorityFeePerGas", &tx->tip_max, &out->has_tip_max);
    tx->fee_max = fee_max;
    if (err == TD_OK && out->has_gas_price && (out->has_fee_max || out->has_tip_max))
        err = td_diag_set(&q->diag, TD_ERR_ARGS,
                          "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
    return err;
}

int rpc_param_tx(td_rpc *r, rpc_call *q, size_t index, rpc_tx_args *out) {
    *out = (rpc_tx_args){.tx = {.chain_id = td_chain_id(r->chain), .is_protected = true}};
    const td_json *object = required(q, index);
    if (object == NULL)
        return TD_ERR_ARGS;
    if (td_json_typeof(object) != TD_JSON_OBJECT)
        return rpc_bad_param(q, index, "a transaction is an object");
    int err = read_parties(q, index, object, out);
    if (err == TD_OK)
        err = read_numbers(q, index, object, out);
    if (err == TD_OK)
        err = read_data(q, index, object, &out->tx.data);
    if (err == TD_OK)
        err = read_access(q, index, object, out);
    return err;
}

void rpc_tx_fees(rpc_tx_args *args) {
    td_tx *tx = &args->tx;
    tx->type = args->has_gas_price ? (args->has_access ? TD_TX_ACCESS_LIST : TD_TX_LEGACY)
                                   : TD_TX_DYNAMIC_FEE;
    if (args->has_gas_price)
        tx->tip_max = tx->fee_max;
}

/* --- overrides
 * ------------------------------------------------------------------------------------ */

static int read_override_slots(rpc_call *q, size_t index, const td_json *object, td_override *out) {
    const td_json *state = member(object, "state"), *diff = member(object, "stateDiff");
    if (state != NULL && diff != NULL)
        return td_diag_set(&q->diag, TD_ERR_ARGS, "account has both 'state' and 'stateDiff'");
    const td_json *slots = state != NULL ? state : diff;
    size_t count = td_json_count(slots);
    out->replace_storage = state != NULL;
    td_override_slot *all =
        count > OVERRIDE_SLOTS_MAX ? NULL : td_arena_alloc(q->arena, (count + 1) * sizeof *all);
    if (all == NULL)
        return bad_field(q, index, "state");
    const void *cursor = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *key;
        const td_json *value = td_json_member(slots, &cursor, &key);
        if (td_hex_u256(&all[i].key, key, strlen(key)) != TD_OK ||
            td_json_u256(value, &all[i].value) != TD_OK)
            return bad_field(q, index, state != NULL ? "state" : "stateDiff");
    }
    out->slots = all;
    out->slot_count = count;
    return TD_OK;
}

static int read_override(rpc_call *q, size_t index, const char *name, const td_json *object,
                         td_override *out) {
    *out = (td_override){0};
    if (!td_hex_addr(&out->addr, name, strlen(name)))
        return bad_field(q, index, "address");
    int err = read_u256(q, index, object, "balance", &out->balance, &out->has_balance);
    if (err == TD_OK)
        err = read_u64(q, index, object, "nonce", &out->nonce, &out->has_nonce);
    const td_json *code = member(object, "code");
    out->has_code = code != NULL;
    if (err == TD_OK && code != NULL &&
        td_json_data(q->arena, code, &out->code, DATA_LEN_MAX) != TD_OK)
        err = bad_field(q, index, "code");
    return err != TD_OK ? err : read_override_slots(q, index, object, out);
}

int rpc_param_overrides(rpc_call *q, size_t index, const td_override **out, size_t *count) {
    const td_json *object = rpc_param(q, index);
    *out = NULL;
    *count = td_json_count(object);
    if (object == NULL)
        return TD_OK;
    if (td_json_typeof(object) != TD_JSON_OBJECT || *count > OVERRIDES_MAX)
        return rpc_bad_param(q, index, "overrides are an object of at most 1024 accounts");
    td_override *all = td_arena_alloc(q->arena, (*count + 1) * sizeof *all);
    if (all == NULL)
        return TD_ERR_NOMEM;
    const void *cursor = NULL;
    for (size_t i = 0; i < *count; i++) {
        const char *name;
        const td_json *value = td_json_member(object, &cursor, &name);
        int err = read_override(q, index, name, value, &all[i]);
        if (err != TD_OK)
            return err;
    }
    *out = all;
    return TD_OK;
}
