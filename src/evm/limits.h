/* SPDX-License-Identifier: Apache-2.0
 *
 * Fixed sizes of the EVM engine.
 *
 * Threads: immutable.
 */
#ifndef TD_EVM_LIMITS_H
#define TD_EVM_LIMITS_H

enum {
    EVM_STACK_MAX = 1024, /* words; yellow paper 9.1 */
    /* Codes are at most 48 KiB (EIP-3860), or what a development chain allows; stream indices have
     * 31 bits and a code byte makes at most two of them. */
    EVM_CODE_LEN_MAX = 16 << 20,
    /* Memory is cleared in multiples of this many bytes, a power of two: 32 growths by a word. */
    EVM_CLEAR_AHEAD = 1024,
    /* A block is cut when its static price passes this, so that it fits 32 bits with room. */
    EVM_BLOCK_GAS_MAX = 1 << 30,
};

#endif
