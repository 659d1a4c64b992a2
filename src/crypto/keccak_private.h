/* SPDX-License-Identifier: Apache-2.0
 *
 * The two copies of the keccak permutation, for the test that compares them
 * and the benchmark.
 */
#ifndef TD_CRYPTO_KECCAK_PRIVATE_H
#define TD_CRYPTO_KECCAK_PRIVATE_H

#include <stdint.h>

enum { TD_KECCAK_RATE = 136 }; /* bytes: 200 less twice the digest */

/* keccak-f[1600] on 25 lanes, lane x + 5y. Runs on every processor. */
void td_keccak_permute_portable(uint64_t state[25]);
#if defined(__x86_64__)
/* The same; requires BMI1 and BMI2. */
void td_keccak_permute_bmi(uint64_t state[25]);
#endif

#endif
