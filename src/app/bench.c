/* SPDX-License-Identifier: Apache-2.0
 *
 * A sorted array of samples.
 */
#include "app/bench.h"

#include "base/mem.h"

#include <stdlib.h>

int bench_init(bench *b, uint64_t rounds) {
    *b = (bench){.rounds = rounds < 1 ? 1 : td_min_u64(rounds, BENCH_ROUNDS_MAX)};
    b->ns = td_mem_alloc(b->rounds * sizeof *b->ns);
    return b->ns == NULL ? TD_ERR_NOMEM : TD_OK;
}

void bench_fini(bench *b) {
    td_mem_free(b->ns);
}

void bench_add(bench *b, uint64_t ns) {
    TD_ASSERT(b->count < b->rounds);
    b->ns[b->count++] = ns;
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

uint64_t bench_median(bench *b) {
    qsort(b->ns, b->count, sizeof *b->ns, by_value);
    return b->count == 0 ? 0 : b->ns[b->count / 2];
}
