/* SPDX-License-Identifier: Apache-2.0
 *
 * evm_*, anvil_* and hardhat_*: the controls of a development chain. Answers
 * follow anvil: null for "done" unless noted.
 */
#include "rpc/rpc_private.h"

static int done(rpc_call *q, int err) {
    if (err == TD_OK)
        td_jsonw_null(q->w);
    return err;
}

/* hardhat's set* methods and evm_setAutomine answer true. */
static int done_true(rpc_call *q, int err) {
    bool is_anvil = strncmp(q->method, "anvil_", 6) == 0;
    if (err == TD_OK && is_anvil)
        td_jsonw_null(q->w);
    else if (err == TD_OK)
        td_jsonw_bool(q->w, true);
    return err;
}

int rpc_dev_set_balance(td_rpc *r, rpc_call *q) {
    td_addr addr;
    td_u256 balance;
    int err = rpc_param_addr(q, 0, &addr);
    if (err == TD_OK)
        err = rpc_param_u256(q, 1, &balance);
    if (err == TD_OK)
        err = td_chain_set_balance(r->chain, &addr, &balance);
    return done_true(q, err);
}

int rpc_dev_set_nonce(td_rpc *r, rpc_call *q) {
    td_addr addr;
    uint64_t nonce;
    int err = rpc_param_addr(q, 0, &addr);
    if (err == TD_OK)
        err = rpc_param_u64(q, 1, &nonce);
    if (err == TD_OK)
        err = td_chain_set_nonce(r->chain, &addr, nonce);
    return done_true(q, err);
}

int rpc_dev_set_code(td_rpc *r, rpc_call *q) {
    td_addr addr;
    td_bytes code;
    int err = rpc_param_addr(q, 0, &addr);
    if (err == TD_OK)
        err = rpc_param_data(q, 1, &code);
    if (err == TD_OK)
        err = td_chain_set_code(r->chain, &addr, code);
    return done_true(q, err);
}

int rpc_dev_set_storage(td_rpc *r, rpc_call *q) {
    td_addr addr;
    td_u256 key, value;
    int err = rpc_param_addr(q, 0, &addr);
    if (err == TD_OK)
        err = rpc_param_u256(q, 1, &key);
    if (err == TD_OK)
        err = rpc_param_u256(q, 2, &value);
    if (err == TD_OK)
        err = td_chain_set_slot(r->chain, &addr, &key, &value);
    if (err == TD_OK)
        td_jsonw_bool(q->w, true); /* anvil too */
    return err;
}

int rpc_dev_set_coinbase(td_rpc *r, rpc_call *q) {
    td_addr addr;
    int err = rpc_param_addr(q, 0, &addr);
    if (err == TD_OK)
        td_chain_coinbase_set(r->chain, &addr);
    return done_true(q, err);
}

int rpc_dev_set_base_fee(td_rpc *r, rpc_call *q) {
    td_u256 fee;
    int err = rpc_param_u256(q, 0, &fee);
    if (err == TD_OK)
        td_chain_next_base_fee_set(r->chain, &fee);
    return done_true(q, err);
}

/* --- who may send
 * --------------------------------------------------------------------------------- */

enum { IMPERSONATED_MAX = 100000 };

int rpc_dev_impersonate(td_rpc *r, rpc_call *q) {
    td_addr addr;
    int err = rpc_param_addr(q, 0, &addr);
    if (err == TD_OK && r->impersonated.count >= IMPERSONATED_MAX)
        err = td_diag_set(&q->diag, TD_ERR_LIMIT, "%d accounts are impersonated (limit)",
                          IMPERSONATED_MAX);
    if (err == TD_OK && td_map_put(&r->impersonated, &addr, NULL) == NULL)
        err = TD_ERR_NOMEM;
    return done_true(q, err);
}

int rpc_dev_stop_impersonating(td_rpc *r, rpc_call *q) {
    td_addr addr;
    int err = rpc_param_addr(q, 0, &addr);
    if (err == TD_OK)
        (void)td_map_del(&r->impersonated, &addr);
    return done_true(q, err);
}

int rpc_dev_auto_impersonate(td_rpc *r, rpc_call *q) {
    int err = rpc_param_bool(q, 0, &r->impersonate_all);
    return done(q, err);
}

/* --- blocks
 * --------------------------------------------------------------------------------------- */

/* anvil_mine(count = 1, seconds between = 0). */
int rpc_dev_mine(td_rpc *r, rpc_call *q) {
    uint64_t count = 1, interval_s = 0;
    int err = rpc_param(q, 0) == NULL ? TD_OK : rpc_param_u64(q, 0, &count);
    if (err == TD_OK && rpc_param(q, 1) != NULL)
        err = rpc_param_u64(q, 1, &interval_s);
    if (err == TD_OK)
        err = td_chain_mine(r->chain, count, interval_s, &q->diag);
    return done_true(q, err);
}

/* evm_mine(): a block now; evm_mine(timestamp) or evm_mine({timestamp, blocks}) as ganache. Answers
 * "0x0". */
int rpc_dev_evm_mine(td_rpc *r, rpc_call *q) {
    const td_json *options = rpc_param(q, 0);
    uint64_t blocks = 1, timestamp = 0;
    int err = TD_OK;
    if (td_json_typeof(options) == TD_JSON_OBJECT) {
        const td_json *count = td_json_get(options, "blocks"),
                      *at = td_json_get(options, "timestamp");
        if ((td_json_typeof(count) > TD_JSON_NULL && td_json_u64(count, &blocks) != TD_OK) ||
            (td_json_typeof(at) > TD_JSON_NULL && td_json_u64(at, &timestamp) != TD_OK))
            err = rpc_bad_param(q, 0, "blocks and timestamp are quantities");
    } else if (options != NULL) {
        err = rpc_param_u64(q, 0, &timestamp);
    }
    if (err == TD_OK && timestamp != 0)
        err = td_chain_next_timestamp_set(r->chain, timestamp, &q->diag);
    if (err == TD_OK)
        err = td_chain_mine(r->chain, blocks, 0, &q->diag);
    if (err == TD_OK)
        td_jsonw_str(q->w, "0x0");
    return err;
}

int rpc_dev_set_automine(td_rpc *r, rpc_call *q) {
    bool on;
    int err = rpc_param_bool(q, 0, &on);
    if (err == TD_OK)
        td_chain_automine_set(r->chain, on);
    return done_true(q, err);
}

int rpc_dev_set_interval(td_rpc *r, rpc_call *q) {
    uint64_t seconds;
    int err = rpc_param_u64(q, 0, &seconds);
    if (err == TD_OK && seconds > UINT32_MAX)
        err = rpc_bad_param(q, 0, "at most 4294967295 seconds");
    if (err == TD_OK)
        td_chain_interval_set(r->chain, seconds);
    return done_true(q, err);
}

int rpc_dev_drop_transaction(td_rpc *r, rpc_call *q) {
    td_hash hash;
    int err = rpc_param_hash(q, 0, &hash);
    if (err != TD_OK)
        return err;
    bool was_there = td_pool_del(td_chain_pool(r->chain), &hash);
    if (strncmp(q->method, "anvil_", 6) != 0)
        td_jsonw_bool(q->w, was_there);
    else if (was_there)
        td_jsonw_data(q->w, hash.b, 32);
    else
        td_jsonw_null(q->w);
    return TD_OK;
}

/* --- time
 * ----------------------------------------------------------------------------------------- */

/* Answers the whole offset as a JSON number, as anvil. */
int rpc_dev_increase_time(td_rpc *r, rpc_call *q) {
    uint64_t seconds;
    int err = rpc_param_u64(q, 0, &seconds);
    if (err == TD_OK && seconds > UINT32_MAX)
        err = rpc_bad_param(q, 0, "at most 4294967295 seconds");
    if (err == TD_OK)
        td_jsonw_number(q->w, td_chain_time_increase(r->chain, (int64_t)seconds));
    return err;
}

int rpc_dev_set_next_timestamp(td_rpc *r, rpc_call *q) {
    uint64_t timestamp;
    int err = rpc_param_u64(q, 0, &timestamp);
    if (err == TD_OK)
        err = td_chain_next_timestamp_set(r->chain, timestamp, &q->diag);
    return done(q, err);
}

/* --- snapshots
 * ------------------------------------------------------------------------------------ */

int rpc_dev_snapshot(td_rpc *r, rpc_call *q) {
    uint64_t id;
    int err = td_chain_snapshot(r->chain, &id);
    if (err == TD_OK)
        td_jsonw_u64(q->w, id);
    return err;
}

int rpc_dev_revert(td_rpc *r, rpc_call *q) {
    uint64_t id;
    int err = rpc_param_u64(q, 0, &id);
    if (err == TD_OK)
        err = td_chain_revert(r->chain, id);
    if (err != TD_OK && err != TD_ERR_NOT_FOUND)
        return err;
    td_jsonw_bool(q->w, err == TD_OK);
    return TD_OK;
}

/* --- about the node
 * ------------------------------------------------------------------------------- */

int rpc_dev_node_info(td_rpc *r, rpc_call *q) {
    const td_header *head = td_chain_head_peek(r->chain);
    td_hash hash = td_chain_head_hash(r->chain);
    td_env next;
    td_chain_next_env(r->chain, &next);
    td_u256 price = td_u256_from(RPC_TIP_WEI);
    (void)td_u256_add(&price, &price, &next.base_fee);
    td_jsonw_object(q->w);
    rpc_put_u64(q->w, "currentBlockNumber", head->number);
    td_jsonw_key(q->w, "currentBlockTimestamp");
    td_jsonw_number(q->w, (int64_t)head->timestamp);
    rpc_put_data(q->w, "currentBlockHash", hash.b, 32);
    rpc_put_str(q->w, "hardFork", td_fork_name(head->fork));
    rpc_put_str(q->w, "transactionOrder", "fees");
    td_jsonw_key(q->w, "environment");
    td_jsonw_object(q->w);
    rpc_put_u256(q->w, "baseFee", &next.base_fee);
    rpc_put_u64(q->w, "chainId", td_chain_id(r->chain));
    rpc_put_u64(q->w, "gasLimit", head->gas_limit);
    rpc_put_u256(q->w, "gasPrice", &price);
    td_jsonw_object_end(q->w);
    td_jsonw_key(q->w, "forkConfig");
    td_jsonw_object(q->w);
    td_jsonw_object_end(q->w);
    td_jsonw_object_end(q->w);
    return TD_OK;
}

int rpc_dev_metadata(td_rpc *r, rpc_call *q) {
    td_hash hash = td_chain_head_hash(r->chain);
    td_jsonw_object(q->w);
    rpc_put_str(q->w, "clientVersion", r->config.client_version);
    td_jsonw_key(q->w, "chainId");
    td_jsonw_number(q->w, (int64_t)td_chain_id(r->chain));
    rpc_put_str(q->w, "instanceId", r->instance_id);
    td_jsonw_key(q->w, "latestBlockNumber");
    td_jsonw_number(q->w, (int64_t)td_chain_head_peek(r->chain)->number);
    rpc_put_data(q->w, "latestBlockHash", hash.b, 32);
    rpc_put_str(q->w, "clientCommitHash", r->config.commit);
    td_jsonw_object_end(q->w);
    return TD_OK;
}
