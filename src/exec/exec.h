/* SPDX-License-Identifier: Apache-2.0
 *
 * The transition: transactions, frames, calls and creates over a td_state, with
 * the host that engines see. Deterministic; names no file, clock or socket.
 *
 * Threads: an executor is confined to one thread.
 * Memory:  an executor owns its code cache, frame region and buffers.
 */
#ifndef TD_EXEC_EXEC_H
#define TD_EXEC_EXEC_H

#include "eth/tx.h"
#include "state/state.h"
#include "vm/vm.h"

typedef struct td_exec td_exec;

enum {
    TD_EXEC_CALL_DEPTH_MAX = 1024,       /* yellow paper 9.4.1; rulings.md 4 */
    TD_EXEC_GUEST_MEMORY_MAX = 64 << 20, /* rulings.md 4: PolkaVM guest memory of a transaction */
};

typedef struct td_exec_config {
    size_t frame_memory_max; /* bytes for all frames of a transaction; 0: 512 MiB reserved, touched
                                as used */
    size_t code_cache_max;   /* bytes of prepared code kept; 0: 64 MiB */
} td_exec_config;

/* Makes an executor; `config` NULL is all defaults. Returns 0, or TD_ERR_NOMEM when memory or
 * address space is short. The caller frees it with td_exec_free. */
TD_MUST_USE
int td_exec_new(td_exec **out, const td_exec_config *config);
/* Frees it; NULL is allowed. No transaction may be running. */
void td_exec_free(td_exec *e);

/* A block's facts. `block_hash` gives the hash of an ancestor (only asked for the 256 before
 * `number`). */
typedef struct td_exec_block {
    td_env env; /* gas_price and origin are filled in by a transaction */
    td_hash (*block_hash)(void *ctx, uint64_t number);
    void *ctx;
} td_exec_block;

typedef enum td_exec_flags {
    TD_EXEC_SIMULATE =
        1, /* eth_call: no nonce, base-fee, sender-code or fee-balance checks; value is checked */
    TD_EXEC_NO_FEES = 2, /* pays nothing to the coinbase, takes no fee (price 0 calls) */
} td_exec_flags;

typedef struct td_exec_result {
    bool status; /* succeeded */
    td_exit exit;
    uint8_t machines;
    bool created;
    td_addr contract;  /* of a create, also a failed one */
    uint64_t gas_used; /* after refunds and the EIP-7623 floor */
    uint64_t gas_refunded;
    uint64_t gas_peak; /* gas needed before refunds: a gas limit must reach it */
    td_u256 effective_price;
    td_resources resources;
    td_bytes output; /* return or revert data; lives until the executor's next transaction */
    const td_log_entry *logs; /* live until the state's next transaction */
    size_t log_count;
    uint32_t trap_pc;
} td_exec_result;

/* Checks `tx` against the state and the block: nonce, funds, gas limit and caps, intrinsic and
 * floor gas, base fee, sender without code (EIP-3607), init code size. Returns 0 or the reason as a
 * td_err, and changes nothing; diag has geth's words with the numbers. `gas_left_in_block` is the
 * block's gas limit minus what is used. */
TD_MUST_USE
int td_exec_check(td_state *s, const td_exec_block *block, const td_tx *tx, unsigned flags,
                  uint64_t gas_left_in_block, td_diag *diag);

/* Runs `tx` whole: checks, buys gas, runs frames, refunds, pays. On 0 the state holds its effect
 * (also of a failed one: nonce and fee) and `out` is filled in. On a td_err the transaction is not
 * admissible and the state is as before; TD_ERR_IO or TD_ERR_NOMEM mean the base failed. Calls
 * td_state_tx_begin and td_state_tx_end itself. */
TD_MUST_USE
int td_exec_tx(td_exec *e, td_state *s, const td_exec_block *block, const td_tx *tx, unsigned flags,
               uint64_t gas_left_in_block, td_exec_result *out, td_diag *diag);

/* Runs one code without a transaction around it (`tandem run`, benches): a frame of `code` at a
 * fixed address with `input`, no intrinsic gas, a fresh transaction on `s`. With `create` the code
 * is init code (EVM) or a blob that is deployed. Returns 0; out->gas_used is the frame's. */
typedef struct td_exec_code {
    td_bytes code, input;
    const td_hash *code_hash; /* keccak256 of `code`, or NULL: computed then */
    td_addr self, caller;
    td_u256 value;
    uint64_t gas;
    bool create;
} td_exec_code;
TD_MUST_USE
int td_exec_code_run(td_exec *e, td_state *s, const td_exec_block *block, const td_exec_code *code,
                     td_exec_result *out);

/* The platform's system account, 0x…0910 (rulings.md 2): code registry, immutables, deposit ledger.
 */
extern const td_addr TD_SYSTEM_ADDR;
/* Code as EXTCODE* and eth_getCode show it: the registry of profile dual has the stub that
 * Solidity's check for a contract passes (contracts-runtime.md 1.5). Lives until td_state_reset. */
td_bytes td_exec_code_peek(td_state *s, td_profile profile, const td_addr *addr);
/* Checked invariant of rulings.md 2: the ledger's sum equals the account's balance. Walks the
 * ledger's total, which is kept in one entry; O(1). */
bool td_exec_ledger_balanced(td_state *s);

#endif
