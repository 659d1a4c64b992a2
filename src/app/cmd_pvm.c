/* SPDX-License-Identifier: Apache-2.0
 *
 * `tandem pvm …`: looking at PolkaVM blobs and running them on the bare machine.
 */
#include "app/bench.h"
#include "app/cli.h"
#include "base/clock.h"
#include "codec/json.h"
#include "pvm/pvm.h"

#include <stdio.h>
#include <stdlib.h>

static int load_blob(td_arena *a, const cli *c, td_bytes *bytes, td_pvm_blob *blob) {
    td_diag diag = {""};
    if (c->arg_count != 1)
        return cli_fail("one FILE is needed: a PolkaVM blob, raw or as hex text");
    if (cli_bytes(a, bytes, &diag, "FILE", c->args[0]) != TD_OK)
        return cli_fail("%s", diag.text);
    if (td_pvm_blob_parse(blob, &diag, *bytes) != TD_OK)
        return cli_fail("%s: %s", c->args[0], diag.text);
    return 0;
}

static const char *const isa_name[] = {"ReviveV1", "Latest32", "Latest64", "JamV1"};

int cmd_pvm_disasm(const cli *c) {
    td_arena a;
    td_arena_init(&a, 1 << 16, 64 << 20);
    td_bytes bytes;
    td_pvm_blob blob;
    int failed = load_blob(&a, c, &bytes, &blob);
    if (!failed) {
        td_pvm_insn insn;
        for (uint32_t pc = 0; td_pvm_disasm(&blob, &pc, &insn);)
            (void)printf("%s%8u  %s\n", insn.starts_block ? "\n" : "", insn.pc, insn.text);
    }
    td_arena_fini(&a);
    return failed;
}

static void print_names(const td_pvm_blob *blob) {
    td_bytes name;
    (void)printf("imports      %u\n", blob->import_count);
    for (uint32_t i = 0; i < blob->import_count; i++)
        if (td_pvm_blob_import(blob, i, &name))
            (void)printf("  %4u  %.*s\n", i, (int)name.len, (const char *)name.ptr);
        else
            (void)printf("  %4u  (malformed)\n", i);
    (void)printf("exports      %u\n", blob->export_count);
    uint32_t pc;
    for (size_t at = 0; td_pvm_blob_export(blob, &at, &pc, &name);)
        (void)printf("  at %-6u %.*s\n", pc, (int)name.len, (const char *)name.ptr);
}

int cmd_pvm_info(const cli *c) {
    td_arena a;
    td_arena_init(&a, 1 << 16, 64 << 20);
    td_bytes bytes;
    td_pvm_blob b;
    td_pvm_map map;
    int failed = load_blob(&a, c, &bytes, &b);
    if (!failed) {
        (void)printf("instruction set  %s\nblob             %zu bytes\ncode             %zu bytes, "
                     "jump table %u entries\n",
                     isa_name[b.isa], bytes.len, b.code.len, b.jump_count);
        if (td_pvm_map_make(&map, b.ro_size, b.rw_size, b.stack_size, 0) == TD_OK)
            (void)printf("read-only data   0x%08x, %u bytes (%zu initial)\nread-write data  "
                         "0x%08x, %u bytes (%zu initial)\n"
                         "stack            0x%08x to 0x%08x, %u bytes\n",
                         map.ro_addr, b.ro_size, b.ro_data.len, map.rw_addr, b.rw_size,
                         b.rw_data.len, map.stack_low, map.stack_high, b.stack_size);
        print_names(&b);
    }
    td_arena_fini(&a);
    return failed;
}

static const char *const exit_name[] = {
    [TD_PVM_FINISHED] = "finished",
    [TD_PVM_TRAP] = "trap",
    [TD_PVM_ECALLI] = "ecalli",
    [TD_PVM_OUT_OF_GAS] = "out-of-gas",
};

static void print_run(const td_pvm_machine *m, td_pvm_exit exit, uint64_t gas_used,
                      uint64_t ns_median) {
    td_out out;
    td_jsonw w;
    td_out_init(&out, 1 << 16);
    td_jsonw_init(&w, &out);
    td_jsonw_object(&w);
    td_jsonw_key(&w, "exit");
    td_jsonw_str(&w, exit_name[exit]);
    td_jsonw_key(&w, "pc");
    td_jsonw_number(&w, m->pc);
    td_jsonw_key(&w, "gasUsed");
    td_jsonw_number(&w, (int64_t)gas_used);
    td_jsonw_key(&w, "nsMedian");
    td_jsonw_number(&w, (int64_t)ns_median);
    td_jsonw_key(&w, "regs");
    td_jsonw_array(&w);
    for (size_t i = 0; i < TD_PVM_REG_COUNT; i++)
        td_jsonw_u64(&w, m->regs[i]);
    td_jsonw_array_end(&w);
    td_jsonw_object_end(&w);
    (void)printf("%.*s\n", (int)out.len, (const char *)out.ptr);
    td_out_fini(&out);
}

/* The export to start at: by name, or the first. */
static int find_entry(const cli *c, const td_pvm_blob *blob, uint32_t *pc) {
    const char *name = c->text[CLI_pvm_run_ENTRY];
    td_bytes first;
    size_t at = 0;
    if (name != NULL ? td_pvm_blob_find(blob, name, pc) : td_pvm_blob_export(blob, &at, pc, &first))
        return 0;
    return cli_fail("%s: no export '%s' (`tandem pvm info` lists them)", c->args[0],
                    name ? name : "");
}

static int bench_entry(const cli *c, td_pvm_program *program, uint32_t pc) {
    uint64_t rounds = c->number[CLI_pvm_run_BENCH], gas = c->number[CLI_pvm_run_GAS];
    uint8_t *memory = td_mem_alloc(td_pvm_program_memory_len(program) + 64);
    bench b;
    if (memory == NULL || bench_init(&b, rounds) != TD_OK) {
        td_mem_free(memory);
        return cli_fail("not enough memory for %llu rounds", (unsigned long long)rounds);
    }
    td_pvm_machine m;
    td_pvm_exit exit = TD_PVM_TRAP;
    for (uint64_t i = 0; i < b.rounds; i++) {
        td_pvm_machine_init(&m, program, memory);
        td_pvm_machine_call(&m, pc, c->list, c->list_count);
        m.gas = (int64_t)td_min_u64(gas, INT64_MAX);
        uint64_t start = td_clock_ns();
        exit = td_pvm_run(&m);
        bench_add(&b, td_clock_ns() - start);
    }
    print_run(&m, exit, td_min_u64(gas, INT64_MAX) - (uint64_t)m.gas, bench_median(&b));
    bench_fini(&b);
    td_mem_free(memory);
    return 0;
}

int cmd_pvm_run(const cli *c) {
    td_arena a;
    td_arena_init(&a, 1 << 16, 64 << 20);
    td_bytes bytes;
    td_pvm_blob blob;
    td_diag diag = {""};
    td_pvm_program *program = NULL;
    uint32_t pc;
    int failed = load_blob(&a, c, &bytes, &blob);
    if (!failed && c->list_count > 9)
        failed = cli_fail("--arg may be given at most 9 times (a0 to a5, t0 to t2)");
    if (!failed)
        failed = find_entry(c, &blob, &pc);
    if (!failed && td_pvm_program_new(&program, &diag, &blob) != TD_OK)
        failed = cli_fail("%s: %s", c->args[0], diag.text);
    if (!failed)
        failed = bench_entry(c, program, pc);
    td_pvm_program_free(program);
    td_arena_fini(&a);
    return failed;
}
