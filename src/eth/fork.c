/* SPDX-License-Identifier: Apache-2.0
 *
 * The names of the forks. What a fork changes is in the tables that name it.
 */
#include "eth/fork.h"

#include <strings.h>

static const char *const names[] = {
#define TD_FORK(NAME, name, rules) [TD_FORK_##NAME] = name,
#include "eth/forks.def"
#undef TD_FORK
};
_Static_assert(TD_COUNT(names) == TD_FORK_COUNT, "a name for each fork");

/* What people also call them. */
static const struct {
    const char *name;
    td_fork fork;
} aliases[] = {
    {"TangerineWhistle", TD_FORK_TANGERINE},
    {"SpuriousDragon", TD_FORK_SPURIOUS},
    {"Petersburg", TD_FORK_PETERSBURG},
    {"Merge", TD_FORK_PARIS},
};

const char *td_fork_name(td_fork fork) {
    TD_ASSERT((unsigned)fork < TD_FORK_COUNT);
    return names[fork];
}

int td_fork_find(td_fork *out, const char *name) {
    for (unsigned i = 0; i < TD_FORK_COUNT; i++) {
        if (strcasecmp(names[i], name) == 0) {
            *out = (td_fork)i;
            return TD_OK;
        }
    }
    for (size_t i = 0; i < TD_COUNT(aliases); i++) {
        if (strcasecmp(aliases[i].name, name) == 0) {
            *out = aliases[i].fork;
            return TD_OK;
        }
    }
    return TD_ERR_NOT_FOUND;
}
