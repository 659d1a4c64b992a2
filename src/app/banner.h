/* SPDX-License-Identifier: Apache-2.0
 *
 * What `tandem dev` prints when it is ready.
 *
 * Threads: main only.
 */
#ifndef TD_APP_BANNER_H
#define TD_APP_BANNER_H

#include "app/cli.h"
#include "rpc/rpc.h"

typedef struct banner {
    const td_rpc_account *accounts;
    size_t account_count;
    td_chain *chain;
    uint16_t port;
} banner;

/* Prints the banner, or one JSON line with --json, to standard output. */
void banner_print(const cli *c, const banner *b);

#endif
