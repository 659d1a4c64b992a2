/* SPDX-License-Identifier: Apache-2.0
 *
 * Journaled state: the only place where a running transaction reads or changes
 * accounts and storage. A stack of undo records over a read-only base; knows
 * nothing of gas, engines, tries or disks. It lives as long as a block: changes
 * of one transaction are the base of the next.
 *
 * Threads: confined to one thread. The base may be shared.
 * Memory:  owned by the state; td_state_fini gives it back. td_state_reset keeps it for the next
 * block. Failure: when memory ends or the base fails, td_state_error() turns negative and stays;
 * reads then give zeros, writes do nothing. The caller of a transaction checks it at the end.
 */
#ifndef TD_STATE_STATE_H
#define TD_STATE_STATE_H

#include "eth/block.h"
#include "num/u256.h"

typedef struct td_account {
    uint64_t nonce;
    td_u256 balance;
    td_hash storage_root; /* as in the base; TD_EMPTY_TRIE_ROOT for new ones */
    td_hash code_hash;    /* TD_KECCAK_EMPTY without code */
} td_account;

/* The base: a consistent, read-only view. Functions return 1 found, 0 absent, or a negative td_err.
 */
typedef struct td_state_base {
    int (*account)(void *ctx, const td_addr *addr, td_account *out);
    /* `slot` is the 32-byte key of the secure trie before hashing, or the longer extended key (kind
     * byte first). The value is the byte string stored there: up to 32 bytes big-endian without
     * leading zeros for slots. It lives until the next call. */
    int (*slot)(void *ctx, const td_addr *addr, const td_account *account, td_bytes slot,
                td_bytes *value);
    /* Lives until the base ends. */
    int (*code)(void *ctx, const td_hash *code_hash, td_bytes *out);
    void *ctx;
} td_state_base;

typedef struct td_state td_state;

/* A state over `base` (copied). Returns 0 or TD_ERR_NOMEM. */
TD_MUST_USE
int td_state_new(td_state **out, const td_state_base *base);
void td_state_free(td_state *s);
/* Forgets all changes and starts over another base. */
void td_state_reset(td_state *s, const td_state_base *base);
int td_state_error(const td_state *s);

/* Begins a transaction: clears warm sets, transient storage, refunds, logs; originals become
 * current. */
void td_state_tx_begin(td_state *s);
/* Ends it: destroys what was marked (EIP-6780: only accounts created in it), removes touched empty
 * accounts (EIP-161; `clear_empty` is false before Spurious Dragon). Marks before it are void, as
 * they are after td_state_tx_begin. */
void td_state_tx_end(td_state *s, bool clear_empty);

/* A checkpoint; td_state_undo restores everything since (accounts, storage, transient, warm,
 * refund, logs). */
size_t td_state_mark(td_state *s);
void td_state_undo(td_state *s, size_t mark);

/* Accounts. The pointer lives until the next change; NULL when absent. */
const td_account *td_state_account_peek(td_state *s, const td_addr *addr);
bool td_state_is_empty(td_state *s, const td_addr *addr);
td_u256 td_state_balance(td_state *s, const td_addr *addr);
uint64_t td_state_nonce(td_state *s, const td_addr *addr);
/* Adds modulo 2^256 (creating the account when absent, also for 0: a touch, EIP-161). */
void td_state_balance_add(td_state *s, const td_addr *addr, const td_u256 *amount);
/* Takes; false, changing nothing, when the balance is smaller. */
TD_MUST_USE
bool td_state_balance_take(td_state *s, const td_addr *addr, const td_u256 *amount);
void td_state_balance_set(td_state *s, const td_addr *addr, const td_u256 *amount);
void td_state_nonce_set(td_state *s, const td_addr *addr, uint64_t nonce);
/* Sets code (copied); empty removes. The hash is computed unless given. */
void td_state_code_set(td_state *s, const td_addr *addr, td_bytes code,
                       const td_hash *hash_or_null);
/* Code bytes, empty when none; live until td_state_reset. */
td_bytes td_state_code(td_state *s, const td_addr *addr);
/* Code by its hash: what this block set or the base has. TD_ERR_NOT_FOUND when unknown. */
TD_MUST_USE
int td_state_code_by_hash(td_state *s, const td_hash *hash, td_bytes *out);
/* Makes the account a new contract: nonce as given, storage emptied, balance kept, marked as
 * created in this transaction. */
void td_state_create(td_state *s, const td_addr *addr, uint64_t nonce);
bool td_state_created_in_tx(td_state *s, const td_addr *addr);
/* Whether storage is non-empty by the base's root or by writes of this block (EIP-7610). */
bool td_state_has_storage(td_state *s, const td_addr *addr);
/* Marks for destruction at the end of the transaction, if created in it (EIP-6780). */
void td_state_destroy(td_state *s, const td_addr *addr);
/* The same whatever the account's age: forks before Cancun, System.terminate
 * (contracts-runtime.md 5.7). */
void td_state_destroy_always(td_state *s, const td_addr *addr);

/* Storage slots. Setting requires an existing account (created when absent). */
td_u256 td_state_slot(td_state *s, const td_addr *addr, const td_u256 *key);
/* The value at the start of the transaction; 0 for an account created in it. */
td_u256 td_state_slot_original(td_state *s, const td_addr *addr, const td_u256 *key);
void td_state_slot_set(td_state *s, const td_addr *addr, const td_u256 *key, const td_u256 *value);
td_u256 td_state_transient(td_state *s, const td_addr *addr, const td_u256 *key);
void td_state_transient_set(td_state *s, const td_addr *addr, const td_u256 *key,
                            const td_u256 *value);
/* Extended slots: `key` is kind byte and 1..128 bytes (2 to 129 bytes in all, never 32); values up
 * to 1 MiB. Returns false when absent; the value lives until the next write. An empty value removes
 * when `remove`. */
bool td_state_ext(td_state *s, const td_addr *addr, td_bytes key, bool transient, td_bytes *value);
void td_state_ext_set(td_state *s, const td_addr *addr, td_bytes key, bool transient,
                      td_bytes value, bool remove);

/* Warm sets (EIP-2929): mark, and return whether it was cold. */
bool td_state_warm_account(td_state *s, const td_addr *addr);
bool td_state_warm_slot(td_state *s, const td_addr *addr, const td_u256 *key);
/* td_state_warm_slot and td_state_slot in one look-up; `value` may be `key`. */
bool td_state_slot_access(td_state *s, const td_addr *addr, const td_u256 *key, td_u256 *value);

/* The refund counter of the transaction (yellow paper A_r): adds, or takes; and its value in gas.
 */
void td_state_refund_add(td_state *s, int64_t gas);
int64_t td_state_refund(const td_state *s);
/* Logs of this transaction; data is copied. The array lives until the next td_state_tx_begin. */
void td_state_log_add(td_state *s, const td_log_entry *log);
const td_log_entry *td_state_logs(const td_state *s, size_t *count);

/* What changed since the base, for the trie: accounts in ascending order of address, each with its
 * changed slots in ascending order of key bytes. Call after td_state_tx_end. */
typedef struct td_state_slot_change {
    td_bytes key;   /* 32 bytes, or an extended key */
    td_bytes value; /* as in td_state_base.slot; empty for a slot of 32 bytes removes */
    bool removed; /* tells an absent extended slot from one that holds no bytes (trie value 0x80) */
} td_state_slot_change;
typedef struct td_state_change {
    td_addr addr;
    bool deleted;       /* the account is gone */
    bool storage_reset; /* storage starts from empty */
    bool code_changed;
    td_account account; /* storage_root is the base's, or TD_EMPTY_TRIE_ROOT when new or reset; the
                         * trie applies the slots to it */
    td_bytes code;
    const td_state_slot_change *slots;
    size_t slot_count;
} td_state_change;
/* Writes an array to the arena. Returns its count, or TD_ERR_NOMEM or td_state_error(). */
TD_MUST_USE
int td_state_changes(td_state *s, td_arena *a, td_state_change **out);

#endif
