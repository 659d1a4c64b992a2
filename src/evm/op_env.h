/* SPDX-License-Identifier: Apache-2.0
 *
 * What a contract may ask of its message, its block and other accounts.
 *
 * Threads: confined to the frame's thread.
 */
#ifndef TD_EVM_OP_ENV_H
#define TD_EVM_OP_ENV_H

#include "evm/op_memory.h"
#include "vm/host.h"

/* EIP-2929: marks `addr` accessed; what a cold access costs over the warm price already paid. */
TD_INLINE int64_t access_extra(evm_run *r, const td_addr *addr, evm_gas cold) {
    uint32_t price = r->price[cold];
    return price != 0 && r->host->access_account(r->ctx, addr) ? (int64_t)price : 0;
}

#define EVM_PUSH_OP(name, value)                                                                   \
    EVM_OP(name) {                                                                                 \
        top[1] = (value);                                                                          \
        return true;                                                                               \
    }
EVM_PUSH_OP(address, td_u256_from_addr(&r->f->self))
EVM_PUSH_OP(origin, td_u256_from_addr(&r->f->env->origin))
EVM_PUSH_OP(caller, td_u256_from_addr(&r->f->caller))
EVM_PUSH_OP(callvalue, r->f->value)
EVM_PUSH_OP(calldatasize, td_u256_from(r->f->input.len))
EVM_PUSH_OP(codesize, td_u256_from(r->code->head.bytes.len))
EVM_PUSH_OP(returndatasize, td_u256_from(r->f->return_data.len))
EVM_PUSH_OP(gasprice, r->f->env->gas_price)
EVM_PUSH_OP(coinbase, td_u256_from_addr(&r->f->env->coinbase))
EVM_PUSH_OP(timestamp, td_u256_from(r->f->env->timestamp))
EVM_PUSH_OP(number, td_u256_from(r->f->env->number))
EVM_PUSH_OP(prevrandao, td_u256_load_be(r->f->env->prevrandao.b))
EVM_PUSH_OP(gaslimit, td_u256_from(r->f->env->gas_limit))
EVM_PUSH_OP(chainid, td_u256_from(r->f->env->chain_id))
EVM_PUSH_OP(selfbalance, r->host->balance(r->ctx, &r->f->self))
EVM_PUSH_OP(basefee, r->f->env->base_fee)
EVM_PUSH_OP(blobbasefee, r->f->env->blob_base_fee)
EVM_PUSH_OP(gas, td_u256_from((uint64_t)*gas)) /* the block ends here: nothing is paid ahead */
#undef EVM_PUSH_OP

EVM_OP(calldataload) {
    td_bytes input = r->f->input;
    uint64_t offset = td_u256_sat_u64(top);
    if (TD_LIKELY(input.len >= 32 && offset <= input.len - 32)) {
        *top = td_u256_load_be(input.ptr + offset);
        return true;
    }
    uint8_t t[32] = {0};
    if (offset < input.len)
        memcpy(t, input.ptr + offset, input.len - offset < 32 ? input.len - offset : 32);
    *top = td_u256_load_be(t);
    return true;
}

/* EIP-4844 */
EVM_OP(blobhash) {
    uint64_t index = td_u256_sat_u64(top);
    *top = index < r->f->env->blob_hash_count ? td_u256_load_be(r->f->env->blob_hashes[index].b)
                                              : TD_U256_ZERO;
    return true;
}

static TD_NOINLINE void blockhash_slow(evm_run *r, td_u256 *top) {
    uint64_t number = td_u256_sat_u64(top), current = r->f->env->number;
    td_hash hash = {0};
    if (number < current && current - number <= 256)
        hash = r->host->block_hash(r->ctx, number);
    *top = td_u256_load_be(hash.b);
}
EVM_OP(blockhash) {
    blockhash_slow(r, top);
    return true;
}

static TD_NOINLINE int64_t balance_slow(evm_run *r, td_u256 *top, int64_t gas) {
    td_addr addr = td_u256_to_addr(top);
    gas -= access_extra(r, &addr, GAS_COLD_ACCOUNT);
    if (gas >= 0)
        *top = r->host->balance(r->ctx, &addr);
    return gas;
}
EVM_OP(balance) {
    *gas = balance_slow(r, top, *gas);
    return *gas >= 0;
}
static TD_NOINLINE int64_t extcodesize_slow(evm_run *r, td_u256 *top, int64_t gas) {
    td_addr addr = td_u256_to_addr(top);
    gas -= access_extra(r, &addr, GAS_COLD_ACCOUNT);
    if (gas >= 0)
        *top = td_u256_from(r->host->code(r->ctx, &addr).len);
    return gas;
}
EVM_OP(extcodesize) {
    *gas = extcodesize_slow(r, top, *gas);
    return *gas >= 0;
}
static TD_NOINLINE int64_t extcodehash_slow(evm_run *r, td_u256 *top, int64_t gas) {
    td_addr addr = td_u256_to_addr(top);
    gas -= access_extra(r, &addr, GAS_COLD_ACCOUNT);
    if (gas < 0)
        return gas;
    td_hash hash = r->host->code_hash(r->ctx, &addr);
    *top = td_u256_load_be(hash.b);
    return gas;
}
EVM_OP(extcodehash) {
    *gas = extcodehash_slow(r, top, *gas);
    return *gas >= 0;
}
static TD_NOINLINE int64_t extcodecopy_slow(evm_run *r, td_u256 *top, int64_t gas) {
    td_addr addr = td_u256_to_addr(top);
    range to;
    if (!memory_reach(r, &gas, top - 1, top - 3, &to))
        return -1;
    gas -= access_extra(r, &addr, GAS_COLD_ACCOUNT);
    if (gas < 0)
        return gas;
    return copy_padded(r, top - 1, r->host->code(r->ctx, &addr), top - 2, top - 3, gas);
}
EVM_OP(extcodecopy) {
    *gas = extcodecopy_slow(r, top, *gas);
    return *gas >= 0;
}

#endif
