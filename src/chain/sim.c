/* SPDX-License-Identifier: Apache-2.0
 *
 * Executions that leave nothing behind: calls over any block's state with
 * overrides, and the search for a gas limit that suffices.
 */
#include "chain/chain_private.h"

#define FMT_U64(v) ((unsigned long long)(v))

/* stateOverride of geth: fields replace, `state` replaces all slots, `stateDiff` some. */
static void apply_override(td_state *s, const td_override *o) {
    if (o->replace_storage) {
        uint64_t nonce = td_state_nonce(s, &o->addr);
        td_bytes code = td_state_code(s, &o->addr);
        td_state_create(s, &o->addr, nonce);
        td_state_code_set(s, &o->addr, code, NULL);
    }
    if (o->has_balance)
        td_state_balance_set(s, &o->addr, &o->balance);
    if (o->has_nonce)
        td_state_nonce_set(s, &o->addr, o->nonce);
    if (o->has_code)
        td_state_code_set(s, &o->addr, o->code, NULL);
    for (size_t i = 0; i < o->slot_count; i++)
        td_state_slot_set(s, &o->addr, &o->slots[i].key, &o->slots[i].value);
}

/* The state and the block facts a call sees. */
static int prepare(td_chain *c, const td_call *call, td_state **s, td_exec_block *block) {
    td_header header;
    td_hash hash;
    int err = td_chain_header(c, call->number, &header, &hash);
    if (err != TD_OK || (err = td_chain_state(c, call->number, s)) != TD_OK)
        return err;
    if (call->pending)
        chain_header_next(c, &header);
    *block = chain_exec_block(c, &header);
    if (td_u256_is_zero(&call->tx.fee_max))
        block->env.base_fee = TD_U256_ZERO; /* geth: a call without a price sees no base fee */
    if (call->override_count != 0) {
        td_state_tx_begin(*s);
        for (size_t i = 0; i < call->override_count; i++)
            apply_override(*s, &call->overrides[i]);
        td_state_tx_end(*s, false);
    }
    return td_state_error(*s);
}

static int run_once(td_chain *c, const td_call *call, uint64_t gas, td_exec_result *out,
                    td_diag *diag) {
    td_state *s;
    td_exec_block block;
    int err = prepare(c, call, &s, &block);
    if (err != TD_OK)
        return td_diag_set(diag, err, "%s",
                           err == TD_ERR_NOT_FOUND ? "header not found" : td_err_text(err));
    td_tx tx = call->tx;
    tx.gas_limit = gas;
    tx.nonce = td_state_nonce(s, &tx.sender);
    unsigned flags = TD_EXEC_SIMULATE | (td_u256_is_zero(&tx.fee_max) ? TD_EXEC_NO_FEES : 0);
    return td_exec_tx(c->exec, s, &block, &tx, flags, UINT64_MAX, out, diag);
}

int td_chain_call(td_chain *c, const td_call *call, td_exec_result *out, td_diag *diag) {
    return run_once(c, call, call->tx.gas_limit, out, diag);
}

/* The most gas the sender can pay for: (balance - value) / fee cap; UINT64_MAX without a price. */
static int gas_affordable(td_chain *c, const td_call *call, uint64_t *gas, td_diag *diag) {
    *gas = UINT64_MAX;
    td_state *s;
    td_exec_block block;
    int err = prepare(c, call, &s, &block);
    if (err != TD_OK)
        return td_diag_set(diag, err, "%s",
                           err == TD_ERR_NOT_FOUND ? "header not found" : td_err_text(err));
    if (td_u256_is_zero(&call->tx.fee_max))
        return TD_OK;
    td_u256 left = td_state_balance(s, &call->tx.sender);
    if (td_u256_sub(&left, &left, &call->tx.value))
        return td_diag_set(diag, TD_ERR_FUNDS, "insufficient funds for transfer");
    td_u256_div(&left, &left, &call->tx.fee_max);
    *gas = td_u256_sat_u64(&left);
    return TD_OK;
}

/* The upper end of the search, and whether the call succeeds there. */
static int estimate_high(td_chain *c, const td_call *call, uint64_t *high, td_exec_result *out,
                         td_diag *diag) {
    enum { TX_GAS_CAP = 1 << 24 /* EIP-7825 */ };
    uint64_t affordable,
        limit = call->tx.gas_limit != 0 ? call->tx.gas_limit : c->head.header.gas_limit;
    int err = gas_affordable(c, call, &affordable, diag);
    if (err != TD_OK)
        return err;
    if (c->fork >= TD_FORK_OSAKA)
        limit = td_min_u64(limit, TX_GAS_CAP);
    *high = td_min_u64(limit, affordable);
    err = run_once(c, call, *high, out, diag);
    if (err == TD_ERR_GAS_INTRINSIC || err == TD_ERR_GAS_FLOOR ||
        (err == TD_OK && out->exit == TD_EXIT_OUT_OF_GAS))
        return td_diag_set(diag, TD_ERR_INVALID, "gas required exceeds allowance (%llu)",
                           FMT_U64(*high));
    if (err == TD_OK && !out->status)
        return TD_ERR_REVERTED;
    return err;
}

/* Runs with `gas`; 1 success, 0 failure for want of gas or any other reason, negative td_err. */
static int suffices(td_chain *c, const td_call *call, uint64_t gas, td_exec_result *out) {
    int err = run_once(c, call, gas, out, NULL);
    if (err == TD_ERR_GAS_INTRINSIC || err == TD_ERR_GAS_FLOOR)
        return 0;
    return err != TD_OK ? err : out->status;
}

/* Halves the distance until it is within 1.5 %, starting at geth's guess: the peak, the stipend,
 * and the 64th that calls hold back. Everything at or below `low` failed, `high` succeeded. */
static int bisect(td_chain *c, const td_call *call, uint64_t low, uint64_t *high, uint64_t peak) {
    uint64_t guess = td_mul_sat(td_add_sat(peak, 2300), 64) / 63;
    while (*high - low > 1 && td_mul_sat(*high - low, 1000) / *high > 15) {
        uint64_t mid = guess > low && guess < *high ? guess : low + (*high - low) / 2;
        guess = 0;
        td_exec_result result;
        int ok = suffices(c, call, mid, &result);
        if (ok < 0)
            return ok;
        if (ok)
            *high = mid;
        else
            low = mid;
    }
    return TD_OK;
}

int td_chain_estimate(td_chain *c, const td_call *call, uint64_t *gas, td_exec_result *out,
                      td_diag *diag) {
    uint64_t high;
    int err = estimate_high(c, call, &high, out, diag);
    if (err != TD_OK)
        return err;
    uint64_t peak = td_min_u64(out->gas_peak, high);
    td_exec_result at_peak;
    int ok = suffices(c, call, peak, &at_peak);
    if (ok == 0) /* a call inside needs more at hand than it used */
        ok = bisect(c, call, peak, &high, peak);
    else if (ok == 1)
        high = peak;
    *gas = high;
    return ok < 0 ? ok : TD_OK;
}
