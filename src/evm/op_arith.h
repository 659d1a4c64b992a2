/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of arithmetic, comparison and bit operations, and of what only moves
 * words on the stack. All bodies of op_*.h have one signature: `top` is the
 * topmost word before the operation, results go where they lie after it. They
 * return false to halt with r->exit; the static price is already paid.
 *
 * Threads: confined to the frame's thread.
 */
#ifndef TD_EVM_OP_ARITH_H
#define TD_EVM_OP_ARITH_H

#include "evm/evm_private.h"

#define EVM_OP(name)                                                                               \
    TD_INLINE bool op_##name(                                                                      \
        __attribute__((unused)) evm_run *r, __attribute__((unused)) td_u256 *top,                  \
        __attribute__((unused)) int64_t *gas, __attribute__((unused)) unsigned code)

/* Keeps a limb in a general register: limbs were mostly stored one by one just before, and a
 * vector load over two stores waits until both have left the store buffer. */
#define EVM_SCALAR(limb) __asm__("" : "+r"(limb))

TD_INLINE void copy_word(td_u256 *to, const td_u256 *from) {
    uint64_t a = from->w[0], b = from->w[1], c = from->w[2], d = from->w[3];
    EVM_SCALAR(a);
    EVM_SCALAR(b);
    EVM_SCALAR(c);
    EVM_SCALAR(d);
    to->w[0] = a, to->w[1] = b, to->w[2] = c, to->w[3] = d;
}

TD_INLINE void set_u64(td_u256 *to, uint64_t v) {
    to->w[0] = v, to->w[1] = 0, to->w[2] = 0, to->w[3] = 0;
}

EVM_OP(add) {
    td_u256_add(top - 1, top, top - 1);
    return true;
}
EVM_OP(mul) {
    td_u256_mul(top - 1, top, top - 1);
    return true;
}
EVM_OP(sub) {
    td_u256_sub(top - 1, top, top - 1);
    return true;
}
EVM_OP(div) {
    td_u256_div(top - 1, top, top - 1);
    return true;
}
EVM_OP(sdiv) {
    td_u256_sdiv(top - 1, top, top - 1);
    return true;
}
EVM_OP(mod) {
    td_u256_mod(top - 1, top, top - 1);
    return true;
}
EVM_OP(smod) {
    td_u256_smod(top - 1, top, top - 1);
    return true;
}
EVM_OP(addmod) {
    td_u256_addmod(top - 2, top, top - 1, top - 2);
    return true;
}
EVM_OP(mulmod) {
    td_u256_mulmod(top - 2, top, top - 1, top - 2);
    return true;
}
EVM_OP(exp) {
    *gas -= (int64_t)r->price[GAS_EXP_BYTE] * td_u256_byte_len(top - 1);
    if (*gas < 0)
        return false;
    td_u256_exp(top - 1, top, top - 1);
    return true;
}
EVM_OP(signextend) {
    td_u256_signextend(top - 1, top - 1, td_u256_sat_u64(top));
    return true;
}

EVM_OP(lt) {
    set_u64(top - 1, td_u256_lt(top, top - 1));
    return true;
}
EVM_OP(gt) {
    set_u64(top - 1, td_u256_lt(top - 1, top));
    return true;
}
EVM_OP(slt) {
    set_u64(top - 1, td_u256_slt(top, top - 1));
    return true;
}
EVM_OP(sgt) {
    set_u64(top - 1, td_u256_slt(top - 1, top));
    return true;
}
EVM_OP(eq) {
    set_u64(top - 1, td_u256_eq(top, top - 1));
    return true;
}
EVM_OP(iszero) {
    set_u64(top, td_u256_is_zero(top));
    return true;
}

/* The four limbs one by one, in general registers. */
#define EVM_LIMBWISE(name, op)                                                                     \
    EVM_OP(name) {                                                                                 \
        for (int i = 0; i < 4; i++) {                                                              \
            uint64_t limb = top[-1].w[i] op top->w[i];                                             \
            EVM_SCALAR(limb);                                                                      \
            top[-1].w[i] = limb;                                                                   \
        }                                                                                          \
        return true;                                                                               \
    }
EVM_LIMBWISE(and, &)
EVM_LIMBWISE(or, |)
EVM_LIMBWISE(xor, ^)
#undef EVM_LIMBWISE

EVM_OP(not) {
    for (int i = 0; i < 4; i++) {
        uint64_t limb = ~top->w[i];
        EVM_SCALAR(limb);
        top->w[i] = limb;
    }
    return true;
}
EVM_OP(byte) {
    set_u64(top - 1, td_u256_byte(top - 1, td_u256_sat_u64(top)));
    return true;
}
EVM_OP(shl) {
    td_u256_shl(top - 1, top - 1, td_u256_sat_u64(top));
    return true;
}
EVM_OP(shr) {
    td_u256_shr(top - 1, top - 1, td_u256_sat_u64(top));
    return true;
}
EVM_OP(sar) {
    td_u256_sar(top - 1, top - 1, td_u256_sat_u64(top));
    return true;
}
EVM_OP(clz) {
    set_u64(top, 256 - td_u256_bit_len(top));
    return true;
}

EVM_OP(pop) {
    return true;
}
EVM_OP(dup) {
    copy_word(top + 1, top - (code - OP_DUP1));
    return true;
}
EVM_OP(swap) {
    td_u256 *other = top - (code - OP_SWAP1 + 1);
    for (int i = 0; i < 4; i++) {
        uint64_t a = top->w[i], b = other->w[i];
        EVM_SCALAR(a);
        EVM_SCALAR(b);
        top->w[i] = b, other->w[i] = a;
    }
    return true;
}

#endif
