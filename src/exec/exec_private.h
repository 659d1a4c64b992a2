/* SPDX-License-Identifier: Apache-2.0
 *
 * The running transaction as the files of this folder see it: frames, the code
 * cache, the system account's records.
 *
 * Threads: confined to one thread, as the executor.
 */
#ifndef TD_EXEC_EXEC_PRIVATE_H
#define TD_EXEC_EXEC_PRIVATE_H

#include "base/map.h"
#include "exec/exec.h"
#include "exec/limits.h"
#include "vm/host.h"

/* --- code cache (cache.c)
 * ----------------------------------------------------------------------------- */

typedef struct td_exec_entry td_exec_entry;
struct td_exec_entry {
    td_code *code;
    uint8_t key[34]; /* code hash, fork, engine */
    uint32_t pins;   /* live frames; only entries without pins are in the list */
    td_exec_entry *newer, *older;
};
typedef struct td_exec_cache {
    td_map map; /* key to td_exec_entry * */
    td_exec_entry *newest, *oldest;
    size_t size, size_max; /* bytes of prepared code, pinned ones included */
} td_exec_cache;

void td_exec_cache_init(td_exec_cache *cache, size_t size_max);
void td_exec_cache_fini(td_exec_cache *cache);
/* Prepared code for `bytes` (whose keccak256 is `hash`), pinned until td_exec_cache_unpin. Returns
 * 0, TD_ERR_INVALID when the engine refuses it, or TD_ERR_NOMEM. */
TD_MUST_USE
int td_exec_cache_pin(td_exec_cache *cache, td_exec_entry **out, td_bytes bytes,
                      const td_hash *hash, td_fork fork, td_profile profile);
void td_exec_cache_unpin(td_exec_cache *cache, td_exec_entry *entry);

/* --- engines (engines.c)
 * ------------------------------------------------------------------------------ */

/* Whether bytes start with the blob magic 50 56 4D 00 (contracts-runtime.md 2.1). */
bool td_exec_is_blob(td_bytes code);
/* The engine for code under a profile, and its number for the cache's key. */
const td_vm *td_exec_engine_of(td_bytes code, td_profile profile, uint8_t *number);
/* The length a blob's header declares, 0 when the header is cut short or the length is not within
 * `data`. */
size_t td_exec_blob_len(td_bytes data);
/* Whether the transaction creates a contract from a blob. */
bool td_exec_tx_is_blob(const td_env *env, const td_tx *tx);
/* EIP-7702: whether `code` delegates, and to whom. */
bool td_exec_delegate_of(td_bytes code, td_fork fork, td_addr *target);

/* --- frames (frames.c, create.c)
 * ---------------------------------------------------------------------- */

/* Where a reverting frame goes back to. */
typedef struct td_exec_mark {
    size_t state;
    uint64_t deposit_gas; /* of the transaction, charged so far */
    int64_t deposit_net;  /* charged less given back */
} td_exec_mark;

typedef struct td_level {
    td_frame f;           /* first, so that a td_frame * of the loop is its level */
    td_exec_entry *entry; /* NULL for the registry */
    td_exec_mark mark;
    size_t memory_len; /* of the region before this frame */
    bool reentry_denied;
} td_level;

/* A call or create about to start. */
typedef struct td_msg {
    td_call_kind kind;
    bool is_static, has_salt;
    bool is_upload;  /* TD_INSTANTIATE of a transaction: `code` is stored first when it is new */
    bool nonce_used; /* the creator's nonce was raised already; the address takes the one before */
    uint16_t depth;
    td_addr caller, self, code_addr; /* creates: self is filled in when they start */
    td_u256 value;
    td_bytes input; /* EVM creates: the init code */
    td_bytes code;  /* TD_INSTANTIATE with is_upload: the blob */
    td_hash salt, code_hash;
    uint64_t gas;
} td_msg;

/* How a frame, or a message that never became one, came out. Return data is in ctx->return_data. */
typedef struct td_outcome {
    td_exit exit;
    int64_t gas; /* left */
    td_addr created;
    uint32_t trap_pc;
} td_outcome;

struct td_ctx {
    td_state *s;
    const td_exec_block *block;
    td_env env;
    td_u256 deposit_price; /* wei a unit of deposit gas is booked at; 0 where no fee is taken */
    uint64_t gas_limit;    /* of the transaction, for the peak */
    uint64_t gas_peak;     /* most gas in use when deposits of a reverted frame were given back */
    uint64_t deposit_gas;  /* charged as deposit and not given back by a revert */
    int64_t deposit_net;
    td_resources resources;
    uint8_t machines;
    int err;       /* first failure that is not a contract's: out of memory */
    uint32_t live; /* frames; the topmost is live - 1 */
    uint32_t reentry_denied_count, pvm_constructor_count;
    uint64_t guest_memory;
    size_t memory_peak;
    td_level *chunks[TD_EXEC_CALL_DEPTH_MAX / TD_EXEC_LEVEL_CHUNK + 1];
    td_region memory;
    td_out return_data;
    td_outcome last;
    uint8_t word[32]; /* the value td_host.ext_get made of a slot */
    td_exec_cache cache;
};

struct td_exec {
    td_ctx ctx;
};

extern const td_host TD_EXEC_HOST;

TD_INLINE td_level *td_exec_level(const td_ctx *c, uint32_t index) {
    return &c->chunks[index / TD_EXEC_LEVEL_CHUNK][index % TD_EXEC_LEVEL_CHUNK];
}
TD_INLINE bool td_exec_dual(const td_ctx *c) {
    return c->env.profile == TD_PROFILE_DUAL;
}

/* Whether a live frame forbade calls to its account. */
bool td_exec_reentry_denied(const td_ctx *c, const td_addr *addr);

/* Runs `msg` and all it calls. The outcome is also in ctx->last. */
td_outcome td_exec_frames_run(td_ctx *c, const td_msg *msg);

/* Steps shared by calls and creates; each returns whether a frame was pushed, false with ctx->last
 * set. */
td_exec_mark td_exec_mark_here(const td_ctx *c);
/* Ends a frame or message: undoes and burns as the exit's kind says; `gas` is what was left. Return
 * data must be in place already; it is emptied for halts and refusals. */
bool td_exec_end(td_ctx *c, td_exit exit, int64_t gas, const td_exec_mark *mark);
bool td_exec_refuse(td_ctx *c, td_exit exit, const td_msg *m);
/* Moves m->value from m->caller to m->self; the balance was checked. */
void td_exec_transfer(td_ctx *c, const td_msg *m);
/* Pushes a frame of prepared code. `entry` is pinned and given over (NULL: the registry). */
bool td_exec_push(td_ctx *c, const td_msg *m, td_exec_entry *entry, const td_code *code,
                  int64_t gas, const td_exec_mark *mark);
/* Starts a create of any kind. */
bool td_exec_create_enter(td_ctx *c, td_msg *m);
/* After a constructor returned: stores the code of an EVM create. Returns the exit, and lowers
 * *gas. */
td_exit td_exec_create_done(td_ctx *c, const td_frame *f, int64_t *gas);
/* Sets the return data to a copy of `bytes`, which may lie in it. */
void td_exec_return_set(td_ctx *c, td_bytes bytes);
/* Charges `gas`; false when less is left. */
TD_INLINE bool td_exec_charge(int64_t *left, uint64_t gas) {
    if (gas > INT64_MAX || *left < (int64_t)gas)
        return false;
    *left -= (int64_t)gas;
    return true;
}

/* --- the system account (system.c): one extended slot a record, docs/decisions/system-account.md
 * --------------- */

typedef struct td_code_info {
    td_addr owner;
    uint64_t refcount;
    uint32_t code_len;
    td_u256 deposit; /* wei */
} td_code_info;

bool td_exec_code_info(td_state *s, const td_hash *hash, td_code_info *out);
/* The blob, empty when unknown; lives until the next write to the state. */
td_bytes td_exec_code_blob(td_state *s, const td_hash *hash);
/* Stores a checked blob that is not there yet and books its deposit: adds the gas to *gas_due. */
void td_exec_code_upload(td_ctx *c, const td_hash *hash, td_bytes blob, const td_addr *owner,
                         uint64_t *gas_due);
/* Forgets the code and pays its deposit back to its owner. */
void td_exec_code_remove(td_ctx *c, const td_hash *hash);
/* A new contract of stored code: reference and base deposit. Returns the gas to charge. */
uint64_t td_exec_contract_added(td_ctx *c, const td_addr *addr, const td_hash *code_hash);
/* A contract created in this transaction ends: everything held for it goes back to the origin. */
void td_exec_contract_ended(td_ctx *c, const td_addr *addr);
/* td_host.deposit */
uint64_t td_exec_deposit(td_ctx *c, const td_addr *addr, int64_t byte_delta, int64_t item_delta);
/* Wei that reached the system account without being a deposit (coinbase, self-destruct): into the
 * ledger's total, so that total and balance stay equal. */
void td_exec_unowned_add(td_ctx *c, const td_u256 *wei);
td_bytes td_exec_immutables(td_state *s, const td_addr *addr);
void td_exec_immutables_set(td_ctx *c, const td_addr *addr, td_bytes data);

/* --- the registry (registry.c)
 * ------------------------------------------------------------------------ */

/* The engine at 0x0910 and its code object. */
extern const td_code TD_EXEC_REGISTRY_CODE;

#endif
