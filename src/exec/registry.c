/* SPDX-License-Identifier: Apache-2.0
 *
 * The registry at 0x…0910: an engine like the others, because instantiate opens
 * a frame. Its code is this file; its calls are the rows of registry.def. It
 * decodes Solidity's ABI, answers in it, and reverts with Error(string).
 */
#include "crypto/crypto.h"
#include "exec/exec_private.h"
#include "pvmenv/pvmenv.h"

#include <stdio.h>

/* What the calls cost besides deposits. Checking a blob walks it a few times: 4 gas a byte pay 40
 * ns of it (rulings.md 3: 10 ns a gas), several times what was measured for the parser. */
enum {
    GAS_CALL = 2600,    /* as a cold account: a record is read */
    GAS_UPLOAD = 20000, /* records written; the deposit pays for keeping them */
    GAS_CHECK_BYTE = 4,
    GAS_KECCAK_WORD = 6, /* yellow paper appendix G */
    GAS_REMOVE = 5000,
    GAS_INSTANTIATE = 32000, /* yellow paper appendix G: G_create */
    REPLY_LEN_MAX = 640,     /* the longest answer: Error(string) with a diagnosis */
};

typedef enum outcome { END_OK, END_REVERT, END_HALT, ASK } outcome;

typedef struct call {
    td_ctx *c;
    td_frame *f;
    td_bytes args; /* after the selector */
} call;

/* --- answers --------------------------------------------------------------------------------- */

/* Room for the answer in the frame's memory; NULL past its budget. */
static uint8_t *reply_room(td_frame *f, size_t len) {
    if (f->memory_base + len > f->memory_max)
        return NULL;
    f->memory->len = f->memory_base + len;
    uint8_t *at = f->memory->base + f->memory_base;
    memset(at, 0, len);
    f->output = TD_BYTES(at, len);
    return at;
}

static outcome halt(td_frame *f, td_exit exit) {
    f->exit = exit;
    f->output = (td_bytes){NULL, 0};
    return END_HALT;
}

static outcome reply_word(td_frame *f, const void *ptr, size_t len) {
    uint8_t *at = reply_room(f, 32);
    if (at == NULL)
        return halt(f, TD_EXIT_MEMORY_BUDGET);
    memcpy(at + 32 - len, ptr, len);
    return END_OK;
}

/* Reverts with Error(string): selector, offset, length, text, zeros. */
static outcome fail_text(td_frame *f, const char *text) {
    size_t len = strlen(text);
    uint8_t *at = reply_room(f, 68 + ((len + 31) & ~(size_t)31));
    if (at == NULL)
        return halt(f, TD_EXIT_MEMORY_BUDGET);
    td_store_be32(at, 0x08c379a0);
    at[35] = 32;
    td_store_be64(at + 60, len);
    memcpy(at + 68, text, len);
    return END_REVERT;
}

/* --- arguments ------------------------------------------------------------------------------- */

static td_hash arg_hash(const call *k, size_t index) {
    td_hash h;
    memcpy(h.b, k->args.ptr + 32 * index, 32); /* the head's length was checked */
    return h;
}

/* A number that counts bytes of the input; false when it does not fit 32 bits. */
static bool word_len(td_bytes args, size_t at, size_t *out) {
    if (at > args.len || args.len - at < 32 || !td_bytes_zero(args.ptr + at, 28))
        return false;
    *out = td_load_be32(args.ptr + at + 28);
    return true;
}

/* A `bytes` argument: an offset in the head, there a length and the bytes, all within the input. */
static bool arg_bytes(const call *k, size_t index, td_bytes *out) {
    size_t offset, len;
    if (!word_len(k->args, 32 * index, &offset) || !word_len(k->args, offset, &len) ||
        len > k->args.len - offset - 32)
        return false;
    *out = TD_BYTES(k->args.ptr + offset + 32, len);
    return true;
}

static bool pay(call *k, uint64_t gas) {
    return td_exec_charge(&k->f->gas, gas);
}

/* --- the calls ------------------------------------------------------------------------------- */

static outcome upload(call *k) {
    td_bytes blob;
    td_code_info info;
    td_diag diag;
    char text[sizeof diag.text + 32];
    if (!arg_bytes(k, 0, &blob))
        return fail_text(k->f, "uploadCode: malformed arguments");
    if (!pay(k, GAS_UPLOAD + (blob.len + 31) / 32 * GAS_KECCAK_WORD + blob.len * GAS_CHECK_BYTE))
        return halt(k->f, TD_EXIT_OUT_OF_GAS);
    td_hash hash = td_keccak(blob);
    if (!td_exec_code_info(k->c->s, &hash, &info)) {
        diag.text[0] = 0;
        if (td_pvmenv_check(blob, &diag) < 0) {
            (void)snprintf(text, sizeof text, "uploadCode: %s", diag.text);
            return fail_text(k->f, text);
        }
        uint64_t due = 0;
        td_exec_code_upload(k->c, &hash, blob, &k->f->caller, &due);
        if (!pay(k, due))
            return halt(k->f, TD_EXIT_OUT_OF_GAS);
    }
    return reply_word(k->f, hash.b, 32);
}

static outcome remove_code(call *k) {
    td_hash hash = arg_hash(k, 0);
    td_code_info info;
    char text[96];
    if (!pay(k, GAS_REMOVE))
        return halt(k->f, TD_EXIT_OUT_OF_GAS);
    if (!td_exec_code_info(k->c->s, &hash, &info))
        return fail_text(k->f, "removeCode: code not found");
    if (!td_addr_eq(&info.owner, &k->f->caller))
        return fail_text(k->f, "removeCode: the caller is not the owner of the code");
    if (info.refcount != 0) {
        (void)snprintf(text, sizeof text, "removeCode: code in use by %llu contracts",
                       (unsigned long long)info.refcount);
        return fail_text(k->f, text);
    }
    td_exec_code_remove(k->c, &hash);
    k->f->output = (td_bytes){NULL, 0};
    return END_OK;
}

static outcome code_info(call *k) {
    td_hash hash = arg_hash(k, 0);
    td_code_info info;
    (void)td_exec_code_info(k->c->s, &hash, &info); /* zeros for unknown code */
    uint8_t *at = reply_room(k->f, 128);
    if (at == NULL)
        return halt(k->f, TD_EXIT_MEMORY_BUDGET);
    memcpy(at + 12, info.owner.b, 20);
    td_store_be64(at + 56, info.refcount);
    td_u256_store_be(at + 64, &info.deposit);
    td_store_be32(at + 124, info.code_len);
    return END_OK;
}

/* Asks for the frame of a constructor whose creator is the caller. */
static outcome ask(call *k, bool has_salt) {
    td_frame *f = k->f;
    td_bytes input;
    if (!arg_bytes(k, 1, &input))
        return fail_text(f, "instantiate: malformed arguments");
    uint64_t words = (input.len + 31) / 32;
    if (has_salt) { /* the address is a hash over blob and input */
        td_hash code_hash = arg_hash(k, 0);
        td_code_info info;
        (void)td_exec_code_info(k->c->s, &code_hash, &info);
        words += (info.code_len + 31) / 32;
    }
    if (!pay(k, GAS_INSTANTIATE + words * GAS_KECCAK_WORD))
        return halt(f, TD_EXIT_OUT_OF_GAS);
    /* The value came here with the call; the creator sends it on to the contract. */
    if (!td_u256_is_zero(&f->value)) {
        if (!td_state_balance_take(k->c->s, &f->self, &f->value))
            return halt(f, TD_EXIT_TRAP);
        td_state_balance_add(k->c->s, &f->caller, &f->value);
    }
    f->request = (td_request){.kind = TD_INSTANTIATE,
                              .has_salt = has_salt,
                              .has_creator = true,
                              .creator = f->caller,
                              .value = f->value,
                              .input = input,
                              .salt = has_salt ? arg_hash(k, 2) : (td_hash){{0}},
                              .code_hash = arg_hash(k, 0),
                              .gas = UINT64_MAX};
    return ASK;
}

static outcome instantiate(call *k) {
    return ask(k, false);
}
static outcome instantiate_salted(call *k) {
    return ask(k, true);
}

/* The constructor's end: the address, its own revert data, or the name of what befell it. */
static outcome answered(call *k) {
    td_frame *f = k->f;
    td_exit exit = f->reply.exit;
    char text[128];
    f->reply.pending = false;
    switch (td_exit_kind_of(exit)) {
    case TD_EXIT_KIND_OK: return reply_word(f, f->reply.created.b, 20);
    case TD_EXIT_KIND_REVERT: f->output = f->return_data; return END_REVERT;
    default:
        (void)snprintf(text, sizeof text, "instantiate: %s", td_exit_text(exit));
        return fail_text(f, text);
    }
}

typedef struct row {
    uint32_t selector;
    bool mutating, payable;
    uint8_t head_words;
    outcome (*fn)(call *k);
} row;

static const row rows[] = {
#define FN(selector, name, signature, mutating, payable, head_words)                               \
    {selector, mutating, payable, head_words, name},
#include "exec/registry.def"
#undef FN
};

static outcome begin(call *k) {
    td_frame *f = k->f;
    const row *r = NULL;
    uint32_t selector = f->input.len < 4 ? 0 : td_load_be32(f->input.ptr);
    if (!pay(k, GAS_CALL))
        return halt(f, TD_EXIT_OUT_OF_GAS);
    for (size_t i = 0; i < TD_COUNT(rows); i++)
        if (f->input.len >= 4 && rows[i].selector == selector)
            r = &rows[i];
    if (!td_addr_eq(&f->self, &TD_SYSTEM_ADDR))
        return fail_text(f, "registry: delegate calls are not possible");
    if (r == NULL)
        return fail_text(f, "registry: unknown function");
    if (r->mutating && f->is_static)
        return halt(f, TD_EXIT_WRITE_PROTECTION);
    if (!r->payable && !td_u256_is_zero(&f->value))
        return fail_text(f, "registry: function is not payable");
    k->args = TD_BYTES(f->input.ptr + 4, f->input.len - 4);
    if (k->args.len < 32u * r->head_words)
        return fail_text(f, "registry: malformed arguments");
    return r->fn(k);
}

static td_act run(td_frame *f, const td_host *host, td_ctx *ctx) {
    (void)host; /* it is part of exec and writes the system account itself */
    call k = {.c = ctx, .f = f};
    outcome o = f->reply.pending ? answered(&k) : begin(&k);
    if (o == ASK)
        return TD_ACT_CREATE;
    if (o != END_HALT)
        f->exit = o == END_OK ? TD_EXIT_RETURN : TD_EXIT_REVERT;
    return TD_ACT_DONE;
}

static const td_vm registry_vm = {.name = "registry", .machine = TD_MACHINE_NONE, .run = run};
const td_code TD_EXEC_REGISTRY_CODE = {.vm = &registry_vm};
