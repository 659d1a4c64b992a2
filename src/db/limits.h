/* SPDX-License-Identifier: Apache-2.0
 *
 * Constant limits of the store, each with its reason.
 */
#ifndef TD_DB_LIMITS_H
#define TD_DB_LIMITS_H

enum {
    TD_DB_FORMAT = 1, /* of the file; raised when old programs must refuse it */
    TD_DB_SNAP_COUNT_MAX =
        1024, /* reader slots of 64 bytes in the lock file; above the RPC workers */
    TD_DB_PATH_LEN_MAX = 4096,     /* PATH_MAX of Linux */
    TD_DB_CHECK_LEN_MAX = 1 << 26, /* 64 MiB: files up to here are walked whole at open (< 50 ms) */
    TD_DB_TREE_DEPTH_MAX = 32,     /* LMDB's cursor stack */
    TD_DB_CREATE_MAP_LEN = 1 << 20, /* map of the one batch that creates a store */
};

/* Address space reserved for the file: 1 TiB is above any chain of ours and costs nothing until
 * used; the others are for systems with a limit on address space. */
#define TD_DB_MAP_LENS {1ull << 40, 1ull << 36, 1ull << 32, 1ull << 30}
/* In memory there is no use of more than the machine has. */
#define TD_DB_MAP_LENS_MEMORY {1ull << 36, 1ull << 32, 1ull << 30}

#endif
