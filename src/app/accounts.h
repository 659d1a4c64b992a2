/* SPDX-License-Identifier: Apache-2.0
 *
 * Development accounts and the genesis that funds them.
 *
 * Threads: main only. Memory: all in the arena given.
 */
#ifndef TD_APP_ACCOUNTS_H
#define TD_APP_ACCOUNTS_H

#include "app/cli.h"
#include "eth/genesis.h"
#include "rpc/rpc.h"

enum { ACCOUNTS_MAX = 1000 /* a derivation takes about 0.1 ms */ };

/* Derives the accounts of `tandem dev`'s flags. */
TD_MUST_USE
int accounts_derive(td_arena *a, const cli *c, td_rpc_account **out, size_t *count, td_diag *diag);
/* The genesis of the flags: the file of --state (when it exists) or --init, or the default one,
 * with the accounts (and the CREATE2 deployer that anvil has too) added where it does not name
 * them. */
TD_MUST_USE
int accounts_genesis(td_arena *a, const cli *c, const td_rpc_account *accounts, size_t count,
                     td_genesis *out, td_diag *diag);

#endif
