/* SPDX-License-Identifier: Apache-2.0
 *
 * The checks a contract's blob passes once, at upload (polkavm.md section 10,
 * contracts-runtime.md 2.2). Running a program never needs them.
 */
#include "pvm/pvm_private.h"

static td_pvm_verdict refuse(td_pvm_verdict verdict, int err) {
    (void)err;
    return verdict;
}

static td_pvm_verdict check_imports(const td_pvm_blob *b, td_diag *diag,
                                    bool (*import_known)(td_bytes name),
                                    uint32_t import_count_max) {
    if (b->import_count > import_count_max)
        return refuse(TD_PVM_CODE_REJECTED,
                      td_diag_set(diag, TD_ERR_INVALID,
                                  "imports: %u are declared, at most %u host functions exist",
                                  b->import_count, import_count_max));
    for (uint32_t i = 0; i < b->import_count; i++) {
        td_bytes name;
        if (!td_pvm_blob_import(b, i, &name))
            return refuse(TD_PVM_CODE_REJECTED,
                          td_diag_set(diag, TD_ERR_INVALID,
                                      "import %u: its name lies outside the symbols", i));
        if (!import_known(name))
            return refuse(TD_PVM_CODE_REJECTED,
                          td_diag_set(diag, TD_ERR_INVALID,
                                      "import %u: no host function is called \"%.*s\"", i,
                                      (int)td_min_u64(name.len, 64), (const char *)name.ptr));
    }
    return TD_PVM_ACCEPTED;
}

static td_pvm_verdict check_code(const td_pvm_blob *b, const td_pvm_walk *walk, td_diag *diag) {
    if (walk->bad) {
        const char *name = "nothing";
        if (td_pvm_starts(b, walk->bad_pc))
            name = td_pvm_op_infos[td_pvm_opcodes[b->isa][b->code.ptr[walk->bad_pc]]].name;
        return refuse(TD_PVM_INVALID_INSTRUCTION,
                      td_diag_set(diag, TD_ERR_INVALID,
                                  "code at %u: %s stands where a permitted instruction is due",
                                  walk->bad_pc, name));
    }
    if (walk->block_max > TD_PVM_BLOCK_INSNS_MAX)
        return refuse(TD_PVM_BLOCK_TOO_LARGE,
                      td_diag_set(diag, TD_ERR_LIMIT,
                                  "code: a basic block has %u instructions, at most %d",
                                  walk->block_max, TD_PVM_BLOCK_INSNS_MAX));
    return TD_PVM_ACCEPTED;
}

static uint64_t page_round(uint64_t size) {
    return (size + TD_PVM_PAGE - 1) & ~(uint64_t)(TD_PVM_PAGE - 1);
}

/* Step 6: what the reference would need to hold and run the program. */
static td_pvm_verdict check_memory(const td_pvm_blob *b, const td_pvm_walk *walk, td_diag *diag) {
    uint64_t baseline = b->blob_len + page_round(b->ro_size) - b->ro_data.len +
                        page_round(b->rw_size) - b->rw_data.len + page_round(b->stack_size);
    if (baseline > TD_PVM_BASELINE_MAX)
        return refuse(TD_PVM_MEMORY_TOO_LARGE,
                      td_diag_set(diag, TD_ERR_LIMIT,
                                  "memory: blob, data and stack take %llu bytes, at most %d",
                                  (unsigned long long)baseline, TD_PVM_BASELINE_MAX));
    uint64_t cells = TD_PVM_CACHE_ENTRY_LEN * ((uint64_t)walk->insns + walk->blocks);
    uint64_t purgeable = td_min_u64(TD_PVM_CACHE_LEN, cells) + 4 * ((uint64_t)b->code.len + 1);
    if (purgeable > TD_PVM_PURGEABLE_MAX)
        return refuse(TD_PVM_MEMORY_TOO_LARGE,
                      td_diag_set(diag, TD_ERR_LIMIT,
                                  "memory: translated code would take %llu bytes, at most %d",
                                  (unsigned long long)purgeable, TD_PVM_PURGEABLE_MAX));
    return TD_PVM_ACCEPTED;
}
/* The reference also refuses a block whose translation exceeds its cache; the block limit implies
 * it. */
_Static_assert(TD_PVM_CACHE_ENTRY_LEN *TD_PVM_BLOCK_INSNS_MAX <= TD_PVM_CACHE_LEN,
               "block fits cache");

td_pvm_verdict td_pvm_check(td_bytes blob, td_diag *diag, bool (*import_known)(td_bytes name),
                            uint32_t import_count_max) {
    if (blob.len > TD_PVM_BLOB_LEN_MAX)
        return refuse(TD_PVM_BLOB_TOO_LARGE,
                      td_diag_set(diag, TD_ERR_LIMIT, "blob: %zu bytes, at most %d", blob.len,
                                  TD_PVM_BLOB_LEN_MAX));
    td_pvm_blob b;
    if (td_pvm_blob_parse(&b, diag, blob) < 0)
        return TD_PVM_CODE_REJECTED;
    if (b.isa != TD_PVM_REVIVE_V1)
        return refuse(TD_PVM_CODE_REJECTED,
                      td_diag_set(diag, TD_ERR_UNSUPPORTED,
                                  "blob: instruction set %u; contracts are ReviveV1 (0)", b.isa));
    td_pvm_verdict verdict = check_imports(&b, diag, import_known, import_count_max);
    if (verdict != TD_PVM_ACCEPTED)
        return verdict;
    td_pvm_walk walk;
    td_pvm_walk_code(&walk, &b, true);
    verdict = check_code(&b, &walk, diag);
    if (verdict != TD_PVM_ACCEPTED)
        return verdict;
    return check_memory(&b, &walk, diag);
}
