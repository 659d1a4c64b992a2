/* SPDX-License-Identifier: Apache-2.0
 *
 * The test assembler. It encodes by the formats of polkavm.md 4.3 on its own and
 * shares only the table of instructions with the decoder.
 */
#include "pvm/test_asm.h"

#include "base/test.h"

#include <stdlib.h>

int asm_reg(const char *name) {
    for (int i = 0; i < TD_PVM_REG_COUNT; i++)
        if (strcmp(name, td_pvm_reg_names[i]) == 0)
            return i;
    return name[0] == 'r' && name[1] >= '0' && name[1] <= '9' ? atoi(name + 1) : -1;
}

static void emit(asm_unit *u, uint64_t byte, bool start) {
    assert_true(u->len < ASM_CODE_MAX);
    if (start)
        u->bitmask[u->len / 8] |= (uint8_t)(1 << u->len % 8);
    u->code[u->len++] = (uint8_t)byte;
}

/* 4.4: the fewest bytes that restore the value. */
static uint32_t imm_len(int64_t v) {
    int32_t w = (int32_t)(uint32_t)v;
    return w == 0                                  ? 0
           : w == (int8_t)w                        ? 1
           : w == (int16_t)w                       ? 2
           : w == (int32_t)((uint32_t)w << 8) >> 8 ? 3
                                                   : 4;
}

static void emit_imm(asm_unit *u, int64_t v, uint32_t len) {
    for (uint32_t i = 0; i < len; i++)
        emit(u, (uint64_t)v >> (8 * i), false);
}

typedef struct operands {
    char text[4][24];
    uint32_t count;
} operands;

static uint32_t reg_at(const operands *o, uint32_t i) {
    int reg = i < o->count ? asm_reg(o->text[i]) : -1;
    if (reg < 0)
        fail_msg("operand %u is no register", i);
    return (uint32_t)reg & 15;
}

static int64_t imm_at(const operands *o, uint32_t i) {
    char *end;
    assert_true(i < o->count);
    int64_t v = o->text[i][0] == '-' ? strtoll(o->text[i], &end, 0)
                                     : (int64_t)strtoull(o->text[i], &end, 0);
    if (*end != 0)
        fail_msg("operand \"%s\" is no number", o->text[i]);
    return v;
}

/* A target: two bytes to be filled in for a label, minimal for a distance. */
static void emit_target(asm_unit *u, const operands *o, uint32_t i, uint32_t pc) {
    assert_true(i < o->count);
    if (o->text[i][0] != '@') {
        int64_t v = imm_at(o, i);
        emit_imm(u, v, imm_len(v));
        return;
    }
    assert_true(u->use_count < ASM_NAMES_MAX);
    asm_name *use = &u->uses[u->use_count++];
    *use = (asm_name){.pc = pc, .at = u->len};
    (void)snprintf(use->name, sizeof use->name, "%.15s", o->text[i] + 1);
    emit_imm(u, 0, 2);
}

static void emit_imm_pair(asm_unit *u, const operands *o, uint32_t i) {
    emit_imm(u, imm_at(o, i), imm_len(imm_at(o, i)));
    emit_imm(u, imm_at(o, i + 1), imm_len(imm_at(o, i + 1)));
}

static void emit_operands(asm_unit *u, td_pvm_format format, const operands *o, uint32_t pc) {
    uint32_t l1;
    switch (format) {
    case TD_PVM_F0: break;
    case TD_PVM_F1:
        emit(u, reg_at(o, 0), false);
        emit_imm(u, imm_at(o, 1), imm_len(imm_at(o, 1)));
        break;
    case TD_PVM_F2:
        l1 = imm_len(imm_at(o, 1));
        emit(u, reg_at(o, 0) | l1 << 4, false);
        emit_imm(u, imm_at(o, 1), l1);
        emit_target(u, o, 2, pc);
        break;
    case TD_PVM_F3:
        emit(u, reg_at(o, 0) | imm_len(imm_at(o, 1)) << 4, false);
        emit_imm_pair(u, o, 1);
        break;
    case TD_PVM_F4:
        emit(u, reg_at(o, 0) | reg_at(o, 1) << 4, false);
        emit_imm(u, imm_at(o, 2), imm_len(imm_at(o, 2)));
        break;
    case TD_PVM_F5:
        emit(u, reg_at(o, 0) | reg_at(o, 1) << 4, false);
        emit_target(u, o, 2, pc);
        break;
    case TD_PVM_F6:
        emit(u, reg_at(o, 1) | reg_at(o, 2) << 4, false);
        emit(u, reg_at(o, 0), false);
        break;
    case TD_PVM_F7: emit_target(u, o, 0, pc); break;
    case TD_PVM_F8: emit_imm(u, imm_at(o, 0), imm_len(imm_at(o, 0))); break;
    case TD_PVM_F9:
        emit(u, imm_len(imm_at(o, 0)), false);
        emit_imm_pair(u, o, 0);
        break;
    case TD_PVM_F10: emit(u, reg_at(o, 0) | reg_at(o, 1) << 4, false); break;
    case TD_PVM_F11:
        emit(u, reg_at(o, 0) | reg_at(o, 1) << 4, false);
        emit(u, imm_len(imm_at(o, 2)), false);
        emit_imm_pair(u, o, 2);
        break;
    case TD_PVM_F12:
        emit(u, reg_at(o, 0), false);
        emit_imm(u, imm_at(o, 1), 8);
        break;
    }
}

static bool insn(asm_unit *u, const char *name, const operands *o) {
    for (td_pvm_op op = TD_PVM_OP_invalid + 1; op < TD_PVM_OP_COUNT; op++) {
        const td_pvm_op_info *info = &td_pvm_op_infos[op];
        if (strcmp(info->name, name) != 0)
            continue;
        if (u->first == TD_PVM_OP_invalid)
            u->first = op;
        if (info->code[u->isa] < 0)
            return false;
        uint32_t pc = u->len;
        emit(u, (uint64_t)info->code[u->isa], true);
        emit_operands(u, (td_pvm_format)info->format, o, pc);
        return true;
    }
    fail_msg("no instruction \"%s\"", name);
    return false;
}

static void hex_bytes(asm_unit *u, const char *hex, bool start) {
    uint8_t bytes[64];
    size_t len = td_test_unhex(hex, bytes, sizeof bytes);
    for (size_t i = 0; i < len; i++)
        emit(u, bytes[i], start && i == 0);
}

static bool words(asm_unit *u, char *const *word, uint32_t count) {
    if (count == 2 && strcmp(word[0], "raw") == 0) {
        hex_bytes(u, word[1], true);
    } else if (count == 2 && strcmp(word[0], "more") == 0) {
        hex_bytes(u, word[1], false);
    } else if (count == 2 && strcmp(word[0], "zeros") == 0) {
        for (int n = atoi(word[1]); n > 0; n--)
            emit(u, 0, false);
    } else if (count > 2 && strcmp(word[0], "times") == 0) {
        for (int n = atoi(word[1]); n > 0; n--)
            if (!words(u, word + 2, count - 2))
                return false;
    } else {
        operands o = {.count = count - 1};
        for (uint32_t i = 1; i < count; i++)
            (void)snprintf(o.text[i - 1], sizeof o.text[0], "%.23s", word[i]);
        return insn(u, word[0], &o);
    }
    return true;
}

static bool statement(asm_unit *u, char *text) {
    char *word[8], *rest = NULL;
    uint32_t count = 0;
    for (char *w = strtok_r(text, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest)) {
        size_t len = strlen(w);
        if (w[0] == '@' && w[len - 1] == ':') {
            assert_true(u->label_count < ASM_NAMES_MAX);
            asm_name *label = &u->labels[u->label_count++];
            label->pc = u->len;
            (void)snprintf(label->name, sizeof label->name, "%.*s", (int)(len - 2), w + 1);
            continue;
        }
        assert_true(count < 7);
        word[count++] = w;
    }
    return count == 0 || words(u, word, count);
}

bool asm_text(asm_unit *u, const char *text) {
    char copy[2048], *rest = NULL;
    char *limit = copy + sizeof copy;
    assert_true(strlen(text) < (size_t)(limit - copy));
    (void)snprintf(copy, sizeof copy, "%s", text);
    for (char *s = strtok_r(copy, ";", &rest); s != NULL; s = strtok_r(NULL, ";", &rest))
        if (!statement(u, s))
            return false;
    return true;
}

uint32_t asm_pc(const asm_unit *u, const char *name) {
    if (name[0] >= '0' && name[0] <= '9')
        return (uint32_t)strtoul(name, NULL, 0);
    for (uint32_t i = 0; i < u->label_count; i++)
        if (strcmp(u->labels[i].name, name) == 0)
            return u->labels[i].pc;
    fail_msg("no label \"%s\"", name);
    return 0;
}

void asm_varint(td_out *out, uint32_t v) {
    uint32_t n = v < 1u << 7 ? 0 : v < 1u << 14 ? 1 : v < 1u << 21 ? 2 : v < 1u << 28 ? 3 : 4;
    uint32_t high = n < 4 ? v >> (8 * n) : 0;
    td_out_byte(out, (uint8_t)(0xffu << (8 - n) | high));
    for (uint32_t i = 0; i < n; i++)
        td_out_byte(out, (uint8_t)(v >> (8 * i)));
}

void asm_section(td_out *out, uint8_t id, td_bytes payload) {
    td_out_byte(out, id);
    asm_varint(out, (uint32_t)payload.len);
    td_out_put(out, payload.ptr, payload.len);
}

static void resolve(asm_unit *u) {
    for (uint32_t i = 0; i < u->use_count; i++) {
        uint32_t distance = asm_pc(u, u->uses[i].name) - u->uses[i].pc;
        td_store_le16(u->code + u->uses[i].at, (uint16_t)distance);
    }
    u->use_count = 0;
}

size_t asm_blob(asm_unit *u, uint8_t *out) {
    td_out blob, part;
    td_out_init(&blob, 2 * ASM_CODE_MAX);
    td_out_init(&part, 2 * ASM_CODE_MAX);
    resolve(u);
    td_out_put(&blob, "PVM\0", 4);
    td_out_byte(&blob, (uint8_t)u->isa);
    td_out_put(&blob, "\0\0\0\0\0\0\0\0", 8);
    asm_varint(&part, u->ro);
    asm_varint(&part, u->rw);
    asm_varint(&part, u->stack);
    asm_section(&blob, 1, td_out_peek(&part));
    asm_section(&blob, 2, TD_BYTES(u->ro_data, u->ro_len));
    asm_section(&blob, 3, TD_BYTES(u->rw_data, u->rw_len));
    part.len = 0;
    asm_varint(&part, u->table_count);
    td_out_byte(&part, (uint8_t)u->table_entry_len);
    asm_varint(&part, u->len);
    for (uint32_t i = 0; i < u->table_count; i++)
        td_out_put(&part, &u->table[i], u->table_entry_len);
    td_out_put(&part, u->code, u->len);
    td_out_put(&part, u->bitmask, (u->len + 7) / 8);
    asm_section(&blob, 6, td_out_peek(&part));
    td_out_byte(&blob, 0);
    assert_false(blob.failed || part.failed);
    size_t len = blob.len;
    memcpy(out, blob.ptr, len);
    td_store_le64(out + 5, len);
    td_out_fini(&blob);
    td_out_fini(&part);
    return len;
}
