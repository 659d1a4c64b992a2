/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of host functions and the upload check that asks it. Blobs import by name; the row is
 * found once, when code is prepared.
 */
#include "pvmenv/pvmenv_private.h"

const td_syscall TD_SYSCALLS[] = {
#define SYSCALL(name, mutating, args, token, fn)                                                   \
    {#name, mutating, args, TD_TOKEN_##token, td_sys_##fn},
#include "pvmenv/syscalls.def"
#undef SYSCALL
};

size_t td_pvmenv_syscall_count(void) {
    return TD_COUNT(TD_SYSCALLS);
}

const char *td_pvmenv_syscall_name(size_t index) {
    return index < TD_COUNT(TD_SYSCALLS) ? TD_SYSCALLS[index].name : NULL;
}

uint16_t td_syscall_find(td_bytes name) {
    size_t low = 0, high = TD_COUNT(TD_SYSCALLS);
    while (low < high) {
        size_t mid = (low + high) / 2;
        const char *row = TD_SYSCALLS[mid].name;
        size_t row_len = strlen(row), len = td_min_u64(row_len, name.len);
        int order = len == 0 ? 0 : memcmp(name.ptr, row, len);
        if (order == 0 && row_len == name.len)
            return (uint16_t)mid;
        if (order < 0 || (order == 0 && name.len < row_len))
            high = mid;
        else
            low = mid + 1;
    }
    return TD_SYS_UNKNOWN;
}

bool td_pvmenv_syscall_known(td_bytes name) {
    return td_syscall_find(name) != TD_SYS_UNKNOWN;
}

int td_pvmenv_check(td_bytes blob, td_diag *diag) {
    switch (td_pvm_check(blob, diag, td_pvmenv_syscall_known, TD_COUNT(TD_SYSCALLS))) {
    case TD_PVM_ACCEPTED: return 0;
    case TD_PVM_CODE_REJECTED:
    case TD_PVM_INVALID_INSTRUCTION: return TD_ERR_INVALID;
    case TD_PVM_BLOB_TOO_LARGE:
    case TD_PVM_BLOCK_TOO_LARGE:
    case TD_PVM_MEMORY_TOO_LARGE: return TD_ERR_LIMIT;
    }
    return TD_ERR_INVALID;
}
