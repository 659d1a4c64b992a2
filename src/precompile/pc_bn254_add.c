/* SPDX-License-Identifier: Apache-2.0
 *
 * 0x06: the sum of two points of bn254's G1 (EIP-196, price of EIP-1108).
 */
#include "crypto/bn254.h"
#include "precompile/precompile_private.h"

int64_t td_pc_bn254_add_gas(td_bytes input, td_fork fork) {
    (void)input;
    return fork >= TD_FORK_ISTANBUL ? 150 : 500;
}

int td_pc_bn254_add_run(td_bytes input, td_fork fork, td_out *out) {
    (void)fork;
    uint8_t operands[128], result[64];
    td_pc_read(operands, sizeof operands, input, 0);
    int err = td_bn254_add(result, operands);
    if (err == TD_OK)
        td_out_put(out, result, sizeof result);
    return err;
}
