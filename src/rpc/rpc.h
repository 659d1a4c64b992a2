/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON-RPC 2.0 over the chain: one table of methods, one row and one function
 * each; batches, limits, filters, geth's error codes and texts.
 *
 * Threads: confined to the node's thread.
 */
#ifndef TD_RPC_RPC_H
#define TD_RPC_RPC_H

#include "base/log.h"
#include "chain/chain.h"

enum {
    TD_RPC_BODY_LEN_MAX = 8 << 20, /* a 1.2 MB blob transaction in hex fits; geth: 5 MiB */
    TD_RPC_REPLY_LEN_MAX = 64 << 20,
    TD_RPC_BATCH_MAX = 1000,               /* geth --rpc.batch-request-limit */
    TD_RPC_BATCH_REPLY_LEN_MAX = 25000000, /* geth --rpc.batch-response-max-size */
    TD_RPC_GAS_CAP = 50000000,             /* geth --rpc.gascap */
    TD_RPC_FILTERS_MAX = 1024,
    TD_RPC_FILTER_IDLE_S = 300,
    TD_RPC_LOGS_MAX = 100000, /* logs of one answer */
    TD_RPC_FEE_HISTORY_MAX = 1024,
};

/* A key the node signs with: development accounts. */
typedef struct td_rpc_account {
    td_addr addr;
    uint8_t secret_key[32];
} td_rpc_account;

typedef struct td_rpc_config {
    td_chain *chain;
    const td_rpc_account *accounts;
    size_t account_count;
    const char *client_version; /* "tandem/v0.1.0-commit/linux-x86_64" */
    const char *commit;
    td_log *log;
} td_rpc_config;

typedef struct td_rpc td_rpc;

/* Starts listening to the chain's news; `config` is copied, what it points to is borrowed until
 * td_rpc_free (which takes NULL too). Returns 0 or TD_ERR_NOMEM. */
TD_MUST_USE
int td_rpc_new(td_rpc **out, const td_rpc_config *config);
void td_rpc_free(td_rpc *r);
/* Answers one HTTP body: a request or a batch. Appends JSON to `reply`; always writes a valid
 * answer (or nothing for notifications only). Returns the HTTP status. Fits td_net_handler. */
int td_rpc_handle(void *rpc, td_bytes body, td_out *reply);

/* Rows of the method table, for dumps. */
size_t td_rpc_method_count(void);
const char *td_rpc_method_name(size_t index);

#endif
