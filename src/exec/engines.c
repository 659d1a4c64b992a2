/* SPDX-License-Identifier: Apache-2.0
 *
 * Which machine runs which bytes: one row an engine, the code itself decides
 * (rulings.md 1). The registry at 0x0910 is chosen by its address, in frames.c.
 */
#include "evm/evm.h"
#include "exec/exec_private.h"
#include "pvmenv/pvmenv.h"

typedef struct row {
    const td_vm *vm;
    td_profile profile; /* the row is for this profile ... */
    bool any_profile;
    uint8_t magic_len; /* ... and code that starts with this */
    uint8_t magic[4];
} row;

enum {
    BLOB_HEADER_LEN = 13,
    BLOB_LEN_AT = 5
}; /* magic, version, u64 length (contracts-runtime.md 2.1) */

static const row rows[] = {
    {&TD_PVMENV, TD_PROFILE_DUAL, false, 4, {0x50, 0x56, 0x4d, 0x00}},
    {&TD_EVM, TD_PROFILE_ETHEREUM, true, 0, {0}},
};

static bool fits(const row *r, td_bytes code) {
    return code.len >= r->magic_len && memcmp(code.ptr, r->magic, r->magic_len) == 0;
}

bool td_exec_is_blob(td_bytes code) {
    return code.len != 0 && fits(&rows[0], code);
}

const td_vm *td_exec_engine_of(td_bytes code, td_profile profile, uint8_t *number) {
    size_t i = 0;
    while (!(rows[i].any_profile || rows[i].profile == profile) || !fits(&rows[i], code))
        i++; /* the last row takes anything */
    *number = (uint8_t)i;
    return rows[i].vm;
}

size_t td_exec_blob_len(td_bytes data) {
    if (data.len < BLOB_HEADER_LEN)
        return 0;
    uint64_t len = td_load_le64(data.ptr + BLOB_LEN_AT);
    return len >= BLOB_HEADER_LEN && len <= data.len ? (size_t)len : 0;
}

bool td_exec_tx_is_blob(const td_env *env, const td_tx *tx) {
    return env->profile == TD_PROFILE_DUAL && tx->create && td_exec_is_blob(tx->data);
}

bool td_exec_delegate_of(td_bytes code, td_fork fork, td_addr *target) {
    static const uint8_t designator[3] = {0xef, 0x01, 0x00};
    if (fork < TD_FORK_PRAGUE || code.len != sizeof designator + sizeof target->b ||
        memcmp(code.ptr, designator, sizeof designator) != 0)
        return false;
    memcpy(target->b, code.ptr + sizeof designator, sizeof target->b);
    return true;
}
