/* SPDX-License-Identifier: Apache-2.0
 *
 * 0x07: a point of bn254's G1 times a scalar (EIP-196, price of EIP-1108).
 */
#include "crypto/bn254.h"
#include "precompile/precompile_private.h"

int64_t td_pc_bn254_mul_gas(td_bytes input, td_fork fork) {
    (void)input;
    return fork >= TD_FORK_ISTANBUL ? 6000 : 40000;
}

int td_pc_bn254_mul_run(td_bytes input, td_fork fork, td_out *out) {
    (void)fork;
    uint8_t operands[96], result[64];
    td_pc_read(operands, sizeof operands, input, 0);
    int err = td_bn254_mul(result, operands);
    if (err == TD_OK)
        td_out_put(out, result, sizeof result);
    return err;
}
