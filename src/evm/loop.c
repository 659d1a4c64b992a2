/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop: two ways of dispatch around the handlers of handlers.h, and the
 * start, the wait and the end of a frame. It knows a frame and a host, not who
 * calls it.
 */
#include "evm/evm_private.h"
#include "evm/op_call.h"

static void finish(evm_run *r, td_exit exit, td_bytes output) {
    r->f->exit = exit;
    r->f->output = output;
    r->act = TD_ACT_DONE;
}

/* RETURN and REVERT: returns the gas left. */
static TD_NOINLINE int64_t finish_with_data(evm_run *r, const td_u256 *top, int64_t gas,
                                            td_exit exit) {
    range data;
    if (!memory_reach(r, &gas, top, top - 1, &data))
        return -1;
    finish(r, exit, TD_BYTES(r->mem + data.offset, data.len));
    return gas;
}

/* By opcode and the extra ones after them; what prepare never emits keeps NULL. */
#define HANDLER_TABLE(entry)                                                                       \
    [EVM_HEAD] = entry(h_head), [EVM_PUSH_SMALL] = entry(h_push_small),                            \
    [EVM_PUSH_WORD] = entry(h_push_word), [EVM_JUMP_STATIC] = entry(h_jump_static),                \
    [EVM_JUMPI_STATIC] = entry(h_jumpi_static), [EVM_JUMPZ_STATIC] = entry(h_jumpz_static),        \
    [EVM_ADD_SMALL] = entry(h_add_small), [EVM_BAD_JUMP] = entry(h_bad_jump),                      \
    [EVM_SKIP] = entry(h_skip),
#define OP_ENTRY(code, NAME, fn, immediate, pops, pushes, base_gas, since)                         \
    [code] = HANDLER_ENTRY(h_##NAME),

/* The stack protector is off in handlers alone: their few arrays have a constant size and are
 * indexed within it, and its check would come with each instruction that has one. */
#if EVM_TAIL_CALLS

#define HANDLER(name)                                                                              \
    __attribute__((hot, no_stack_protector, unused)) static void name(                             \
        EVM_ARG const evm_insn *ip, EVM_ARG td_u256 *sp, EVM_ARG int64_t gas, EVM_ARG evm_run *r)
#define EVM_ARG     __attribute__((unused))
#define GO_TO(name) __attribute__((musttail)) return name(ip, sp, gas, r)
#define CONTINUE    __attribute__((musttail)) return ip->handler(ip, sp, gas, r)
#define LEAVE       return
#include "evm/handlers.h"

const evm_handler *td_evm_handlers(void) {
    static const evm_handler table[EVM_HANDLER_COUNT] = {
#define HANDLER_ENTRY(name) name
#define OP                  OP_ENTRY
#define FLOW                OP_ENTRY
#define CODED(...)
        HANDLER_TABLE(HANDLER_ENTRY)
#include "evm/opcodes.def"
#undef OP
#undef FLOW
#undef CODED
    };
    return table;
}

static void run_from(const evm_insn *ip, td_u256 *sp, int64_t gas, evm_run *r) {
    ip->handler(ip, sp, gas, r);
}

#else

#define HANDLER(name)                                                                              \
    name:
#define GO_TO(name)         goto name
#define CONTINUE            goto * ip->handler
#define LEAVE               return NULL

/* Runs, or with r NULL gives the table: labels have no address outside. */
__attribute__((hot, no_stack_protector, noinline)) static const evm_handler *
loop(const evm_insn *ip, td_u256 *sp, int64_t gas, evm_run *r) {
    static const evm_handler table[EVM_HANDLER_COUNT] = {
#define HANDLER_ENTRY(name) &&name
#define OP                  OP_ENTRY
#define FLOW                OP_ENTRY
#define CODED(...)
        HANDLER_TABLE(HANDLER_ENTRY)
#include "evm/opcodes.def"
#undef OP
#undef FLOW
#undef CODED
    };
    if (r == NULL)
        return table;
    CONTINUE;
#include "evm/handlers.h"
}

const evm_handler *td_evm_handlers(void) {
    return loop(NULL, NULL, 0, NULL);
}

static void run_from(const evm_insn *ip, td_u256 *sp, int64_t gas, evm_run *r) {
    (void)loop(ip, sp, gas, r);
}

#endif

/* Lays out a new frame's memory. False when the transaction's memory is at its end. */
static bool start(td_frame *f) {
    const size_t fixed = sizeof(evm_run) + EVM_STACK_MAX * sizeof(td_u256);
    if (f->memory_base > f->memory_max || fixed > f->memory_max - f->memory_base)
        return false;
    uint8_t *base = f->memory->base + f->memory_base;
    evm_run *r = (evm_run *)(void *)base;
    const evm_code *code = (const evm_code *)(const void *)f->code;
    *r = (evm_run){
        .price = td_evm_prices[code->fork],
        .mem = base + fixed,
        .stack = (td_u256 *)(void *)(base + sizeof *r),
        .sp = (td_u256 *)(void *)(base + sizeof *r),
        .code = code,
        .ip = code->insns,
        .exit = TD_EXIT_OUT_OF_GAS,
    };
    f->state = r;
    return true;
}

static td_act run(td_frame *f, const td_host *host, td_ctx *ctx) {
    TD_ASSERT(f->code->vm == &TD_EVM);
    if (f->state == NULL && !start(f)) {
        f->exit = TD_EXIT_MEMORY_BUDGET;
        f->output = TD_BYTES(NULL, 0);
        f->gas = 0;
        return TD_ACT_DONE;
    }
    evm_run *r = f->state;
    r->f = f;
    r->host = host;
    r->ctx = ctx;
    if (f->reply.pending)
        *r->sp++ = take_reply(r);
    r->mem_clear = r->mem_len; /* past it lay the memory of callees */
    run_from(r->ip, r->sp, f->gas, r);
    /* Others see the region's length only now; while the frame runs, nobody does. */
    f->memory->len = (size_t)(r->mem - f->memory->base) + r->mem_len;
    return r->act;
}

const td_vm TD_EVM = {
    .name = "evm",
    .machine = TD_MACHINE_EVM,
    .prepare = td_evm_prepare,
    .release = td_evm_release,
    .run = run,
};
