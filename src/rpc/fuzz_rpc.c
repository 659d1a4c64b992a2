/* SPDX-License-Identifier: Apache-2.0
 *
 * Any body to JSON-RPC over a small chain: no crash, and an answer that is JSON
 * (or none). The chain lives as long as the process.
 */
#include "base/base.h"
#include "codec/json.h"
#include "rpc/rpc.h"

#include <stdlib.h>

static td_rpc *make(void) {
    static td_rpc_account account;
    static td_genesis_account funded;
    static td_genesis genesis = {.chain_id = 7, .fork = TD_FORK_NEWEST, .gas_limit = 30000000};
    td_chain *chain;
    td_rpc *rpc;
    account.secret_key[31] = 1;
    if (td_secp256k1_addr(&account.addr, account.secret_key) != TD_OK)
        abort();
    funded = (td_genesis_account){.addr = account.addr, .balance = (td_u256){{0, 1 << 20, 0, 0}}};
    genesis.accounts = &funded;
    genesis.account_count = 1;
    td_chain_config config = {.genesis = &genesis, .profile = TD_PROFILE_DUAL, .automine = true};
    if (td_chain_open(&chain, NULL, &config) != TD_OK)
        abort();
    td_rpc_config rpc_config = {.chain = chain,
                                .accounts = &account,
                                .account_count = 1,
                                .client_version = "fuzz",
                                .commit = "fuzz"};
    if (td_rpc_new(&rpc, &rpc_config) != TD_OK)
        abort();
    return rpc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static td_rpc *rpc;
    if (rpc == NULL)
        rpc = make();
    td_out reply;
    td_out_init(&reply, 1 << 22);
    (void)td_rpc_handle(rpc, TD_BYTES(data, size), &reply);
    if (reply.len != 0) {
        td_json *json;
        TD_ASSERT(td_json_parse(&json, NULL, td_out_peek(&reply), 1 << 22) == TD_OK);
        td_json_free(json);
    }
    td_out_fini(&reply);
    return 0;
}
