/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of opcodes and of prices by fork, laid out from opcodes.def and
 * gas.def when this file is compiled.
 */
#include "evm/evm_private.h"

const evm_op_info td_evm_op_info[256] = {
#define OP(code, NAME, fn, immediate, pops, pushes, base_gas, since)                               \
    [code] = {#NAME, immediate, pops, pushes, base_gas, TD_FORK_##since},
#define FLOW  OP
#define CODED OP
#include "evm/opcodes.def"
#undef OP
#undef FLOW
#undef CODED
};

/* A row holds from its fork to the newest; later rows of the name overwrite it. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
const uint32_t td_evm_prices[TD_FORK_COUNT][GAS_COUNT] = {
#define GAS(NAME, since, value) [TD_FORK_##since... TD_FORK_NEWEST][GAS_##NAME] = (value),
#define GAS_FROM                GAS
#include "evm/gas.def"
#undef GAS
#undef GAS_FROM
};

/* Facts in range. Two rows of one code do not compile: the second overrides an initializer of
 * td_evm_op_info, where that is still a warning. */
#define OP(code, NAME, fn, immediate, pops, pushes, base_gas, since)                               \
    _Static_assert((code) < 256 && (pops) <= 17 && (pushes) <= 17 && (immediate) <= 32, #NAME);
#define FLOW  OP
#define CODED OP
#include "evm/opcodes.def"
#undef OP
#undef FLOW
#undef CODED
_Static_assert(GAS_COUNT <= UINT8_MAX, "evm_op_info.base_gas holds it");
