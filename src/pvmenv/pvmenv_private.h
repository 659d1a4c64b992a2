/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder share: a running PolkaVM frame (the guest), its meter, its
 * memory, and the shape of a host function.
 *
 * Threads: a guest is confined to the thread of its frame.
 * Memory:  a guest lives at the start of its frame's part of f->memory, guest memory behind it.
 */
#ifndef TD_PVMENV_PVMENV_PRIVATE_H
#define TD_PVMENV_PVMENV_PRIVATE_H

#include "pvm/pvm.h"
#include "pvmenv/limits.h"
#include "pvmenv/pvmenv.h"

typedef enum td_token {
#define TOKEN(NAME, ref_base, ref_unit, proof_base, proof_unit) TD_TOKEN_##NAME,
#include "pvmenv/weights.def"
#undef TOKEN
    TD_TOKEN_COUNT
} td_token;

/* What comes after a step of a guest: the program goes on, the frame ended (f->exit is set), or it
 * waits for another frame (f->request is filled). */
typedef enum td_step { TD_STEP_NEXT, TD_STEP_DONE, TD_STEP_WAIT } td_step;

/* Leaves the function unless `expr` says to go on. */
#define TD_TRY(expr)                                                                               \
    do {                                                                                           \
        td_step step_ = (expr);                                                                    \
        if (TD_UNLIKELY(step_ != TD_STEP_NEXT))                                                    \
            return step_;                                                                          \
    } while (0)

/* ReturnErrorCode, contracts-runtime.md 4.6. */
enum {
    TD_SYS_SUCCESS = 0,
    TD_SYS_CALLEE_TRAPPED = 1,
    TD_SYS_CALLEE_REVERTED = 2,
    TD_SYS_KEY_NOT_FOUND = 3,
    TD_SYS_TRANSFER_FAILED = 4,
    TD_SYS_OUT_OF_RESOURCES = 5,
    TD_SYS_ECDSA_FAILED = 7,
    TD_SYS_DUPLICATE_ADDRESS = 11,
};

/* Prepared code: the program, its two entries, and for each import the row it is bound to. One
 * allocation with the imports and the owned bytes behind it. */
typedef struct td_pvm_code {
    td_code head;
    td_pvm_program *program;
    bool has_deploy, has_call;
    uint32_t deploy_pc, call_pc;
    uint32_t import_count;
    const uint16_t *imports; /* row of syscalls.def, or TD_SYS_UNKNOWN */
} td_pvm_code;
enum { TD_SYS_UNKNOWN = UINT16_MAX };

/* A guest pointer to a buffer and one to its length (in: capacity, out: bytes written). */
typedef struct td_guest_out {
    uint32_t ptr, len_ptr;
} td_guest_out;

typedef struct td_guest {
    td_frame *f;
    const td_host *host;
    td_ctx *ctx;
    const td_pvm_code *code;
    td_pvm_machine machine;
    size_t memory_len;    /* guest memory, as booked with host->guest_memory */
    uint64_t folded;      /* gas taken for f->resources so far: their fold */
    bool input_moved;     /* FORWARD_INPUT gave the call data away */
    bool immutables_warm; /* read before in this frame */
    /* The host call that waits for a frame. */
    struct {
        uint32_t flags;
        bool is_create, locked;
        uint32_t addr_ptr;
        td_guest_out output;
    } wait;
} td_guest;

/* One host function: `a` are copies of a0 to a5. */
typedef td_step (*td_syscall_fn)(td_guest *g, const uint64_t a[6]);
typedef struct td_syscall {
    const char *name;
    bool mutating; /* refused in read-only frames */
    uint8_t arg_count;
    td_token token;
    td_syscall_fn run;
} td_syscall;
extern const td_syscall TD_SYSCALLS[];
/* The row called `name`, or TD_SYS_UNKNOWN. */
uint16_t td_syscall_find(td_bytes name);
#define SYSCALL(name, mutating, args, token, fn)                                                   \
    td_step td_sys_##fn(td_guest *g, const uint64_t a[6]);
#include "pvmenv/syscalls.def"
#undef SYSCALL

/* Completes a waiting call or instantiate with f->reply. */
td_step td_sys_call_resume(td_guest *g);

/* --- ends ---------------------------------------------------------------------------------------
 */
/* Ends the frame with `exit` and no output. Always TD_STEP_DONE. */
td_step td_guest_stop(td_guest *g, td_exit exit);
/* Ends the frame with `output`, which must live in the frame's memory. Always TD_STEP_DONE. */
td_step td_guest_return(td_guest *g, td_exit exit, td_bytes output);
/* Sets a0 and goes on. */
td_step td_guest_result(td_guest *g, uint64_t value);

/* --- meter (rulings.md 3) -----------------------------------------------------------------------
 */
/* Charges `count` units of `token` and its base. Ends the frame OUT_OF_GAS when f->gas cannot pay
 * for the increase of the fold; its resources then count as used up. */
td_step td_guest_charge(td_guest *g, td_token token, uint64_t count);
/* The same without the base, after the row's token was charged. */
td_step td_guest_charge_units(td_guest *g, td_token token, uint64_t count);
/* Gives back `count` units of `token` that were charged for a worst case. */
void td_guest_refund_units(td_guest *g, td_token token, uint64_t count);
/* Books a change of persistent storage: deposit gas when it grows (contracts-runtime.md 2.5). */
td_step td_guest_deposit(td_guest *g, int64_t byte_delta, int64_t item_delta);
/* The fuel all gas left pays for. */
int64_t td_guest_fuel(const td_guest *g);
/* Takes the price of fuel used; at most what td_guest_fuel gave (asserted). */
void td_guest_fuel_used(td_guest *g, uint64_t fuel);
/* Uses up all gas: consumed := limit (7.7). */
void td_guest_burn(td_guest *g);
/* Charges for reading `addr`'s account by its warmth (EIP-2929). */
td_step td_guest_access(td_guest *g, const td_addr *addr);

/* --- guest memory -------------------------------------------------------------------------------
 */
/* Points *out at `len` readable bytes at `ptr`; ends the frame OUT_OF_BOUNDS. Borrowed while the
 * frame lives. */
td_step td_guest_read(td_guest *g, const uint8_t **out, uint32_t ptr, uint32_t len);
/* The same for writing. */
td_step td_guest_write(td_guest *g, uint8_t **out, uint32_t ptr, uint32_t len);
/* Copies `len` bytes to `ptr`. */
td_step td_guest_put(td_guest *g, uint32_t ptr, const void *bytes, uint32_t len);
/* A u256 in memory is 32 bytes little-endian (4.1). */
td_step td_guest_put_u256(td_guest *g, uint32_t ptr, const td_u256 *value);
td_step td_guest_get_u256(td_guest *g, td_u256 *out, uint32_t ptr);
td_step td_guest_get_addr(td_guest *g, td_addr *out, uint32_t ptr);
/* Variable output (4.1): copies what fits and writes the length copied; charges COPY per byte. With
 * `optional`, a SENTINEL pointer writes nothing. */
td_step td_guest_output(td_guest *g, td_guest_out out, td_bytes data, bool optional);

/* A packed register: its high and low 32 bits. */
TD_INLINE uint32_t td_hi32(uint64_t v) {
    return (uint32_t)(v >> 32);
}
TD_INLINE uint32_t td_lo32(uint64_t v) {
    return (uint32_t)v;
}

#endif
