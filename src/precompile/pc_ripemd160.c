/* SPDX-License-Identifier: Apache-2.0
 *
 * 0x03: RIPEMD-160, in the low 20 bytes of a word (yellow paper E.1.3).
 */
#include "crypto/crypto.h"
#include "precompile/precompile_private.h"

int64_t td_pc_ripemd160_gas(td_bytes input, td_fork fork) {
    (void)fork;
    return td_pc_gas_by_word(input, 600, 120);
}

int td_pc_ripemd160_run(td_bytes input, td_fork fork, td_out *out) {
    (void)fork;
    uint8_t word[32] = {0};
    td_ripemd160(word + 12, input.ptr, input.len);
    td_out_put(out, word, sizeof word);
    return 0;
}
