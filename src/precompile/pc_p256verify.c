/* SPDX-License-Identifier: Apache-2.0
 *
 * 0x100: P256VERIFY (EIP-7951): digest ‖ r ‖ s ‖ x ‖ y to the word 1. Whatever
 * is wrong, the length included, gives no output and no failure.
 */
#include "crypto/crypto.h"
#include "precompile/precompile_private.h"

enum { INPUT_LEN = 160 };

int64_t td_pc_p256verify_gas(td_bytes input, td_fork fork) {
    (void)input, (void)fork;
    return 6900;
}

int td_pc_p256verify_run(td_bytes input, td_fork fork, td_out *out) {
    (void)fork;
    static const uint8_t one[32] = {[31] = 1};
    const uint8_t *p = input.ptr;
    if (input.len == INPUT_LEN && td_p256_verify(p, p + 32, p + 64, p + 96))
        td_out_put(out, one, sizeof one);
    return 0;
}
