/* SPDX-License-Identifier: Apache-2.0
 *
 * The banner, for people and as JSON.
 */
#include "app/banner.h"

#include "app/text.h"
#include "codec/hex.h"
#include "codec/json.h"

#include <stdio.h>

static void print_key(const td_rpc_account *account, size_t index) {
    char key[65] = {0};
    td_hex_put(key, account->secret_key, 32);
    (void)printf("(%zu) 0x%s\n", index, key);
}

static const char *machines(const td_chain *chain) {
    return td_chain_profile(chain) == TD_PROFILE_DUAL ? "EVM and PolkaVM" : "EVM";
}

static void print_text(const cli *c, const banner *b) {
    const td_header *head = td_chain_head_peek(b->chain);
    char base_fee[80];
    (void)td_u256_print_dec(base_fee, &head->base_fee);
    (void)printf("\ntandem %s\nmachines: %s\n\nAvailable Accounts\n==================\n\n",
                 app_version(), machines(b->chain));
    for (size_t i = 0; i < b->account_count; i++) {
        char addr[43];
        td_addr_checksum(addr, &b->accounts[i].addr);
        (void)printf("(%zu) %s (%llu ETH)\n", i, addr,
                     (unsigned long long)c->number[CLI_dev_BALANCE]);
    }
    (void)printf("\nPrivate Keys (public knowledge: never use them outside "
                 "development)\n==================\n\n");
    for (size_t i = 0; i < b->account_count; i++)
        print_key(&b->accounts[i], i);
    (void)printf("\nWallet\n==================\nMnemonic:          %s\nDerivation path:   "
                 "%s\n\nChain ID\n==================\n%llu\n",
                 c->text[CLI_dev_MNEMONIC], c->text[CLI_dev_PATH],
                 (unsigned long long)td_chain_id(b->chain));
    (void)printf("\nBase Fee\n==================\n%s\n\nGas Limit\n==================\n%llu\n",
                 base_fee, (unsigned long long)head->gas_limit);
    (void)printf("\nBlocks\n==================\n%s, head %llu, %s%s\n\n",
                 c->given[CLI_dev_NO_MINING]     ? "sealed when asked"
                 : c->number[CLI_dev_BLOCK_TIME] ? "sealed by the clock"
                                                 : "sealed with each transaction",
                 (unsigned long long)head->number,
                 c->text[CLI_dev_DATADIR] ? "kept in " : "in memory",
                 c->text[CLI_dev_DATADIR] ? c->text[CLI_dev_DATADIR] : "");
    (void)printf("Listening on %s:%u\nURL: http://%s:%u\n", c->text[CLI_dev_HOST], b->port,
                 c->text[CLI_dev_HOST], b->port);
}

static void print_json(const cli *c, const banner *b) {
    td_out out;
    td_jsonw w;
    td_out_init(&out, 1 << 20);
    td_jsonw_init(&w, &out);
    td_jsonw_object(&w);
    td_jsonw_key(&w, "event");
    td_jsonw_str(&w, "ready");
    td_jsonw_key(&w, "version");
    td_jsonw_str(&w, app_version());
    td_jsonw_key(&w, "machines");
    td_jsonw_str(&w, machines(b->chain));
    td_jsonw_key(&w, "chainId");
    td_jsonw_number(&w, (int64_t)td_chain_id(b->chain));
    td_jsonw_key(&w, "host");
    td_jsonw_str(&w, c->text[CLI_dev_HOST]);
    td_jsonw_key(&w, "port");
    td_jsonw_number(&w, b->port);
    td_jsonw_key(&w, "mnemonic");
    td_jsonw_str(&w, c->text[CLI_dev_MNEMONIC]);
    td_jsonw_key(&w, "accounts");
    td_jsonw_array(&w);
    for (size_t i = 0; i < b->account_count; i++) {
        td_jsonw_object(&w);
        td_jsonw_key(&w, "address");
        td_jsonw_data(&w, b->accounts[i].addr.b, 20);
        td_jsonw_key(&w, "privateKey");
        td_jsonw_data(&w, b->accounts[i].secret_key, 32);
        td_jsonw_object_end(&w);
    }
    td_jsonw_array_end(&w);
    td_jsonw_object_end(&w);
    (void)printf("%.*s\n", (int)out.len, (const char *)out.ptr);
    td_out_fini(&out);
}

void banner_print(const cli *c, const banner *b) {
    if (c->given[CLI_dev_JSON])
        print_json(c, b);
    else
        print_text(c, b);
    (void)fflush(stdout);
}
