/* SPDX-License-Identifier: Apache-2.0
 *
 * The forks of Ethereum, in order, so that a rule says `since`. Which fork a
 * block has is the chain configuration's answer; what a fork changes is told
 * by the tables that name it.
 *
 * Threads: immutable.
 */
#ifndef TD_ETH_FORK_H
#define TD_ETH_FORK_H

#include "base/base.h"

typedef enum td_fork {
#define TD_FORK(NAME, name, rules) TD_FORK_##NAME,
#include "eth/forks.def"
#undef TD_FORK
    TD_FORK_COUNT,
    TD_FORK_NEWEST = TD_FORK_COUNT - 1
} td_fork;

/* The name as fixtures write it. */
const char *td_fork_name(td_fork fork);
/* Finds a fork by name, without regard to case, also by its common alias (TangerineWhistle,
 * SpuriousDragon, Petersburg, Merge). Returns 0 or TD_ERR_NOT_FOUND. */
TD_MUST_USE
int td_fork_find(td_fork *out, const char *name);

/* Chain profiles (rulings.md 1). */
typedef enum td_profile { TD_PROFILE_ETHEREUM, TD_PROFILE_DUAL } td_profile;

#endif
