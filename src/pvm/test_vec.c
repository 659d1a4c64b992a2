/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs tests/vec/pvm/{arithmetic,branches,memory,control,decode,gas}.vec. A line is
 *
 *   program | input | result [| input | result …]
 *
 * with the program in the language of test_asm.h and the others as words:
 *
 *   input   isa=revive|latest64|jam  ro= rw= stack=  rodata= rwdata= (hex)  table=@a,@b,7 z=2
 *           a0=…  gas=…  pc=…|@label (the host sets the pc)  mem:ADDRESS=hex
 *   result  trap@PC end@PC oog@PC ecalli:N@PC with PC a number or @label; next=PC|none
 *           a0=…  gas=…  mem:ADDRESS=hex
 *
 * The first input starts at pc 0 with gas 1000000, registers and memory as initialised. Registers
 * and memory that a result does not name must stay. Without an exit in the result a trap is
 * appended to the program and must be reached. Runs on every 64-bit instruction set that has the
 * instructions.
 */
#include "base/test.h"
#include "pvm/test_asm.h"

#include <stdlib.h>

/* A line being run. */
typedef struct bench {
    asm_unit unit;
    td_pvm_program *program;
    td_pvm_machine m;
    uint8_t *memory, *want_memory;
    size_t memory_len;
    const char *line;
} bench;

static const char *const isa_names[] = {"revive", "latest32", "latest64", "jam"};

static bool starts(const char *word, const char *with) {
    return strncmp(word, with, strlen(with)) == 0;
}

static uint32_t pc_of(const bench *b, const char *text) {
    return asm_pc(&b->unit, text[0] == '@' ? text + 1 : text);
}

/* Words about the blob, before it is built. */
static void unit_word(asm_unit *u, const char *word) {
    if (starts(word, "ro="))
        u->ro = (uint32_t)strtoul(word + 3, NULL, 0);
    else if (starts(word, "rw="))
        u->rw = (uint32_t)strtoul(word + 3, NULL, 0);
    else if (starts(word, "stack="))
        u->stack = (uint32_t)strtoul(word + 6, NULL, 0);
    else if (starts(word, "rodata="))
        u->ro_len = (uint32_t)td_test_unhex(word + 7, u->ro_data, sizeof u->ro_data);
    else if (starts(word, "rwdata="))
        u->rw_len = (uint32_t)td_test_unhex(word + 7, u->rw_data, sizeof u->rw_data);
    else if (starts(word, "z="))
        u->table_entry_len = (uint32_t)atoi(word + 2);
    else if (starts(word, "table=")) {
        char copy[256], *rest = NULL;
        (void)snprintf(copy, sizeof copy, "%.255s", word + 6);
        for (char *t = strtok_r(copy, ",", &rest); t != NULL; t = strtok_r(NULL, ",", &rest)) {
            assert_true(u->table_count < ASM_TABLE_MAX);
            u->table[u->table_count++] = asm_pc(u, t[0] == '@' ? t + 1 : t);
        }
    }
}

/* mem:ADDRESS=hex into `memory`, which has the layout of a machine's. */
static void memory_word(bench *b, const char *word, uint8_t *memory) {
    char *at;
    uint8_t bytes[256];
    td_pvm_machine view = b->m;
    uint32_t addr = (uint32_t)strtoul(word + 4, &at, 0);
    assert_true(*at == '=');
    size_t len = td_test_unhex(at + 1, bytes, sizeof bytes);
    view.memory = memory;
    uint8_t *to = td_pvm_memory_at(&view, addr, (uint32_t)len, false);
    assert_non_null(to);
    memcpy(to, bytes, len);
}

static bool reg_word(const char *word, int *reg, uint64_t *value) {
    char name[8] = "";
    const char *eq = strchr(word, '=');
    if (eq == NULL || eq - word > 3)
        return false;
    memcpy(name, word, (size_t)(eq - word));
    *reg = asm_reg(name);
    *value = strtoull(eq + 1, NULL, 0);
    return *reg >= 0;
}

static void input_word(bench *b, const char *word) {
    static const char *const of_unit[] = {
        "isa=", "ro=", "rw=", "stack=", "rodata=", "rwdata=", "z=", "table="};
    int reg;
    uint64_t value;
    for (size_t i = 0; i < TD_COUNT(of_unit); i++)
        if (starts(word, of_unit[i]))
            return;
    if (starts(word, "gas=")) {
        b->m.gas = strtoll(word + 4, NULL, 0);
    } else if (starts(word, "pc=")) {
        b->m.next_pc = pc_of(b, word + 3);
        b->m.fresh = true;
    } else if (starts(word, "mem:")) {
        memory_word(b, word, b->memory);
    } else if (reg_word(word, &reg, &value)) {
        b->m.regs[reg] = value;
    } else {
        fail_msg("unknown input \"%s\" in: %s", word, b->line);
    }
}

/* What a result says. */
typedef struct result {
    td_pvm_exit exit;
    uint32_t pc, call, next_pc;
    int64_t gas;
    bool has_exit, has_gas, has_next;
    uint64_t regs[TD_PVM_REG_COUNT];
} result;

static void result_exit(const bench *b, result *r, td_pvm_exit exit, const char *pc) {
    r->exit = exit;
    r->pc = pc_of(b, pc);
    r->has_exit = true;
}

static void result_word(bench *b, result *r, const char *word) {
    int reg;
    uint64_t value;
    if (starts(word, "trap@")) {
        result_exit(b, r, TD_PVM_TRAP, word + 5);
    } else if (starts(word, "end@")) {
        result_exit(b, r, TD_PVM_FINISHED, word + 4);
    } else if (starts(word, "oog@")) {
        result_exit(b, r, TD_PVM_OUT_OF_GAS, word + 4);
    } else if (starts(word, "ecalli:")) {
        char *at;
        r->call = (uint32_t)strtoul(word + 7, &at, 0);
        result_exit(b, r, TD_PVM_ECALLI, at + 1);
    } else if (starts(word, "next=")) {
        r->next_pc = starts(word, "next=none") ? TD_PVM_PC_NONE : pc_of(b, word + 5);
        r->has_next = true;
    } else if (starts(word, "gas=")) {
        r->gas = strtoll(word + 4, NULL, 0);
        r->has_gas = true;
    } else if (starts(word, "mem:")) {
        memory_word(b, word, b->want_memory);
    } else if (reg_word(word, &reg, &value)) {
        r->regs[reg] = value;
    } else {
        fail_msg("unknown result \"%s\" in: %s", word, b->line);
    }
}

static void compare(const bench *b, const result *want, td_pvm_exit got) {
    const td_pvm_machine *m = &b->m;
    if (got != want->exit || m->pc != want->pc)
        fail_msg("exit %d at %u, not %d at %u: [%s] %s", (int)got, m->pc, (int)want->exit, want->pc,
                 isa_names[b->unit.isa], b->line);
    if (got == TD_PVM_ECALLI)
        assert_int_equal(m->call, want->call);
    if (want->has_gas && m->gas != want->gas)
        fail_msg("gas %lld, not %lld: %s", (long long)m->gas, (long long)want->gas, b->line);
    if (want->has_next && m->next_pc != want->next_pc)
        fail_msg("next pc %u, not %u: %s", m->next_pc, want->next_pc, b->line);
    for (int i = 0; i < TD_PVM_REG_COUNT; i++)
        if (m->regs[i] != want->regs[i])
            fail_msg("%s is %llx, not %llx: [%s] %s", td_pvm_reg_names[i],
                     (unsigned long long)m->regs[i], (unsigned long long)want->regs[i],
                     isa_names[b->unit.isa], b->line);
    if (memcmp(b->memory, b->want_memory, b->memory_len) != 0)
        fail_msg("memory differs: %s", b->line);
}

static void step(bench *b, char *input, char *expected) {
    char *rest = NULL;
    for (char *w = strtok_r(input, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
        input_word(b, w);
    result want = {.exit = TD_PVM_TRAP, .pc = b->unit.len - 1};
    memcpy(want.regs, b->m.regs, sizeof want.regs);
    memcpy(b->want_memory, b->memory, b->memory_len);
    for (char *w = strtok_r(expected, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
        result_word(b, &want, w);
    compare(b, &want, td_pvm_run(&b->m));
}

static char *field(char **rest) {
    char *f = strsep(rest, "|");
    return f;
}

/* Builds the program; false when the set lacks an instruction of it, or refuses it whole (JamV1).
 */
static bool build(bench *b, const char *code, const char *input, bool append_trap) {
    static uint8_t blob[2 * ASM_CODE_MAX];
    char copy[1024], *rest = NULL;
    asm_unit *u = &b->unit;
    if (!asm_text(u, code) || (append_trap && !asm_text(u, "trap")))
        return false;
    u->table_entry_len = 2;
    (void)snprintf(copy, sizeof copy, "%.1023s", input);
    for (char *w = strtok_r(copy, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
        unit_word(u, w);
    td_diag diag = {""};
    td_pvm_blob parsed;
    if (td_pvm_blob_parse(&parsed, &diag, TD_BYTES(blob, asm_blob(u, blob))) < 0)
        fail_msg("%s: %s", diag.text, b->line);
    int err = td_pvm_program_new(&b->program, &diag, &parsed);
    if (err < 0 && u->isa != TD_PVM_JAM_V1)
        fail_msg("%s: %s", diag.text, b->line);
    return err == 0;
}

static bool has_exit(const char *expected) {
    return strstr(expected, "trap@") || strstr(expected, "end@") || strstr(expected, "oog@") ||
           strstr(expected, "ecalli:");
}

/* Runs `line` on one instruction set; returns its first instruction, or invalid when not run. */
static td_pvm_op run_line(const char *line, td_pvm_isa isa) {
    static bench b; /* large */
    char copy[4096], *rest = copy;
    (void)snprintf(copy, sizeof copy, "%.4095s", line);
    memset(&b, 0, sizeof b);
    b.unit.isa = isa;
    b.line = line;
    char *code = field(&rest), *input = field(&rest), *expected = field(&rest);
    if (expected == NULL)
        fail_msg("three fields are due: %s", line);
    const char *only = strstr(input, "isa=");
    if (only != NULL && !starts(only + 4, isa_names[isa]))
        return TD_PVM_OP_invalid;
    if (!build(&b, code, input, !has_exit(expected)))
        return TD_PVM_OP_invalid;
    b.memory_len = td_pvm_program_memory_len(b.program);
    b.memory = malloc(b.memory_len + 1);
    b.want_memory = malloc(b.memory_len + 1);
    assert_true(b.memory != NULL && b.want_memory != NULL);
    memset(b.memory, 0xa5, b.memory_len + 1);
    td_pvm_machine_init(&b.m, b.program, b.memory);
    b.m.gas = 1000000;
    b.m.next_pc = 0;
    b.m.fresh = true;
    while (expected != NULL) {
        step(&b, input, expected);
        input = field(&rest);
        expected = field(&rest);
    }
    assert_int_equal(b.memory[b.memory_len], 0xa5);
    free(b.memory);
    free(b.want_memory);
    td_pvm_program_free(b.program);
    return b.unit.first != TD_PVM_OP_invalid ? b.unit.first : TD_PVM_OP_COUNT;
}

/* Runs a file; marks the first instruction of each line in `seen` (TD_PVM_OP_COUNT + 1 elements).
 */
static void run_file(const char *name, bool *seen) {
    char *text = (char *)td_test_read(name, NULL), *rest = text;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        static const td_pvm_isa isas[] = {TD_PVM_REVIVE_V1, TD_PVM_LATEST64, TD_PVM_JAM_V1};
        bool ran = false;
        if (line[0] == '#' || line[0] == 0)
            continue;
        for (size_t i = 0; i < TD_COUNT(isas); i++) {
            td_pvm_op first = run_line(line, isas[i]);
            seen[first] = true;
            ran |= first != TD_PVM_OP_invalid;
        }
        if (!ran)
            fail_msg("no instruction set runs: %s", line);
    }
    td_test_free(text);
}

static const char *const files[] = {
    "tests/vec/pvm/arithmetic.vec", "tests/vec/pvm/branches.vec", "tests/vec/pvm/memory.vec",
    "tests/vec/pvm/control.vec",    "tests/vec/pvm/decode.vec",   "tests/vec/pvm/gas.vec",
};

TEST(pvm_vectors, agree_and_every_instruction_has_one) {
    bool seen[TD_PVM_OP_COUNT + 1] = {false};
    for (size_t i = 0; i < TD_COUNT(files); i++)
        run_file(files[i], seen);
    for (td_pvm_op op = TD_PVM_OP_invalid + 1; op < TD_PVM_OP_COUNT; op++)
        if (!seen[op])
            fail_msg("no vector begins with %s", td_pvm_op_infos[op].name);
}
