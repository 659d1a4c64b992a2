/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits of the PolkaVM machine, each with its reason.
 */
#ifndef TD_PVM_LIMITS_H
#define TD_PVM_LIMITS_H

enum {
    /* Container (polkavm.md 2.5, 2.6, 9.1). */
    TD_PVM_IMPORT_MAX = 1024,
    TD_PVM_JUMP_MAX = 16 * 1024 * 1024,
    TD_PVM_CODE_MAX = 32 * 1024 * 1024,
    TD_PVM_JUMP_ENTRY_LEN_MAX = 4,

    /* Decoding (4.1): more bytes than that to the next start bit are a gap. */
    TD_PVM_SKIP_MAX = 24,

    /* Memory (6.1): the layout's granule, and the page the pallet runs with. */
    TD_PVM_GRANULE = 0x10000,
    TD_PVM_PAGE = 4096,

    /* Upload (section 10, contracts-runtime.md 2.2). */
    TD_PVM_BLOB_LEN_MAX = 1024 * 1024,
    TD_PVM_BLOCK_INSNS_MAX = 1000,
    TD_PVM_BASELINE_MAX = 1024 * 1024 + 512 * 1024,
    TD_PVM_PURGEABLE_MAX = 3 * 1024 * 1024,
    TD_PVM_CACHE_LEN = 1024 * 1024, /* the reference interpreter's cache of translated blocks */
    TD_PVM_CACHE_ENTRY_LEN = 24,    /* E: one translated instruction there, 64-bit build */
};
/* Section 10: the host function number no contract may name. */
#define TD_PVM_ECALLI_SENTINEL 0xFFFFFFFFu

#endif
