/* SPDX-License-Identifier: Apache-2.0
 *
 * Times of repeated runs and their median.
 *
 * Threads: confined to one thread. Memory: owns its samples.
 */
#ifndef TD_APP_BENCH_H
#define TD_APP_BENCH_H

#include "base/base.h"

enum { BENCH_ROUNDS_MAX = 10000000 };

typedef struct bench {
    uint64_t *ns;
    size_t count;
    uint64_t rounds;
} bench;

/* Room for `rounds` samples, at least 1 and at most BENCH_ROUNDS_MAX. Returns 0 or TD_ERR_NOMEM. */
TD_MUST_USE
int bench_init(bench *b, uint64_t rounds);
void bench_fini(bench *b);
void bench_add(bench *b, uint64_t ns);
/* Sorts the samples. */
uint64_t bench_median(bench *b);

#endif
