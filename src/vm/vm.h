/* SPDX-License-Identifier: Apache-2.0
 *
 * The contract between the frame loop (exec) and an engine (evm, pvmenv, …).
 * An engine runs one frame until it ends or wants another frame: it then fills
 * f->request and returns, so the C stack is flat at any depth.
 *
 * Gas here is Ethereum gas for every machine; PolkaVM folds its resources into it.
 *
 * Threads: engines are immutable; a frame is confined to one thread.
 */
#ifndef TD_VM_VM_H
#define TD_VM_VM_H

#include "base/mem.h"
#include "eth/block.h"
#include "eth/fork.h"
#include "num/u256.h"

typedef struct td_ctx
    td_ctx; /* exec's: the running transaction, first argument of every host function */
typedef struct td_host td_host; /* vm/host.h */
typedef struct td_vm td_vm;

/* How a frame ended. A result, never mixed with a td_err. */
typedef enum td_exit {
#define TD_EXIT(NAME, kind, text) TD_EXIT_##NAME,
#include "vm/exits.def"
#undef TD_EXIT
    TD_EXIT_COUNT
} td_exit;
typedef enum td_exit_kind {
    TD_EXIT_KIND_OK,
    TD_EXIT_KIND_REVERT,
    TD_EXIT_KIND_HALT,
    TD_EXIT_KIND_REFUSED
} td_exit_kind;
td_exit_kind td_exit_kind_of(td_exit exit);
const char *td_exit_text(td_exit exit);

/* What the transaction and its block look like to a contract. */
typedef struct td_env {
    td_fork fork;
    td_profile profile;
    uint64_t chain_id, number, timestamp, gas_limit;
    td_u256 base_fee, blob_base_fee, gas_price; /* gas_price: effective, wei per gas */
    td_addr coinbase, origin;
    td_hash prevrandao;
    const td_hash *blob_hashes;
    size_t blob_hash_count;
} td_env;

/* Prepared code: what an engine makes of bytes, cached by code hash. Engines put their own data
 * behind this head. Immutable. */
typedef struct td_code {
    const td_vm *vm;
    td_hash hash;   /* keccak256 of `bytes` */
    td_bytes bytes; /* owned by the code */
    size_t size;    /* bytes of memory held in all, for the cache's budget */
} td_code;

typedef enum td_call_kind {
    TD_CALL,
    TD_CALLCODE,
    TD_DELEGATECALL,
    TD_STATICCALL,
    TD_CREATE,
    TD_CREATE2,     /* EVM init code in `input` */
    TD_INSTANTIATE, /* PolkaVM: stored code `code_hash`, constructor input in `input`; `has_salt`
                       chooses CREATE2 */
} td_call_kind;

/* A wish for another frame. `input` borrows from the asking frame's memory, which stays as it is.
 */
typedef struct td_request {
    td_call_kind kind;
    bool is_static; /* the callee and its callees may not write */
    bool has_salt;
    bool has_creator; /* registry only: `creator` stands in for the asking account */
    bool no_stipend;  /* do not add 2300 for a value (registry, hosts with explicit limits) */
    td_addr addr;     /* callee; unused by creates */
    td_addr creator;
    td_u256 value; /* wei; for TD_DELEGATECALL the frame's own value is inherited */
    td_bytes input;
    td_hash salt, code_hash;
    uint64_t gas; /* wanted; the loop caps it at all but one 64th (EIP-150). UINT64_MAX: all */
} td_request;

/* How the wish came out. Gas left over is already back in f->gas; the callee's output is
 * f->return_data. */
typedef struct td_reply {
    td_exit exit;
    bool pending;    /* set by the loop when it resumes a frame; the engine clears it */
    td_addr created; /* of a successful create */
} td_reply;

typedef struct td_frame {
    /* The message; constant while the frame lives. */
    td_call_kind kind;
    bool is_static;
    bool is_constructor; /* runs init code or `deploy` */
    uint16_t depth;      /* 0 for the transaction's own frame */
    td_addr self;        /* storage, balance, logs */
    td_addr code_addr;   /* whose code runs */
    td_addr caller;
    td_u256 value;
    td_bytes input; /* call data; for EVM creates empty (the code is in `code`) */
    const td_code *code;
    const td_env *env;
    /* What changes. */
    int64_t gas;          /* left */
    td_bytes return_data; /* of the last callee; owned by the loop, valid until the next request */
    td_request request;
    td_reply reply;
    /* How it ended, set by the engine with TD_ACT_DONE. `output` borrows from the frame's memory.
     */
    td_exit exit;
    td_bytes output;
    uint32_t trap_pc; /* PolkaVM: where it trapped */
    /* Memory: the engine takes what it needs at memory->base + memory_base and keeps memory->len at
     * the end of its part; contents are not cleared. The topmost frame may grow its part. */
    td_region *memory;
    size_t memory_base; /* 64-byte aligned */
    size_t memory_max;  /* memory->len may not pass it */
    void *state;        /* the engine's own, NULL before the first run */
    /* PolkaVM only: what this frame itself used, callees not included. */
    td_resources resources;
} td_frame;

typedef enum td_act { TD_ACT_DONE, TD_ACT_CALL, TD_ACT_CREATE } td_act;

struct td_vm {
    const char *name;
    uint8_t machine; /* TD_MACHINE_* */
    /* Makes code ready under `fork`; `hash` is its keccak256. The result owns a copy of the bytes.
     * Returns 0, TD_ERR_NOMEM, or TD_ERR_INVALID for code this engine cannot run (a frame then ends
     * CODE_REJECTED). */
    int (*prepare)(td_code **out, td_bytes code, const td_hash *hash, td_fork fork);
    void (*release)(td_code *code);
    /* Starts (f->state NULL) or resumes (f->reply.pending) a frame. */
    td_act (*run)(td_frame *f, const td_host *host, td_ctx *ctx);
};

#endif
