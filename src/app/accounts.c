/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys from the mnemonic, and block 0 of a development chain.
 */
#include "app/accounts.h"

#include "base/clock.h"
#include "codec/hex.h"
#include "crypto/crypto.h"

#include <unistd.h>

enum { GENESIS_LEN_MAX = 256 << 20 };

int accounts_derive(td_arena *a, const cli *c, td_rpc_account **out, size_t *count, td_diag *diag) {
    uint64_t n = c->number[CLI_dev_ACCOUNTS];
    if (n > ACCOUNTS_MAX)
        return td_diag_set(diag, TD_ERR_ARGS, "--accounts %llu: at most %d", (unsigned long long)n,
                           ACCOUNTS_MAX);
    uint8_t seed[64];
    td_hdkey_seed(seed, c->text[CLI_dev_MNEMONIC]);
    td_rpc_account *accounts = td_arena_zalloc(a, (n + 1) * sizeof *accounts);
    if (accounts == NULL)
        return TD_ERR_NOMEM;
    for (uint64_t i = 0; i < n; i++)
        if (td_hdkey_derive(accounts[i].secret_key, seed, c->text[CLI_dev_PATH], (uint32_t)i) !=
                TD_OK ||
            td_secp256k1_addr(&accounts[i].addr, accounts[i].secret_key) != TD_OK)
            return td_diag_set(diag, TD_ERR_ARGS,
                               "--derivation-path '%s': not a path like m/44'/60'/0'/0/",
                               c->text[CLI_dev_PATH]);
    *out = accounts;
    *count = (size_t)n;
    return TD_OK;
}

/* The deterministic deployment proxy that tools expect at this address. */
static const char deployer_addr[] = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
static const char deployer_code[] = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
                                    "ffe03601600081602082378035828234f58015156039578182fd5b"
                                    "8082525050506014600cf3";

static bool is_named(const td_genesis *g, size_t count, const td_addr *addr) {
    for (size_t i = 0; i < count; i++)
        if (td_addr_eq(&g->accounts[i].addr, addr))
            return true;
    return false;
}

static int add_accounts(td_arena *a, const cli *c, const td_rpc_account *accounts, size_t count,
                        td_genesis *g) {
    td_genesis_account *all = td_arena_zalloc(a, (g->account_count + count + 1) * sizeof *all);
    if (all == NULL)
        return TD_ERR_NOMEM;
    size_t named = g->account_count;
    if (named != 0)
        memcpy(all, g->accounts, named * sizeof *all);
    g->accounts = all;
    td_u256 ether = td_u256_from(1000000000000000000u),
            balance = td_u256_from(c->number[CLI_dev_BALANCE]);
    td_u256_mul(&balance, &balance, &ether);
    for (size_t i = 0; i < count; i++)
        if (!is_named(g, named, &accounts[i].addr))
            all[g->account_count++] =
                (td_genesis_account){.addr = accounts[i].addr, .balance = balance};
    td_genesis_account deployer = {.nonce = 1};
    if (!td_hex_addr(&deployer.addr, deployer_addr, strlen(deployer_addr)) ||
        td_hex_decode(a, &deployer.code, deployer_code, strlen(deployer_code), 256) != TD_OK)
        return TD_ERR_NOMEM;
    if (!is_named(g, named, &deployer.addr))
        all[g->account_count++] = deployer;
    return TD_OK;
}

static int parse_file(td_arena *a, const char *path, td_genesis *out, td_diag *diag) {
    td_bytes text;
    td_json *json;
    td_diag inner = {""};
    int err = cli_file(a, &text, diag, path, GENESIS_LEN_MAX);
    if (err != TD_OK)
        return err;
    err = td_json_parse(&json, &inner, text, GENESIS_LEN_MAX);
    if (err == TD_OK) {
        err = td_genesis_parse(out, a, &inner, json);
        td_json_free(json);
    }
    return err == TD_OK ? err : td_diag_set(diag, err, "%s: %s", path, inner.text);
}

int accounts_genesis(td_arena *a, const cli *c, const td_rpc_account *accounts, size_t count,
                     td_genesis *out, td_diag *diag) {
    *out = (td_genesis){.chain_id = 31337,
                        .fork = TD_FORK_NEWEST,
                        .gas_limit = 30000000,
                        .timestamp = td_clock_unix_s(),
                        .has_base_fee = true,
                        .base_fee = td_u256_from(1000000000)};
    const char *init = c->text[CLI_dev_INIT], *state = c->text[CLI_dev_STATE];
    if (state != NULL && access(state, F_OK) == 0)
        init = state; /* what the last run left goes before what the first one began with */
    if (init != NULL) {
        int err = parse_file(a, init, out, diag);
        if (err != TD_OK)
            return err;
    }
    if (init == NULL || c->given[CLI_dev_CHAIN_ID])
        out->chain_id = c->number[CLI_dev_CHAIN_ID];
    if (init == NULL || c->given[CLI_dev_GAS_LIMIT])
        out->gas_limit = c->number[CLI_dev_GAS_LIMIT];
    if (init == NULL || c->given[CLI_dev_BASE_FEE]) {
        out->base_fee = td_u256_from(c->number[CLI_dev_BASE_FEE]);
        out->has_base_fee = true;
    }
    return add_accounts(a, c, accounts, count, out);
}
