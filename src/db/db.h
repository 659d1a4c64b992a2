/* SPDX-License-Identifier: Apache-2.0
 *
 * The store: ordered keys and values in named columns, written in atomic
 * batches, read through snapshots. One implementation over LMDB serves both a
 * data directory and memory (an environment on files that are unlinked as soon
 * as they are open). Knows nothing of what it stores.
 *
 * Threads: locks inside (LMDB's); one batch at a time, any number of snapshots.
 * Durability: when td_db_commit returned 0 on a directory, the batch survives
 *          kill -9 and power loss; a crash before that leaves the last whole batch.
 */
#ifndef TD_DB_DB_H
#define TD_DB_DB_H

#include "base/base.h"

/* A directory holds LOCK, tandem.db and tandem.db-lock; there each value carries a checksum, and a
 * damaged one is TD_ERR_CORRUPT, never a wrong answer. Keys of META that begin with "store-" are
 * this folder's. A snapshot is used by one thread at a time, a batch by the one that began it. */

enum {
    TD_DB_KEY_LEN_MAX = 511,       /* LMDB's own */
    TD_DB_VALUE_LEN_MAX = 1 << 28, /* 256 MiB: above any block */
};

typedef enum td_db_column {
#define TD_COLUMN(NAME, name, text) TD_DB_##NAME,
#include "db/columns.def"
#undef TD_COLUMN
    TD_DB_COLUMN_COUNT
} td_db_column;

typedef struct td_db td_db;
typedef struct td_db_snap td_db_snap;
typedef struct td_db_batch td_db_batch;

/* Opens the store in directory `path` (created when absent, its parent must exist), or a store in
 * memory when NULL. Returns 0, TD_ERR_BUSY when it is open already (diag names the pid of the
 * process), TD_ERR_CORRUPT for a directory that holds other files and no store of ours, and for a
 * store that is damaged or of another version, TD_ERR_IO, TD_ERR_NOMEM. */
TD_MUST_USE
int td_db_open(td_db **out, td_diag *diag, const char *path);
/* Ends all; snapshots and batches must be closed. */
void td_db_close(td_db *db);

/* A consistent view. Keys and values peeked from it live until td_db_snap_close; the space of what
 * later batches replace is not used again before that, so close soon. Returns 0, TD_ERR_NOMEM,
 * TD_ERR_LIMIT when too many are open (1024), TD_ERR_IO. */
TD_MUST_USE
int td_db_snap_open(td_db *db, td_db_snap **out);
void td_db_snap_close(td_db_snap *s);
/* Returns 0 and the value, TD_ERR_NOT_FOUND, TD_ERR_CORRUPT or TD_ERR_IO. */
TD_MUST_USE
int td_db_get(td_db_snap *s, td_db_column column, td_bytes key, td_bytes *value);
/* The first entry with a key >= `from` (forward) or <= `from` (backward), in the order of bytes;
 * TD_ERR_NOT_FOUND at the end, TD_ERR_LIMIT for a `from` of more than TD_DB_KEY_LEN_MAX bytes,
 * TD_ERR_CORRUPT, TD_ERR_IO. */
TD_MUST_USE
int td_db_seek(td_db_snap *s, td_db_column column, td_bytes from, bool backward, td_bytes *key,
               td_bytes *value);

/* A batch sees its own writes. One at a time in a process: TD_ERR_BUSY while there is another.
 * TD_ERR_IO until the store is opened anew once a commit met an I/O error: no retry pretends that
 * all is well. Reads go on. */
TD_MUST_USE
int td_db_begin(td_db *db, td_db_batch **out);
/* Returns 0; TD_ERR_LIMIT for a key that is empty or past TD_DB_KEY_LEN_MAX, or a value past
 * TD_DB_VALUE_LEN_MAX (the batch goes on without it); TD_ERR_IO (store full) or another failure
 * that spoils the batch: td_db_commit then returns the same. */
TD_MUST_USE
int td_db_put(td_db_batch *b, td_db_column column, td_bytes key, td_bytes value);
/* TD_ERR_NOT_FOUND when absent. */
TD_MUST_USE
int td_db_del(td_db_batch *b, td_db_column column, td_bytes key);
/* As td_db_get; the value lives until the next call on the batch. */
TD_MUST_USE
int td_db_batch_get(td_db_batch *b, td_db_column column, td_bytes key, td_bytes *value);
/* Writes all or nothing; the batch is gone either way. TD_ERR_IO (disk full, I/O error) leaves the
 * store as it was. */
TD_MUST_USE
int td_db_commit(td_db_batch *b);
/* Forgets the batch; NULL is allowed. */
void td_db_abort(td_db_batch *b);

#endif
