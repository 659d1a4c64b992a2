/* SPDX-License-Identifier: Apache-2.0
 *
 * The interpreter: threaded code over the cells of a program. Gas is charged
 * where control enters a block (polkavm.md 8.1): every instruction that ends a
 * block reads the cost from the head it goes to, so heads are never dispatched.
 * Registers are read and written in the machine, hence exact at every exit.
 *
 * Knows nothing of decoding; invalid targets and gaps are trapping cells.
 */
#include "pvm/interp_ops.h"
#include "pvm/pvm_private.h"

/* AddressSanitizer's frames do not go with preserve_none, so its builds test the other way. */
#if defined(__clang__)
#if __has_attribute(musttail) && __has_attribute(preserve_none) && !__has_feature(address_sanitizer)
#define TD_PVM_TAIL 1
#endif
#endif

/* Guest memory as the loop sees it: for each region its host bytes, first address and length. */
typedef struct region {
    uint8_t *at;
    uint64_t len;
    uint32_t addr;
} region;
typedef struct view {
    region rw, stack, ro;
} view;

static void view_make(view *v, const td_pvm_machine *m) {
    const td_pvm_map *map = &m->program->map;
    v->ro = (region){m->memory, map->ro_len, map->ro_addr};
    v->rw = (region){m->memory + map->ro_len, map->rw_len, map->rw_addr};
    v->stack = (region){m->memory + map->ro_len + map->rw_len, map->stack_high - map->stack_low,
                        map->stack_low};
}

/* 5.6, 6.3: whether [addr, addr+len) lies in `r`, and its host bytes. Addresses below a region wrap
 * to huge offsets; a region's length is below 2^32, so the sum does not wrap. */
TD_INLINE bool region_at(uint8_t **out, const region *r, uint32_t addr, uint32_t len) {
    uint64_t offset = addr - r->addr;
    *out = r->at + offset;
    return offset + len <= r->len;
}
TD_INLINE bool writable_at(uint8_t **out, const view *v, uint32_t addr, uint32_t len) {
    return TD_LIKELY(region_at(out, &v->stack, addr, len)) || region_at(out, &v->rw, addr, len);
}
TD_INLINE bool readable_at(uint8_t **out, const view *v, uint32_t addr, uint32_t len) {
    return writable_at(out, v, addr, len) || region_at(out, &v->ro, addr, len);
}

/* How a run of `memset` ended. */
typedef enum fill_end { FILL_DONE, FILL_TRAP, FILL_GAS } fill_end;

/* 5.7: one gas a byte; registers show the progress. */
static TD_NOINLINE fill_end fill(uint64_t *regs, int64_t *gas, const view *v) {
    uint64_t *dst = &regs[TD_PVM_A0], *count = &regs[TD_PVM_A2];
    while (u32(*count) != 0) {
        if (*gas == 0)
            return FILL_GAS;
        uint8_t *p;
        if (!writable_at(&p, v, u32(*dst), 1))
            return FILL_TRAP;
        *p = (uint8_t)regs[TD_PVM_A1];
        *dst = (*dst & ~UINT64_C(0xFFFFFFFF)) | u32(*dst + 1);
        (*count)--;
        (*gas)--;
    }
    return FILL_DONE;
}

/* 6.5. A machine's memory does not grow: the heap is what the rounding of read-write data to pages
 * leaves, and a request past it returns 0 like one past the maximum. */
static TD_NOINLINE uint64_t grow_heap(td_pvm_machine *m, uint64_t size) {
    const td_pvm_map *map = &m->program->map;
    uint64_t top = (uint64_t)map->heap_base + m->heap;
    if (size > UINT32_MAX)
        size = 0;
    if (top + size > (uint64_t)map->rw_addr + map->rw_len)
        return 0;
    m->heap += (uint32_t)size;
    return top + size;
}

/* A run beside its machine. */
typedef struct run {
    view mem;
    td_pvm_machine *machine;
#ifndef TD_PVM_TAIL
    int64_t gas;
    td_pvm_exit how;
#endif
} run;

/*
 * Each instruction is a handler. With guaranteed tail calls a handler jumps to the next one and gas
 * stays in a register; otherwise it returns the next cell, or NULL to stop. (Not computed goto:
 * clang-19 folds all dispatches into one indirect jump, 1.2 to 1.9 times as slow here.)
 */
#define UNUSED             __attribute__((unused))
#define COLD_HANDLER(name) TD_NOINLINE HANDLER(name)
#ifdef TD_PVM_TAIL
#define PARAMS                                                                                     \
    UNUSED uint64_t *regs, UNUSED const td_pvm_cell *op, UNUSED run *x, UNUSED int64_t gas,        \
        UNUSED const void *table
typedef __attribute__((preserve_none)) td_pvm_exit handler(PARAMS);
#define HANDLER(name) static __attribute__((preserve_none)) td_pvm_exit do_##name(PARAMS)
#define GO(to)        __attribute__((musttail)) return (to)(regs, op, x, gas, table)
#define NEXT                                                                                       \
    do {                                                                                           \
        op++;                                                                                      \
        GO(((handler *const *)table)[op->code]);                                                   \
    } while (0)
#define EXIT(end) return (end)
#define GAS       gas
#else
#define PARAMS        UNUSED uint64_t *regs, UNUSED const td_pvm_cell *op, UNUSED run *x
typedef const td_pvm_cell *handler(PARAMS);
#define HANDLER(name) static const td_pvm_cell *do_##name(PARAMS)
#define GAS           x->gas
#define GO(to)        return (to)(regs, op, x)
#define NEXT          return op + 1
#define EXIT(end)     return x->how = (end), (const td_pvm_cell *)NULL
#endif

/* Writes back an exit at `op`: for good when `resume` is NULL, else to go on there (`op` or the
 * next). */
static TD_NOINLINE td_pvm_exit leave(run *x, const td_pvm_cell *op, const td_pvm_cell *resume,
                                     int64_t gas_left, td_pvm_exit how) {
    td_pvm_machine *m = x->machine;
    const td_pvm_program *p = m->program;
    m->pc = p->pcs[op - p->cells];
    m->resume = resume != NULL ? (uint32_t)(resume - p->cells) : TD_PVM_CELL_NONE;
    m->next_pc = resume != NULL ? p->pcs[m->resume] : TD_PVM_PC_NONE;
    m->fresh = false;
    m->gas = gas_left;
    return how;
}

/* Exits are handlers too, so that instructions need no frame. */
COLD_HANDLER(trap) {
    EXIT(leave(x, op, NULL, GAS, TD_PVM_TRAP));
}
COLD_HANDLER(finish) {
    EXIT(leave(x, op, NULL, GAS, TD_PVM_FINISHED));
}
COLD_HANDLER(starve) {
    EXIT(leave(x, op, op, GAS, TD_PVM_OUT_OF_GAS));
}
HANDLER(ecalli) {
    x->machine->call = (uint32_t)op->imm;
    EXIT(leave(x, op, op + 1, GAS, TD_PVM_ECALLI));
}

#define TRAP        GO(do_trap)
#define REG(offset) (*(uint64_t *)((char *)regs + (offset)))
#define R1          REG(op->a)
#define R2          REG(op->b)
#define R3          REG(op->c)
#define IMM         ((uint64_t)op->imm)
#define IMM1        ((uint64_t)(int64_t)op->imm1)
#define IMM2        ((uint64_t)(int64_t)op->imm2)
#define TARGET      ((const td_pvm_cell *)((const char *)op + op->imm2))

/* Enters the block at the head `cell`. 8.1: what is not paid is not charged; the head is tried
 * again. */
#define ENTER(cell)                                                                                \
    do {                                                                                           \
        op = (cell);                                                                               \
        if (TD_UNLIKELY(GAS < op->imm))                                                            \
            GO(do_starve);                                                                         \
        GAS -= op->imm;                                                                            \
        NEXT;                                                                                      \
    } while (0)

#define SET(name, value)                                                                           \
    HANDLER(name) {                                                                                \
        R1 = (value);                                                                              \
        NEXT;                                                                                      \
    }
#define LOAD(name, address, type)                                                                  \
    HANDLER(name) {                                                                                \
        uint8_t *p;                                                                                \
        if (TD_UNLIKELY(!readable_at(&p, &x->mem, u32(address), sizeof(type))))                    \
            TRAP;                                                                                  \
        type loaded;                                                                               \
        memcpy(&loaded, p, sizeof loaded);                                                         \
        R1 = (uint64_t)(int64_t)loaded;                                                            \
        NEXT;                                                                                      \
    }
#define STORE(name, address, value, type)                                                          \
    HANDLER(name) {                                                                                \
        uint8_t *p;                                                                                \
        if (TD_UNLIKELY(!writable_at(&p, &x->mem, u32(address), sizeof(type))))                    \
            TRAP;                                                                                  \
        type stored = (type)(value);                                                               \
        memcpy(p, &stored, sizeof stored);                                                         \
        NEXT;                                                                                      \
    }
#define BRANCH(name, condition)                                                                    \
    HANDLER(name) {                                                                                \
        if (condition)                                                                             \
            ENTER(TARGET);                                                                         \
        ENTER(op + 1);                                                                             \
    }
/* All forms of one load or store, both forms of one comparison. */
#define LOADS(suffix, type)                                                                        \
    LOAD(load_##suffix, IMM, type)                                                                 \
    LOAD(load_indirect_##suffix, R2 + IMM, type)
#define STORES(suffix, type)                                                                       \
    STORE(store_##suffix, IMM, R1, type)                                                           \
    STORE(store_indirect_##suffix, R2 + IMM, R1, type)                                             \
    STORE(store_imm_##suffix, IMM1, IMM2, type)                                                    \
    STORE(store_imm_indirect_##suffix, R1 + IMM1, IMM2, type)
#define BRANCHES(suffix, type, compare)                                                            \
    BRANCH(branch_##suffix, (type)R1 compare(type) R2)                                             \
    BRANCH(branch_##suffix##_imm, (type)R1 compare(type) IMM1)

HANDLER(head) {
    ENTER(op);
}
HANDLER(fallthrough) {
    ENTER(op + 1);
}
HANDLER(unlikely) {
    NEXT;
}
HANDLER(memset) {
    int64_t left = GAS;
    fill_end end = fill(regs, &left, &x->mem);
    GAS = left;
    if (end == FILL_DONE)
        NEXT;
    if (end == FILL_TRAP)
        TRAP;
    GO(do_starve); /* goes on here, past the head */
}
HANDLER(sbrk) {
    R1 = grow_heap(x->machine, R2);
    NEXT;
}
SET(load_imm64, IMM)
SET(load_imm, IMM)
SET(move_reg, R2)

/* Control flow (4.8, 5.5). */
HANDLER(jump) {
    ENTER(TARGET);
}
HANDLER(load_imm_and_jump) {
    R1 = IMM1;
    ENTER(TARGET);
}
HANDLER(link_trap) {
    R1 = IMM1;
    TRAP;
}
/* Odd addresses and 0 become indices that no table has. */
#define JUMP_TO(address)                                                                           \
    do {                                                                                           \
        const td_pvm_program *program = x->machine->program;                                       \
        uint32_t index = ((address) >> 1 | (address) << 31) - 1;                                   \
        if (TD_LIKELY(index < program->jump_count && program->jumps[index] != TD_PVM_CELL_NONE))   \
            ENTER(program->cells + program->jumps[index]);                                         \
        if ((address) == TD_PVM_RETURN_TO_HOST)                                                    \
            GO(do_finish);                                                                         \
        TRAP;                                                                                      \
    } while (0)
HANDLER(jump_indirect) {
    uint32_t address = u32(R1 + IMM);
    JUMP_TO(address);
}
HANDLER(load_imm_and_jump_indirect) {
    uint32_t address = u32(R2 + IMM2);
    R1 = IMM1;
    JUMP_TO(address);
}
BRANCHES(eq, uint64_t, ==)
BRANCHES(not_eq, uint64_t, !=)
BRANCHES(less_unsigned, uint64_t, <)
BRANCHES(less_signed, int64_t, <)
BRANCHES(greater_or_equal_unsigned, uint64_t, >=)
BRANCHES(greater_or_equal_signed, int64_t, >=)
BRANCH(branch_less_or_equal_unsigned_imm, R1 <= IMM1)
BRANCH(branch_less_or_equal_signed_imm, s64(R1) <= s64(IMM1))
BRANCH(branch_greater_unsigned_imm, R1 > IMM1)
BRANCH(branch_greater_signed_imm, s64(R1) > s64(IMM1))

/* Memory (5.6). */
LOADS(u8, uint8_t)
LOADS(i8, int8_t)
LOADS(u16, uint16_t)
LOADS(i16, int16_t)
LOADS(u32, uint32_t)
LOADS(i32, int32_t)
LOADS(u64, uint64_t)
STORES(u8, uint8_t)
STORES(u16, uint16_t)
STORES(u32, uint32_t)
STORES(u64, uint64_t)

/* F4: register and immediate. */
SET(add_imm_32, sx32(R2 + IMM))
SET(add_imm_64, R2 + IMM)
SET(mul_imm_32, sx32(R2 *IMM))
SET(mul_imm_64, R2 *IMM)
SET(negate_and_add_imm_32, sx32(IMM - R2))
SET(negate_and_add_imm_64, IMM - R2)
SET(and_imm, R2 &IMM)
SET(xor_imm, R2 ^ IMM)
SET(or_imm, R2 | IMM)
SET(set_less_than_unsigned_imm, R2 < IMM)
SET(set_less_than_signed_imm, s64(R2) < op->imm)
SET(set_greater_than_unsigned_imm, R2 > IMM)
SET(set_greater_than_signed_imm, s64(R2) > op->imm)
SET(shift_logical_left_imm_32, shl32(R2, IMM))
SET(shift_logical_right_imm_32, shr32(R2, IMM))
SET(shift_arithmetic_right_imm_32, sar32(R2, IMM))
SET(shift_logical_left_imm_alt_32, shl32(IMM, R2))
SET(shift_logical_right_imm_alt_32, shr32(IMM, R2))
SET(shift_arithmetic_right_imm_alt_32, sar32(IMM, R2))
SET(shift_logical_left_imm_64, shl64(R2, IMM))
SET(shift_logical_right_imm_64, shr64(R2, IMM))
SET(shift_arithmetic_right_imm_64, sar64(R2, IMM))
SET(shift_logical_left_imm_alt_64, shl64(IMM, R2))
SET(shift_logical_right_imm_alt_64, shr64(IMM, R2))
SET(shift_arithmetic_right_imm_alt_64, sar64(IMM, R2))
SET(rotate_right_imm_32, ror32(R2, IMM))
SET(rotate_right_imm_alt_32, ror32(IMM, R2))
SET(rotate_right_imm_64, ror64(R2, IMM))
SET(rotate_right_imm_alt_64, ror64(IMM, R2))
SET(cmov_if_zero_imm, R2 == 0 ? IMM : R1)
SET(cmov_if_not_zero_imm, R2 != 0 ? IMM : R1)

/* F6: registers. */
SET(add_32, sx32(R2 + R3))
SET(sub_32, sx32(R2 - R3))
SET(mul_32, sx32(R2 *R3))
SET(div_unsigned_32, divu32(R2, R3))
SET(div_signed_32, divs32(R2, R3))
SET(rem_unsigned_32, remu32(R2, R3))
SET(rem_signed_32, rems32(R2, R3))
SET(shift_logical_left_32, shl32(R2, R3))
SET(shift_logical_right_32, shr32(R2, R3))
SET(shift_arithmetic_right_32, sar32(R2, R3))
SET(add_64, R2 + R3)
SET(sub_64, R2 - R3)
SET(mul_64, R2 *R3)
SET(div_unsigned_64, divu64(R2, R3))
SET(div_signed_64, divs64(R2, R3))
SET(rem_unsigned_64, remu64(R2, R3))
SET(rem_signed_64, rems64(R2, R3))
SET(shift_logical_left_64, shl64(R2, R3))
SET(shift_logical_right_64, shr64(R2, R3))
SET(shift_arithmetic_right_64, sar64(R2, R3))
SET(and, R2 &R3)
SET(xor, R2 ^ R3)
SET(or, R2 | R3)
SET(mul_upper_signed_signed, mulh_ss(R2, R3))
SET(mul_upper_unsigned_unsigned, mulh_uu(R2, R3))
SET(mul_upper_signed_unsigned, mulh_su(R2, R3))
SET(set_less_than_unsigned, R2 < R3)
SET(set_less_than_signed, s64(R2) < s64(R3))
SET(cmov_if_zero, R3 == 0 ? R2 : R1)
SET(cmov_if_not_zero, R3 != 0 ? R2 : R1)
SET(rotate_left_64, ror64(R2, 0 - R3))
SET(rotate_left_32, ror32(R2, 0 - R3))
SET(rotate_right_64, ror64(R2, R3))
SET(rotate_right_32, ror32(R2, R3))
SET(and_inverted, R2 & ~R3)
SET(or_inverted, R2 | ~R3)
SET(xnor, ~(R2 ^ R3))
SET(maximum, s64(R2) > s64(R3) ? R2 : R3)
SET(maximum_unsigned, R2 > R3 ? R2 : R3)
SET(minimum, s64(R2) < s64(R3) ? R2 : R3)
SET(minimum_unsigned, R2 < R3 ? R2 : R3)

/* F10: register to register. */
SET(count_set_bits_64, popcnt(R2))
SET(count_set_bits_32, popcnt(u32(R2)))
SET(count_leading_zero_bits_64, clz64(R2))
SET(count_leading_zero_bits_32, clz32(R2))
SET(count_trailing_zero_bits_64, ctz64(R2))
SET(count_trailing_zero_bits_32, ctz32(R2))
SET(sign_extend_8, sext8(R2))
SET(sign_extend_16, sext16(R2))
SET(zero_extend_16, (uint16_t)R2)
SET(reverse_byte, __builtin_bswap64(R2))

static handler *const handlers[TD_PVM_H_COUNT] = {
    [TD_PVM_OP_invalid] = do_trap,
#define PVM(name, l64, rv1, jv1, l32, format, flow, text) [TD_PVM_OP_##name] = do_##name,
#include "pvm/insns.def"
#undef PVM
    [TD_PVM_H_HEAD] = do_head,
    [TD_PVM_H_LINK_TRAP] = do_link_trap,
};

/* Runs from `op`, a head or an instruction. */
static td_pvm_exit run_from(td_pvm_machine *m, const td_pvm_cell *op) {
    run x = {.machine = m};
    view_make(&x.mem, m);
#ifdef TD_PVM_TAIL
    return handlers[op->code](m->regs, op, &x, m->gas, (const void *)handlers);
#else
    x.gas = m->gas;
    while (op != NULL)
        op = handlers[op->code](m->regs, op, &x);
    return x.how;
#endif
}

/* 4.9: the host entered at next_pc, maybe inside a block, and pays for all of the block. */
static td_pvm_exit enter(td_pvm_machine *m) {
    const td_pvm_program *p = m->program;
    uint32_t cell, head;
    m->pc = m->next_pc;
    if (!td_pvm_entry(p, m->next_pc, &cell, &head)) {
        m->next_pc = TD_PVM_PC_NONE;
        m->fresh = false;
        return TD_PVM_TRAP;
    }
    if (m->gas < p->cells[head].imm) {
        m->fresh = true;
        return TD_PVM_OUT_OF_GAS;
    }
    m->gas -= p->cells[head].imm;
    m->fresh = false;
    return run_from(m, p->cells + cell);
}

td_pvm_exit td_pvm_run(td_pvm_machine *m) {
    const td_pvm_program *p = m->program;
    if (m->gas < 0) {
        m->pc = m->next_pc;
        return TD_PVM_OUT_OF_GAS;
    }
    bool resumes = !m->fresh && m->resume < p->cell_count && p->pcs[m->resume] == m->next_pc;
    return resumes ? run_from(m, p->cells + m->resume) : enter(m);
}
