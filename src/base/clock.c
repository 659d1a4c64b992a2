/* SPDX-License-Identifier: Apache-2.0
 *
 * The two clocks of the system.
 */
#include "base/clock.h"

#include <time.h>

static struct timespec read_clock(clockid_t id) {
    struct timespec t = {0};
    (void)clock_gettime(id, &t);
    return t;
}

uint64_t td_clock_ns(void) {
    struct timespec t = read_clock(CLOCK_MONOTONIC);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t td_clock_unix_s(void) {
    return (uint64_t)read_clock(CLOCK_REALTIME).tv_sec;
}
