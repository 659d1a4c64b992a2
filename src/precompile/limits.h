/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounds of the native contracts, each with its reason.
 */
#ifndef TD_PRECOMPILE_LIMITS_H
#define TD_PRECOMPILE_LIMITS_H

enum {
    /* EIP-7823, since Osaka: base, exponent and modulus. */
    TD_PC_MODEXP_LEN_MAX_OSAKA = 1024,
    /* Before Osaka nothing but gas bounds the lengths, and memory is taken after gas is paid. A
     * base or modulus of 1 MiB costs 3.4 Ggas at the cheapest price there was (EIP-198), an
     * exponent of 64 MiB 179 Mgas (EIP-2565): more than a block of that time holds, so nothing
     * above these can be paid. */
    TD_PC_MODEXP_OPERAND_LEN_MAX = 1 << 20,
    TD_PC_MODEXP_EXPONENT_LEN_MAX = 1 << 26,
};

#endif
