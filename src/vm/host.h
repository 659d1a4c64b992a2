/* SPDX-License-Identifier: Apache-2.0
 *
 * What an engine may ask of and do to the world. One constant table, filled in
 * by exec. It charges no gas: it reports facts and the engine prices them.
 * Reads of a failing store return zeros and end the transaction with an internal error afterwards.
 *
 * Threads: confined to the transaction's thread.
 */
#ifndef TD_VM_HOST_H
#define TD_VM_HOST_H

#include "vm/vm.h"

enum { TD_EXT_KEY_LEN_MAX = 128, TD_EXT_VALUE_LEN_MAX = 416 /* contracts-runtime.md 9 */ };

/* A key of PolkaVM's storage: 32 bytes fixed (is_fixed) or 1 to 128 bytes variable. */
typedef struct td_ext_key {
    bool is_fixed;
    bool is_transient;
    td_bytes bytes;
} td_ext_key;

struct td_host {
    /* Marks as accessed in this transaction (EIP-2929); returns whether it was cold. */
    bool (*access_account)(td_ctx *c, const td_addr *addr);
    bool (*access_slot)(td_ctx *c, const td_addr *addr, const td_u256 *key);

    bool (*exists)(td_ctx *c, const td_addr *addr); /* in the state, even if empty */
    bool (*is_empty)(td_ctx *c,
                     const td_addr *addr); /* EIP-161: no code, nonce 0, balance 0 (or absent) */
    td_u256 (*balance)(td_ctx *c, const td_addr *addr);
    /* Code as EXTCODE* see it: the bytes live until the frame ends; the hash is zero for absent or
     * empty accounts (EIP-1052). EIP-7702 indicators are returned as they are. */
    td_bytes (*code)(td_ctx *c, const td_addr *addr);
    td_hash (*code_hash)(td_ctx *c, const td_addr *addr);
    /* EIP-7702: whether the account's code is a delegation, and to whom. */
    bool (*delegate_of)(td_ctx *c, const td_addr *addr, td_addr *target);

    td_u256 (*storage_get)(td_ctx *c, const td_addr *addr, const td_u256 *key);
    /* access_slot and storage_get in one; `value` may be `key`. */
    bool (*storage_load)(td_ctx *c, const td_addr *addr, const td_u256 *key, td_u256 *value);
    /* Sets; reports the value at the start of the transaction and the one before this write
     * (EIP-2200). */
    void (*storage_set)(td_ctx *c, const td_addr *addr, const td_u256 *key, const td_u256 *value,
                        td_u256 *original, td_u256 *previous);
    /* The same two without the write, for prices that must be known first. */
    void (*storage_peek)(td_ctx *c, const td_addr *addr, const td_u256 *key, td_u256 *original,
                         td_u256 *current);
    td_u256 (*transient_get)(td_ctx *c, const td_addr *addr, const td_u256 *key);
    void (*transient_set)(td_ctx *c, const td_addr *addr, const td_u256 *key, const td_u256 *value);

    /* EIP-3529: adds to (or takes from) the refund counter. */
    void (*refund_add)(td_ctx *c, int64_t gas);
    void (*log)(td_ctx *c, const td_addr *addr, const td_hash *topics, size_t topic_count,
                td_bytes data);
    /* SELFDESTRUCT by EIP-6780: moves the balance; destroys only what this transaction created. */
    void (*selfdestruct)(td_ctx *c, const td_addr *addr, const td_addr *beneficiary);
    /* Hash of one of the 256 blocks before the current one, else zeros. */
    td_hash (*block_hash)(td_ctx *c, uint64_t number);

    /* --- PolkaVM
     * ------------------------------------------------------------------------------------ */
    /* Extended slots (rulings.md 2): TD_ERR_NOT_FOUND when absent; the value lives until the next
     * write. A fixed key with a 32-byte value is the EVM's slot. `ext_set` with len 0 and NULL
     * removes; it returns the length before, or -1 for absent. */
    int (*ext_get)(td_ctx *c, const td_addr *addr, const td_ext_key *key, td_bytes *value);
    int (*ext_set)(td_ctx *c, const td_addr *addr, const td_ext_key *key, td_bytes value,
                   bool remove);
    /* Immutable data of the code at `addr` (0x910 ledger): NULL span when none. */
    td_bytes (*immutables_get)(td_ctx *c, const td_addr *addr);
    void (*immutables_set)(td_ctx *c, const td_addr *addr, td_bytes data);
    /* Storage of `addr` grows or shrinks: books the deposit in the ledger (wei at the transaction's
     * price, pro rata when it shrinks) and returns the gas to charge, 0 when it shrinks. */
    uint64_t (*deposit)(td_ctx *c, const td_addr *addr, int64_t byte_delta, int64_t item_delta);
    /* Reentrancy: whether `addr` is the account of a frame further down that forbade it. */
    bool (*reentry_denied)(td_ctx *c, const td_addr *addr);
    void (*reentry_set)(td_ctx *c, const td_frame *f, bool allowed);
    /* Bytes of guest memory the live PolkaVM frames hold; +len at start, -len at the end. False
     * when the 64 MiB of rulings.md 4 would be passed (nothing changes then). */
    bool (*guest_memory)(td_ctx *c, int64_t len_delta);
    /* Marks the machine's use and adds to the transaction's totals. */
    void (*resources_add)(td_ctx *c, const td_resources *used);
};

#endif
