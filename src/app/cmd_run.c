/* SPDX-License-Identifier: Apache-2.0
 *
 * `tandem run`: one code of either machine over an empty state, its result and
 * its time as JSON.
 */
#include "app/bench.h"
#include "app/cli.h"
#include "base/clock.h"
#include "codec/json.h"
#include "eth/fork.h"
#include "exec/exec.h"
#include "pvm/pvm.h"

#include <stdio.h>

static int no_account(void *ctx, const td_addr *addr, td_account *out) {
    (void)ctx, (void)addr, (void)out;
    return 0;
}
static int no_slot(void *ctx, const td_addr *addr, const td_account *account, td_bytes slot,
                   td_bytes *value) {
    (void)ctx, (void)addr, (void)account, (void)slot, (void)value;
    return 0;
}
static int no_code(void *ctx, const td_hash *hash, td_bytes *out) {
    (void)ctx, (void)hash, (void)out;
    return 0;
}
static const td_state_base nothing = {no_account, no_slot, no_code, NULL};

static td_hash no_hash(void *ctx, uint64_t number) {
    (void)ctx, (void)number;
    return (td_hash){0};
}

typedef struct run_job {
    td_exec_block block;
    td_exec_code code;
    td_hash code_hash;
    uint64_t rounds;
} run_job;

/* Constructor arguments of the EVM stand behind the init code. */
static int append_input(td_arena *a, td_exec_code *code) {
    uint8_t *whole = td_arena_alloc(a, code->code.len + code->input.len);
    if (whole == NULL)
        return TD_ERR_NOMEM;
    if (code->code.len != 0)
        memcpy(whole, code->code.ptr, code->code.len);
    if (code->input.len != 0)
        memcpy(whole + code->code.len, code->input.ptr, code->input.len);
    code->code = TD_BYTES(whole, code->code.len + code->input.len);
    return TD_OK;
}

static int make_job(const cli *c, td_arena *a, run_job *job, td_diag *diag) {
    td_fork fork;
    if (c->text[CLI_run_CODE] == NULL)
        return td_diag_set(diag, TD_ERR_ARGS, "--code is needed: a file or hex text");
    if (td_fork_find(&fork, c->text[CLI_run_FORK]) != TD_OK)
        return td_diag_set(diag, TD_ERR_ARGS,
                           "--fork: unknown fork '%s' (`tandem dump forks` lists them)",
                           c->text[CLI_run_FORK]);
    *job = (run_job){
        .block = {.env = {.fork = fork,
                          .profile = TD_PROFILE_DUAL,
                          .chain_id = 1,
                          .number = 1,
                          .timestamp = 1,
                          .gas_limit = 1u << 30,
                          .base_fee = td_u256_from(7)},
                  .block_hash = no_hash},
        .code = {.self = {{[19] = 0xaa}},
                 .caller = {{[19] = 0xbb}},
                 .gas = c->number[CLI_run_GAS],
                 .create = c->given[CLI_run_CREATE]},
        .rounds = c->number[CLI_run_BENCH],
    };
    int err = cli_bytes(a, &job->code.code, diag, "--code", c->text[CLI_run_CODE]);
    if (err == TD_OK)
        err = cli_bytes(a, &job->code.input, diag, "--input", c->text[CLI_run_INPUT]);
    if (err == TD_OK && job->code.create && !td_pvm_blob_is(job->code.code))
        err = append_input(a, &job->code);
    job->code_hash = td_keccak(job->code.code); /* once, not in each timed round */
    job->code.code_hash = &job->code_hash;
    return err;
}

static void print_result(const td_exec_result *r, uint64_t ns_median) {
    td_out out;
    td_jsonw w;
    td_out_init(&out, 64 << 20);
    td_jsonw_init(&w, &out);
    td_jsonw_object(&w);
    td_jsonw_key(&w, "output");
    td_jsonw_data(&w, r->output.ptr, r->output.len);
    td_jsonw_key(&w, "gasUsed");
    td_jsonw_number(&w, (int64_t)r->gas_used);
    td_jsonw_key(&w, "status");
    td_jsonw_str(&w, r->status ? "success" : td_exit_text(r->exit));
    td_jsonw_key(&w, "refTime");
    td_jsonw_number(&w, (int64_t)r->resources.ref_time);
    td_jsonw_key(&w, "proofSize");
    td_jsonw_number(&w, (int64_t)r->resources.proof_size);
    td_jsonw_key(&w, "nsMedian");
    td_jsonw_number(&w, (int64_t)ns_median);
    td_jsonw_object_end(&w);
    (void)printf("%.*s\n", (int)out.len, (const char *)out.ptr);
    td_out_fini(&out);
}

/* Each round starts from the empty state; only the execution is timed. */
static int run_rounds(td_exec *e, td_state *s, const run_job *job, td_exec_result *result,
                      uint64_t *ns_median) {
    bench b;
    int err = bench_init(&b, job->rounds);
    for (uint64_t i = 0; err == TD_OK && i < b.rounds; i++) {
        td_state_reset(s, &nothing);
        uint64_t start = td_clock_ns();
        err = td_exec_code_run(e, s, &job->block, &job->code, result);
        bench_add(&b, td_clock_ns() - start);
    }
    *ns_median = bench_median(&b);
    bench_fini(&b);
    return err;
}

int cmd_run(const cli *c) {
    td_arena a;
    td_arena_init(&a, 1 << 16, 64 << 20);
    td_diag diag = {""};
    run_job job;
    td_exec *e = NULL;
    td_state *s = NULL;
    td_exec_result result;
    uint64_t ns_median;
    int err = make_job(c, &a, &job, &diag);
    if (err == TD_OK)
        err = td_exec_new(&e, &(td_exec_config){0});
    if (err == TD_OK)
        err = td_state_new(&s, &nothing);
    if (err == TD_OK)
        err = run_rounds(e, s, &job, &result, &ns_median);
    if (err == TD_OK)
        print_result(&result, ns_median);
    else
        (void)cli_fail("%s", diag.text[0] ? diag.text : td_err_text(err));
    td_exec_free(e);
    td_state_free(s);
    td_arena_fini(&a);
    return err != TD_OK;
}
