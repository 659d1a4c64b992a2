/* SPDX-License-Identifier: Apache-2.0
 *
 * The node's own accounts: who they are, what they sign, and the transactions
 * they (or impersonated accounts) send.
 */
#include "rpc/rpc_private.h"

#include "eth/sign.h"

const td_rpc_account *rpc_account_of(const td_rpc *r, const td_addr *addr) {
    for (size_t i = 0; i < r->config.account_count; i++)
        if (td_addr_eq(&r->config.accounts[i].addr, addr))
            return &r->config.accounts[i];
    return NULL;
}

bool rpc_is_impersonated(const td_rpc *r, const td_addr *addr) {
    return r->impersonate_all || td_map_get(&r->impersonated, addr) != NULL;
}

int rpc_eth_accounts(td_rpc *r, rpc_call *q) {
    td_jsonw_array(q->w);
    for (size_t i = 0; i < r->config.account_count; i++)
        td_jsonw_data(q->w, r->config.accounts[i].addr.b, 20);
    td_jsonw_array_end(q->w);
    return TD_OK;
}

/* --- signing
 * -------------------------------------------------------------------------------------- */

static int sign_digest(td_rpc *r, rpc_call *q, const td_addr *addr, const td_hash *digest) {
    const td_rpc_account *account = rpc_account_of(r, addr);
    uint8_t signature[65];
    if (account == NULL)
        return td_diag_set(&q->diag, TD_ERR_NOT_FOUND, "unknown account");
    int err = td_sign_digest(signature, digest, account->secret_key);
    if (err == TD_OK)
        td_jsonw_data(q->w, signature, sizeof signature);
    return err;
}

static int sign_message(td_rpc *r, rpc_call *q, size_t addr_index, size_t data_index) {
    td_addr addr;
    td_bytes message;
    int err = rpc_param_addr(q, addr_index, &addr);
    if (err == TD_OK)
        err = rpc_param_data(q, data_index, &message);
    if (err != TD_OK)
        return err;
    td_hash digest = td_personal_hash(message);
    return sign_digest(r, q, &addr, &digest);
}

int rpc_eth_sign(td_rpc *r, rpc_call *q) {
    return sign_message(r, q, 0, 1);
}

int rpc_personal_sign(td_rpc *r, rpc_call *q) {
    return sign_message(r, q, 1, 0);
}

int rpc_eth_sign_typed_data(td_rpc *r, rpc_call *q) {
    td_addr addr;
    td_hash digest;
    td_json *parsed = NULL;
    const td_json *data = rpc_param(q, 1);
    size_t len;
    int err = rpc_param_addr(q, 0, &addr);
    if (err != TD_OK)
        return err;
    if (td_json_typeof(data) == TD_JSON_STRING) { /* ethers sends the object as text */
        const char *text = td_json_text(data, &len);
        if (td_json_parse(&parsed, &q->diag, TD_BYTES(text, len), TD_RPC_BODY_LEN_MAX) != TD_OK)
            return TD_ERR_ARGS;
        data = parsed;
    }
    err = td_typed_data_hash(&digest, q->arena, &q->diag, data);
    td_json_free(parsed);
    return err == TD_OK          ? sign_digest(r, q, &addr, &digest)
           : err == TD_ERR_NOMEM ? err
                                 : TD_ERR_ARGS;
}

/* --- sending
 * -------------------------------------------------------------------------------------- */

static int submit(td_rpc *r, rpc_call *q, const td_tx *tx) {
    td_hash hash = tx->hash;
    int err = td_chain_submit(r->chain, tx, &q->diag);
    if (err == TD_OK)
        td_jsonw_data(q->w, hash.b, 32);
    return err;
}

int rpc_eth_send_raw_transaction(td_rpc *r, rpc_call *q) {
    td_bytes raw;
    td_tx tx;
    int err = rpc_param_data(q, 0, &raw);
    if (err == TD_OK) {
        err = td_tx_decode(&tx, q->arena, &q->diag, raw);
        q->code = err != TD_OK ? RPC_SERVER_ERROR : 0; /* geth: not an argument's fault */
    }
    return err == TD_OK ? submit(r, q, &tx) : err;
}

/* Fees where none were named: twice the base fee and the suggested tip, as geth and the clients do.
 */
static void fill_fees(td_rpc *r, rpc_tx_args *args) {
    td_env next;
    td_chain_next_env(r->chain, &next);
    td_tx *tx = &args->tx;
    if (args->has_gas_price)
        return;
    if (!args->has_tip_max)
        tx->tip_max = td_u256_from(RPC_TIP_WEI);
    if (!args->has_fee_max) {
        (void)td_u256_add(&tx->fee_max, &next.base_fee, &next.base_fee);
        (void)td_u256_add(&tx->fee_max, &tx->fee_max, &tx->tip_max);
    } else if (!args->has_tip_max && td_u256_lt(&tx->fee_max, &tx->tip_max)) {
        tx->tip_max = tx->fee_max;
    }
}

static int fill_gas(td_rpc *r, rpc_call *q, rpc_tx_args *args) {
    if (args->has_gas)
        return TD_OK;
    td_call call = {
        .tx = args->tx, .number = td_chain_head_peek(r->chain)->number, .pending = true};
    td_exec_result result;
    uint64_t gas;
    int err = td_chain_estimate(r->chain, &call, &gas, &result, &q->diag);
    if (err == TD_ERR_REVERTED)
        return rpc_execution_failed(q, &result);
    args->tx.gas_limit = gas;
    return err;
}

/* What a sender left open: fees, nonce, gas. */
static int fill(td_rpc *r, rpc_call *q, rpc_tx_args *args) {
    td_state *s;
    rpc_tx_fees(args);
    fill_fees(r, args);
    if (args->tx.create && args->tx.data.len == 0)
        return td_diag_set(&q->diag, TD_ERR_INVALID, "contract creation without any data provided");
    if (args->tx.chain_id != td_chain_id(r->chain))
        return td_diag_set(
            &q->diag, TD_ERR_CHAIN_ID, "chainId does not match node's (have=%llu, want=%llu)",
            (unsigned long long)args->tx.chain_id, (unsigned long long)td_chain_id(r->chain));
    if (!args->has_nonce) {
        int err = td_chain_state(r->chain, td_chain_head_peek(r->chain)->number, &s);
        if (err != TD_OK)
            return err;
        uint64_t nonce = td_state_nonce(s, &args->tx.sender);
        args->tx.nonce = td_pool_next_nonce(td_chain_pool(r->chain), &args->tx.sender, nonce);
    }
    return fill_gas(r, q, args);
}

int rpc_eth_send_transaction(td_rpc *r, rpc_call *q) {
    rpc_tx_args args;
    int err = rpc_param_tx(r, q, 0, &args);
    if (err != TD_OK)
        return err;
    if (!args.has_from && r->config.account_count != 0)
        args.tx.sender = r->config.accounts[0].addr;
    const td_rpc_account *account = rpc_account_of(r, &args.tx.sender);
    if (account == NULL && !rpc_is_impersonated(r, &args.tx.sender))
        return td_diag_set(&q->diag, TD_ERR_NOT_FOUND, "unknown account");
    if ((err = fill(r, q, &args)) != TD_OK)
        return err;
    if (account != NULL)
        err = td_tx_sign(&args.tx, q->arena, account->secret_key);
    else
        err = td_tx_impersonate(&args.tx, q->arena);
    return err == TD_OK ? submit(r, q, &args.tx) : err;
}

/* geth: the transaction with its open fields filled in, unsigned. */
int rpc_eth_fill_transaction(td_rpc *r, rpc_call *q) {
    rpc_tx_args args;
    int err = rpc_param_tx(r, q, 0, &args);
    if (err == TD_OK)
        err = fill(r, q, &args);
    if (err == TD_OK)
        err = td_tx_encode(&args.tx, q->arena);
    if (err != TD_OK)
        return err;
    td_jsonw_object(q->w);
    rpc_put_data(q->w, "raw", args.tx.raw.ptr, args.tx.raw.len);
    td_jsonw_key(q->w, "tx");
    rpc_write_tx(q->w, &args.tx, &(rpc_place){0});
    td_jsonw_object_end(q->w);
    return TD_OK;
}
