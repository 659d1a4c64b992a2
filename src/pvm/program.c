/* SPDX-License-Identifier: Apache-2.0
 *
 * From a blob to what the interpreter runs: one linear sweep turns every
 * reachable instruction into a 16-byte cell and every basic block into a head
 * with its cost, then targets are resolved. Whatever always traps (invalid
 * targets, gaps, the end of the code) becomes a trapping cell here, so that the
 * interpreter checks none of it.
 */
#include "pvm/pvm_private.h"

/* The sweep. `map` gives for every valid target (4.7) its head's cell plus 1. */
typedef struct sweep {
    td_pvm_program *p;
    const td_pvm_blob *b;
    uint32_t *map;
    uint32_t head; /* of the open block, or TD_PVM_CELL_NONE where no control flow arrives */
    bool target;   /* the next instruction start is a valid target */
} sweep;

static td_pvm_cell *push(sweep *s, uint32_t pc, uint32_t handler) {
    td_pvm_program *p = s->p;
    p->pcs[p->cell_count] = pc;
    td_pvm_cell *cell = &p->cells[p->cell_count++];
    cell->code = handler;
    return cell;
}

static void open_block(sweep *s, uint32_t pc) {
    s->head = s->p->cell_count;
    push(s, pc, TD_PVM_H_HEAD)->kind = TD_PVM_CELL_HEAD;
}

/* Adds an instruction to the open block; 8.2: naive gas, one each. */
static td_pvm_cell *push_insn(sweep *s, uint32_t pc, uint32_t op) {
    s->p->cells[s->head].imm++;
    return push(s, pc, op);
}

static void push_implicit(sweep *s, uint32_t pc) {
    push_insn(s, pc, TD_PVM_OP_invalid)->kind = TD_PVM_CELL_IMPLICIT;
}

/* What the 8 bytes of a cell's immediates hold. */
typedef enum layout { ONE, TWO, TARGET, WIDE } layout;
static const uint8_t layouts[] = {
    [TD_PVM_F0] = ONE,   [TD_PVM_F1] = ONE,    [TD_PVM_F2] = TARGET, [TD_PVM_F3] = TWO,
    [TD_PVM_F4] = ONE,   [TD_PVM_F5] = TARGET, [TD_PVM_F6] = ONE,    [TD_PVM_F7] = TARGET,
    [TD_PVM_F8] = ONE,   [TD_PVM_F9] = TWO,    [TD_PVM_F10] = ONE,   [TD_PVM_F11] = TWO,
    [TD_PVM_F12] = WIDE,
};

static uint8_t reg_offset(uint8_t reg) {
    return (uint8_t)(reg * sizeof(uint64_t));
}

static uint64_t pair(int32_t low, uint32_t high) {
    return (uint64_t)high << 32 | (uint32_t)low;
}

static void push_decoded(sweep *s, uint32_t pc, const td_pvm_decoded *d) {
    td_pvm_cell *cell = push_insn(s, pc, d->op);
    layout kind = layouts[td_pvm_op_infos[d->op].format];
    /* By index, not by branch: the order of instructions is not predictable. A target is a pc until
     * resolve_targets. */
    const uint64_t choice[] = {[ONE] = (uint64_t)(int64_t)d->imm1,
                               [TWO] = pair(d->imm1, (uint32_t)d->imm2),
                               [TARGET] = pair(d->imm1, d->target),
                               [WIDE] = d->imm64};
    cell->imm = (int64_t)choice[kind];
    cell->a = reg_offset(d->r1);
    cell->b = reg_offset(d->r2);
    cell->c = reg_offset(d->r3);
    cell->kind = kind == TARGET ? TD_PVM_CELL_STATIC : 0;
}

/* One instruction of an open block and what stands behind it when that is no instruction. */
static void sweep_insn(sweep *s, uint32_t pc, td_pvm_decoded *d) {
    td_pvm_flow flow = td_pvm_op_infos[d->op].flow;
    bool branch = flow == TD_PVM_ENDS && d->op != TD_PVM_OP_fallthrough;
    if (d->gap && branch) {
        push_insn(s, pc, TD_PVM_OP_trap); /* 4.8: traps at its own pc, whatever its condition */
        return;
    }
    push_decoded(s, pc, d);
    /* Also at the end of the code, where 4.8 says "trap at the fallthrough": the public vector
     * inst_fallthrough charges for an implicit block there and traps in it. */
    if (d->gap && d->op == TD_PVM_OP_fallthrough)
        open_block(s, d->next);
    if (d->gap && flow != TD_PVM_STOPS)
        push_implicit(s, d->next);
}

static void sweep_code(sweep *s) {
    uint32_t len = (uint32_t)s->b->code.len;
    s->head = TD_PVM_CELL_NONE;
    s->target = true;
    bool block_start = true;
    uint32_t pc = td_pvm_next_start(s->b, 0);
    if (pc != 0)
        s->target = block_start = false;
    while (pc < len) {
        td_pvm_decoded d;
        td_pvm_decode(&d, s->b, pc);
        if (block_start)
            open_block(s, pc);
        if (s->target)
            s->map[pc] = s->head + 1;
        if (s->head != TD_PVM_CELL_NONE)
            sweep_insn(s, pc, &d);
        s->target =
            !d.gap && d.op != TD_PVM_OP_invalid && td_pvm_op_infos[d.op].flow != TD_PVM_GOES;
        block_start = !d.gap && td_pvm_op_infos[d.op].flow != TD_PVM_GOES;
        if (d.gap || block_start)
            s->head = TD_PVM_CELL_NONE;
        pc = d.gap ? td_pvm_next_start(s->b, d.next) : d.next;
    }
}

/* The head cell of a valid target, or TD_PVM_CELL_NONE. */
static uint32_t head_of(const sweep *s, uint32_t pc) {
    return pc < s->b->code.len ? s->map[pc] - 1 : TD_PVM_CELL_NONE;
}

static void resolve_targets(sweep *s) {
    td_pvm_program *p = s->p;
    for (uint32_t i = 0; i < p->cell_count; i++) {
        td_pvm_cell *cell = &p->cells[i];
        if (cell->kind != TD_PVM_CELL_STATIC)
            continue;
        uint32_t head = head_of(s, (uint32_t)cell->imm2);
        if (head != TD_PVM_CELL_NONE)
            cell->imm2 = (int32_t)(((int64_t)head - i) * (int64_t)sizeof *cell);
        else if (cell->code == TD_PVM_OP_load_imm_and_jump)
            cell->code = TD_PVM_H_LINK_TRAP;
        else
            cell->code = TD_PVM_OP_trap;
    }
}

static void resolve_jump_table(sweep *s) {
    const td_pvm_blob *b = s->b;
    for (uint32_t i = 0; i < b->jump_count; i++) {
        uint32_t pc = 0;
        for (uint32_t k = b->jump_entry_len; k-- > 0;)
            pc = pc << 8 | b->jump_table.ptr[(size_t)i * b->jump_entry_len + k];
        s->p->jumps[i] = head_of(s, pc);
    }
}

static uint32_t count_starts(const td_pvm_blob *b) {
    uint32_t count = 0;
    size_t i = 0;
    for (; i + 8 <= b->bitmask.len; i += 8)
        count += (uint32_t)__builtin_popcountll(td_load_le64(b->bitmask.ptr + i));
    for (; i < b->bitmask.len; i++)
        count += (uint32_t)__builtin_popcount(b->bitmask.ptr[i]);
    return count;
}

static int copy_data(td_buf *out, td_bytes from) {
    if (from.len == 0)
        return 0;
    *out = (td_buf){td_mem_alloc(from.len), from.len};
    if (out->ptr == NULL)
        return TD_ERR_NOMEM;
    memcpy(out->ptr, from.ptr, from.len);
    return 0;
}

/* Gives back what the upper bound of cells took too much. */
static void shrink(td_pvm_program *p) {
    void *cells = td_mem_realloc(p->cells, p->cell_count * sizeof *p->cells);
    if (cells != NULL)
        p->cells = (td_pvm_cell *)cells;
    void *pcs = td_mem_realloc(p->pcs, p->cell_count * sizeof *p->pcs);
    if (pcs != NULL)
        p->pcs = (uint32_t *)pcs;
}

static int translate(td_pvm_program *p, const td_pvm_blob *b) {
    /* A head and a cell for each start; per gap, of 26 bytes and more, one implicit block. */
    size_t cells = 2 * ((size_t)count_starts(b) + b->code.len / TD_PVM_SKIP_MAX + 2);
    sweep s = {.p = p, .b = b};
    int err = TD_ERR_NOMEM;
    p->jump_count = b->jump_count;
    p->cells = td_mem_alloc(cells * sizeof *p->cells);
    p->pcs = td_mem_alloc(cells * sizeof *p->pcs);
    p->jumps = td_mem_alloc(((size_t)b->jump_count + 1) * sizeof *p->jumps);
    s.map = td_mem_alloc((b->code.len + 1) * sizeof *s.map);
    if (p->cells == NULL || p->pcs == NULL || p->jumps == NULL || s.map == NULL)
        goto out;
    sweep_code(&s);
    TD_ASSERT(p->cell_count < cells);
    resolve_targets(&s);
    resolve_jump_table(&s);
    push(&s, (uint32_t)b->code.len, TD_PVM_OP_invalid)->kind = TD_PVM_CELL_IMPLICIT; /* the end */
    shrink(p);
    p->size = sizeof *p + p->cell_count * (sizeof *p->cells + sizeof *p->pcs) +
              (p->jump_count + (size_t)1) * sizeof *p->jumps + p->ro.len + p->rw.len;
    err = 0;
out:
    td_mem_free(s.map);
    return err;
}

/* JamV1 programs are refused whole when any instruction is invalid (9.2). */
static int check_isa(const td_pvm_blob *b, td_diag *diag) {
    if (b->isa == TD_PVM_LATEST32)
        return td_diag_set(
            diag, TD_ERR_UNSUPPORTED,
            "blob: the 32-bit instruction set Latest32 (1) is not run by this build");
    if (b->isa != TD_PVM_JAM_V1)
        return 0;
    td_pvm_walk walk;
    td_pvm_walk_code(&walk, b, false);
    if (walk.bad)
        return td_diag_set(diag, TD_ERR_FORMAT, "code: JamV1 validation failed at offset %u",
                           walk.bad_pc);
    return 0;
}

int td_pvm_program_new(td_pvm_program **out, td_diag *diag, const td_pvm_blob *blob) {
    *out = NULL;
    int err = check_isa(blob, diag);
    if (err < 0)
        return err;
    td_pvm_map map;
    if (td_pvm_map_make(&map, blob->ro_size, blob->rw_size, blob->stack_size, 0) < 0)
        return td_diag_set(diag, TD_ERR_LIMIT,
                           "memory: %u read-only, %u read-write and %u stack bytes do not fit 32 "
                           "bits of addresses",
                           blob->ro_size, blob->rw_size, blob->stack_size);
    td_pvm_program *p = td_mem_alloc(sizeof *p);
    if (p == NULL)
        return td_diag_set(diag, TD_ERR_NOMEM, "program: out of memory");
    p->map = map;
    if ((err = copy_data(&p->ro, blob->ro_data)) < 0 ||
        (err = copy_data(&p->rw, blob->rw_data)) < 0 || (err = translate(p, blob)) < 0) {
        td_pvm_program_free(p);
        return td_diag_set(diag, err, "program: out of memory for %zu bytes of code",
                           blob->code.len);
    }
    *out = p;
    return 0;
}

void td_pvm_program_free(td_pvm_program *p) {
    if (p == NULL)
        return;
    td_mem_free(p->cells);
    td_mem_free(p->pcs);
    td_mem_free(p->jumps);
    td_mem_free(p->ro.ptr);
    td_mem_free(p->rw.ptr);
    td_mem_free(p);
}

const td_pvm_map *td_pvm_program_map(const td_pvm_program *p) {
    return &p->map;
}

size_t td_pvm_program_size(const td_pvm_program *p) {
    return p->size;
}

size_t td_pvm_program_memory_len(const td_pvm_program *p) {
    return (size_t)p->map.ro_len + p->map.rw_len + (p->map.stack_high - p->map.stack_low);
}

bool td_pvm_entry(const td_pvm_program *p, uint32_t pc, uint32_t *cell, uint32_t *head) {
    uint32_t low = 0, high = p->cell_count; /* the first cell past `pc` lies in [low, high] */
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (p->pcs[mid] <= pc)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == 0 || p->pcs[low - 1] != pc || p->cells[low - 1].kind == TD_PVM_CELL_IMPLICIT)
        return false;
    *cell = *head = low - 1;
    while (p->cells[*head].kind != TD_PVM_CELL_HEAD)
        (*head)--;
    return true;
}
