/* SPDX-License-Identifier: Apache-2.0
 *
 * Fixed limits of PolkaVM contracts and the constants of the fold, each with its source.
 */
#ifndef TD_PVMENV_LIMITS_H
#define TD_PVMENV_LIMITS_H

enum {
    /* contracts-runtime.md 9 */
    TD_SYS_CALL_DATA_LEN_MAX = 131072, /* call data and return data, each */
    TD_SYS_EVENT_LEN_MAX = 65536,
    TD_SYS_TOPIC_COUNT_MAX = 4,
    TD_SYS_IMMUTABLES_LEN_MAX = 4096,

    /* rulings.md 3: the fold, and what storage holds */
    TD_SYS_PS_PER_GAS = 10000,
    TD_SYS_GAS_PER_PROOF_BYTE = 6,
    TD_SYS_DEPOSIT_GAS_PER_BYTE = 100,
    TD_SYS_DEPOSIT_GAS_PER_ITEM = 5000,

    /* EIP-2200: no storage write with the stipend alone, so that a payment cannot re-enter with
       effect */
    TD_SYS_WRITE_SENTRY_GAS = 2300,

    TD_SYS_STATE_ALIGN = 64, /* a cache line: where a frame's state and its guest memory start */
};

#define TD_SYS_SENTINEL                                                                            \
    UINT32_MAX /* "absent" for a pointer or a length, contracts-runtime.md Notation */

#endif
