/* SPDX-License-Identifier: Apache-2.0
 *
 * The meter of one frame: ref_time and proof_size grow in f->resources, and f->gas falls by the
 * increase of their fold (rulings.md 3). Fuel of the bare machine is ref_time at a fixed price.
 * Knows no host function.
 */
#include "pvmenv/pvmenv_private.h"

static const td_pvmenv_weight weights[TD_TOKEN_COUNT] = {
#define TOKEN(NAME, ref_base, ref_unit, proof_base, proof_unit)                                    \
    [TD_TOKEN_##NAME] = {#NAME, ref_base, ref_unit, proof_base, proof_unit},
#include "pvmenv/weights.def"
#undef TOKEN
};

const td_pvmenv_weight *td_pvmenv_weight_at(size_t index) {
    return index < TD_TOKEN_COUNT ? &weights[index] : NULL;
}

uint64_t td_pvmenv_fold(uint64_t ref_time, uint64_t proof_size) {
    uint64_t gas = ref_time / TD_SYS_PS_PER_GAS + (ref_time % TD_SYS_PS_PER_GAS != 0);
    return td_max_u64(gas, td_mul_sat(proof_size, TD_SYS_GAS_PER_PROOF_BYTE));
}

static uint64_t gas_left(const td_guest *g) {
    return g->f->gas > 0 ? (uint64_t)g->f->gas : 0;
}

/* The ref_time at which all gas would be used. */
static uint64_t ref_time_limit(const td_guest *g) {
    return td_mul_sat(td_add_sat(g->folded, gas_left(g)), TD_SYS_PS_PER_GAS);
}

void td_guest_burn(td_guest *g) {
    g->f->resources.ref_time = td_max_u64(g->f->resources.ref_time, ref_time_limit(g));
    g->folded = td_add_sat(g->folded, gas_left(g));
    g->f->gas = 0;
}

static td_step out_of_gas(td_guest *g) {
    td_guest_burn(g);
    return td_guest_stop(g, TD_EXIT_OUT_OF_GAS);
}

static td_step charge(td_guest *g, uint64_t ref_delta, uint64_t proof_delta) {
    td_resources *r = &g->f->resources;
    uint64_t ref = td_add_sat(r->ref_time, ref_delta);
    uint64_t proof = td_add_sat(r->proof_size, proof_delta);
    uint64_t fold = td_pvmenv_fold(ref, proof);
    if (fold - g->folded > gas_left(g))
        return out_of_gas(g);
    g->f->gas -= (int64_t)(fold - g->folded);
    g->folded = fold;
    r->ref_time = ref;
    r->proof_size = proof;
    return TD_STEP_NEXT;
}

td_step td_guest_charge(td_guest *g, td_token token, uint64_t count) {
    const td_pvmenv_weight *w = &weights[token];
    return charge(g, td_add_sat(w->ref_base, td_mul_sat(w->ref_unit, count)),
                  td_add_sat(w->proof_base, td_mul_sat(w->proof_unit, count)));
}

td_step td_guest_charge_units(td_guest *g, td_token token, uint64_t count) {
    const td_pvmenv_weight *w = &weights[token];
    return charge(g, td_mul_sat(w->ref_unit, count), td_mul_sat(w->proof_unit, count));
}

void td_guest_refund_units(td_guest *g, td_token token, uint64_t count) {
    const td_pvmenv_weight *w = &weights[token];
    td_resources *r = &g->f->resources;
    r->ref_time -= w->ref_unit * count;
    r->proof_size -= w->proof_unit * count;
    uint64_t fold = td_pvmenv_fold(r->ref_time, r->proof_size);
    g->f->gas += (int64_t)(g->folded - fold);
    g->folded = fold;
}

td_step td_guest_deposit(td_guest *g, int64_t byte_delta, int64_t item_delta) {
    if (byte_delta == 0 && item_delta == 0)
        return TD_STEP_NEXT;
    uint64_t gas = g->host->deposit(g->ctx, &g->f->self, byte_delta, item_delta);
    if (gas > gas_left(g))
        return out_of_gas(g);
    g->f->gas -= (int64_t)gas;
    /* What comes back is wei from the ledger; in gas units it is what the same growth would have
     * cost. */
    int64_t units =
        byte_delta * TD_SYS_DEPOSIT_GAS_PER_BYTE + item_delta * TD_SYS_DEPOSIT_GAS_PER_ITEM;
    g->f->resources.deposit += gas != 0 ? (int64_t)gas : units < 0 ? units : 0;
    return TD_STEP_NEXT;
}

int64_t td_guest_fuel(const td_guest *g) {
    uint64_t used = g->f->resources.ref_time, limit = ref_time_limit(g);
    uint64_t fuel = limit > used ? (limit - used) / weights[TD_TOKEN_FUEL].ref_unit : 0;
    return (int64_t)td_min_u64(fuel, INT64_MAX);
}

void td_guest_fuel_used(td_guest *g, uint64_t fuel) {
    td_step step = td_guest_charge_units(g, TD_TOKEN_FUEL, fuel);
    TD_ASSERT(step == TD_STEP_NEXT);
}

td_step td_guest_access(td_guest *g, const td_addr *addr) {
    bool cold = g->host->access_account(g->ctx, addr);
    return td_guest_charge(g, cold ? TD_TOKEN_ACCOUNT_COLD : TD_TOKEN_ACCOUNT_WARM, 0);
}
