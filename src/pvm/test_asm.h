/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests only: a small assembler over insns.def and a writer of containers.
 * Statements are separated by `;`:
 *
 *   @name:             label, before a statement
 *   add_64 a0 a1 a2    instruction: operands in the order of its format; registers by name or as
 *                      r0 to r15 (the bare nibble); targets @label, or a distance in bytes
 *   raw 0a01ff         bytes with a start bit at the first
 *   more 0102          bytes without a start bit
 *   zeros 30           so many zero bytes without a start bit
 *   times 30 unlikely  a statement so many times
 */
#ifndef TD_PVM_TEST_ASM_H
#define TD_PVM_TEST_ASM_H

#include "pvm/pvm_private.h"

enum { ASM_CODE_MAX = 70000, ASM_NAMES_MAX = 64, ASM_TABLE_MAX = 16 };

typedef struct asm_name {
    char name[16];
    uint32_t pc, at; /* of a label: its pc; of a use: the instruction and where its 2 bytes are */
} asm_name;

/* Code being assembled, and what a blob needs beside it. */
typedef struct asm_unit {
    td_pvm_isa isa;
    uint8_t code[ASM_CODE_MAX], bitmask[ASM_CODE_MAX / 8 + 1];
    uint32_t len;
    asm_name labels[ASM_NAMES_MAX], uses[ASM_NAMES_MAX];
    uint32_t label_count, use_count;
    td_pvm_op first; /* the first instruction */
    uint32_t ro, rw, stack;
    uint8_t ro_data[64], rw_data[64];
    uint32_t ro_len, rw_len;
    uint32_t table[ASM_TABLE_MAX];
    uint32_t table_count, table_entry_len;
} asm_unit;

/* Assembles `text` behind what is there; fails the test on nonsense. False when the instruction set
 * lacks an instruction of it. */
bool asm_text(asm_unit *u, const char *text);
/* The pc of `name` (without @), or a number; fails the test for an unknown label. */
uint32_t asm_pc(const asm_unit *u, const char *name);
/* The register called `name`, or -1. */
int asm_reg(const char *name);
/* Writes a container with memory, table and code sections into `out`; returns its length. Resolves
 * labels. */
size_t asm_blob(asm_unit *u, uint8_t *out);
/* Appends a minimal varint (2.1). */
void asm_varint(td_out *out, uint32_t value);
/* Appends a section. */
void asm_section(td_out *out, uint8_t id, td_bytes payload);

#endif
