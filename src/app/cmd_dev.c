/* SPDX-License-Identifier: Apache-2.0
 *
 * `tandem dev`: wiring of chain, JSON-RPC and HTTP, the banner, the loop of the
 * node's thread, and a clean end on SIGINT and SIGTERM.
 */
#define _GNU_SOURCE
#include "app/accounts.h"
#include "app/banner.h"
#include "app/cli.h"
#include "app/state_file.h"
#include "app/text.h"
#include "net/net.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

typedef struct node {
    const cli *cli;
    td_arena arena;
    td_log log;
    td_genesis genesis;
    const td_rpc_account *accounts;
    size_t account_count;
    td_profile profile;
    td_chain *chain;
    td_rpc *rpc;
    td_net *net;
    sigset_t signals;
    pthread_t waiter;
    _Atomic bool stop;
} node;

/* Waits for the first SIGINT or SIGTERM and asks the loop to end. */
static void *wait_for_signal(void *arg) {
    node *n = arg;
    int signal_number;
    (void)sigwait(&n->signals, &signal_number);
    atomic_store(&n->stop, true);
    td_net_wake(n->net);
    return NULL;
}

/* The waiter lives on the node: it is gone before the node is. From here on a second signal has its
 * own way: it ends the process at once. */
static void end_waiter(node *n) {
    (void)pthread_join(n->waiter, NULL);
    (void)pthread_sigmask(SIG_UNBLOCK, &n->signals, NULL);
}

static int choose_profile(node *n, td_diag *diag) {
    const char *name = n->cli->text[CLI_dev_PROFILE];
    n->profile = TD_PROFILE_DUAL;
    if (strcmp(name, "ethereum") == 0)
        n->profile = TD_PROFILE_ETHEREUM;
    else if (strcmp(name, "dual") != 0)
        return td_diag_set(diag, TD_ERR_ARGS, "--profile '%s': choose dual or ethereum", name);
    if (n->genesis.has_profile && !n->cli->given[CLI_dev_PROFILE])
        n->profile = n->genesis.profile;
    return TD_OK;
}

static int open_chain(node *n, td_diag *diag) {
    const cli *c = n->cli;
    td_rpc_account *accounts;
    int err = accounts_derive(&n->arena, c, &accounts, &n->account_count, diag);
    n->accounts = accounts;
    if (err == TD_OK)
        err = accounts_genesis(&n->arena, c, accounts, n->account_count, &n->genesis, diag);
    if (err == TD_OK)
        err = choose_profile(n, diag);
    if (err != TD_OK)
        return err;
    td_chain_config config = {
        .datadir = c->text[CLI_dev_DATADIR],
        .genesis = &n->genesis,
        .profile = n->profile,
        .automine = !c->given[CLI_dev_NO_MINING] && c->number[CLI_dev_BLOCK_TIME] == 0,
        .block_time_s = c->given[CLI_dev_NO_MINING] ? 0 : c->number[CLI_dev_BLOCK_TIME],
        .log = &n->log,
    };
    return td_chain_open(&n->chain, diag, &config);
}

static int open_server(node *n, td_diag *diag) {
    td_rpc_config rpc = {.chain = n->chain,
                         .accounts = n->accounts,
                         .account_count = n->account_count,
                         .client_version = app_client_version(),
                         .commit = app_commit(),
                         .log = &n->log};
    int err = td_rpc_new(&n->rpc, &rpc);
    if (err != TD_OK)
        return td_diag_set(diag, err, "cannot start JSON-RPC: %s", td_err_text(err));
    if (n->cli->number[CLI_dev_PORT] > UINT16_MAX)
        return td_diag_set(diag, TD_ERR_ARGS, "--port %llu: at most 65535",
                           (unsigned long long)n->cli->number[CLI_dev_PORT]);
    td_net_config net = {.host = n->cli->text[CLI_dev_HOST],
                         .port = (uint16_t)n->cli->number[CLI_dev_PORT],
                         .body_len_max = TD_RPC_BODY_LEN_MAX,
                         .reply_len_max = TD_RPC_REPLY_LEN_MAX,
                         .connections_max = 1000,
                         .timeout_s = 60,
                         .allow_origin = n->cli->text[CLI_dev_ORIGIN],
                         .log = &n->log};
    return td_net_open(&n->net, diag, &net);
}

static void serve(node *n) {
    while (!atomic_load(&n->stop)) {
        int wait_ms = td_chain_tick(n->chain);
        (void)td_net_serve(n->net, td_rpc_handle, n->rpc, wait_ms);
    }
}

static int node_open(node *n, const cli *c, td_diag *diag) {
    n->cli = c;
    td_arena_init(&n->arena, 1 << 14, 1 << 30);
    td_log_init(&n->log, stdout, c->given[CLI_dev_QUIET] ? TD_LOG_ERROR : TD_LOG_INFO,
                c->given[CLI_dev_JSON]);
    /* Blocked before any thread starts, so that only the waiter takes them. */
    (void)sigemptyset(&n->signals);
    (void)sigaddset(&n->signals, SIGINT);
    (void)sigaddset(&n->signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &n->signals, NULL);
    int err = open_chain(n, diag);
    return err != TD_OK ? err : open_server(n, diag);
}

static void node_close(node *n) {
    if (n->net != NULL)
        td_net_close(n->net);
    td_rpc_free(n->rpc);
    td_chain_close(n->chain);
    td_log_fini(&n->log);
    td_arena_fini(&n->arena);
}

int cmd_dev(const cli *c) {
    node n = {0};
    td_diag diag = {""};
    int err = node_open(&n, c, &diag);
    if (err == TD_OK && pthread_create(&n.waiter, NULL, wait_for_signal, &n) != 0)
        err = td_diag_set(&diag, TD_ERR_NOMEM, "cannot start the signal thread");
    if (err == TD_OK) {
        if (!c->given[CLI_dev_QUIET])
            banner_print(c, &(banner){.accounts = n.accounts,
                                      .account_count = n.account_count,
                                      .chain = n.chain,
                                      .port = td_net_port(n.net)});
        serve(&n);
        end_waiter(&n);
        if (c->text[CLI_dev_STATE] != NULL)
            err = state_file_save(n.chain, c->text[CLI_dev_STATE], &diag);
        td_log_line(&n.log, TD_LOG_INFO, "end", "stopped at block %llu",
                    (unsigned long long)td_chain_head_peek(n.chain)->number);
    }
    node_close(&n);
    return err == TD_OK ? 0 : cli_fail("%s", diag.text[0] ? diag.text : td_err_text(err));
}
