/* SPDX-License-Identifier: Apache-2.0
 *
 * 0x01: the address that signed a digest with secp256k1 (yellow paper E.1.1).
 * A signature that does not recover is no failure: the output is empty.
 */
#include "crypto/crypto.h"
#include "precompile/precompile_private.h"

int64_t td_pc_ecrecover_gas(td_bytes input, td_fork fork) {
    (void)input, (void)fork;
    return 3000;
}

int td_pc_ecrecover_run(td_bytes input, td_fork fork, td_out *out) {
    (void)fork;
    uint8_t in[128]; /* digest, v, r, s */
    td_pc_read(in, sizeof in, input, 0);
    if (!td_bytes_zero(in + 32, 31) || (in[63] != 27 && in[63] != 28))
        return 0;
    td_hash digest;
    td_sig sig = {.y_parity = (uint8_t)(in[63] - 27)};
    memcpy(digest.b, in, 32);
    memcpy(sig.r, in + 64, 32);
    memcpy(sig.s, in + 96, 32);
    td_addr addr;
    if (td_secp256k1_recover_addr(&addr, &digest, &sig) < 0)
        return 0;
    uint8_t word[32] = {0};
    memcpy(word + 12, addr.b, 20);
    td_out_put(out, word, 32);
    return 0;
}
