/* SPDX-License-Identifier: Apache-2.0
 *
 * What instructions compute (polkavm.md 5.1 to 5.4): pure functions of operand
 * values. They see no machine, no memory and no control flow.
 */
#ifndef TD_PVM_INTERP_OPS_H
#define TD_PVM_INTERP_OPS_H

#include "base/base.h"

/* sx32 (section 1): the low 32 bits, sign-extended. */
TD_INLINE uint64_t sx32(uint64_t v) {
    return (uint64_t)(int64_t)(int32_t)(uint32_t)v;
}
TD_INLINE int32_t s32(uint64_t v) {
    return (int32_t)(uint32_t)v;
}
TD_INLINE uint32_t u32(uint64_t v) {
    return (uint32_t)v;
}
TD_INLINE int64_t s64(uint64_t v) {
    return (int64_t)v;
}

TD_INLINE uint64_t shl32(uint64_t v, uint64_t n) {
    return sx32((uint64_t)u32(v) << (n & 31));
}
TD_INLINE uint64_t shr32(uint64_t v, uint64_t n) {
    return sx32(u32(v) >> (n & 31));
}
TD_INLINE uint64_t sar32(uint64_t v, uint64_t n) {
    return (uint64_t)(int64_t)(s32(v) >> (n & 31));
}
TD_INLINE uint64_t shl64(uint64_t v, uint64_t n) {
    return v << (n & 63);
}
TD_INLINE uint64_t shr64(uint64_t v, uint64_t n) {
    return v >> (n & 63);
}
TD_INLINE uint64_t sar64(uint64_t v, uint64_t n) {
    return (uint64_t)(s64(v) >> (n & 63));
}
TD_INLINE uint64_t ror64(uint64_t v, uint64_t n) {
    return v >> (n & 63) | v << (-n & 63);
}
TD_INLINE uint64_t ror32(uint64_t v, uint64_t n) {
    return sx32(u32(v) >> (n & 31) | u32(v) << (-n & 31));
}

/* 5.4: division never traps. */
TD_INLINE uint64_t divu32(uint64_t a, uint64_t b) {
    return u32(b) == 0 ? UINT64_MAX : sx32(u32(a) / u32(b));
}
TD_INLINE uint64_t divs32(uint64_t a, uint64_t b) {
    if (s32(b) == 0)
        return UINT64_MAX;
    return s32(b) == -1 ? sx32(0 - a) : (uint64_t)(int64_t)(s32(a) / s32(b));
}
TD_INLINE uint64_t remu32(uint64_t a, uint64_t b) {
    return u32(b) == 0 ? sx32(a) : sx32(u32(a) % u32(b));
}
TD_INLINE uint64_t rems32(uint64_t a, uint64_t b) {
    if (s32(b) == 0)
        return sx32(a);
    return s32(b) == -1 ? 0 : (uint64_t)(int64_t)(s32(a) % s32(b));
}
TD_INLINE uint64_t divu64(uint64_t a, uint64_t b) {
    return b == 0 ? UINT64_MAX : a / b;
}
TD_INLINE uint64_t divs64(uint64_t a, uint64_t b) {
    if (b == 0)
        return UINT64_MAX;
    return s64(b) == -1 ? 0 - a : (uint64_t)(s64(a) / s64(b));
}
TD_INLINE uint64_t remu64(uint64_t a, uint64_t b) {
    return b == 0 ? a : a % b;
}
TD_INLINE uint64_t rems64(uint64_t a, uint64_t b) {
    if (b == 0)
        return a;
    return s64(b) == -1 ? 0 : (uint64_t)(s64(a) % s64(b));
}

TD_INLINE uint64_t mulh_uu(uint64_t a, uint64_t b) {
    return (uint64_t)((unsigned __int128)a * b >> 64);
}
TD_INLINE uint64_t mulh_ss(uint64_t a, uint64_t b) {
    return (uint64_t)((__int128)s64(a) * s64(b) >> 64);
}
/* No __int128 product holds it; the unsigned one exceeds it by b * 2^64 for a negative a. */
TD_INLINE uint64_t mulh_su(uint64_t a, uint64_t b) {
    return mulh_uu(a, b) - (s64(a) < 0 ? b : 0);
}

TD_INLINE uint64_t popcnt(uint64_t v) {
    return (uint64_t)__builtin_popcountll(v);
}
TD_INLINE uint64_t clz64(uint64_t v) {
    return v == 0 ? 64 : (uint64_t)__builtin_clzll(v);
}
TD_INLINE uint64_t clz32(uint64_t v) {
    return u32(v) == 0 ? 32 : (uint64_t)__builtin_clz(u32(v));
}
TD_INLINE uint64_t ctz64(uint64_t v) {
    return v == 0 ? 64 : (uint64_t)__builtin_ctzll(v);
}
TD_INLINE uint64_t ctz32(uint64_t v) {
    return u32(v) == 0 ? 32 : (uint64_t)__builtin_ctz(u32(v));
}
TD_INLINE uint64_t sext8(uint64_t v) {
    return (uint64_t)(int64_t)(int8_t)(uint8_t)v;
}
TD_INLINE uint64_t sext16(uint64_t v) {
    return (uint64_t)(int64_t)(int16_t)(uint16_t)v;
}

#endif
