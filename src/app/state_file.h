/* SPDX-License-Identifier: Apache-2.0
 *
 * The state as a file: a genesis.json of the head's accounts, that --state and
 * --init read back (and geth, but for the `extended` storage of PolkaVM contracts).
 *
 * Threads: main only.
 */
#ifndef TD_APP_STATE_FILE_H
#define TD_APP_STATE_FILE_H

#include "chain/chain.h"

/* Writes beside `path`, syncs, and renames: a crash leaves the old file or the new one. */
TD_MUST_USE
int state_file_save(td_chain *chain, const char *path, td_diag *diag);

#endif
