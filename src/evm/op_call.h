/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls and creates: what they cost here and what they ask of the frame loop,
 * and how its answer comes back.
 *
 * Threads: confined to the frame's thread.
 */
#ifndef TD_EVM_OP_CALL_H
#define TD_EVM_OP_CALL_H

#include "evm/op_storage.h"

TD_INLINE td_call_kind call_kind(unsigned code) {
    return code == OP_CALL           ? TD_CALL
           : code == OP_CALLCODE     ? TD_CALLCODE
           : code == OP_DELEGATECALL ? TD_DELEGATECALL
                                     : TD_STATICCALL;
}

/* What a call to `addr` costs besides the row's price and memory. */
static int64_t call_price(evm_run *r, td_call_kind kind, const td_addr *addr, bool has_value) {
    int64_t price = access_extra(r, addr, GAS_COLD_ACCOUNT);
    td_addr target;
    if (has_value)
        price += r->price[GAS_CALL_VALUE];
    if (kind == TD_CALL && makes_account(r, addr, has_value))
        price += r->price[GAS_NEW_ACCOUNT];
    /* EIP-7702: the target of a delegation is accessed too. */
    if (r->price[GAS_DELEGATION] != 0 && r->host->delegate_of(r->ctx, addr, &target))
        price += r->price[GAS_DELEGATION] + access_extra(r, &target, GAS_COLD_ACCOUNT);
    return price;
}

/* Fills in the request of CALL and its kin; words are gas, address, value for the first two,
 * then input and output as offset and length. Returns the gas left. */
static TD_NOINLINE int64_t call_ask(evm_run *r, const td_u256 *top, int64_t gas, unsigned code) {
    td_frame *f = r->f;
    td_call_kind kind = call_kind(code);
    bool takes_value = kind == TD_CALL || kind == TD_CALLCODE;
    const td_u256 *value = takes_value ? top - 2 : &TD_U256_ZERO;
    const td_u256 *area = takes_value ? top - 3 : top - 2;
    bool has_value = takes_value && !td_u256_is_zero(value);
    td_addr addr = td_u256_to_addr(top - 1);
    range in, out;
    if (kind == TD_CALL && has_value && !may_write(r))
        return -1;
    if (!memory_reach(r, &gas, area, area - 1, &in) ||
        !memory_reach(r, &gas, area - 2, area - 3, &out))
        return -1;
    gas -= call_price(r, kind, &addr, has_value);
    uint64_t wanted = td_u256_sat_u64(top);
    if (gas < 0 || (r->price[GAS_CALL_GAS_CAPPED] == 0 && wanted > (uint64_t)gas))
        return -1;
    r->out_offset = out.offset;
    r->out_len = out.len;
    f->request = (td_request){
        .kind = kind,
        .is_static = f->is_static || kind == TD_STATICCALL,
        .addr = addr,
        .value = kind == TD_DELEGATECALL ? f->value : *value,
        .input = TD_BYTES(r->mem + in.offset, in.len),
        .gas = wanted,
    };
    r->act = TD_ACT_CALL;
    return gas;
}

/* Fills in the request of CREATE (value, offset, length) and CREATE2 (and salt). */
static TD_NOINLINE int64_t create_ask(evm_run *r, const td_u256 *top, int64_t gas, unsigned code) {
    bool salted = code == OP_CREATE2;
    range in;
    if (!may_write(r) || !memory_reach(r, &gas, top - 1, top - 2, &in))
        return -1;
    if (in.len > r->price[GAS_INITCODE_LEN_MAX]) {
        r->exit = TD_EXIT_INITCODE_SIZE;
        return -1;
    }
    if (!pay_words(r, &gas, GAS_INITCODE_WORD, in.len) ||
        (salted && !pay_words(r, &gas, GAS_KECCAK_WORD, in.len))) /* EIP-1014 */
        return -1;
    r->f->request = (td_request){
        .kind = salted ? TD_CREATE2 : TD_CREATE,
        .has_salt = salted,
        .value = *top,
        .input = TD_BYTES(r->mem + in.offset, in.len),
        .salt = salted ? td_u256_to_hash(top - 3) : (td_hash){{0}},
        .gas = UINT64_MAX,
    };
    r->act = TD_ACT_CREATE;
    return gas;
}

/* Takes the answer to the last request: returns the word it pushes. */
static td_u256 take_reply(evm_run *r) {
    td_frame *f = r->f;
    bool ok = td_exit_kind_of(f->reply.exit) == TD_EXIT_KIND_OK;
    f->reply.pending = false;
    if (r->act == TD_ACT_CREATE)
        return ok ? td_u256_from_addr(&f->reply.created) : TD_U256_ZERO;
    uint64_t len = td_min_u64(r->out_len, f->return_data.len);
    if (len > 0)
        memcpy(r->mem + r->out_offset, f->return_data.ptr, len);
    return td_u256_from(ok);
}

#endif
