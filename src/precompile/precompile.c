/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of native contracts and the look-ups over it. Knows no prices and
 * no bodies: those are a file a row.
 */
#include "precompile/precompile_private.h"

typedef struct row {
    uint16_t address;
    td_fork since;
    td_precompile pc;
} row;

static const row rows[] = {
#define PC(address, name, since, vectors)                                                          \
    {address, TD_FORK_##since, {#name, td_pc_##name##_gas, td_pc_##name##_run}},
#include "precompile/precompiles.def"
#undef PC
};

/* The number an address stands for, or 0 when it is no address of the table's form (18 zero bytes,
 * then two). */
static uint16_t short_address(const td_addr *addr) {
    if ((td_load_le64(addr->b) | td_load_le64(addr->b + 8) | td_load_le16(addr->b + 16)) != 0)
        return 0;
    return td_load_be16(addr->b + 18);
}

const td_precompile *td_precompile_at(const td_addr *addr, td_fork fork) {
    uint16_t address = short_address(addr);
    if (TD_LIKELY(address == 0))
        return NULL;
    for (size_t i = 0; i < TD_COUNT(rows); i++)
        if (rows[i].address == address)
            return fork >= rows[i].since ? &rows[i].pc : NULL;
    return NULL;
}

bool td_precompile_next(td_fork fork, size_t *at, td_addr *addr) {
    while (*at < TD_COUNT(rows)) {
        const row *r = &rows[(*at)++];
        if (fork < r->since)
            continue;
        memset(addr, 0, sizeof *addr);
        td_store_be16(addr->b + 18, r->address);
        return true;
    }
    return false;
}
