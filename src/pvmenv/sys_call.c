/* SPDX-License-Identifier: Apache-2.0
 *
 * Host functions that start another frame or end this one for good: calls in both resource forms,
 * instantiate, terminate (contracts-runtime.md 4.4 to 4.6, 5.5, 5.7). A call fills f->request and
 * waits; td_sys_call_resume completes it. The 63/64 rule, the stipend and the transfer are the
 * frame loop's.
 */
#include "pvmenv/pvmenv_private.h"

#include "vm/host.h"

/* CallFlags (4.5). */
enum {
    FORWARD_INPUT = 0x01,
    CLONE_INPUT = 0x02,
    TAIL_CALL = 0x04,
    ALLOW_REENTRY = 0x08,
    READ_ONLY = 0x10,
    FLAGS_KNOWN = 0x1f,
};

/* A call as its host function was given it, before anything is read or checked. */
typedef struct call_args {
    bool is_delegate;
    uint32_t flags, callee_ptr, value_ptr; /* no value_ptr in delegate calls */
    uint64_t gas;                          /* UINT64_MAX: all */
    uint64_t input, output; /* packed: length and pointer, length pointer and pointer */
} call_args;

/* Gas for explicit limits of ref_time and proof_size: the fold of min(requested, left), where
 * u64::MAX asks for everything (4.4). The deposit has no limit of its own in `dual`: it is gas like
 * the rest. */
static uint64_t gas_of_weight(const td_guest *g, uint64_t ref_time, uint64_t proof_size) {
    if (ref_time == UINT64_MAX || proof_size == UINT64_MAX)
        return UINT64_MAX;
    uint64_t left = (uint64_t)g->f->gas;
    ref_time = td_min_u64(ref_time, td_mul_sat(left, TD_SYS_PS_PER_GAS));
    proof_size = td_min_u64(proof_size, left / TD_SYS_GAS_PER_PROOF_BYTE);
    return td_pvmenv_fold(ref_time, proof_size);
}

/* The deposit limit must be readable; SENTINEL stands for none. */
static td_step check_deposit_limit(td_guest *g, uint32_t ptr) {
    const uint8_t *limit;
    return ptr == TD_SYS_SENTINEL ? TD_STEP_NEXT : td_guest_read(g, &limit, ptr, 32);
}

/* Chooses the callee's input (4.4, step 4). */
static td_step choose_input(td_guest *g, const call_args *c, td_bytes *input) {
    uint32_t len = td_hi32(c->input);
    if (len > TD_SYS_CALL_DATA_LEN_MAX)
        return td_guest_stop(g, TD_EXIT_CALL_DATA_TOO_LARGE);
    if ((c->flags & (CLONE_INPUT | FORWARD_INPUT)) != 0) {
        if (g->input_moved)
            return td_guest_stop(g, TD_EXIT_INPUT_FORWARDED);
        *input = g->f->input;
        g->input_moved = (c->flags & CLONE_INPUT) == 0;
        return TD_STEP_NEXT;
    }
    TD_TRY(td_guest_charge(g, TD_TOKEN_COPY, len));
    const uint8_t *at;
    TD_TRY(td_guest_read(g, &at, td_lo32(c->input), len));
    *input = TD_BYTES(at, len);
    return TD_STEP_NEXT;
}

/* The callee's account, and that of its code when it is a delegation (EIP-7702). */
static td_step charge_callee(td_guest *g, const td_addr *callee) {
    td_addr target;
    TD_TRY(td_guest_access(g, callee));
    if (g->host->delegate_of(g->ctx, callee, &target))
        TD_TRY(td_guest_access(g, &target));
    return TD_STEP_NEXT;
}

/* A value moves: refused where nothing may be written, priced as Ethereum prices it. */
static td_step charge_value(td_guest *g, const call_args *c, const td_addr *callee) {
    if (g->f->is_static || (c->flags & READ_ONLY) != 0)
        return td_guest_stop(g, TD_EXIT_WRITE_PROTECTION);
    TD_TRY(td_guest_charge(g, TD_TOKEN_CALL_VALUE, 0));
    if (g->host->is_empty(g->ctx, callee))
        TD_TRY(td_guest_charge(g, TD_TOKEN_CALL_NEW_ACCOUNT, 0));
    return TD_STEP_NEXT;
}

/* Reentrancy (5.5): without ALLOW_REENTRY this account may not be entered until the call returns,
 * not even as the direct callee. Delegate calls neither ask nor set. */
static td_step guard(td_guest *g, const call_args *c, const td_addr *callee) {
    if (c->is_delegate)
        return TD_STEP_NEXT;
    bool strict = (c->flags & ALLOW_REENTRY) == 0;
    if ((strict && td_addr_eq(callee, &g->f->self)) || g->host->reentry_denied(g->ctx, callee))
        return td_guest_stop(g, TD_EXIT_REENTRANCE_DENIED);
    if (strict)
        g->host->reentry_set(g->ctx, g->f, false);
    g->wait.locked = strict;
    return TD_STEP_NEXT;
}

static td_step call(td_guest *g, const call_args *c) {
    td_frame *f = g->f;
    td_addr callee;
    td_u256 value = TD_U256_ZERO;
    td_bytes input;
    if ((c->flags & ~(uint32_t)FLAGS_KNOWN) != 0)
        return td_guest_stop(g, TD_EXIT_INVALID_CALL_FLAGS);
    TD_TRY(td_guest_get_addr(g, &callee, c->callee_ptr));
    if (!c->is_delegate)
        TD_TRY(td_guest_get_u256(g, &value, c->value_ptr));
    TD_TRY(charge_callee(g, &callee));
    TD_TRY(choose_input(g, c, &input));
    if (!td_u256_is_zero(&value))
        TD_TRY(charge_value(g, c, &callee));
    if (c->is_delegate && (c->flags & (ALLOW_REENTRY | READ_ONLY)) != 0)
        return td_guest_stop(g, TD_EXIT_INVALID_CALL_FLAGS);
    memset(&g->wait, 0, sizeof g->wait);
    TD_TRY(guard(g, c, &callee));
    g->wait.flags = c->flags;
    g->wait.output = (td_guest_out){.ptr = td_lo32(c->output), .len_ptr = td_hi32(c->output)};
    bool is_static = f->is_static || (c->flags & READ_ONLY) != 0;
    f->request = (td_request){
        .kind = c->is_delegate                ? TD_DELEGATECALL
                : (c->flags & READ_ONLY) != 0 ? TD_STATICCALL
                                              : TD_CALL,
        .is_static = is_static,
        .addr = callee,
        .value = value,
        .input = input,
        .gas = c->gas,
    };
    return TD_STEP_WAIT;
}

td_step td_sys_call_weight(td_guest *g, const uint64_t a[6]) {
    TD_TRY(check_deposit_limit(g, td_hi32(a[3])));
    return call(g, &(call_args){
                       .flags = td_hi32(a[0]),
                       .callee_ptr = td_lo32(a[0]),
                       .value_ptr = td_lo32(a[3]),
                       .gas = gas_of_weight(g, a[1], a[2]),
                       .input = a[4],
                       .output = a[5],
                   });
}

td_step td_sys_call_gas(td_guest *g, const uint64_t a[6]) {
    return call(g, &(call_args){
                       .flags = td_lo32(a[0]),
                       .callee_ptr = td_lo32(a[1]),
                       .value_ptr = td_lo32(a[2]),
                       .gas = a[3],
                       .input = a[4],
                       .output = a[5],
                   });
}

td_step td_sys_call_delegate_weight(td_guest *g, const uint64_t a[6]) {
    TD_TRY(check_deposit_limit(g, td_lo32(a[3])));
    return call(g, &(call_args){
                       .is_delegate = true,
                       .flags = td_hi32(a[0]),
                       .callee_ptr = td_lo32(a[0]),
                       .gas = gas_of_weight(g, a[1], a[2]),
                       .input = a[4],
                       .output = a[5],
                   });
}

td_step td_sys_call_delegate_gas(td_guest *g, const uint64_t a[6]) {
    return call(g, &(call_args){
                       .is_delegate = true,
                       .flags = td_lo32(a[0]),
                       .callee_ptr = td_lo32(a[1]),
                       .gas = a[2],
                       .input = a[3],
                       .output = a[4],
                   });
}

/* The input starts with the 32-byte hash of code uploaded before; the rest goes to its constructor.
 */
td_step td_sys_call_instantiate(td_guest *g, const uint64_t a[6]) {
    uint32_t input_ptr = td_lo32(a[3]), input_len = td_hi32(a[3]);
    uint32_t salt_ptr = td_lo32(a[5]);
    td_u256 value;
    TD_TRY(td_guest_get_u256(g, &value, td_lo32(a[2])));
    TD_TRY(check_deposit_limit(g, td_hi32(a[2])));
    if (input_len < 32)
        return td_guest_stop(g, TD_EXIT_OUT_OF_BOUNDS);
    if (input_len - 32 > TD_SYS_CALL_DATA_LEN_MAX)
        return td_guest_stop(g, TD_EXIT_CALL_DATA_TOO_LARGE);
    TD_TRY(td_guest_charge_units(g, TD_TOKEN_COPY, input_len));
    if (!td_u256_is_zero(&value))
        TD_TRY(td_guest_charge(g, TD_TOKEN_CALL_VALUE, 0));
    const uint8_t *input, *salt = NULL;
    TD_TRY(td_guest_read(g, &input, input_ptr, input_len));
    if (salt_ptr != TD_SYS_SENTINEL)
        TD_TRY(td_guest_read(g, &salt, salt_ptr, 32));
    memset(&g->wait, 0, sizeof g->wait);
    g->wait.is_create = true;
    g->wait.addr_ptr = td_hi32(a[5]);
    g->wait.output = (td_guest_out){.ptr = td_lo32(a[4]), .len_ptr = td_hi32(a[4])};
    td_request *r = &g->f->request;
    *r = (td_request){
        .kind = TD_INSTANTIATE,
        .has_salt = salt != NULL,
        .value = value,
        .input = TD_BYTES(input + 32, input_len - 32),
        .gas = gas_of_weight(g, a[0], a[1]),
    };
    memcpy(r->code_hash.b, input, 32);
    if (salt != NULL)
        memcpy(r->salt.b, salt, 32);
    return TD_STEP_WAIT;
}

/* TAIL_CALL: the callee's result becomes this frame's. The loop owns the bytes only until the next
 * frame ends, so they move to the end of this frame's own memory. */
static td_step return_callees(td_guest *g) {
    td_bytes data = g->f->return_data;
    td_region *memory = g->f->memory;
    if (data.len > TD_SYS_CALL_DATA_LEN_MAX)
        return td_guest_stop(g, TD_EXIT_RETURN_DATA_TOO_LARGE);
    if (data.len > g->f->memory_max - memory->len)
        return td_guest_stop(g, TD_EXIT_MEMORY_BUDGET);
    TD_TRY(td_guest_charge(g, TD_TOKEN_COPY, data.len));
    uint8_t *copy = memory->base + memory->len;
    if (data.len != 0)
        memcpy(copy, data.ptr, data.len);
    memory->len += data.len;
    return td_guest_return(g, g->f->reply.exit, TD_BYTES(copy, data.len));
}

/* Error codes of sub-calls (4.6). Past the depth or the guest memory the call fails, it does not
 * trap (rulings.md 4). */
static uint32_t error_code(td_exit exit) {
    switch (exit) {
    case TD_EXIT_BALANCE: return TD_SYS_TRANSFER_FAILED;
    case TD_EXIT_OUT_OF_GAS:
    case TD_EXIT_DEPTH:
    case TD_EXIT_OUT_OF_RESOURCES: return TD_SYS_OUT_OF_RESOURCES;
    case TD_EXIT_COLLISION: return TD_SYS_DUPLICATE_ADDRESS;
    default: return TD_SYS_CALLEE_TRAPPED;
    }
}

/* The callee ran to an end of its own: its output and, of a create that succeeded, the address. */
static td_step complete(td_guest *g, bool reverted) {
    if (!g->wait.is_create && (g->wait.flags & TAIL_CALL) != 0)
        return return_callees(g);
    if (g->wait.is_create && !reverted && g->wait.addr_ptr != TD_SYS_SENTINEL)
        TD_TRY(td_guest_put(g, g->wait.addr_ptr, g->f->reply.created.b, 20));
    TD_TRY(td_guest_output(g, g->wait.output, g->f->return_data, true));
    return td_guest_result(g, reverted ? TD_SYS_CALLEE_REVERTED : TD_SYS_SUCCESS);
}

td_step td_sys_call_resume(td_guest *g) {
    td_exit exit = g->f->reply.exit;
    if (g->wait.locked)
        g->host->reentry_set(g->ctx, g->f, true);
    if (exit == TD_EXIT_RETURN || exit == TD_EXIT_REVERT)
        return complete(g, exit == TD_EXIT_REVERT);
    if (exit == TD_EXIT_CODE_NOT_FOUND) /* 2.7: an unknown hash traps the caller */
        return td_guest_stop(g, TD_EXIT_TRAP);
    if (g->wait.output.ptr != TD_SYS_SENTINEL)
        TD_TRY(td_guest_put(g, g->wait.output.len_ptr, (uint8_t[4]){0}, 4));
    return td_guest_result(g, error_code(exit));
}

/* 5.7 and EIP-6780: the balance moves at once; the frame ends well. */
td_step td_sys_call_terminate(td_guest *g, const uint64_t a[6]) {
    td_addr beneficiary;
    TD_TRY(td_guest_get_addr(g, &beneficiary, td_lo32(a[0])));
    TD_TRY(td_guest_access(g, &beneficiary));
    td_u256 balance = g->host->balance(g->ctx, &g->f->self);
    if (!td_u256_is_zero(&balance) && g->host->is_empty(g->ctx, &beneficiary))
        TD_TRY(td_guest_charge(g, TD_TOKEN_CALL_NEW_ACCOUNT, 0));
    g->host->selfdestruct(g->ctx, &g->f->self, &beneficiary);
    return td_guest_stop(g, TD_EXIT_RETURN);
}

/* solc's `invalid` compiles to this: everything is used, then an empty revert. */
td_step td_sys_call_consume_all_gas(td_guest *g, const uint64_t a[6]) {
    (void)a;
    td_guest_burn(g);
    return td_guest_stop(g, TD_EXIT_REVERT);
}
