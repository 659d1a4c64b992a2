/* SPDX-License-Identifier: Apache-2.0
 *
 * 0x09: BLAKE2b's F (EIP-152): rounds (4 bytes, big-endian), state (64), block
 * (128), offset (16), final flag (1), a gas a round.
 */
#include "crypto/crypto.h"
#include "precompile/precompile_private.h"

enum { INPUT_LEN = 213, STATE_AT = 4, BLOCK_AT = 68, COUNT_AT = 196, LAST_AT = 212 };

int64_t td_pc_blake2f_gas(td_bytes input, td_fork fork) {
    (void)fork;
    return input.len == INPUT_LEN ? td_load_be32(input.ptr) : 0; /* 0: it fails anyway */
}

int td_pc_blake2f_run(td_bytes input, td_fork fork, td_out *out) {
    (void)fork;
    if (input.len != INPUT_LEN || input.ptr[LAST_AT] > 1)
        return TD_ERR_INVALID;
    uint8_t state[64];
    memcpy(state, input.ptr + STATE_AT, sizeof state);
    td_blake2f(state, input.ptr + BLOCK_AT, input.ptr + COUNT_AT, input.ptr[LAST_AT] == 1,
               td_load_be32(input.ptr));
    td_out_put(out, state, sizeof state);
    return 0;
}
