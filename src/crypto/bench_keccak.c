/* SPDX-License-Identifier: Apache-2.0
 *
 * Nanoseconds of one keccak permutation, either copy, and of short hashes. Not
 * built by default:
 *   clang-19 -O2 -std=gnu2x -Isrc src/crypto/{bench_keccak,keccak}.c
 */
#include "crypto/crypto.h"
#include "crypto/keccak_private.h"

#include <stdio.h>
#include <time.h>

static double now_ns(void) {
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The best of many short runs, as the machine is shared. */
#define MEASURE(name, statement)                                                                   \
    do {                                                                                           \
        double best = 1e18;                                                                        \
        for (int run = 0; run < 2000; run++) {                                                     \
            double t = now_ns();                                                                   \
            for (int i = 0; i < 100; i++)                                                          \
                statement;                                                                         \
            t = (now_ns() - t) / 100;                                                              \
            best = t < best ? t : best;                                                            \
        }                                                                                          \
        printf("%-22s %8.1f ns\n", name, best);                                                    \
    } while (0)

int main(void) {
    uint64_t state[25] = {1};
    static uint8_t data[4096];
    td_hash h;
    MEASURE("permute, portable", td_keccak_permute_portable(state));
#if defined(__x86_64__)
    if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))
        MEASURE("permute, bmi", td_keccak_permute_bmi(state));
#endif
    MEASURE("hash of 32 bytes", td_keccak256(&h, data, 32));
    MEASURE("hash of 64 bytes", td_keccak256(&h, data, 64));
    MEASURE("hash of 576 bytes", td_keccak256(&h, data, 576));
    MEASURE("hash of 4096 bytes", td_keccak256(&h, data, 4096));
    return 0;
}
