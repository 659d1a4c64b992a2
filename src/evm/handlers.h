/* SPDX-License-Identifier: Apache-2.0
 *
 * One handler an instruction, written once for both ways of dispatch: loop.c
 * defines HANDLER(name) to open a function or a label, CONTINUE to go to the
 * instruction at `ip`, and LEAVE to end the run. In scope are ip, sp (one past
 * the topmost word), gas, and r. There is no include guard, as this is a body.
 *
 * Threads: confined to the frame's thread.
 */

/* Goes to the instruction after this one. */
#define NEXT                                                                                       \
    do {                                                                                           \
        ip++;                                                                                      \
        CONTINUE;                                                                                  \
    } while (0)

/* Enters the block whose head is at `ip`: its price and its needs of the stack, once. */
#define ENTER_BLOCK                                                                                \
    do {                                                                                           \
        gas -= ip->head.gas;                                                                       \
        uint64_t above = (uint64_t)((uint8_t *)sp - (uint8_t *)r->stack) - ip->head.need;          \
        if (TD_UNLIKELY(gas < 0 || above > ip->head.span))                                         \
            GO_TO(h_block_failed);                                                                 \
        NEXT;                                                                                      \
    } while (0)

/* Ends the frame, or lets it wait, and gives the gas back. */
#define LEAVE_WITH(gas_left)                                                                       \
    do {                                                                                           \
        r->f->gas = (gas_left);                                                                    \
        LEAVE;                                                                                     \
    } while (0)

HANDLER(h_halt) {
    (void)ip, (void)sp, (void)gas;
    r->f->exit = r->exit;
    r->f->output = TD_BYTES(NULL, 0);
    r->act = TD_ACT_DONE;
    LEAVE_WITH(0);
}

HANDLER(h_block_failed) {
    r->exit = td_evm_block_failure(r->code, ip, gas + ip->head.gas, (size_t)(sp - r->stack));
    GO_TO(h_halt);
}

HANDLER(h_head) {
    ENTER_BLOCK;
}

HANDLER(h_push_small) {
    set_u64(sp, ip->imm);
    sp++;
    NEXT;
}

HANDLER(h_push_word) {
    copy_word(sp, ip->word);
    sp++;
    NEXT;
}

HANDLER(h_bad_jump) {
    r->exit = TD_EXIT_BAD_JUMP;
    GO_TO(h_halt);
}

HANDLER(h_skip) {
    ip = ip->target;
    CONTINUE;
}

HANDLER(h_jump_static) {
    ip = ip->target;
    ENTER_BLOCK;
}

HANDLER(h_jumpi_static) {
    sp--;
    ip = td_u256_is_zero(sp) ? ip + 1 : ip->target;
    ENTER_BLOCK;
}

HANDLER(h_jumpz_static) {
    sp--;
    ip = td_u256_is_zero(sp) ? ip->target : ip + 1;
    ENTER_BLOCK;
}

HANDLER(h_add_small) {
    unsigned long long carry = 0;
    sp[-1].w[0] = td_u64_addc(sp[-1].w[0], ip->imm, &carry);
    for (int i = 1; i < 4; i++)
        sp[-1].w[i] = td_u64_addc(sp[-1].w[i], 0, &carry);
    NEXT;
}

/* What stands at a pc taken from the stack: a head that a jump may enter, or NULL. */
#define JUMP_TARGET(pc)                                                                            \
    (td_u256_sat_u64(pc) < r->code->head.bytes.len &&                                              \
             (r->code->map[(pc)->w[0]] & EVM_NO_TARGET) == 0                                       \
         ? r->code->insns + r->code->map[(pc)->w[0]]                                               \
         : NULL)

#define FLOW_jump(code)                                                                            \
    sp--;                                                                                          \
    ip = JUMP_TARGET(sp);                                                                          \
    if (TD_UNLIKELY(ip == NULL))                                                                   \
        GO_TO(h_bad_jump);                                                                         \
    ENTER_BLOCK;

#define FLOW_jumpi(code)                                                                           \
    sp -= 2;                                                                                       \
    ip = td_u256_is_zero(sp) ? ip + 1 : JUMP_TARGET(sp + 1);                                       \
    if (TD_UNLIKELY(ip == NULL))                                                                   \
        GO_TO(h_bad_jump);                                                                         \
    ENTER_BLOCK;

#define FLOW_stop(code)                                                                            \
    finish(r, TD_EXIT_RETURN, TD_BYTES(NULL, 0));                                                  \
    LEAVE_WITH(gas);

#define FLOW_end(exit_kind)                                                                        \
    gas = finish_with_data(r, sp - 1, gas, exit_kind);                                             \
    if (gas < 0)                                                                                   \
        GO_TO(h_halt);                                                                             \
    LEAVE_WITH(gas);
#define FLOW_return(code) FLOW_end(TD_EXIT_RETURN)
#define FLOW_revert(code) FLOW_end(TD_EXIT_REVERT)

#define FLOW_invalid(code)                                                                         \
    r->exit = TD_EXIT_INVALID_OPCODE;                                                              \
    GO_TO(h_halt);

#define FLOW_selfdestruct(code)                                                                    \
    gas = selfdestruct_slow(r, sp - 1, gas);                                                       \
    if (gas < 0)                                                                                   \
        GO_TO(h_halt);                                                                             \
    finish(r, TD_EXIT_RETURN, TD_BYTES(NULL, 0));                                                  \
    LEAVE_WITH(gas);

/* Leaves to the frame loop; td_evm_run pushes the answer and goes on at r->ip. */
#define FLOW_ask(ask, code)                                                                        \
    gas = ask(r, sp - 1, gas, code);                                                               \
    if (gas < 0)                                                                                   \
        GO_TO(h_halt);                                                                             \
    r->ip = ip + 1;                                                                                \
    r->sp = sp - td_evm_op_info[code].pops;                                                        \
    LEAVE_WITH(gas);
#define FLOW_call(code)   FLOW_ask(call_ask, code)
#define FLOW_create(code) FLOW_ask(create_ask, code)

/* Growing memory for one word, then the same instruction again. */
HANDLER(h_grow_word) {
    gas = memory_grow_word(r, sp - 1, gas);
    if (gas < 0)
        GO_TO(h_halt);
    CONTINUE;
}

#define FLOW_mload(code)                                                                           \
    if (TD_UNLIKELY(!memory_has_word(r, sp - 1)))                                                  \
        GO_TO(h_grow_word);                                                                        \
    sp[-1] = td_u256_load_be(r->mem + sp[-1].w[0]);                                                \
    NEXT;

#define FLOW_mstore(code)                                                                          \
    if (TD_UNLIKELY(!memory_has_word(r, sp - 1)))                                                  \
        GO_TO(h_grow_word);                                                                        \
    td_u256_store_be(r->mem + sp[-1].w[0], sp - 2);                                                \
    sp -= 2;                                                                                       \
    NEXT;

#define FLOW(code, NAME, fn, immediate, pops, pushes, base_gas, since)                             \
    HANDLER(h_##NAME) {                                                                            \
        FLOW_##fn(code)                                                                            \
    }
#define OP(code, NAME, fn, immediate, pops, pushes, base_gas, since)                               \
    HANDLER(h_##NAME) {                                                                            \
        if (!op_##fn(r, sp - 1, &gas, code))                                                       \
            GO_TO(h_halt);                                                                         \
        sp += (pushes) - (pops);                                                                   \
        NEXT;                                                                                      \
    }
#define CODED(code, NAME, fn, immediate, pops, pushes, base_gas, since)
#include "evm/opcodes.def"
#undef OP
#undef FLOW
#undef CODED
