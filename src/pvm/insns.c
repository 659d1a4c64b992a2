/* SPDX-License-Identifier: Apache-2.0
 *
 * The instruction table made from insns.def, and the decoder (polkavm.md 4.1 to
 * 4.7). Works on a parsed blob and never reads past its spans; what an
 * instruction does is the interpreter's business.
 */
#include "pvm/pvm_private.h"

const td_pvm_op_info td_pvm_op_infos[TD_PVM_OP_COUNT] = {
    [TD_PVM_OP_invalid] = {"invalid", "invalid", TD_PVM_F0, TD_PVM_STOPS, {-1, -1, -1, -1}},
#define PVM(op_name, l64, rv1, jv1, l32, op_format, op_flow, op_text)                              \
    [TD_PVM_OP_##op_name] = {.name = #op_name,                                                     \
                             .text = op_text,                                                      \
                             .format = TD_PVM_##op_format,                                         \
                             .flow = TD_PVM_##op_flow,                                             \
                             .code = {[TD_PVM_REVIVE_V1] = (rv1),                                  \
                                      [TD_PVM_LATEST32] = (l32),                                   \
                                      [TD_PVM_LATEST64] = (l64),                                   \
                                      [TD_PVM_JAM_V1] = (jv1)}},
#include "pvm/insns.def"
#undef PVM
};

/* Rows that a set lacks all land in element 256, which no byte reaches. */
#pragma GCC diagnostic push
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
#define AT(code) [(code) < 0 ? 256 : (code)]
const uint8_t td_pvm_opcodes[4][257] = {
    [TD_PVM_REVIVE_V1] =
        {
#define PVM(name, l64, rv1, jv1, l32, format, flow, text) AT(rv1) = TD_PVM_OP_##name,
#include "pvm/insns.def"
#undef PVM
        },
    [TD_PVM_LATEST32] =
        {
#define PVM(name, l64, rv1, jv1, l32, format, flow, text) AT(l32) = TD_PVM_OP_##name,
#include "pvm/insns.def"
#undef PVM
        },
    [TD_PVM_LATEST64] =
        {
#define PVM(name, l64, rv1, jv1, l32, format, flow, text) AT(l64) = TD_PVM_OP_##name,
#include "pvm/insns.def"
#undef PVM
        },
    [TD_PVM_JAM_V1] =
        {
#define PVM(name, l64, rv1, jv1, l32, format, flow, text) AT(jv1) = TD_PVM_OP_##name,
#include "pvm/insns.def"
#undef PVM
        },
};
#pragma GCC diagnostic pop

const char *const td_pvm_reg_names[TD_PVM_REG_COUNT] = {"ra", "sp", "t0", "t1", "t2", "s0", "s1",
                                                        "a0", "a1", "a2", "a3", "a4", "a5"};

/* Up to 8 bytes of `bytes` from `at`, zeros past the end. */
static uint64_t load_padded(td_bytes bytes, size_t at) {
    if (TD_LIKELY(at + 8 <= bytes.len))
        return td_load_le64(bytes.ptr + at);
    uint64_t v = 0;
    for (size_t i = at; i < bytes.len; i++)
        v |= (uint64_t)bytes.ptr[i] << (8 * (i - at));
    return v;
}

/* At least 57 start bits from `pc` on, the first in bit 0; zeros past the end (2.6: the padding is
 * zero). */
static uint64_t start_bits(const td_pvm_blob *b, uint32_t pc) {
    return load_padded(b->bitmask, pc / 8) >> (pc % 8);
}

bool td_pvm_starts(const td_pvm_blob *b, uint32_t pc) {
    return pc < b->code.len && (b->bitmask.ptr[pc / 8] >> (pc % 8) & 1) != 0;
}

uint32_t td_pvm_next_start(const td_pvm_blob *b, uint32_t pc) {
    uint32_t len = (uint32_t)b->code.len;
    while (pc < len) {
        uint64_t bits = start_bits(b, pc);
        if (bits != 0)
            return pc + (uint32_t)__builtin_ctzll(bits);
        pc += 57;
    }
    return len;
}

/* The 16 argument bytes after an opcode (4.1). */
typedef struct args {
    uint64_t lo, hi;
} args;

/* I(p, n) of 4.3: n bytes (0..4) from byte p (0..7) as a signed number. */
static int32_t immediate(args x, uint32_t p, uint32_t n) {
    if (n == 0)
        return 0;
    uint64_t v = p == 0 ? x.lo : x.lo >> (8 * p) | x.hi << (64 - 8 * p);
    uint32_t unused = 32 - 8 * n;
    return (int32_t)((uint32_t)v << unused) >> unused;
}

static uint32_t clamp4(uint32_t skip, uint32_t taken) {
    return skip <= taken ? 0 : skip - taken < 4 ? skip - taken : 4;
}

/* 4.2: numbers past 12 mean register 12. */
static uint8_t reg(uint64_t nibble) {
    nibble &= 15;
    return (uint8_t)(nibble < TD_PVM_A5 ? nibble : TD_PVM_A5);
}

/* A length field of an encoding (F2, F3, F9, F11): not limited by `skip`, so it may reach into the
 * bytes of the next instruction. */
static uint32_t length_field(uint64_t bits) {
    return (bits & 7) < 4 ? (uint32_t)(bits & 7) : 4;
}

/* Two immediates: the first of `l1` bytes at byte p, the second what is left of `skip`. */
static void two_immediates(td_pvm_decoded *out, args x, uint32_t p, uint32_t l1, uint32_t skip) {
    out->imm1 = immediate(x, p, l1);
    out->imm2 = immediate(x, p + l1, clamp4(skip, l1 + p));
}

void td_pvm_decode(td_pvm_decoded *out, const td_pvm_blob *b, uint32_t pc) {
    TD_CHECK_SLOW(td_pvm_starts(b, pc));
    uint32_t left = (uint32_t)b->code.len - pc;
    uint64_t bits = start_bits(b, pc) >> 1;
    uint32_t distance = bits != 0 ? (uint32_t)__builtin_ctzll(bits) + 1 : left;
    uint32_t skip = (distance < TD_PVM_SKIP_MAX + 1 ? distance : TD_PVM_SKIP_MAX + 1) - 1;
    args x = {load_padded(b->code, (size_t)pc + 1), load_padded(b->code, (size_t)pc + 9)};

    *out = (td_pvm_decoded){0};
    out->op = td_pvm_opcodes[b->isa][b->code.ptr[pc]];
    out->next = pc + 1 + skip;
    out->gap = distance > TD_PVM_SKIP_MAX + 1 || out->next >= b->code.len;
    uint64_t b0 = x.lo;
    switch ((td_pvm_format)td_pvm_op_infos[out->op].format) {
    case TD_PVM_F0: break;
    case TD_PVM_F1:
        out->r1 = reg(b0);
        out->imm1 = immediate(x, 1, clamp4(skip, 1));
        break;
    case TD_PVM_F2:
        out->r1 = reg(b0);
        two_immediates(out, x, 1, length_field(b0 >> 4), skip);
        out->target = pc + (uint32_t)out->imm2;
        break;
    case TD_PVM_F3:
        out->r1 = reg(b0);
        two_immediates(out, x, 1, length_field(b0 >> 4), skip);
        break;
    case TD_PVM_F4:
    case TD_PVM_F5:
        out->r1 = reg(b0);
        out->r2 = reg(b0 >> 4);
        out->imm1 = immediate(x, 1, clamp4(skip, 1));
        out->target = pc + (uint32_t)out->imm1;
        break;
    case TD_PVM_F6:
        out->r2 = reg(b0);
        out->r3 = reg(b0 >> 4);
        out->r1 = reg(b0 >> 8);
        break;
    case TD_PVM_F7:
    case TD_PVM_F8:
        out->imm1 = immediate(x, 0, clamp4(skip, 0));
        out->target = pc + (uint32_t)out->imm1;
        break;
    case TD_PVM_F9: two_immediates(out, x, 1, length_field(b0), skip); break;
    case TD_PVM_F10:
        out->r1 = reg(b0);
        out->r2 = reg(b0 >> 4);
        break;
    case TD_PVM_F11:
        out->r1 = reg(b0);
        out->r2 = reg(b0 >> 4);
        two_immediates(out, x, 2, length_field(b0 >> 8), skip);
        break;
    case TD_PVM_F12:
        out->r1 = reg(b0);
        out->imm64 = x.lo >> 8 | x.hi << 56;
        break;
    }
}

bool td_pvm_target_valid(const td_pvm_blob *b, uint32_t pc) {
    if (!td_pvm_starts(b, pc))
        return false;
    if (pc == 0)
        return true;
    uint32_t reach = pc < TD_PVM_SKIP_MAX + 1 ? pc : TD_PVM_SKIP_MAX + 1;
    uint64_t bits = start_bits(b, pc - reach) & ((UINT64_C(1) << reach) - 1);
    if (bits == 0)
        return false;
    uint32_t before = pc - reach + 63 - (uint32_t)__builtin_clzll(bits);
    td_pvm_op op = td_pvm_opcodes[b->isa][b->code.ptr[before]];
    return op != TD_PVM_OP_invalid && td_pvm_op_infos[op].flow != TD_PVM_GOES;
}

/* Whether the linear sweep (4.1) shows an invalid instruction after `d`. */
static bool invalid_follows(const td_pvm_blob *b, const td_pvm_decoded *d) {
    return d->gap && (d->next < b->code.len || td_pvm_op_infos[d->op].flow != TD_PVM_STOPS);
}

/* Section 10, step 4. */
static bool refused(const td_pvm_decoded *d) {
    return d->op == TD_PVM_OP_sbrk ||
           (d->op == TD_PVM_OP_ecalli && (uint32_t)d->imm1 == TD_PVM_ECALLI_SENTINEL);
}

void td_pvm_walk_code(td_pvm_walk *out, const td_pvm_blob *b, bool contract) {
    *out = (td_pvm_walk){.bad = true};
    if (!td_pvm_starts(b, 0))
        return;
    uint32_t block = 0;
    for (uint32_t pc = 0; pc < b->code.len;) {
        td_pvm_decoded d;
        td_pvm_decode(&d, b, pc);
        out->bad_pc = pc;
        if (d.op == TD_PVM_OP_invalid || (contract && refused(&d)))
            return;
        out->insns++;
        block++;
        if (block > out->block_max)
            out->block_max = block;
        if (td_pvm_op_infos[d.op].flow != TD_PVM_GOES) {
            out->blocks++;
            block = 0;
        }
        out->bad_pc = d.next;
        if (invalid_follows(b, &d))
            return;
        pc = d.next;
    }
    out->bad = false;
}
