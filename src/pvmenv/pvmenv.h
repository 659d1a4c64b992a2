/* SPDX-License-Identifier: Apache-2.0
 *
 * PolkaVM contracts: the engine adapter over src/pvm and the host functions of
 * contracts-runtime.md 4, written on td_host. Meters ref_time, proof_size and
 * storage deposit and folds them into gas (rulings.md 3).
 *
 * Threads: immutable.
 */
#ifndef TD_PVMENV_PVMENV_H
#define TD_PVMENV_PVMENV_H

#include "vm/host.h"

/* Runs PolkaVM blobs: export `deploy` in constructor frames, `call` otherwise. */
extern const td_vm TD_PVMENV;

/* Rows of the host-function table, for tools and dumps. */
size_t td_pvmenv_syscall_count(void);
const char *td_pvmenv_syscall_name(size_t index);
/* Whether `name` is a host function (upload check). */
bool td_pvmenv_syscall_known(td_bytes name);
/* All upload checks (contracts-runtime.md 2.2). Returns 0 or TD_ERR_INVALID / TD_ERR_LIMIT; diag
 * says which rule, the limit and the value. */
TD_MUST_USE
int td_pvmenv_check(td_bytes blob, td_diag *diag);

/* A row of the weight table (weights.def): ps of ref_time and bytes of proof, once and per unit. */
typedef struct td_pvmenv_weight {
    const char *name;
    uint64_t ref_base, ref_unit, proof_base, proof_unit;
} td_pvmenv_weight;
/* Row `index`, static; NULL past the end. For tools and dumps. */
const td_pvmenv_weight *td_pvmenv_weight_at(size_t index);

/* gas = ceil(max(ref_time / 10 000 ps, proof_size * 6)); deposit gas is apart (rulings.md 3). */
uint64_t td_pvmenv_fold(uint64_t ref_time, uint64_t proof_size);

#endif
