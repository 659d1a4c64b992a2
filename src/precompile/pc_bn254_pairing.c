/* SPDX-License-Identifier: Apache-2.0
 *
 * 0x08: whether a product of pairings over bn254 is 1 (EIP-197, price of
 * EIP-1108).
 */
#include "crypto/bn254.h"
#include "precompile/precompile_private.h"

int64_t td_pc_bn254_pairing_gas(td_bytes input, td_fork fork) {
    int64_t pairs = (int64_t)(input.len / TD_BN254_PAIR_LEN);
    return fork >= TD_FORK_ISTANBUL ? 45000 + 34000 * pairs : 100000 + 80000 * pairs;
}

int td_pc_bn254_pairing_run(td_bytes input, td_fork fork, td_out *out) {
    (void)fork;
    bool one = false;
    uint8_t word[32] = {0};
    int err = td_bn254_pairing(&one, input);
    if (err != TD_OK)
        return err;
    word[31] = one;
    td_out_put(out, word, sizeof word);
    return 0;
}
