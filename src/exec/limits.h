/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounds and fixed prices of the transition, each with its source.
 */
#ifndef TD_EXEC_LIMITS_H
#define TD_EXEC_LIMITS_H

#include <stddef.h>

enum {
    TD_EXEC_LEVEL_CHUNK =
        32, /* frames allocated at once: most transactions need one chunk, 24 KiB */
    TD_EXEC_EVM_CODE_LEN_MAX = 24576,     /* EIP-170 */
    TD_EXEC_EVM_INITCODE_LEN_MAX = 49152, /* EIP-3860 */
    TD_EXEC_TX_GAS_MAX = 1 << 24,         /* EIP-7825: 16 777 216 */
    TD_EXEC_STIPEND = 2300,               /* yellow paper appendix G: G_callstipend */
    TD_EXEC_CODE_BYTE_GAS = 200,          /* yellow paper appendix G: G_codedeposit */
    /* Deposits, in gas (rulings.md 3). */
    TD_EXEC_DEPOSIT_STORAGE_BYTE = 100,
    TD_EXEC_DEPOSIT_CODE_BYTE = 20,
    TD_EXEC_DEPOSIT_ITEM = 5000,
    TD_EXEC_DEPOSIT_UPLOAD_ITEMS = 2, /* the blob and its record (contracts-runtime.md 2.5) */
    /* What stays of the return-data buffer and the frame region between transactions: a block of
     * ordinary transactions should not fault its pages in again and again. */
    TD_EXEC_RETURN_KEEP = 1 << 20,
    TD_EXEC_MEMORY_KEEP = 16 << 20,
};

/* Defaults of td_exec_config. The region is address space; gas bounds what is touched: 36 Mgas buy
 * at most 4 MiB in one frame, and 1025 EVM stacks of 32 KiB are 32 MiB. */
static const size_t TD_EXEC_FRAME_MEMORY_DEFAULT = (size_t)512 << 20;
static const size_t TD_EXEC_CODE_CACHE_DEFAULT = (size_t)64 << 20;

#endif
