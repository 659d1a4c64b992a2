/* SPDX-License-Identifier: Apache-2.0
 *
 * The bare PolkaVM machine (shared spec polkavm.md): blobs, programs, memory
 * and an interpreter that stops at every host call. Knows no accounts, no
 * contracts and no host function: `ecalli n` is an exit.
 *
 * Threads: a program is immutable after td_pvm_program_new; a machine is
 *          confined to one thread.
 */
#ifndef TD_PVM_PVM_H
#define TD_PVM_PVM_H

#include "base/mem.h"

/* Instruction sets, by the version byte of the container (2.2). */
typedef enum td_pvm_isa {
    TD_PVM_REVIVE_V1 = 0,
    TD_PVM_LATEST32 = 1,
    TD_PVM_LATEST64 = 2,
    TD_PVM_JAM_V1 = 3
} td_pvm_isa;

enum {
    TD_PVM_REG_COUNT = 13,
    TD_PVM_RA = 0,
    TD_PVM_SP = 1,
    TD_PVM_T0 = 2,
    TD_PVM_T1 = 3,
    TD_PVM_T2 = 4,
    TD_PVM_S0 = 5,
    TD_PVM_S1 = 6,
    TD_PVM_A0 = 7,
    TD_PVM_A1 = 8,
    TD_PVM_A2 = 9,
    TD_PVM_A3 = 10,
    TD_PVM_A4 = 11,
    TD_PVM_A5 = 12,
};
#define TD_PVM_RETURN_TO_HOST 0xFFFF0000u /* 5.5: a jump there ends the run */

/* A parsed container (2.2 to 2.7). All spans borrow from the bytes given to td_pvm_blob_parse. */
typedef struct td_pvm_blob {
    td_pvm_isa isa;
    uint32_t ro_size, rw_size, stack_size; /* virtual sizes in bytes */
    td_bytes ro_data, rw_data;             /* initial contents */
    uint32_t import_count;
    td_bytes import_offsets, import_symbols;
    td_bytes exports; /* payload after the count */
    uint32_t export_count;
    td_bytes code, bitmask, jump_table;
    uint32_t jump_entry_len, jump_count;
    td_bytes debug_strings, debug_lines, debug_ranges;
    uint64_t blob_len;
} td_pvm_blob;

/* Parses a whole container: `bytes` must end where the header says. Returns 0 or TD_ERR_FORMAT;
 * `diag` names the section, the offset and the rule. */
TD_MUST_USE
int td_pvm_blob_parse(td_pvm_blob *out, td_diag *diag, td_bytes bytes);
/* Whether `bytes` starts with the magic "PVM\0". */
bool td_pvm_blob_is(td_bytes bytes);
/* The length the header declares, or 0 when the header is short or the length exceeds `bytes`. */
size_t td_pvm_blob_len(td_bytes bytes);
/* The name of import `index`; false when out of range or malformed. */
bool td_pvm_blob_import(const td_pvm_blob *b, uint32_t index, td_bytes *name);
/* Walks the exports: start with *at = 0; false at the end or at the first malformed one. */
bool td_pvm_blob_export(const td_pvm_blob *b, size_t *at, uint32_t *pc, td_bytes *name);
/* The entry point called `name`; false when absent. */
bool td_pvm_blob_find(const td_pvm_blob *b, const char *name, uint32_t *pc);

/* What td_pvm_check counts and refuses, as the upload checks of contracts-runtime.md 2.2 need it.
 */
typedef enum td_pvm_verdict {
    TD_PVM_ACCEPTED,
    TD_PVM_BLOB_TOO_LARGE,
    TD_PVM_CODE_REJECTED,
    TD_PVM_INVALID_INSTRUCTION,
    TD_PVM_BLOCK_TOO_LARGE,
    TD_PVM_MEMORY_TOO_LARGE
} td_pvm_verdict;
/* All upload checks in their order (polkavm.md 10). `import_known` says whether an import's name is
 * a host function; `import_count_max` is their number. `diag` says what, where, the limit and the
 * value. */
td_pvm_verdict td_pvm_check(td_bytes blob, td_diag *diag, bool (*import_known)(td_bytes name),
                            uint32_t import_count_max);

/* The static memory map (6.1), page size 4096. */
typedef struct td_pvm_map {
    uint32_t ro_addr, ro_len, rw_addr, rw_len, stack_low, stack_high, heap_base;
    uint32_t aux_addr, aux_len;
} td_pvm_map;
/* Returns 0, or TD_ERR_LIMIT when the regions do not fit 32 bits. */
TD_MUST_USE
int td_pvm_map_make(td_pvm_map *out, uint32_t ro, uint32_t rw, uint32_t stack, uint32_t aux);

/* A program: a blob decoded into what the interpreter runs. Owns copies of all it needs. */
typedef struct td_pvm_program td_pvm_program;
/* Decodes. Costs O(code). Returns 0, TD_ERR_NOMEM, TD_ERR_LIMIT (memory map) or TD_ERR_UNSUPPORTED
 * (an instruction set this build does not run), TD_ERR_FORMAT (code that JamV1 refuses at load).
 * Freed by td_pvm_program_free. */
TD_MUST_USE
int td_pvm_program_new(td_pvm_program **out, td_diag *diag, const td_pvm_blob *blob);
void td_pvm_program_free(td_pvm_program *p);
const td_pvm_map *td_pvm_program_map(const td_pvm_program *p);
/* Bytes of memory a program holds, for cache budgets. */
size_t td_pvm_program_size(const td_pvm_program *p);
/* Bytes of guest memory a machine needs: page-rounded ro + rw + stack. */
size_t td_pvm_program_memory_len(const td_pvm_program *p);

typedef enum td_pvm_exit {
    TD_PVM_FINISHED,   /* jumped to the return address */
    TD_PVM_TRAP,       /* at machine.pc; not resumable */
    TD_PVM_ECALLI,     /* host call machine.call; machine.next_pc follows it */
    TD_PVM_OUT_OF_GAS, /* the block at machine.pc is not paid for; resumable */
} td_pvm_exit;

/* A running machine. The caller brings the guest memory. */
typedef struct td_pvm_machine {
    uint64_t regs[TD_PVM_REG_COUNT];
    int64_t gas;      /* left; blocks charge their static cost before they run (8.1) */
    uint32_t pc;      /* of the exit, as 7.3 says */
    uint32_t next_pc; /* where the next td_pvm_run continues */
    uint32_t call;    /* number of the host call at TD_PVM_ECALLI */
    bool fresh;       /* next_pc was set by the host: the next run charges for its block */
    uint32_t resume;  /* private: where an interrupted run goes on */
    uint32_t heap;    /* private: bytes taken by sbrk (6.5) */
    const td_pvm_program *program;
    uint8_t *memory; /* ro, rw, stack pages in this order */
} td_pvm_machine;

/* Sets up a machine over `memory` (td_pvm_program_memory_len bytes, any content): copies and clears
 * the initial data. Registers are 0, no entry is set. */
void td_pvm_machine_init(td_pvm_machine *m, const td_pvm_program *program, uint8_t *memory);
/* The default call (7.2): registers 0, sp and ra set, `args` (at most 9) in a0..a5, t0..t2. Memory
 * stays. */
void td_pvm_machine_call(td_pvm_machine *m, uint32_t pc, const uint64_t *args, size_t arg_count);
/* Runs until an exit. All registers, gas, pc and next_pc are exact at every exit. */
td_pvm_exit td_pvm_run(td_pvm_machine *m);
/* Host access (6.3): a pointer to guest bytes [addr, addr+len) inside one region, or NULL. `write`
 * refuses read-only pages. len 0 gives a non-NULL pointer. Borrowed while the machine lives. */
uint8_t *td_pvm_memory_at(td_pvm_machine *m, uint32_t addr, uint32_t len, bool write);

/* One decoded instruction, for tools. */
typedef struct td_pvm_insn {
    uint32_t pc, next_pc;
    const char *name; /* "invalid" for none */
    char text[96];    /* assembly */
    bool starts_block;
} td_pvm_insn;
/* Decodes the instruction at *pc in a linear sweep (4.1) and moves on; false at the end of the
 * code. */
bool td_pvm_disasm(const td_pvm_blob *b, uint32_t *pc, td_pvm_insn *out);

#endif
