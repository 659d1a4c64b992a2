/* SPDX-License-Identifier: Apache-2.0
 *
 * 0x04: its input (yellow paper E.1.4).
 */
#include "precompile/precompile_private.h"

int64_t td_pc_identity_gas(td_bytes input, td_fork fork) {
    (void)fork;
    return td_pc_gas_by_word(input, 15, 3);
}

int td_pc_identity_run(td_bytes input, td_fork fork, td_out *out) {
    (void)fork;
    td_out_put(out, input.ptr, input.len);
    return 0;
}
