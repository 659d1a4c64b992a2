/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder share: the object, a request in progress, the
 * readers of parameters and the writers of Ethereum's JSON objects.
 */
#ifndef TD_RPC_PRIVATE_H
#define TD_RPC_PRIVATE_H

#include "base/map.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "rpc/rpc.h"

typedef struct rpc_filter rpc_filter;

struct td_rpc {
    td_rpc_config config;
    td_chain *chain;
    td_arena arena;      /* of the request in progress */
    td_map by_name;      /* 64-byte padded method name -> row index */
    td_map impersonated; /* td_addr -> uint8_t */
    bool impersonate_all;
    rpc_filter *filters; /* TD_RPC_FILTERS_MAX places */
    char instance_id[67];
};

enum {
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_INTERNAL = -32603,
    RPC_PARSE_ERROR = -32700,
    RPC_SERVER_ERROR = -32000,
    RPC_REVERTED = 3,
    RPC_METHOD_NAME_MAX = 64,
    RPC_TIP_WEI = 1000000000, /* suggested priority fee: 1 gwei, as anvil says */
};

/* A request in progress. A method writes one JSON value to `w`, or returns a negative td_err with
 * `diag` set. */
typedef struct rpc_call {
    const td_json *params; /* array, or NULL */
    const char *method;
    td_arena *arena;
    td_jsonw *w;
    td_diag diag;
    int code;      /* JSON-RPC error code; 0: from the td_err by errors.c */
    td_bytes data; /* of a revert */
    bool has_data;
} rpc_call;

typedef int (*rpc_function)(td_rpc *r, rpc_call *q);
#define TD_METHOD(name, function, params_max) int rpc_##function(td_rpc *r, rpc_call *q);
#include "rpc/methods.def"
#undef TD_METHOD

/* --- errors.c
 * ------------------------------------------------------------------------------------- */

/* The JSON-RPC code of a td_err. */
int rpc_code_of(int err);
/* Fails with -32602 and geth's form: "invalid argument N: why". */
int rpc_bad_param(rpc_call *q, size_t index, const char *why);
/* Fails for an execution that did not succeed: code 3, reason and data for a revert; -32000 and its
 * text otherwise. */
int rpc_execution_failed(rpc_call *q, const td_exec_result *result);

/* --- params.c
 * ------------------------------------------------------------------------------------- */

const td_json *rpc_param(const rpc_call *q, size_t index);
/* Required parameters; on failure the error is set. */
TD_MUST_USE
int rpc_param_addr(rpc_call *q, size_t index, td_addr *out);
TD_MUST_USE
int rpc_param_hash(rpc_call *q, size_t index, td_hash *out);
TD_MUST_USE
int rpc_param_u256(rpc_call *q, size_t index, td_u256 *out);
TD_MUST_USE
int rpc_param_u64(rpc_call *q, size_t index, uint64_t *out);
TD_MUST_USE
int rpc_param_data(rpc_call *q, size_t index, td_bytes *out);
TD_MUST_USE
int rpc_param_bool(rpc_call *q, size_t index, bool *out);

/* A block as named by a tag, a number, a hash or an object (EIP-1898); absent is latest. */
typedef struct rpc_block {
    uint64_t number;
    bool pending;
    bool found;
} rpc_block;
TD_MUST_USE
int rpc_param_block(td_rpc *r, rpc_call *q, size_t index, rpc_block *out);
/* The same of any value; `index` is for the error text. */
TD_MUST_USE
int rpc_read_block(td_rpc *r, rpc_call *q, size_t index, const td_json *value, rpc_block *out);
/* The state after the block of parameter `index`; "header not found" when there is none. */
TD_MUST_USE
int rpc_param_state(td_rpc *r, rpc_call *q, size_t index, rpc_block *block, td_state **out);

/* A transaction object. */
typedef struct rpc_tx_args {
    td_tx tx;
    bool has_from, has_gas, has_gas_price, has_fee_max, has_tip_max, has_nonce, has_access;
} rpc_tx_args;
TD_MUST_USE
int rpc_param_tx(td_rpc *r, rpc_call *q, size_t index, rpc_tx_args *out);
/* Makes fees of the fields given: fee_max and tip_max both zero when no price was named. */
void rpc_tx_fees(rpc_tx_args *args);
/* State overrides of geth's eth_call. */
TD_MUST_USE
int rpc_param_overrides(rpc_call *q, size_t index, const td_override **out, size_t *count);

/* --- objects.c
 * ------------------------------------------------------------------------------------ */

/* Where a transaction is; hash NULL for a pending one. */
typedef struct rpc_place {
    const td_header *header;
    const td_hash *block_hash;
    uint32_t index;
} rpc_place;
void rpc_write_tx(td_jsonw *w, const td_tx *tx, const rpc_place *place);
void rpc_write_block(td_jsonw *w, const td_block *block, bool full);
void rpc_write_receipt(td_jsonw *w, const td_tx *tx, const td_receipt *receipt,
                       const rpc_place *place, size_t log_index);
void rpc_write_log(td_jsonw *w, const td_log_entry *log, const td_hash *tx_hash,
                   const rpc_place *place, size_t log_index);
/* "key": value pairs. */
void rpc_put_u64(td_jsonw *w, const char *key, uint64_t value);
void rpc_put_u256(td_jsonw *w, const char *key, const td_u256 *value);
void rpc_put_data(td_jsonw *w, const char *key, const void *ptr, size_t len);
void rpc_put_str(td_jsonw *w, const char *key, const char *text);

/* --- accounts.c, filters.c
 * ------------------------------------------------------------------------ */

/* The key of a development account, or NULL. */
const td_rpc_account *rpc_account_of(const td_rpc *r, const td_addr *addr);
bool rpc_is_impersonated(const td_rpc *r, const td_addr *addr);
void rpc_on_news(void *rpc, const td_news *news);
void rpc_filters_free(td_rpc *r);

#endif
