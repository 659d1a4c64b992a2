/* SPDX-License-Identifier: Apache-2.0
 *
 * Time. Nothing that a block's outcome depends on may call these; the chain
 * takes a block's timestamp as a value.
 *
 * Threads: any.
 */
#ifndef TD_BASE_CLOCK_H
#define TD_BASE_CLOCK_H

#include "base/base.h"

/* Nanoseconds of a clock that never goes back. */
uint64_t td_clock_ns(void);
/* Seconds since 1970. */
uint64_t td_clock_unix_s(void);

#endif
