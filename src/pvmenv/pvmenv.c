/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine adapter: prepares blobs, runs frames of the bare machine and hands its host calls to
 * the rows of syscalls.def (contracts-runtime.md 3). Must not know how the host keeps its state.
 */
#include "pvmenv/pvmenv_private.h"

#include "vm/host.h"

/* --- code ---------------------------------------------------------------------------------------
 */

/* ReviveV1 only (rulings.md 4). The bytes and the import table lie behind the head. */
static td_pvm_code *code_new(td_bytes bytes, const td_hash *hash, uint32_t import_count) {
    size_t imports_len = (size_t)import_count * sizeof(uint16_t);
    uint8_t *raw = td_mem_alloc(sizeof(td_pvm_code) + imports_len + bytes.len);
    if (raw == NULL)
        return NULL;
    td_pvm_code *c = (td_pvm_code *)(void *)raw;
    uint8_t *copy = raw + sizeof(td_pvm_code) + imports_len;
    memcpy(copy, bytes.ptr, bytes.len);
    c->head = (td_code){
        .vm = &TD_PVMENV,
        .hash = *hash,
        .bytes = TD_BYTES(copy, bytes.len),
        .size = sizeof(td_pvm_code) + imports_len + bytes.len,
    };
    c->import_count = import_count;
    return c;
}

static void bind_imports(td_pvm_code *c, const td_pvm_blob *blob) {
    uint16_t *rows = (uint16_t *)(void *)(c + 1);
    for (uint32_t i = 0; i < c->import_count; i++) {
        td_bytes name;
        rows[i] = td_pvm_blob_import(blob, i, &name) ? td_syscall_find(name) : TD_SYS_UNKNOWN;
    }
    c->imports = rows;
}

static void release(td_code *code) {
    if (code == NULL)
        return;
    td_pvm_code *c = (td_pvm_code *)(void *)code;
    td_pvm_program_free(c->program);
    td_mem_free(c);
}

static int prepare(td_code **out, td_bytes code, const td_hash *hash, td_fork fork) {
    (void)fork;
    td_pvm_blob blob;
    td_diag diag;
    if (td_pvm_blob_parse(&blob, &diag, code) < 0 || blob.isa != TD_PVM_REVIVE_V1)
        return TD_ERR_INVALID;
    td_pvm_code *c = code_new(code, hash, blob.import_count);
    if (c == NULL)
        return TD_ERR_NOMEM;
    bind_imports(c, &blob);
    c->has_deploy = td_pvm_blob_find(&blob, "deploy", &c->deploy_pc);
    c->has_call = td_pvm_blob_find(&blob, "call", &c->call_pc);
    int err = td_pvm_program_new(&c->program, &diag, &blob);
    if (err < 0) {
        td_mem_free(c);
        return err == TD_ERR_NOMEM ? err : TD_ERR_INVALID;
    }
    c->head.size += td_pvm_program_size(c->program);
    *out = &c->head;
    return 0;
}

/* --- frames -------------------------------------------------------------------------------------
 */

static td_act refuse(td_frame *f, td_exit exit) {
    f->exit = exit;
    f->output = (td_bytes){NULL, 0};
    return TD_ACT_DONE;
}

/* Gives the guest memory back and adds up what the frame used. What a failed frame held as deposit
 * is undone with its writes. */
static td_act finish(td_guest *g) {
    td_frame *f = g->f;
    if (f->exit != TD_EXIT_RETURN)
        f->resources.deposit = 0;
    if (f->exit != TD_EXIT_RETURN && f->exit != TD_EXIT_REVERT)
        f->trap_pc = g->machine.pc;
    (void)g->host->guest_memory(g->ctx, -(int64_t)g->memory_len);
    g->host->resources_add(g->ctx, &f->resources);
    return TD_ACT_DONE;
}

/* Takes the frame's memory: the guest's state, then guest memory, both on cache lines. False, and
 * nothing taken, past the frame's share or the 64 MiB of a transaction (rulings.md 4). */
static bool place(td_frame *f, const td_host *host, td_ctx *ctx, const td_pvm_code *code) {
    size_t state_len =
        (sizeof(td_guest) + TD_SYS_STATE_ALIGN - 1) & ~(size_t)(TD_SYS_STATE_ALIGN - 1);
    size_t guest_len = td_pvm_program_memory_len(code->program);
    if (f->memory_max < f->memory_base || f->memory_max - f->memory_base < state_len + guest_len)
        return false;
    if (!host->guest_memory(ctx, (int64_t)guest_len))
        return false;
    uint8_t *at = f->memory->base + f->memory_base;
    f->memory->len = f->memory_base + state_len + guest_len;
    td_guest *g = (td_guest *)(void *)at;
    memset(g, 0, sizeof *g);
    g->code = code;
    g->memory_len = guest_len;
    g->machine.memory = at + state_len;
    f->state = g;
    return true;
}

/* Whether this code ran before in the transaction: then it is decoded. The mark is a transient slot
 * of the system account (rulings.md 2), where no contract can put one and no access list can name
 * one. */
static bool code_is_warm(td_guest *g) {
    static const td_addr system_addr = {{[18] = 0x09, [19] = 0x10}};
    td_ext_key key = {.is_transient = true, .bytes = TD_BYTES_OF(g->code->head.hash)};
    td_bytes mark;
    if (g->host->ext_get(g->ctx, &system_addr, &key, &mark) == 0)
        return true;
    (void)g->host->ext_set(g->ctx, &system_addr, &key, TD_BYTES("\1", 1), false);
    return false;
}

/* What a frame costs before its first instruction; the clearing of memory is paid before it is
 * done. */
static td_step enter(td_guest *g, uint32_t pc) {
    size_t blob_len = g->code->head.bytes.len;
    TD_TRY(td_guest_charge(g, TD_TOKEN_FRAME, 0));
    if (!code_is_warm(g))
        TD_TRY(td_guest_charge(g, TD_TOKEN_CODE_LOAD, blob_len));
    TD_TRY(td_guest_charge(g, TD_TOKEN_MEMORY, g->memory_len));
    if (g->f->is_constructor)
        TD_TRY(td_guest_charge(g, TD_TOKEN_CONSTRUCT, blob_len));
    if (g->f->input.len > TD_SYS_CALL_DATA_LEN_MAX)
        return td_guest_stop(g, TD_EXIT_CALL_DATA_TOO_LARGE);
    td_pvm_machine_init(&g->machine, g->code->program, g->machine.memory);
    td_pvm_machine_call(&g->machine, pc, NULL, 0);
    return TD_STEP_NEXT;
}

/* One host call, in the order of contracts-runtime.md 3. */
static td_step host_call(td_guest *g) {
    uint32_t index = g->machine.call;
    TD_TRY(td_guest_charge(g, TD_TOKEN_HOST_FN, 0));
    if (index >= g->code->import_count || g->code->imports[index] == TD_SYS_UNKNOWN)
        return td_guest_stop(g, TD_EXIT_INVALID_SYSCALL);
    const td_syscall *row = &TD_SYSCALLS[g->code->imports[index]];
    if (row->mutating && g->f->is_static)
        return td_guest_stop(g, TD_EXIT_WRITE_PROTECTION);
    TD_TRY(td_guest_charge(g, row->token, 0));
    uint64_t args[6];
    memcpy(args, &g->machine.regs[TD_PVM_A0], sizeof args);
    return row->run(g, args);
}

/* Runs the program up to its next host call, and that. */
static td_step advance(td_guest *g) {
    int64_t fuel = td_guest_fuel(g);
    g->machine.gas = fuel;
    td_pvm_exit exit = td_pvm_run(&g->machine);
    td_guest_fuel_used(g, (uint64_t)(fuel - g->machine.gas));
    switch (exit) {
    case TD_PVM_ECALLI: return host_call(g);
    case TD_PVM_FINISHED: return td_guest_stop(g, TD_EXIT_RETURN);
    case TD_PVM_TRAP: return td_guest_stop(g, TD_EXIT_TRAP);
    case TD_PVM_OUT_OF_GAS: break;
    }
    td_guest_burn(g);
    return td_guest_stop(g, TD_EXIT_OUT_OF_GAS);
}

static td_act run(td_frame *f, const td_host *host, td_ctx *ctx) {
    const td_pvm_code *code = (const td_pvm_code *)(const void *)f->code;
    bool fresh = f->state == NULL;
    if (fresh) {
        if (!(f->is_constructor ? code->has_deploy : code->has_call))
            return refuse(f, TD_EXIT_CODE_REJECTED);
        if (!place(f, host, ctx, code))
            return refuse(f, TD_EXIT_OUT_OF_RESOURCES);
    }
    td_guest *g = f->state;
    g->f = f;
    g->host = host;
    g->ctx = ctx;
    td_step step = TD_STEP_NEXT;
    if (fresh) {
        step = enter(g, f->is_constructor ? code->deploy_pc : code->call_pc);
    } else if (f->reply.pending) {
        f->reply.pending = false;
        step = td_sys_call_resume(g);
    }
    while (step == TD_STEP_NEXT)
        step = advance(g);
    if (step == TD_STEP_DONE)
        return finish(g);
    return g->wait.is_create ? TD_ACT_CREATE : TD_ACT_CALL;
}

const td_vm TD_PVMENV = {
    .name = "pvm",
    .machine = TD_MACHINE_PVM,
    .prepare = prepare,
    .release = release,
    .run = run,
};
