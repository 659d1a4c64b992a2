/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame loop: run the topmost frame, push what it asks for, pop what has
 * ended. Depth, all but one 64th, value transfer, checkpoints and return data
 * live here once, for every engine; the C stack stays flat at any depth. Knows
 * no opcodes and no host functions.
 */
#include "crypto/crypto.h"
#include "exec/exec_private.h"
#include "precompile/precompile.h"

/* --- ends ------------------------------------------------------------------------------------ */

td_exec_mark td_exec_mark_here(const td_ctx *c) {
    return (td_exec_mark){td_state_mark(c->s), c->deposit_gas, c->deposit_net};
}

void td_exec_return_set(td_ctx *c, td_bytes bytes) {
    td_out *out = &c->return_data;
    /* Compared as numbers: the two are mostly parts of different objects. */
    bool own = (uintptr_t)bytes.ptr - (uintptr_t)out->ptr < out->capacity;
    if (bytes.len != 0 && own) {
        memmove(out->ptr, bytes.ptr, bytes.len); /* an engine hands its callee's data on */
        out->len = bytes.len;
        return;
    }
    out->len = 0;
    td_out_put(out, bytes.ptr, bytes.len);
}

/* Gas in use by all live frames when the topmost has `gas` left. */
static uint64_t gas_in_use(const td_ctx *c, int64_t gas) {
    uint64_t left = (uint64_t)gas;
    for (uint32_t i = 0; i < c->live; i++)
        left += (uint64_t)td_exec_level(c, i)->f.gas;
    return c->gas_limit > left ? c->gas_limit - left : 0;
}

/* A frame that did not succeed held nothing after all: deposits charged in it and its callees are
 * its gas again, unless it burns all it had. */
static int64_t undo(td_ctx *c, td_exit_kind kind, int64_t gas, const td_exec_mark *mark) {
    uint64_t deposits = c->deposit_gas - mark->deposit_gas;
    td_state_undo(c->s, mark->state);
    c->deposit_gas = mark->deposit_gas;
    c->deposit_net = mark->deposit_net;
    if (kind == TD_EXIT_KIND_HALT)
        return 0;
    if (deposits != 0)
        c->gas_peak = td_max_u64(c->gas_peak, gas_in_use(c, gas));
    return gas + (int64_t)deposits;
}

bool td_exec_end(td_ctx *c, td_exit exit, int64_t gas, const td_exec_mark *mark) {
    td_exit_kind kind = td_exit_kind_of(exit);
    if (kind == TD_EXIT_KIND_HALT || kind == TD_EXIT_KIND_REFUSED)
        c->return_data.len = 0;
    if (kind != TD_EXIT_KIND_OK)
        gas = undo(c, kind, gas, mark);
    c->last.exit = exit;
    c->last.gas = gas;
    return false;
}

bool td_exec_refuse(td_ctx *c, td_exit exit, const td_msg *m) {
    td_exec_mark here = td_exec_mark_here(c);
    return td_exec_end(c, exit, (int64_t)m->gas, &here);
}

/* --- starts ---------------------------------------------------------------------------------- */

/* The level after the topmost; NULL when out of memory. */
static td_level *level_next(td_ctx *c) {
    td_level **chunk = &c->chunks[c->live / TD_EXEC_LEVEL_CHUNK];
    if (*chunk == NULL)
        *chunk = td_mem_alloc(TD_EXEC_LEVEL_CHUNK * sizeof **chunk);
    return *chunk == NULL ? NULL : td_exec_level(c, c->live);
}

static bool is_constructor(td_call_kind kind) {
    return kind >= TD_CREATE;
}

static bool is_pvm_constructor(const td_frame *f) {
    return f->is_constructor && f->code->vm->machine == TD_MACHINE_PVM;
}

bool td_exec_push(td_ctx *c, const td_msg *m, td_exec_entry *entry, const td_code *code,
                  int64_t gas, const td_exec_mark *mark) {
    td_level *l = level_next(c);
    if (l == NULL) {
        c->err = TD_ERR_NOMEM;
        if (entry != NULL)
            td_exec_cache_unpin(&c->cache, entry);
        return td_exec_end(c, TD_EXIT_MEMORY_BUDGET, gas, mark);
    }
    size_t memory_len = c->memory.len;
    *l = (td_level){
        .f = {.kind = m->kind,
              .is_static = m->is_static,
              .is_constructor = is_constructor(m->kind),
              .depth = m->depth,
              .self = m->self,
              .code_addr = m->code_addr,
              .caller = m->caller,
              .value = m->value,
              .input = m->input,
              .code = code,
              .env = &c->env,
              .gas = gas,
              .memory = &c->memory,
              .memory_base = (memory_len + 63) & ~(size_t)63,
              .memory_max = c->memory.len_max},
        .entry = entry,
        .mark = *mark,
        .memory_len = memory_len,
    };
    if (m->kind == TD_CREATE || m->kind == TD_CREATE2)
        l->f.input = (td_bytes){NULL, 0}; /* it is the code */
    c->memory.len = l->f.memory_base;
    c->machines |= code->vm->machine;
    c->pvm_constructor_count += is_pvm_constructor(&l->f);
    c->live++;
    return true;
}

void td_exec_transfer(td_ctx *c, const td_msg *m) {
    if (!td_u256_is_zero(&m->value)) {
        bool taken = td_state_balance_take(c->s, &m->caller, &m->value);
        TD_ASSERT(taken || td_state_error(c->s) < 0);
        td_state_balance_add(c->s, &m->self, &m->value);
    } else if (c->env.fork < TD_FORK_SPURIOUS || td_state_account_peek(c->s, &m->self) != NULL) {
        /* EIP-161: a call of no value touches, so that an empty account goes; it makes none any
         * more. */
        if (td_state_is_empty(c->s, &m->self))
            td_state_balance_add(c->s, &m->self, &m->value);
    }
}

bool td_exec_reentry_denied(const td_ctx *c, const td_addr *addr) {
    for (uint32_t i = 0; c->reentry_denied_count != 0 && i < c->live; i++) {
        const td_level *l = td_exec_level(c, i);
        if (l->reentry_denied && td_addr_eq(&l->f.self, addr))
            return true;
    }
    return false;
}

/* A PolkaVM contract is no contract for callers until its constructor is done
 * (contracts-runtime.md 2.7). */
static bool under_construction(const td_ctx *c, const td_addr *addr) {
    for (uint32_t i = 0; c->pvm_constructor_count != 0 && i < c->live; i++) {
        const td_frame *f = &td_exec_level(c, i)->f;
        if (is_pvm_constructor(f) && td_addr_eq(&f->self, addr))
            return true;
    }
    return false;
}

static bool run_precompile(td_ctx *c, const td_precompile *pc, const td_msg *m,
                           const td_exec_mark *mark) {
    int64_t gas = (int64_t)m->gas;
    int64_t price = pc->gas(m->input, c->env.fork);
    if (!td_exec_charge(&gas, (uint64_t)price))
        return td_exec_end(c, TD_EXIT_OUT_OF_GAS, gas, mark);
    c->return_data.len = 0;
    int err = pc->run(m->input, c->env.fork, &c->return_data);
    return td_exec_end(c, err < 0 ? TD_EXIT_PRECOMPILE : TD_EXIT_RETURN, gas, mark);
}

/* The code a call runs, with its hash; follows one delegation (EIP-7702). */
static td_bytes code_of(td_ctx *c, td_addr *addr, td_hash *hash) {
    td_bytes code = td_state_code(c->s, addr);
    if (td_exec_delegate_of(code, c->env.fork, addr))
        code = td_state_code(c->s, addr);
    if (code.len != 0)
        *hash = td_state_account_peek(c->s, addr)->code_hash;
    return code;
}

static bool call_enter(td_ctx *c, td_msg *m) {
    bool own_frame = m->kind == TD_CALL || m->kind == TD_STATICCALL;
    if (m->depth > TD_EXEC_CALL_DEPTH_MAX)
        return td_exec_refuse(c, TD_EXIT_DEPTH, m);
    if (m->kind != TD_DELEGATECALL && !td_u256_is_zero(&m->value)) {
        td_u256 balance = td_state_balance(c->s, &m->caller);
        if (td_u256_lt(&balance, &m->value))
            return td_exec_refuse(c, TD_EXIT_BALANCE, m);
    }
    td_exec_mark mark = td_exec_mark_here(c);
    if (own_frame && td_exec_reentry_denied(c, &m->self))
        return td_exec_end(c, TD_EXIT_REENTRANCE_DENIED, (int64_t)m->gas, &mark);
    if (own_frame)
        td_exec_transfer(c, m);
    const td_precompile *pc = td_precompile_at(&m->code_addr, c->env.fork);
    if (pc != NULL)
        return run_precompile(c, pc, m, &mark);
    c->return_data.len = 0;
    if (td_exec_dual(c) && td_addr_eq(&m->code_addr, &TD_SYSTEM_ADDR))
        return td_exec_push(c, m, NULL, &TD_EXEC_REGISTRY_CODE, (int64_t)m->gas, &mark);
    td_hash hash;
    td_bytes code = code_of(c, &m->code_addr, &hash);
    if (code.len == 0 || under_construction(c, &m->code_addr))
        return td_exec_end(c, TD_EXIT_RETURN, (int64_t)m->gas, &mark);
    td_exec_entry *entry;
    int err = td_exec_cache_pin(&c->cache, &entry, code, &hash, c->env.fork, c->env.profile);
    if (err < 0) {
        if (err != TD_ERR_INVALID)
            c->err = err;
        return td_exec_end(c, TD_EXIT_CODE_REJECTED, (int64_t)m->gas, &mark);
    }
    return td_exec_push(c, m, entry, entry->code, (int64_t)m->gas, &mark);
}

static bool enter(td_ctx *c, td_msg *m) {
    c->last = (td_outcome){0};
    return is_constructor(m->kind) ? td_exec_create_enter(c, m) : call_enter(c, m);
}

/* --- the loop -------------------------------------------------------------------------------- */

/* Pops the topmost frame, which has ended. */
static void leave(td_ctx *c) {
    td_level *l = td_exec_level(c, c->live - 1);
    td_frame *f = &l->f;
    td_exit exit = f->exit;
    int64_t gas = f->gas;
    td_exit_kind kind = td_exit_kind_of(exit);
    if (kind == TD_EXIT_KIND_OK || kind == TD_EXIT_KIND_REVERT)
        td_exec_return_set(c, f->output);
    c->last = (td_outcome){.trap_pc = f->trap_pc};
    if (f->is_constructor && kind == TD_EXIT_KIND_OK) {
        exit = td_exec_create_done(c, f, &gas);
        if (exit == TD_EXIT_RETURN)
            c->last.created = f->self;
    }
    if (c->memory.len > c->memory_peak)
        c->memory_peak = c->memory.len;
    c->memory.len = l->memory_len;
    c->reentry_denied_count -= l->reentry_denied;
    c->pvm_constructor_count -= is_pvm_constructor(f);
    c->live--;
    (void)td_exec_end(c, exit, gas, &l->mark);
    if (l->entry != NULL)
        td_exec_cache_unpin(&c->cache, l->entry);
}

/* Gives the outcome to the frame that asked for it. */
static void deliver(td_ctx *c) {
    td_frame *f = &td_exec_level(c, c->live - 1)->f;
    f->gas += c->last.gas;
    f->return_data = td_out_peek(&c->return_data);
    f->reply = (td_reply){.exit = c->last.exit, .pending = true, .created = c->last.created};
}

/* Takes the callee's gas from the frame. False when an old rule makes the frame itself run out of
 * it. */
static bool gas_hand(const td_ctx *c, td_frame *f, td_msg *m) {
    const td_request *r = &f->request;
    uint64_t left = (uint64_t)f->gas;
    if (c->env.fork >= TD_FORK_TANGERINE)
        m->gas = td_min_u64(r->gas, left - left / 64); /* EIP-150 */
    else if (!is_constructor(r->kind) && r->gas > left)
        return false;
    else
        m->gas = td_min_u64(r->gas, left);
    f->gas -= (int64_t)m->gas;
    bool pays = r->kind == TD_CALL || r->kind == TD_CALLCODE;
    if (pays && !r->no_stipend && !td_u256_is_zero(&r->value))
        m->gas += TD_EXEC_STIPEND;
    return true;
}

static td_msg message_of(const td_frame *f) {
    const td_request *r = &f->request;
    td_msg m = {.kind = r->kind,
                .is_static = f->is_static || r->is_static || r->kind == TD_STATICCALL,
                .has_salt = r->has_salt,
                .depth = (uint16_t)(f->depth + 1),
                .caller = f->self,
                .self = r->addr,
                .code_addr = r->addr,
                .value = r->value,
                .input = r->input,
                .salt = r->salt,
                .code_hash = r->code_hash};
    if (r->kind == TD_CALLCODE || r->kind == TD_DELEGATECALL)
        m.self = f->self;
    if (r->kind == TD_DELEGATECALL) {
        m.caller = f->caller;
        m.value = f->value;
    } else if (r->kind == TD_STATICCALL) {
        m.value = TD_U256_ZERO;
    }
    if (r->has_creator) {
        m.caller = r->creator;
        /* The sender's nonce was raised by the transaction itself (contracts-runtime.md 1.2, first
         * frame). */
        m.nonce_used = f->depth == 0;
    }
    return m;
}

td_outcome td_exec_frames_run(td_ctx *c, const td_msg *msg) {
    td_msg m = *msg;
    if (!enter(c, &m))
        return c->last;
    while (c->live != 0) {
        td_frame *f = &td_exec_level(c, c->live - 1)->f;
        if (f->code->vm->run(f, &TD_EXEC_HOST, c) == TD_ACT_DONE) {
            leave(c);
        } else {
            m = message_of(f);
            if (!gas_hand(c, f, &m)) {
                f->exit = TD_EXIT_OUT_OF_GAS;
                leave(c);
            } else if (enter(c, &m)) {
                continue;
            }
        }
        if (c->live != 0)
            deliver(c);
    }
    return c->last;
}
