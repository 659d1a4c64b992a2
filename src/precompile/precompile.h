/* SPDX-License-Identifier: Apache-2.0
 *
 * Native contracts of Ethereum: a table by address and fork. The platform's own
 * (0x0910) is an engine of exec, because it opens frames.
 *
 * Threads: immutable.
 */
#ifndef TD_PRECOMPILE_PRECOMPILE_H
#define TD_PRECOMPILE_PRECOMPILE_H

#include "vm/vm.h"

typedef struct td_precompile {
    const char *name;
    /* Gas for `input`, INT64_MAX when it cannot be paid. */
    int64_t (*gas)(td_bytes input, td_fork fork);
    /* Appends at most the bytes it has to `out` (cleared by the caller). Returns 0, or
     * TD_ERR_INVALID when the call fails and burns its gas. */
    int (*run)(td_bytes input, td_fork fork, td_out *out);
} td_precompile;

/* The precompile at `addr` under `fork`, or NULL. */
const td_precompile *td_precompile_at(const td_addr *addr, td_fork fork);
/* Walks the addresses active under `fork` (they start warm, EIP-2929): *at from 0; false at the
 * end. */
bool td_precompile_next(td_fork fork, size_t *at, td_addr *addr);

#endif
