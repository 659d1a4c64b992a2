/* SPDX-License-Identifier: Apache-2.0
 *
 * One transaction, whole: gas is bought, addresses warm up, the first frame
 * runs, then refund, floor, tip and burn. Knows no opcodes.
 */
#include "exec/exec_private.h"
#include "precompile/precompile.h"

/* Makes the executor ready for a transaction on `s`. */
static void reset(td_ctx *c, td_state *s, const td_exec_block *block) {
    c->s = s;
    c->block = block;
    c->env = block->env;
    c->deposit_price = TD_U256_ZERO;
    c->gas_limit = c->gas_peak = c->deposit_gas = 0;
    c->deposit_net = 0;
    c->resources = (td_resources){0};
    c->machines = TD_MACHINE_NONE;
    c->err = 0;
    c->guest_memory = 0;
    c->memory_peak = 0;
    c->memory.len = 0;
    c->last = (td_outcome){0};
    if (c->return_data.failed || c->return_data.capacity > TD_EXEC_RETURN_KEEP) {
        size_t len_max = c->return_data.len_max;
        td_out_fini(&c->return_data);
        td_out_init(&c->return_data, len_max);
    }
    c->return_data.len = 0;
    TD_ASSERT(c->live == 0 && c->reentry_denied_count == 0 && c->pvm_constructor_count == 0);
}

/* After the last frame: physical memory back, and the first failure that was no contract's. */
static int settle(td_ctx *c) {
    if (c->memory_peak > TD_EXEC_MEMORY_KEEP)
        td_region_trim(&c->memory, TD_EXEC_MEMORY_KEEP);
    c->memory.len = 0;
    if (c->return_data.failed)
        c->err = TD_ERR_NOMEM;
    int failed = td_state_error(c->s);
    return failed < 0 ? failed : c->err;
}

/* What is warm before the first instruction (EIP-2929, 2930, 3651, 7702). */
static void warm_up(td_ctx *c, const td_tx *tx) {
    td_fork fork = c->env.fork;
    td_addr addr, target;
    if (fork < TD_FORK_BERLIN)
        return;
    (void)td_state_warm_account(c->s, &tx->sender);
    for (size_t at = 0; td_precompile_next(fork, &at, &addr);)
        (void)td_state_warm_account(c->s, &addr);
    if (td_exec_dual(c))
        (void)td_state_warm_account(c->s, &TD_SYSTEM_ADDR);
    if (fork >= TD_FORK_SHANGHAI)
        (void)td_state_warm_account(c->s, &c->env.coinbase);
    for (size_t i = 0; i < tx->access_count; i++) {
        const td_access *a = &tx->access[i];
        (void)td_state_warm_account(c->s, &a->addr);
        for (size_t j = 0; j < a->key_count; j++) {
            td_u256 key = td_u256_load_be(a->keys[j].b);
            (void)td_state_warm_slot(c->s, &a->addr, &key);
        }
    }
    if (tx->create)
        return;
    (void)td_state_warm_account(c->s, &tx->to);
    if (td_exec_delegate_of(td_state_code(c->s, &tx->to), fork, &target))
        (void)td_state_warm_account(c->s, &target);
}

/* A create whose data is a blob splits into code and constructor input. */
static void split_blob(const td_tx *tx, td_msg *m) {
    size_t len = td_exec_blob_len(tx->data);
    if (len == 0)
        len = tx->data.len; /* only a simulation gets here: all of it is code
                               (contracts-runtime.md 2.1) */
    m->kind = TD_INSTANTIATE;
    m->is_upload = true;
    m->code = TD_BYTES(tx->data.ptr, len);
    m->input = TD_BYTES(tx->data.ptr + len, tx->data.len - len);
}

static td_msg message_of(const td_ctx *c, const td_tx *tx, uint64_t gas) {
    td_msg m = {.kind = tx->create ? TD_CREATE : TD_CALL,
                .nonce_used = tx->create,
                .caller = tx->sender,
                .self = tx->to,
                .code_addr = tx->to,
                .value = tx->value,
                .input = tx->data,
                .gas = gas};
    if (td_exec_tx_is_blob(&c->env, tx))
        split_blob(tx, &m);
    return m;
}

/* wei = gas * price; the sender's whole gas at this price was within 256 bits. */
static td_u256 wei_of(uint64_t gas, const td_u256 *price) {
    td_u256 wei = td_u256_from(gas);
    td_u256_mul(&wei, &wei, price);
    return wei;
}

/* Whether fees move at all. A simulation pays them only when it can: nobody checked its balance for
 * it. */
static bool takes_fees(const td_ctx *c, const td_tx *tx, unsigned flags) {
    if ((flags & TD_EXEC_NO_FEES) != 0)
        return false;
    if ((flags & TD_EXEC_SIMULATE) == 0)
        return true;
    td_u256 limit = td_u256_from(tx->gas_limit), fee, want,
            balance = td_state_balance(c->s, &tx->sender);
    if (td_u256_mul_overflow(&fee, &limit, &c->env.gas_price) ||
        td_u256_add(&want, &fee, &tx->value))
        return false;
    return !td_u256_lt(&balance, &want);
}

/* Refund and floor (EIP-3529, EIP-7623). Deposit gas is held, not used: it earns no refund. Fills
 * in the gas fields. */
static void gas_settle(const td_ctx *c, uint64_t limit, uint64_t left, uint64_t floor,
                       td_exec_result *out) {
    uint64_t used = limit - left;
    uint64_t part = c->env.fork >= TD_FORK_LONDON ? 5 : 2;
    int64_t counter = td_state_refund(c->s);
    uint64_t refund =
        td_min_u64(counter > 0 ? (uint64_t)counter : 0, (used - c->deposit_gas) / part);
    out->gas_peak = td_max_u64(td_max_u64(used, c->gas_peak), floor);
    out->gas_refunded = refund;
    out->gas_used = td_max_u64(used - refund, floor);
}

/* Gas left over goes back to the sender, the tip to the coinbase; the base fee is burnt and
 * deposits stay with the system account (EIP-1559, rulings.md 3). */
static void fees_settle(td_ctx *c, const td_tx *tx, const td_exec_result *out) {
    const td_u256 *price = &c->env.gas_price;
    td_u256 back = wei_of(tx->gas_limit - out->gas_used, price), tip_price = *price;
    td_state_balance_add(c->s, &tx->sender, &back);
    if (c->env.fork >= TD_FORK_LONDON && td_u256_sub(&tip_price, price, &c->env.base_fee))
        tip_price = TD_U256_ZERO; /* simulations may pay less than the base fee */
    td_u256 tip = wei_of(out->gas_used - c->deposit_gas, &tip_price);
    td_state_balance_add(c->s, &c->env.coinbase, &tip); /* a touch even when it is 0 */
    if (td_exec_dual(c) && td_addr_eq(&c->env.coinbase, &TD_SYSTEM_ADDR))
        td_exec_unowned_add(c, &tip);
}

static void result_fill(const td_ctx *c, td_exec_result *out) {
    out->exit = c->last.exit;
    out->status = td_exit_kind_of(c->last.exit) == TD_EXIT_KIND_OK;
    out->trap_pc = c->last.trap_pc;
    out->machines = c->machines;
    out->resources = c->resources;
    out->resources.deposit = c->deposit_net;
    out->output = td_out_peek(&c->return_data);
    out->logs = td_state_logs(c->s, &out->log_count);
}

int td_exec_tx(td_exec *e, td_state *s, const td_exec_block *block, const td_tx *tx, unsigned flags,
               uint64_t gas_left_in_block, td_exec_result *out, td_diag *diag) {
    int err = td_exec_check(s, block, tx, flags, gas_left_in_block, diag);
    if (err < 0)
        return err;
    td_ctx *c = &e->ctx;
    td_state_tx_begin(s);
    reset(c, s, block);
    c->env.origin = tx->sender;
    c->env.gas_price = td_tx_price(tx, &c->env.base_fee);
    c->gas_limit = tx->gas_limit;
    bool fees = takes_fees(c, tx, flags);
    if (fees) {
        td_u256 cost = wei_of(tx->gas_limit, &c->env.gas_price);
        c->deposit_price = c->env.gas_price;
        bool taken = td_state_balance_take(s, &tx->sender, &cost);
        TD_ASSERT(taken || td_state_error(s) < 0);
    }
    warm_up(c, tx);
    uint64_t nonce = td_state_nonce(s, &tx->sender);
    td_state_nonce_set(s, &tx->sender, nonce + 1);
    td_tx_gas need = td_tx_gas_needed(tx, c->env.fork, td_exec_tx_is_blob(&c->env, tx));
    td_msg m = message_of(c, tx, tx->gas_limit - td_min_u64(need.intrinsic, tx->gas_limit));
    td_outcome end = td_exec_frames_run(c, &m);
    *out = (td_exec_result){.created = tx->create, .effective_price = c->env.gas_price};
    if (tx->create)
        out->contract = td_create_addr(&tx->sender, nonce);
    gas_settle(c, tx->gas_limit, (uint64_t)end.gas, need.floor, out);
    if (fees)
        fees_settle(c, tx, out);
    result_fill(c, out);
    td_state_tx_end(s, c->env.fork >= TD_FORK_SPURIOUS);
    return settle(c);
}

int td_exec_code_run(td_exec *e, td_state *s, const td_exec_block *block, const td_exec_code *code,
                     td_exec_result *out) {
    td_ctx *c = &e->ctx;
    if (code->gas > INT64_MAX)
        return TD_ERR_RANGE;
    td_state_tx_begin(s);
    reset(c, s, block);
    c->env.origin = code->caller;
    c->gas_limit = code->gas;
    td_msg m = {.kind = code->create ? TD_CREATE : TD_CALL,
                .caller = code->caller,
                .self = code->self,
                .code_addr = code->self,
                .value = code->value,
                .input = code->create ? code->code : code->input,
                .gas = code->gas};
    if (code->create && td_exec_dual(c) && td_exec_is_blob(code->code)) {
        m.kind = TD_INSTANTIATE;
        m.is_upload = true;
        m.code = code->code;
        m.input = code->input;
    }
    if (!code->create)
        td_state_code_set(s, &code->self, code->code, code->code_hash);
    (void)td_state_warm_account(s, &code->caller);
    (void)td_state_warm_account(s, &code->self);
    td_outcome end = td_exec_frames_run(c, &m);
    *out = (td_exec_result){.created = code->create, .contract = end.created};
    gas_settle(c, code->gas, (uint64_t)end.gas, 0, out);
    out->gas_used += out->gas_refunded; /* the frame's own, as documented */
    out->effective_price = c->env.gas_price;
    result_fill(c, out);
    td_state_tx_end(s, false);
    return settle(c);
}
