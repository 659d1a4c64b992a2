/* SPDX-License-Identifier: Apache-2.0
 *
 * What the rows of precompiles.def need: their prototypes and the price of
 * hashing-like contracts.
 *
 * Threads: pure functions.
 */
#ifndef TD_PRECOMPILE_PRECOMPILE_PRIVATE_H
#define TD_PRECOMPILE_PRECOMPILE_PRIVATE_H

#include "precompile/precompile.h"

#define PC(address, name, since, vectors)                                                          \
    int64_t td_pc_##name##_gas(td_bytes input, td_fork fork);                                      \
    int td_pc_##name##_run(td_bytes input, td_fork fork, td_out *out);
#include "precompile/precompiles.def"
#undef PC

/* base + word gas for each started 32 bytes (yellow paper appendix E). */
TD_INLINE int64_t td_pc_gas_by_word(td_bytes input, int64_t base, int64_t word) {
    return base + word * (int64_t)((input.len + 31) / 32);
}

/* The `len` bytes of `input` from `at` on, with zeros where the input has ended: every contract of
 * yellow paper appendix E reads its input as if it went on for ever. */
TD_INLINE void td_pc_read(uint8_t *out, size_t len, td_bytes input, size_t at) {
    size_t have = at < input.len ? input.len - at : 0;
    if (have > len)
        have = len;
    if (have != 0)
        memcpy(out, input.ptr + at, have);
    memset(out + have, 0, len - have);
}

#endif
