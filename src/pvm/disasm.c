/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints instructions, from the templates of insns.def. For people and tools;
 * nothing reads its text back.
 */
#include "pvm/pvm_private.h"

#include <stdio.h>

/* A text being written into td_pvm_insn.text; what does not fit is cut. */
typedef struct line {
    char *at;
    size_t room;
} line;

static void put(line *l, const char *text) {
    while (*text != 0 && l->room > 1) {
        *l->at++ = *text++;
        l->room--;
    }
    *l->at = 0;
}

static void put_reg(line *l, uint8_t reg) {
    put(l, td_pvm_reg_names[reg]);
}

static void put_number(line *l, const char *prefix, uint64_t value) {
    char text[40];
    (void)snprintf(text, sizeof text, value < 1000 ? "%s%llu" : "%s0x%llx", prefix,
                   (unsigned long long)value);
    put(l, text);
}

static void put_signed(line *l, const char *plus, const char *minus, int64_t value) {
    put_number(l, value < 0 ? minus : plus, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void put_hex(line *l, const char *prefix, uint32_t value) {
    char text[24];
    (void)snprintf(text, sizeof text, "%s%x", prefix, value);
    put(l, text);
}

/* One placeholder, as insns.def lists them. */
static void put_operand(line *l, char what, const td_pvm_decoded *d) {
    switch (what) {
    case '1': put_reg(l, d->r1); break;
    case '2': put_reg(l, d->r2); break;
    case '3': put_reg(l, d->r3); break;
    case 'i': put_signed(l, "", "-", d->imm1); break;
    case 'j': put_signed(l, "", "-", d->imm2); break;
    case 'l': put_number(l, "", d->imm64); break;
    case 'a': put_hex(l, "0x", (uint32_t)d->imm1); break;
    case 't': put_hex(l, "@", d->target); break;
    case 'm':
        if (d->imm1 != 0)
            put_signed(l, " + ", " - ", d->imm1);
        break;
    case 'n':
        if (d->imm2 != 0)
            put_signed(l, " + ", " - ", d->imm2);
        break;
    default: TD_ASSERT(false); /* no placeholder of insns.def */
    }
}

static void print(line *l, const td_pvm_decoded *d) {
    if (d->op == TD_PVM_OP_jump_indirect && d->r1 == TD_PVM_RA && d->imm1 == 0) {
        put(l, "ret");
        return;
    }
    for (const char *t = td_pvm_op_infos[d->op].text; *t != 0; t++) {
        if (*t == '$')
            put_operand(l, *++t, d);
        else
            put(l, (char[]){*t, 0});
    }
}

bool td_pvm_disasm(const td_pvm_blob *b, uint32_t *pc, td_pvm_insn *out) {
    if (*pc >= b->code.len)
        return false;
    *out = (td_pvm_insn){.pc = *pc, .name = td_pvm_op_infos[TD_PVM_OP_invalid].name};
    line l = {out->text, sizeof out->text};
    if (!td_pvm_starts(b, *pc)) {
        put(&l, out->name);
        out->next_pc = td_pvm_next_start(b, *pc);
    } else {
        td_pvm_decoded d;
        td_pvm_decode(&d, b, *pc);
        out->name = td_pvm_op_infos[d.op].name;
        out->next_pc = d.next;
        out->starts_block = td_pvm_target_valid(b, *pc);
        print(&l, &d);
    }
    *pc = out->next_pc;
    return true;
}
