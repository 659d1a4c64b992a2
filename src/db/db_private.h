/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of db/: the steps of opening a store, each in a file of its own.
 */
#ifndef TD_DB_DB_PRIVATE_H
#define TD_DB_DB_PRIVATE_H

#include "db/db.h"
#include "db/limits.h"

#include <lmdb.h>

struct td_db {
    MDB_env *env;
    MDB_dbi columns[TD_DB_COLUMN_COUNT];
    int lock_fd;    /* of DIR/LOCK; -1 in memory */
    size_t sum_len; /* bytes of checksum behind each value: 8 in a directory, 0 in memory */
    _Atomic bool batch_open; /* one batch at a time */
    _Atomic bool broken;     /* a commit met an I/O error: no more batches */
};

/* The status for LMDB's or the system's code `rc`. */
int td_db_err(int rc);

/* Opens an LMDB environment on file `path` with the first of `map_lens` the system grants. On
 * success *out must be closed. Returns LMDB's code. */
TD_MUST_USE
int td_db_env_open(MDB_env **out, const char *path, unsigned flags, const uint64_t *map_lens,
                   size_t map_lens_count);
/* Opens the handles of all columns into db->columns; `create` makes them and writes the format
 * into META, else the format is checked. `path` is for `diag`. Returns a td_err. */
TD_MUST_USE
int td_db_columns_open(td_db *db, td_diag *diag, const char *path, bool create);

/* dir.c: opens the store in directory `path` into `db` (env, columns, lock). Returns a td_err. */
TD_MUST_USE
int td_db_dir_open(td_db *db, td_diag *diag, const char *path);
/* memory.c: the same on memory. */
TD_MUST_USE
int td_db_memory_open(td_db *db, td_diag *diag);

/* check.c: refuses a damaged data file before LMDB maps it, since LMDB trusts what it maps. Checks
 * the head pages always, the whole structure when the file is small or shorter than its head says.
 * Returns 0, TD_ERR_CORRUPT with file and page in `diag`, TD_ERR_IO or TD_ERR_NOMEM. */
TD_MUST_USE
int td_db_file_check(const char *path, td_diag *diag);

#endif
