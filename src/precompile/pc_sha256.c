/* SPDX-License-Identifier: Apache-2.0
 *
 * 0x02: SHA-256 (yellow paper E.1.2).
 */
#include "crypto/crypto.h"
#include "precompile/precompile_private.h"

int64_t td_pc_sha256_gas(td_bytes input, td_fork fork) {
    (void)fork;
    return td_pc_gas_by_word(input, 60, 12);
}

int td_pc_sha256_run(td_bytes input, td_fork fork, td_out *out) {
    (void)fork;
    uint8_t digest[32];
    td_sha256(digest, input.ptr, input.len);
    td_out_put(out, digest, sizeof digest);
    return 0;
}
