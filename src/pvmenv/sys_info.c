/* SPDX-License-Identifier: Apache-2.0
 *
 * Host functions that tell a fact: about the frame, the transaction, the block or an account
 * (contracts-runtime.md 4.2, 4.3). They change nothing.
 */
#include "pvmenv/pvmenv_private.h"

#include "vm/host.h"

#define INFO(name) td_step td_sys_info_##name(td_guest *g, const uint64_t a[6])

static td_step put_addr(td_guest *g, uint64_t ptr, const td_addr *addr) {
    return td_guest_put(g, td_lo32(ptr), addr->b, sizeof addr->b);
}

static td_step put_u64(td_guest *g, uint64_t ptr, uint64_t value) {
    td_u256 wide = td_u256_from(value);
    return td_guest_put_u256(g, td_lo32(ptr), &wide);
}

INFO(address) {
    return put_addr(g, a[0], &g->f->self);
}
INFO(caller) {
    return put_addr(g, a[0], &g->f->caller);
}
INFO(origin) {
    return put_addr(g, a[0], &g->f->env->origin);
}
INFO(block_author) {
    return put_addr(g, a[0], &g->f->env->coinbase);
}
INFO(block_number) {
    return put_u64(g, a[0], g->f->env->number);
}
INFO(now) {
    return put_u64(g, a[0], g->f->env->timestamp);
}
INFO(chain_id) {
    return put_u64(g, a[0], g->f->env->chain_id);
}
INFO(base_fee) {
    return td_guest_put_u256(g, td_lo32(a[0]), &g->f->env->base_fee);
}
INFO(value_transferred) {
    return td_guest_put_u256(g, td_lo32(a[0]), &g->f->value);
}

INFO(gas_limit) {
    (void)a;
    return td_guest_result(g, g->f->env->gas_limit);
}

INFO(gas_price) {
    (void)a;
    return td_guest_result(g, td_u256_sat_u64(&g->f->env->gas_price));
}

/* A historic name: it tells Ethereum gas. */
INFO(ref_time_left) {
    (void)a;
    return td_guest_result(g, (uint64_t)g->f->gas);
}

INFO(balance) {
    td_u256 balance = g->host->balance(g->ctx, &g->f->self);
    return td_guest_put_u256(g, td_lo32(a[0]), &balance);
}

INFO(balance_of) {
    td_addr addr;
    TD_TRY(td_guest_get_addr(g, &addr, td_lo32(a[0])));
    TD_TRY(td_guest_access(g, &addr));
    td_u256 balance = g->host->balance(g->ctx, &addr);
    return td_guest_put_u256(g, td_lo32(a[1]), &balance);
}

INFO(block_hash) {
    td_u256 number;
    TD_TRY(td_guest_get_u256(g, &number, td_lo32(a[0])));
    td_hash hash = {{0}};
    if (td_u256_fits_u64(&number))
        hash = g->host->block_hash(g->ctx, number.w[0]);
    return td_guest_put(g, td_lo32(a[1]), hash.b, sizeof hash.b);
}

/* 1.5: in its own constructor a PolkaVM contract already has its blob. */
static bool is_own_blob(const td_guest *g, const td_addr *addr) {
    return g->f->is_constructor && td_addr_eq(addr, &g->f->self);
}

INFO(code_hash) {
    td_addr addr;
    TD_TRY(td_guest_get_addr(g, &addr, td_lo32(a[0])));
    TD_TRY(td_guest_access(g, &addr));
    td_hash hash = is_own_blob(g, &addr) ? g->code->head.hash : g->host->code_hash(g->ctx, &addr);
    return td_guest_put(g, td_lo32(a[1]), hash.b, sizeof hash.b);
}

INFO(code_size) {
    td_addr addr;
    TD_TRY(td_guest_get_addr(g, &addr, td_lo32(a[0])));
    TD_TRY(td_guest_access(g, &addr));
    td_bytes code = is_own_blob(g, &addr) ? g->code->head.bytes : g->host->code(g->ctx, &addr);
    return td_guest_result(g, code.len);
}

/* Older blobs: the fee in wei of a0 ref_time and a1 proof_size, which is what their fold costs. */
INFO(weight_to_fee) {
    td_u256 fee = td_u256_from(td_pvmenv_fold(a[0], a[1]));
    td_u256_mul(&fee, &fee, &g->f->env->gas_price);
    return td_guest_put_u256(g, td_lo32(a[2]), &fee);
}
