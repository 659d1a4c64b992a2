/* SPDX-License-Identifier: Apache-2.0
 *
 * eth_*: accounts and storage of a block's state, calls and estimates.
 */
#include "rpc/rpc_private.h"

/* Parameters 0 (address) and 1 (block) of the questions about an account. */
static int read_account(td_rpc *r, rpc_call *q, td_addr *addr, rpc_block *block, td_state **s) {
    int err = rpc_param_addr(q, 0, addr);
    return err != TD_OK ? err : rpc_param_state(r, q, 1, block, s);
}

int rpc_eth_get_balance(td_rpc *r, rpc_call *q) {
    td_addr addr;
    rpc_block block;
    td_state *s;
    int err = read_account(r, q, &addr, &block, &s);
    if (err != TD_OK)
        return err;
    td_u256 balance = td_state_balance(s, &addr);
    td_jsonw_u256(q->w, &balance);
    return td_state_error(s);
}

int rpc_eth_get_transaction_count(td_rpc *r, rpc_call *q) {
    td_addr addr;
    rpc_block block;
    td_state *s;
    int err = read_account(r, q, &addr, &block, &s);
    if (err != TD_OK)
        return err;
    uint64_t nonce = td_state_nonce(s, &addr);
    if (block.pending)
        nonce = td_pool_next_nonce(td_chain_pool(r->chain), &addr, nonce);
    td_jsonw_u64(q->w, nonce);
    return td_state_error(s);
}

int rpc_eth_get_code(td_rpc *r, rpc_call *q) {
    td_addr addr;
    rpc_block block;
    td_state *s;
    int err = read_account(r, q, &addr, &block, &s);
    if (err != TD_OK)
        return err;
    td_bytes code = td_exec_code_peek(s, td_chain_profile(r->chain), &addr);
    td_jsonw_data(q->w, code.ptr, code.len);
    return td_state_error(s);
}

int rpc_eth_get_storage_at(td_rpc *r, rpc_call *q) {
    td_addr addr;
    td_u256 key;
    rpc_block block;
    td_state *s;
    int err = rpc_param_addr(q, 0, &addr);
    if (err == TD_OK)
        err = rpc_param_u256(q, 1, &key);
    if (err == TD_OK)
        err = rpc_param_state(r, q, 2, &block, &s);
    if (err != TD_OK)
        return err;
    td_u256 value = td_state_slot(s, &addr, &key);
    td_hash word = td_u256_to_hash(&value);
    td_jsonw_data(q->w, word.b, 32);
    return td_state_error(s);
}

/* The call of parameters 0 (transaction), 1 (block), 2 (overrides). */
static int read_call(td_rpc *r, rpc_call *q, td_call *call, rpc_tx_args *args) {
    rpc_block block;
    int err = rpc_param_tx(r, q, 0, args);
    if (err == TD_OK)
        err = rpc_param_block(r, q, 1, &block);
    if (err == TD_OK && !block.found)
        err = td_diag_set(&q->diag, TD_ERR_NOT_FOUND, "header not found");
    if (err != TD_OK)
        return err;
    *call = (td_call){.number = block.number, .pending = block.pending};
    rpc_tx_fees(args);
    call->tx = args->tx;
    return rpc_param_overrides(q, 2, &call->overrides, &call->override_count);
}

int rpc_eth_call(td_rpc *r, rpc_call *q) {
    td_call call;
    rpc_tx_args args;
    td_exec_result result;
    int err = read_call(r, q, &call, &args);
    if (err != TD_OK)
        return err;
    call.tx.gas_limit =
        args.has_gas ? td_min_u64(args.tx.gas_limit, TD_RPC_GAS_CAP) : TD_RPC_GAS_CAP;
    err = td_chain_call(r->chain, &call, &result, &q->diag);
    if (err != TD_OK)
        return err;
    if (!result.status)
        return rpc_execution_failed(q, &result);
    td_jsonw_data(q->w, result.output.ptr, result.output.len);
    return TD_OK;
}

int rpc_eth_estimate_gas(td_rpc *r, rpc_call *q) {
    td_call call;
    rpc_tx_args args;
    td_exec_result result;
    uint64_t gas;
    int err = read_call(r, q, &call, &args);
    if (err != TD_OK)
        return err;
    call.tx.gas_limit = args.has_gas ? td_min_u64(args.tx.gas_limit, TD_RPC_GAS_CAP) : 0;
    err = td_chain_estimate(r->chain, &call, &gas, &result, &q->diag);
    if (err == TD_ERR_REVERTED)
        return rpc_execution_failed(q, &result);
    if (err == TD_OK)
        td_jsonw_u64(q->w, gas);
    return err;
}
