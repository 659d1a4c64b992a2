/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder share: the instruction table, the decoder, the
 * walk over all code, and the program that the interpreter runs.
 *
 * Threads: tables are constant; the rest is as pvm.h says.
 */
#ifndef TD_PVM_PVM_PRIVATE_H
#define TD_PVM_PVM_PRIVATE_H

#include "pvm/limits.h"
#include "pvm/pvm.h"

/* --- instructions ----------------------------------------------------------------------------- */

/* Instructions, independent of any numbering. `invalid` is every byte that is none (4.5). */
typedef enum td_pvm_op {
    TD_PVM_OP_invalid = 0,
#define PVM(name, l64, rv1, jv1, l32, format, flow, text) TD_PVM_OP_##name,
#include "pvm/insns.def"
#undef PVM
    TD_PVM_OP_COUNT
} td_pvm_op;

/* Operand formats (4.3). */
typedef enum td_pvm_format {
    TD_PVM_F0,  /* none */
    TD_PVM_F1,  /* reg, imm */
    TD_PVM_F2,  /* reg, imm, offset */
    TD_PVM_F3,  /* reg, imm, imm */
    TD_PVM_F4,  /* reg, reg, imm */
    TD_PVM_F5,  /* reg, reg, offset */
    TD_PVM_F6,  /* reg, reg, reg */
    TD_PVM_F7,  /* offset */
    TD_PVM_F8,  /* imm */
    TD_PVM_F9,  /* imm, imm */
    TD_PVM_F10, /* reg, reg */
    TD_PVM_F11, /* reg, reg, imm, imm */
    TD_PVM_F12, /* reg, imm64 */
} td_pvm_format;

/* What follows an instruction (4.6). */
typedef enum td_pvm_flow { TD_PVM_GOES, TD_PVM_ENDS, TD_PVM_STOPS } td_pvm_flow;

typedef struct td_pvm_op_info {
    const char *name, *text;
    uint8_t format;  /* td_pvm_format */
    uint8_t flow;    /* td_pvm_flow; `invalid` STOPS */
    int16_t code[4]; /* by td_pvm_isa; -1: not in that set */
} td_pvm_op_info;

/* By td_pvm_op. */
extern const td_pvm_op_info td_pvm_op_infos[TD_PVM_OP_COUNT];
/* By td_pvm_isa and opcode byte: a td_pvm_op. */
extern const uint8_t td_pvm_opcodes[4][257];
/* "ra" … "a5". */
extern const char *const td_pvm_reg_names[TD_PVM_REG_COUNT];

/* --- decoding --------------------------------------------------------------------------------- */

/* One decoded instruction. Fields its format lacks mean nothing. */
typedef struct td_pvm_decoded {
    uint8_t op; /* td_pvm_op */
    uint8_t r1, r2, r3;
    bool gap; /* what stands at `next` is an implicit invalid instruction (4.1) */
    int32_t imm1, imm2;
    uint32_t target; /* absolute */
    uint32_t next;
    uint64_t imm64;
} td_pvm_decoded;

/* Whether an instruction starts at `pc`; false past the end. */
bool td_pvm_starts(const td_pvm_blob *b, uint32_t pc);
/* The first instruction start at or after `pc`, or the code's length. */
uint32_t td_pvm_next_start(const td_pvm_blob *b, uint32_t pc);
/* Decodes the instruction that starts at `pc` (asserted) by the rules 4.1 to 4.5. */
void td_pvm_decode(td_pvm_decoded *out, const td_pvm_blob *b, uint32_t pc);
/* Whether `pc` is a valid jump target (4.7). */
bool td_pvm_target_valid(const td_pvm_blob *b, uint32_t pc);

/* What a linear walk over all code finds (section 10 steps 4 and 5). */
typedef struct td_pvm_walk {
    uint32_t insns, blocks, block_max; /* instructions, blocks, instructions of the largest block */
    uint32_t bad_pc;                   /* of the first invalid or refused instruction */
    bool bad;
} td_pvm_walk;
/* Walks until the end or the first invalid instruction; `contract` refuses `sbrk` and the sentinel
 * host call too. */
void td_pvm_walk_code(td_pvm_walk *out, const td_pvm_blob *b, bool contract);

/* --- programs --------------------------------------------------------------------------------- */

/* How interpreter cells differ from plain instructions. */
enum {
    TD_PVM_CELL_HEAD = 1,     /* head of a block: imm is its cost; never an instruction */
    TD_PVM_CELL_IMPLICIT = 2, /* invalid instruction without a start bit: no entry for the host */
    TD_PVM_CELL_STATIC = 4,   /* holds a target */
};

/* One pre-decoded instruction; registers are byte offsets into td_pvm_machine.regs. */
typedef struct td_pvm_cell {
    uint32_t code;   /* its handler: a td_pvm_op or TD_PVM_H_* */
    uint8_t a, b, c; /* r1, r2, r3 */
    uint8_t kind;    /* TD_PVM_CELL_* */
    union {
        int64_t imm; /* the only immediate, sign-extended; the cost in a head */
        struct {
            int32_t imm1;
            int32_t imm2; /* second immediate, or the target head as a distance in bytes */
        };
    };
} td_pvm_cell;

struct td_pvm_program {
    td_pvm_map map;
    td_pvm_cell *cells; /* in code order: per block a head, then its instructions */
    uint32_t *pcs;      /* by cell */
    uint32_t cell_count;
    uint32_t *jumps; /* jump table: cell of the target's head, or TD_PVM_CELL_NONE */
    uint32_t jump_count;
    td_buf ro, rw; /* initial contents */
    size_t size;
};
#define TD_PVM_CELL_NONE 0xFFFFFFFFu
/* td_pvm_machine.next_pc when there is none (after Trap and Finished). */
#define TD_PVM_PC_NONE 0xFFFFFFFFu

/* Handlers beside the instructions. */
enum {
    TD_PVM_H_HEAD = TD_PVM_OP_COUNT, /* charges for the block */
    TD_PVM_H_LINK_TRAP,              /* load_imm_and_jump whose target is invalid (4.8) */
    TD_PVM_H_COUNT
};
/* The cell where the host may enter at `pc` (4.9) and the head of its block; false when it may not.
 */
bool td_pvm_entry(const td_pvm_program *p, uint32_t pc, uint32_t *cell, uint32_t *head);

#endif
