/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounds of the journaled state, each with its reason.
 */
#ifndef TD_STATE_LIMITS_H
#define TD_STATE_LIMITS_H

enum {
    TD_STATE_CHUNK_COUNT = 256,       /* objects a chunk: one allocation of 10 to 50 KiB */
    TD_STATE_RECENT_COUNT = 64,       /* slots found without the map: 512 bytes; a power of two */
    TD_STATE_KEY_LEN_MIN = 2,         /* extended keys: the kind byte and one byte */
    TD_STATE_KEY_LEN_MAX = 129,       /* the kind byte and 128 bytes (contracts-runtime.md 9) */
    TD_STATE_VALUE_LEN_MAX = 1 << 20, /* far above what any profile lets a contract store */
    TD_STATE_BLOCK_LEN = 64 << 10,    /* arena blocks for code and extended values */
    TD_STATE_OBJECTS_MAX =
        32 << 20, /* accounts or slots a block: 150 times what 60 Mgas can load */
    TD_STATE_UNDO_COUNT_MAX = 64 << 20 /* undo records a transaction: 3 GiB, past any gas limit */
};
/* Bytes of code, extended values and logs a block may hold; past it the state fails. */
#define TD_STATE_BYTES_MAX ((size_t)2 << 30)

#endif
