/* SPDX-License-Identifier: Apache-2.0
 *
 * Storage, transient storage, logs and the end of an account.
 *
 * Threads: confined to the frame's thread.
 */
#ifndef TD_EVM_OP_STORAGE_H
#define TD_EVM_OP_STORAGE_H

#include "evm/op_env.h"

/* Writes are forbidden under STATICCALL (EIP-214): the answer of an operation that writes. */
TD_INLINE bool may_write(evm_run *r) {
    if (TD_LIKELY(!r->f->is_static))
        return true;
    r->exit = TD_EXIT_WRITE_PROTECTION;
    return false;
}

static TD_NOINLINE int64_t sload_slow(evm_run *r, td_u256 *top, int64_t gas) {
    uint32_t cold = r->price[GAS_COLD_SLOAD];
    if (cold == 0)
        *top = r->host->storage_get(r->ctx, &r->f->self, top);
    else if (r->host->storage_load(r->ctx, &r->f->self, top, top))
        gas -= cold;
    return gas;
}
EVM_OP(sload) {
    *gas = sload_slow(r, top, *gas);
    return *gas >= 0;
}

/* Price and refund of a write by net metering: EIP-2200 (and 1283) with the prices of the fork,
 * refunds as EIP-3529 leaves them. */
TD_INLINE uint32_t store_price_net(const uint32_t *price, const td_u256 *original,
                                   const td_u256 *current, const td_u256 *value, int64_t *refund) {
    int64_t cleared = price[GAS_SSTORE_CLEARED];
    bool was_zero = td_u256_is_zero(original);
    uint32_t first = was_zero ? price[GAS_SSTORE_SET] : price[GAS_SSTORE_RESET];
    if (td_u256_eq(current, value))
        return price[GAS_SSTORE_SAME];
    if (td_u256_eq(original, current)) {
        if (!was_zero && td_u256_is_zero(value))
            *refund = cleared;
        return first;
    }
    if (!was_zero && td_u256_is_zero(current))
        *refund -= cleared;
    else if (!was_zero && td_u256_is_zero(value))
        *refund += cleared;
    if (td_u256_eq(original, value))
        *refund += first - price[GAS_SSTORE_SAME];
    return price[GAS_SSTORE_SAME];
}

/* The same before net metering: yellow paper H.2. */
TD_INLINE uint32_t store_price_plain(const uint32_t *price, const td_u256 *current,
                                     const td_u256 *value, int64_t *refund) {
    bool is_zero = td_u256_is_zero(value), was_zero = td_u256_is_zero(current);
    if (is_zero && !was_zero)
        *refund = price[GAS_SSTORE_CLEARED];
    return was_zero && !is_zero ? price[GAS_SSTORE_SET] : price[GAS_SSTORE_RESET];
}

static TD_NOINLINE int64_t sstore_slow(evm_run *r, td_u256 *top, int64_t gas) {
    const td_u256 *key = top, *value = top - 1;
    const td_addr *self = &r->f->self;
    const uint32_t *price = r->price;
    td_u256 original, current;
    int64_t refund = 0;
    if (!may_write(r) || (price[GAS_SSTORE_SENTRY] != 0 && gas <= price[GAS_SSTORE_SENTRY]))
        return -1;
    if (price[GAS_SSTORE_COLD] != 0 && r->host->access_slot(r->ctx, self, key))
        gas -= price[GAS_SSTORE_COLD];
    r->host->storage_peek(r->ctx, self, key, &original, &current);
    gas -= price[GAS_SSTORE_NET] != 0 ? store_price_net(price, &original, &current, value, &refund)
                                      : store_price_plain(price, &current, value, &refund);
    if (gas < 0)
        return gas;
    if (refund != 0)
        r->host->refund_add(r->ctx, refund);
    r->host->storage_set(r->ctx, self, key, value, &original, &current);
    return gas;
}
EVM_OP(sstore) {
    *gas = sstore_slow(r, top, *gas);
    return *gas >= 0;
}

/* EIP-1153 */
EVM_OP(tload) {
    *top = r->host->transient_get(r->ctx, &r->f->self, top);
    return true;
}
EVM_OP(tstore) {
    if (!may_write(r))
        return false;
    r->host->transient_set(r->ctx, &r->f->self, top, top - 1);
    return true;
}

static TD_NOINLINE int64_t log_slow(evm_run *r, td_u256 *top, int64_t gas, unsigned count) {
    td_hash topics[4];
    range data;
    if (!may_write(r) || !memory_reach(r, &gas, top, top - 1, &data))
        return -1;
    gas -= (int64_t)(r->price[GAS_LOG_BYTE] * data.len);
    if (gas < 0)
        return gas;
    for (unsigned i = 0; i < count; i++)
        topics[i] = td_u256_to_hash(top - 2 - i);
    r->host->log(r->ctx, &r->f->self, topics, count, TD_BYTES(r->mem + data.offset, data.len));
    return gas;
}
EVM_OP(log) {
    *gas = log_slow(r, top, *gas, code - OP_LOG0);
    return *gas >= 0;
}

/* Whether value sent to `addr` makes a new account (EIP-161), or any call does (before it). */
TD_INLINE bool makes_account(evm_run *r, const td_addr *addr, bool has_value) {
    return r->price[GAS_NEW_IS_EMPTY] != 0 ? has_value && r->host->is_empty(r->ctx, addr)
                                           : !r->host->exists(r->ctx, addr);
}

static TD_NOINLINE int64_t selfdestruct_slow(evm_run *r, td_u256 *top, int64_t gas) {
    td_addr to = td_u256_to_addr(top);
    if (!may_write(r))
        return -1;
    gas -= access_extra(r, &to, GAS_SELFDESTRUCT_COLD);
    if (gas < 0)
        return gas;
    td_u256 balance = r->host->balance(r->ctx, &r->f->self);
    if (r->price[GAS_SELFDESTRUCT_NEW] != 0 && makes_account(r, &to, !td_u256_is_zero(&balance)))
        gas -= r->price[GAS_SELFDESTRUCT_NEW];
    if (gas >= 0)
        r->host->selfdestruct(r->ctx, &r->f->self, &to);
    return gas;
}

#endif
