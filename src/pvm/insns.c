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

/* I(p, n) of 4.3: n bytes (0..4) from byte p (0..7) as a signed number. Shifts in two steps,
 * because one of 64 is undefined. */
static int32_t immediate(args x, uint32_t p, uint32_t n) {
    uint64_t v = x.lo >> (8 * p) | x.hi << 1 << (63 - 8 * p);
    uint32_t unused = 56 - 8 * n;
    return (int32_t)((int64_t)(v << 8 << unused) >> unused >> 8);
}

static uint32_t clamp4(uint32_t skip, uint32_t taken) {
    uint32_t left = skip > taken ? skip - taken : 0;
    return left < 4 ? left : 4;
}

/* 4.2: numbers past 12 mean register 12. */
static uint8_t reg(uint64_t nibble) {
    nibble &= 15;
    return (uint8_t)(nibble < TD_PVM_A5 ? nibble : TD_PVM_A5);
}

/* Where a format keeps its operands (4.3), in bits or bytes after the opcode. A format with two
 * immediates says how long the first is; that length is not limited by `skip`, so it may reach into
 * the next instruction. The last immediate has what is left of `skip`. */
typedef struct shape {
    uint8_t r1, r2, r3;  /* bit of each register's nibble */
    uint8_t l1, l1_mask; /* bit of the first immediate's length; 7 when there is one, else 0 */
    uint8_t imm;         /* byte of the first immediate */
} shape;
static const shape shapes[] = {
    [TD_PVM_F0] = {0, 0, 0, 0, 0, 0},  [TD_PVM_F1] = {0, 0, 0, 0, 0, 1},
    [TD_PVM_F2] = {0, 0, 0, 4, 7, 1},  [TD_PVM_F3] = {0, 0, 0, 4, 7, 1},
    [TD_PVM_F4] = {0, 4, 0, 0, 0, 1},  [TD_PVM_F5] = {0, 4, 0, 0, 0, 1},
    [TD_PVM_F6] = {8, 0, 4, 0, 0, 2},  [TD_PVM_F7] = {0, 0, 0, 0, 0, 0},
    [TD_PVM_F8] = {0, 0, 0, 0, 0, 0},  [TD_PVM_F9] = {0, 0, 0, 0, 7, 1},
    [TD_PVM_F10] = {0, 4, 0, 0, 0, 1}, [TD_PVM_F11] = {0, 4, 0, 8, 7, 2},
    [TD_PVM_F12] = {0, 0, 0, 0, 0, 1},
};

/* Decodes all fields of all formats at once: a branch on the format would be mispredicted. */
void td_pvm_decode(td_pvm_decoded *out, const td_pvm_blob *b, uint32_t pc) {
    TD_CHECK_SLOW(td_pvm_starts(b, pc));
    uint32_t left = (uint32_t)b->code.len - pc;
    uint64_t bits = start_bits(b, pc) >> 1;
    uint32_t distance = bits != 0 ? (uint32_t)__builtin_ctzll(bits) + 1 : left;
    uint32_t skip = (distance < TD_PVM_SKIP_MAX + 1 ? distance : TD_PVM_SKIP_MAX + 1) - 1;
    args x = {load_padded(b->code, (size_t)pc + 1), load_padded(b->code, (size_t)pc + 9)};

    out->op = td_pvm_opcodes[b->isa][b->code.ptr[pc]];
    out->next = pc + 1 + skip;
    out->gap = distance > TD_PVM_SKIP_MAX + 1 || out->next >= b->code.len;
    shape s = shapes[td_pvm_op_infos[out->op].format];
    out->r1 = reg(x.lo >> s.r1);
    out->r2 = reg(x.lo >> s.r2);
    out->r3 = reg(x.lo >> s.r3);
    uint32_t l1 = (uint32_t)(x.lo >> s.l1) & s.l1_mask;
    l1 = l1 < 4 ? l1 : 4;
    int32_t first = immediate(x, s.imm, l1);
    int32_t last = immediate(x, s.imm + l1, clamp4(skip, s.imm + l1));
    out->imm1 = s.l1_mask != 0 ? first : last;
    out->imm2 = last;
    out->target = pc + (uint32_t)last;
    out->imm64 = x.lo >> 8 | x.hi << 56;
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
