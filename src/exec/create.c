/* SPDX-License-Identifier: Apache-2.0
 *
 * Starts and ends of creates: nonce, address, collision, the two ways code
 * comes to be (EVM init code, stored PolkaVM blobs), and the code deposit.
 */
#include "crypto/crypto.h"
#include "eth/tx.h"
#include "exec/exec_private.h"
#include "pvmenv/pvmenv.h"

/* keccak256(blob ‖ input): what stands for the init code in CREATE2 of a blob
 * (contracts-runtime.md 1.2). */
static td_hash blob_init_hash(td_bytes blob, td_bytes input) {
    td_keccak_ctx k;
    td_hash hash;
    td_keccak_init(&k);
    td_keccak_update(&k, blob.ptr, blob.len);
    td_keccak_update(&k, input.ptr, input.len);
    td_keccak_final(&k, &hash);
    return hash;
}

static bool is_evm(const td_msg *m) {
    return m->kind != TD_INSTANTIATE;
}

/* The blob of an instantiation, empty when nobody stored it; for EVM creates the init code. */
static td_bytes code_of(const td_ctx *c, td_msg *m) {
    if (is_evm(m)) {
        m->code_hash = td_keccak(m->input);
        return m->input;
    }
    if (m->is_upload) {
        m->code_hash = td_keccak(m->code);
        return m->code;
    }
    return td_exec_code_blob(c->s, &m->code_hash);
}

static td_addr address_of(const td_msg *m, td_bytes code, uint64_t nonce) {
    if (m->kind == TD_CREATE || (!is_evm(m) && !m->has_salt))
        return td_create_addr(&m->caller, nonce);
    td_hash init = is_evm(m) ? m->code_hash : blob_init_hash(code, m->input);
    return td_create2_addr(&m->caller, &m->salt, &init);
}

/* EIP-684, EIP-7610: nothing may be there but a balance. */
static bool collides(td_ctx *c, const td_addr *addr) {
    const td_account *a = td_state_account_peek(c->s, addr);
    return a != NULL && (a->nonce != 0 || !td_hash_eq(&a->code_hash, &TD_KECCAK_EMPTY) ||
                         td_state_has_storage(c->s, addr));
}

/* Stores an unknown blob of a create transaction; the code, reference and deposits of an
 * instantiation. TD_EXIT_RETURN when all of it was paid. */
static td_exit instantiate(td_ctx *c, const td_msg *m, td_bytes code, int64_t *gas) {
    td_code_info info;
    uint64_t due = 0;
    if (m->is_upload && !td_exec_code_info(c->s, &m->code_hash, &info)) {
        if (td_pvmenv_check(code, NULL) < 0)
            return TD_EXIT_CODE_REJECTED;
        td_exec_code_upload(c, &m->code_hash, code, &m->caller, &due);
    }
    due = td_add_sat(due, td_exec_contract_added(c, &m->self, &m->code_hash));
    td_state_code_set(c->s, &m->self, code, &m->code_hash);
    return td_exec_charge(gas, due) ? TD_EXIT_RETURN : TD_EXIT_OUT_OF_GAS;
}

/* Everything from the checkpoint on: what happens here goes away when the constructor fails. */
static bool start(td_ctx *c, const td_msg *m, td_bytes code) {
    int64_t gas = (int64_t)m->gas;
    td_exec_mark mark = td_exec_mark_here(c);
    c->return_data.len = 0;
    if (collides(c, &m->self))
        return td_exec_end(c, TD_EXIT_COLLISION, gas, &mark);
    td_state_create(c->s, &m->self, c->env.fork >= TD_FORK_SPURIOUS ? 1 : 0); /* EIP-161 */
    td_exec_transfer(c, m);
    if (!is_evm(m)) {
        td_exit exit = instantiate(c, m, code, &gas);
        if (exit != TD_EXIT_RETURN)
            return td_exec_end(c, exit, gas, &mark);
        code = td_state_code(c->s, &m->self);
    }
    if (code.len == 0) { /* EVM: no init code is a contract without code */
        c->last.created = m->self;
        return td_exec_end(c, TD_EXIT_RETURN, gas, &mark);
    }
    td_exec_entry *entry;
    td_profile profile =
        is_evm(m) ? TD_PROFILE_ETHEREUM : c->env.profile; /* init code is always the EVM's */
    int err = td_exec_cache_pin(&c->cache, &entry, code, &m->code_hash, c->env.fork, profile);
    if (err < 0) {
        if (err != TD_ERR_INVALID)
            c->err = err;
        return td_exec_end(c, TD_EXIT_CODE_REJECTED, gas, &mark);
    }
    return td_exec_push(c, m, entry, entry->code, gas, &mark);
}

bool td_exec_create_enter(td_ctx *c, td_msg *m) {
    if (m->depth > TD_EXEC_CALL_DEPTH_MAX)
        return td_exec_refuse(c, TD_EXIT_DEPTH, m);
    td_u256 balance = td_state_balance(c->s, &m->caller);
    if (td_u256_lt(&balance, &m->value))
        return td_exec_refuse(c, TD_EXIT_BALANCE, m);
    td_bytes code = code_of(c, m);
    if (!is_evm(m) && code.len == 0)
        return td_exec_refuse(c, TD_EXIT_CODE_NOT_FOUND, m);
    uint64_t nonce = td_state_nonce(c->s, &m->caller);
    if (m->nonce_used)
        nonce--;
    else if (nonce == UINT64_MAX) /* EIP-2681 */
        return td_exec_refuse(c, TD_EXIT_NONCE_OVERFLOW, m);
    else
        td_state_nonce_set(c->s, &m->caller, nonce + 1); /* stays when the create fails */
    m->self = m->code_addr = address_of(m, code, nonce);
    (void)td_state_warm_account(c->s, &m->self); /* EIP-2929: stays warm, too */
    return start(c, m, code);
}

/* What an EVM constructor returned becomes the code. */
static td_exit store_code(td_ctx *c, const td_frame *f, int64_t *gas) {
    td_bytes code = td_out_peek(&c->return_data);
    td_fork fork = c->env.fork;
    if (fork >= TD_FORK_SPURIOUS && code.len > TD_EXEC_EVM_CODE_LEN_MAX) /* EIP-170 */
        return TD_EXIT_CODE_SIZE;
    if (fork >= TD_FORK_LONDON && code.len != 0 && code.ptr[0] == 0xef) /* EIP-3541 */
        return TD_EXIT_CODE_PREFIX;
    /* A blob made by EVM code would run without having been checked or paid for
     * (contracts-runtime.md 2.2). */
    if (td_exec_dual(c) && td_exec_is_blob(code))
        return TD_EXIT_CODE_REJECTED;
    if (!td_exec_charge(gas, (uint64_t)code.len * TD_EXEC_CODE_BYTE_GAS)) {
        if (fork >= TD_FORK_HOMESTEAD) /* EIP-2 */
            return TD_EXIT_CODE_STORE_GAS;
        c->return_data.len = 0; /* Frontier: a contract without code, and the gas stays */
        return TD_EXIT_RETURN;
    }
    td_state_code_set(c->s, &f->self, code, NULL);
    return TD_EXIT_RETURN;
}

td_exit td_exec_create_done(td_ctx *c, const td_frame *f, int64_t *gas) {
    if (f->kind == TD_INSTANTIATE)
        return TD_EXIT_RETURN; /* the blob stays the code, the output is the creator's */
    td_exit exit = store_code(c, f, gas);
    if (exit == TD_EXIT_RETURN && f->depth != 0)
        c->return_data.len = 0; /* EIP-211; a transaction's own create shows its code */
    return exit;
}
