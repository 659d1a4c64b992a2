/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory map (polkavm.md 6.1), a machine's set-up (6.2, 7.2) and the host's
 * access to guest memory (6.3). What runs is in interp.c.
 */
#include "pvm/pvm_private.h"

static uint64_t round_up(uint64_t size, uint64_t unit) {
    return (size + unit - 1) & ~(unit - 1);
}

int td_pvm_map_make(td_pvm_map *out, uint32_t ro, uint32_t rw, uint32_t stack, uint32_t aux) {
    uint64_t ro_g = round_up(ro, TD_PVM_GRANULE), rw_g = round_up(rw, TD_PVM_GRANULE);
    uint64_t stack_g = round_up(stack, TD_PVM_GRANULE), aux_g = round_up(aux, TD_PVM_GRANULE);
    uint64_t rw_addr = TD_PVM_GRANULE + ro_g + TD_PVM_GRANULE;
    uint64_t low_end = rw_addr + rw_g + TD_PVM_GRANULE;
    /* Everything above the low end, guards included. No sum reaches 2^35. */
    uint64_t high = 0x10000 + aux_g + TD_PVM_GRANULE + stack_g;
    *out = (td_pvm_map){0};
    if (low_end + high > UINT64_C(1) << 32)
        return TD_ERR_LIMIT;
    out->ro_addr = TD_PVM_GRANULE;
    out->ro_len = (uint32_t)round_up(ro, TD_PVM_PAGE);
    out->rw_addr = (uint32_t)rw_addr;
    out->rw_len = (uint32_t)round_up(rw, TD_PVM_PAGE);
    out->heap_base = out->rw_addr + rw;
    out->aux_addr = TD_PVM_RETURN_TO_HOST - (uint32_t)aux_g;
    out->aux_len = (uint32_t)round_up(aux, TD_PVM_PAGE);
    out->stack_high = out->aux_addr - TD_PVM_GRANULE;
    out->stack_low = out->stack_high - (uint32_t)round_up(stack, TD_PVM_PAGE);
    return 0;
}

/* Copies the initial contents and clears what follows; returns the end. */
static uint8_t *fill(uint8_t *at, td_buf initial, size_t len) {
    if (initial.len != 0)
        memcpy(at, initial.ptr, initial.len);
    if (len != initial.len)
        memset(at + initial.len, 0, len - initial.len);
    return at + len;
}

void td_pvm_machine_init(td_pvm_machine *m, const td_pvm_program *program, uint8_t *memory) {
    const td_pvm_map *map = &program->map;
    *m = (td_pvm_machine){.program = program,
                          .memory = memory,
                          .pc = TD_PVM_PC_NONE,
                          .next_pc = TD_PVM_PC_NONE,
                          .resume = TD_PVM_CELL_NONE};
    uint8_t *at = fill(memory, program->ro, map->ro_len);
    at = fill(at, program->rw, map->rw_len);
    (void)fill(at, (td_buf){NULL, 0}, map->stack_high - map->stack_low);
}

void td_pvm_machine_call(td_pvm_machine *m, uint32_t pc, const uint64_t *args, size_t arg_count) {
    static const uint8_t order[] = {TD_PVM_A0, TD_PVM_A1, TD_PVM_A2, TD_PVM_A3, TD_PVM_A4,
                                    TD_PVM_A5, TD_PVM_T0, TD_PVM_T1, TD_PVM_T2};
    TD_ASSERT(arg_count <= TD_COUNT(order));
    memset(m->regs, 0, sizeof m->regs);
    m->regs[TD_PVM_SP] = m->program->map.stack_high;
    m->regs[TD_PVM_RA] = TD_PVM_RETURN_TO_HOST;
    for (size_t i = 0; i < arg_count; i++)
        m->regs[order[i]] = args[i];
    m->next_pc = pc;
    m->fresh = true;
}

/* Whether [addr, addr+len) lies in the region of `size` bytes at `start`. */
static bool inside(uint32_t addr, uint32_t len, uint32_t start, uint32_t size) {
    return addr >= start && (uint64_t)(addr - start) + len <= size;
}

uint8_t *td_pvm_memory_at(td_pvm_machine *m, uint32_t addr, uint32_t len, bool write) {
    const td_pvm_map *map = &m->program->map;
    uint32_t stack_len = map->stack_high - map->stack_low;
    if (len == 0)
        return (uint8_t *)m->regs; /* any pointer but NULL */
    if (inside(addr, len, map->rw_addr, map->rw_len))
        return m->memory + map->ro_len + (addr - map->rw_addr);
    if (inside(addr, len, map->stack_low, stack_len))
        return m->memory + map->ro_len + map->rw_len + (addr - map->stack_low);
    if (!write && inside(addr, len, map->ro_addr, map->ro_len))
        return m->memory + (addr - map->ro_addr);
    return NULL;
}
