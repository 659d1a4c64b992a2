/* SPDX-License-Identifier: Apache-2.0
 *
 * How one block's fees follow from its parent: base fee (EIP-1559) and blob gas
 * (EIP-4844, 7691, 7918).
 */
#include "eth/block.h"

enum {
    ELASTICITY = 2,                  /* EIP-1559: limit / target */
    BASE_FEE_CHANGE_DENOMINATOR = 8, /* EIP-1559 */
    BASE_FEE_INITIAL = 1000000000,   /* EIP-1559: 1 gwei, in the first block of London */
    GAS_PER_BLOB = 1 << 17,          /* EIP-4844 */
    BLOB_BASE_COST = 1 << 13,        /* EIP-7918: gas that a blob costs the executing side */
    BLOB_PRICE_MIN = 1,              /* EIP-4844 */
};

/* fee * moved / (target * 8). The quotient is taken first, so that nothing leaves 256 bits; the
 * rest adds what that loses. */
static td_u256 fee_delta(const td_u256 *fee, uint64_t moved, uint64_t target) {
    td_u256 scale = td_u256_from(target), factor = td_u256_from(BASE_FEE_CHANGE_DENOMINATOR);
    td_u256 by = td_u256_from(moved), whole, rest;
    td_u256_mul(&scale, &scale, &factor);
    td_u256_divmod(&whole, &rest, fee, &scale);
    td_u256_mul(&whole, &whole, &by);
    td_u256_mul(&rest, &rest, &by);
    td_u256_div(&rest, &rest, &scale);
    td_u256_add(&whole, &whole, &rest);
    return whole;
}

td_u256 td_base_fee_next(const td_header *parent) {
    if (parent->fork < TD_FORK_LONDON)
        return td_u256_from(BASE_FEE_INITIAL);
    td_u256 fee = parent->base_fee;
    uint64_t target = parent->gas_limit / ELASTICITY;
    if (target == 0 || parent->gas_used == target)
        return fee;
    if (parent->gas_used < target) {
        td_u256 delta = fee_delta(&fee, target - parent->gas_used, target);
        td_u256_sub(&fee, &fee, &delta); /* at most an eighth of it */
        return fee;
    }
    td_u256 delta = fee_delta(&fee, parent->gas_used - target, target);
    if (td_u256_is_zero(&delta))
        delta = td_u256_from(1);
    return td_u256_add(&fee, &fee, &delta) ? TD_U256_MAX : fee;
}

typedef struct schedule {
    uint32_t since, target, max, fraction;
} schedule;

/* The newest schedule that `fork` knows, or NULL before blobs. */
static const schedule *schedule_of(td_fork fork) {
    static const schedule rows[] = {
#define TD_BLOBS(since, target, max, fraction) {TD_FORK_##since, target, max, fraction},
#include "eth/blobs.def"
#undef TD_BLOBS
    };
    for (size_t i = TD_COUNT(rows); i-- > 0;)
        if (rows[i].since <= fork)
            return &rows[i];
    return NULL;
}

td_u256 td_blob_base_fee(uint64_t excess_blob_gas, td_fork fork) {
    const schedule *s = schedule_of(fork);
    if (s == NULL)
        return TD_U256_ZERO;
    /* fake_exponential: the Taylor series of e^(excess / fraction) in integers, until a term is 0.
     */
    td_u256 fraction = td_u256_from(s->fraction), excess = td_u256_from(excess_blob_gas);
    td_u256 term = td_u256_from(BLOB_PRICE_MIN * (uint64_t)s->fraction), sum = TD_U256_ZERO;
    for (uint64_t i = 1; !td_u256_is_zero(&term); i++) {
        td_u256 divisor = td_u256_from(i);
        td_u256_mul(&divisor, &divisor, &fraction);
        /* Past 2^256 the price is out of all reach; unbounded integers would go on for ages. */
        if (td_u256_add(&sum, &sum, &term) || td_u256_mul_overflow(&term, &term, &excess))
            return TD_U256_MAX;
        td_u256_div(&term, &term, &divisor);
    }
    td_u256_div(&sum, &sum, &fraction);
    return sum;
}

/* EIP-7918: whether blobs are cheaper than the work they bring; they then grow dearer sooner. */
static bool below_reserve(const td_header *parent, td_fork fork) {
    td_u256 price = td_blob_base_fee(parent->excess_blob_gas, fork);
    td_u256 cost = td_u256_from(BLOB_BASE_COST), per_blob = td_u256_from(GAS_PER_BLOB), paid;
    if (td_u256_mul_overflow(&paid, &price, &per_blob))
        return false;
    if (td_u256_mul_overflow(&cost, &cost, &parent->base_fee))
        return true;
    return td_u256_lt(&paid, &cost);
}

uint64_t td_excess_blob_gas_next(const td_header *parent, td_fork fork) {
    const schedule *s = schedule_of(fork);
    if (s == NULL)
        return 0;
    uint64_t target = (uint64_t)s->target * GAS_PER_BLOB;
    uint64_t total = td_add_sat(parent->excess_blob_gas, parent->blob_gas_used);
    if (total < target)
        return 0;
    if (fork >= TD_FORK_OSAKA && below_reserve(parent, fork))
        return td_add_sat(parent->excess_blob_gas,
                          td_mul_sat(parent->blob_gas_used, s->max - s->target) / s->max);
    return total - target;
}
