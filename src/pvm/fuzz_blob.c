/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a container, parsed, checked, disassembled,
 * translated and run with little gas. Without a header the input is taken as
 * the payload of a code section.
 */
#include "pvm/pvm_private.h"

enum { GAS = 3000, MEMORY_MAX = 1 << 18, CALLS_MAX = 16, INPUT_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool any(td_bytes name) {
    return name.len != 1;
}

/* Tools agree with the walk: the sweep ends, and names nothing outside the table. */
static void disassemble(const td_pvm_blob *b) {
    td_pvm_insn insn;
    for (uint32_t pc = 0, last = 0; td_pvm_disasm(b, &pc, &insn); last = pc)
        TD_ASSERT(pc > last || last == 0);
}

static void run(const td_pvm_program *p, uint32_t pc) {
    size_t len = td_pvm_program_memory_len(p);
    uint8_t *memory = len <= MEMORY_MAX ? td_mem_alloc(len + 1) : NULL;
    if (memory == NULL)
        return;
    td_pvm_machine m;
    td_pvm_machine_init(&m, p, memory);
    td_pvm_machine_call(&m, pc, (uint64_t[]){0x20000, 0x30000, 8, 2}, 4);
    m.gas = GAS;
    for (int calls = 0; calls < CALLS_MAX; calls++) {
        int64_t before = m.gas;
        td_pvm_exit how = td_pvm_run(&m);
        TD_ASSERT(m.gas <= before && m.gas >= 0);
        if (how != TD_PVM_ECALLI)
            break;
    }
    td_mem_free(memory);
}

static void try_blob(td_bytes bytes) {
    td_pvm_blob b;
    td_diag diag;
    td_pvm_program *p;
    (void)td_pvm_check(bytes, &diag, any, TD_PVM_IMPORT_MAX);
    if (td_pvm_blob_parse(&b, &diag, bytes) < 0)
        return;
    uint32_t pc;
    disassemble(&b);
    (void)td_pvm_blob_find(&b, "call", &pc);
    if (td_pvm_program_new(&p, &diag, &b) < 0)
        return;
    run(p, 0);
    for (pc = 1; pc < b.code.len && pc < 64; pc += 23)
        run(p, pc);
    td_pvm_program_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t head[] = "PVM\0\2\0\0\0\0\0\0\0\0\1\4\1\1\1\0";
    uint8_t bytes[INPUT_MAX + 64];
    if (size == 0 || size > INPUT_MAX)
        return 0;
    if (td_pvm_blob_is(TD_BYTES(data, size)) && size > 13) {
        memcpy(bytes, data, size);
        td_store_le64(bytes + 5, size);
        try_blob(TD_BYTES(bytes, size));
        return 0;
    }
    /* First byte: instruction set, jump table of one entry; then code whose every odd byte starts.
     */
    size_t code = (size - 1) / 2 * 2, at = 13;
    memcpy(bytes, head, 13);
    bytes[4] = data[0] & 3;
    memcpy(bytes + at, "\1\3\1\1\1\6\xf0", 7);
    at += 7;
    uint32_t mask = (uint32_t)(code + 7) / 8, payload = 1 + 1 + 5 + 1 + (uint32_t)code + mask;
    td_store_le32(bytes + at, payload);
    memcpy(bytes + at + 4, "\1\1\xf0", 3);
    td_store_le32(bytes + at + 7, (uint32_t)code);
    at += 11;
    bytes[at++] = 0;
    memcpy(bytes + at, data + 1, code);
    at += code;
    for (uint32_t i = 0; i < mask; i++)
        bytes[at++] = (uint8_t)(0x11u << (data[1 + i % code] & 3));
    if (code % 8 != 0)
        bytes[at - 1] &= (uint8_t)((1u << code % 8) - 1);
    bytes[at++] = 0;
    td_store_le64(bytes + 5, at);
    try_blob(TD_BYTES(bytes, at));
    return 0;
}
