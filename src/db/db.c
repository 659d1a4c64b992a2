/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns, snapshots and batches over LMDB. In a directory each value carries a
 * checksum over column, key and value, because LMDB has none and a wrong answer
 * is worse than an error. Must not know what the columns mean.
 */
#include "db/db_private.h"

#include "base/mem.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

struct td_db_snap {
    td_db *db;
    MDB_txn *txn;
    MDB_cursor *cursors[TD_DB_COLUMN_COUNT]; /* opened by the first seek */
};

struct td_db_batch {
    td_db *db;
    MDB_txn *txn;
    int failed; /* the td_err that spoilt the batch; commit gives it back */
};

static const char *const column_names[TD_DB_COLUMN_COUNT] = {
#define TD_COLUMN(NAME, name, text) [TD_DB_##NAME] = name,
#include "db/columns.def"
#undef TD_COLUMN
};

/* META keys with this start belong to db/. */
static const char format_key[] = "store-format";

int td_db_err(int rc) {
    switch (rc) {
    case MDB_SUCCESS: return TD_OK;
    case MDB_NOTFOUND: return TD_ERR_NOT_FOUND;
    case MDB_PAGE_NOTFOUND:
    case MDB_CORRUPTED:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE: return TD_ERR_CORRUPT;
    case MDB_READERS_FULL:
    case MDB_TXN_FULL: return TD_ERR_LIMIT;
    case ENOMEM: return TD_ERR_NOMEM;
    default: return TD_ERR_IO; /* MDB_MAP_FULL, ENOSPC, EIO, … */
    }
}

/* --- checksums ------------------------------------------------------------------------------ */

/* One step is a bijection of `h` for every word and of the word for every `h`: a change within one
 * word is always seen, any other with 1 - 2^-64. */
TD_INLINE uint64_t mix(uint64_t h, uint64_t word) {
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 32;
}

static uint64_t sum_run(uint64_t h, td_bytes in) {
    const uint8_t *p = in.ptr;
    size_t left = in.len;
    h = mix(h, left);
    if (left >= 32) { /* four chains side by side hide the multiplier's latency */
        uint64_t a = h, b = h + 1, c = h + 2, d = h + 3;
        for (; left >= 32; p += 32, left -= 32) {
            a = mix(a, td_load_le64(p));
            b = mix(b, td_load_le64(p + 8));
            c = mix(c, td_load_le64(p + 16));
            d = mix(d, td_load_le64(p + 24));
        }
        h = mix(mix(mix(a, b), c), d);
    }
    for (; left >= 8; p += 8, left -= 8)
        h = mix(h, td_load_le64(p));
    uint64_t last = 0;
    if (left != 0)
        memcpy(&last, p, left);
    return mix(h, last);
}

static uint64_t value_sum(td_db_column column, td_bytes key, td_bytes value) {
    return sum_run(sum_run(1 + (uint64_t)column, key), value);
}

/* Takes the checksum off a stored value. Returns 0 or TD_ERR_CORRUPT. */
static int value_open(const td_db *db, td_db_column column, td_bytes key, MDB_val stored,
                      td_bytes *value) {
    if (stored.mv_size < db->sum_len)
        return TD_ERR_CORRUPT;
    *value = TD_BYTES(stored.mv_data, stored.mv_size - db->sum_len);
    if (db->sum_len != 0 && td_load_le64(value->ptr + value->len) != value_sum(column, key, *value))
        return TD_ERR_CORRUPT;
    return TD_OK;
}

/* --- opening -------------------------------------------------------------------------------- */

int td_db_env_open(MDB_env **out, const char *path, unsigned flags, const uint64_t *map_lens,
                   size_t map_lens_count) {
    int rc = ENOMEM;
    for (size_t i = 0; i < map_lens_count && (rc == ENOMEM || rc == EFBIG); i++) {
        MDB_env *env;
        rc = mdb_env_create(&env);
        if (rc != 0)
            return rc;
        rc = mdb_env_set_mapsize(env, map_lens[i]);
        if (rc == 0)
            rc = mdb_env_set_maxdbs(env, TD_DB_COLUMN_COUNT);
        if (rc == 0)
            rc = mdb_env_set_maxreaders(env, TD_DB_SNAP_COUNT_MAX);
        if (rc == 0)
            rc = mdb_env_open(env, path, flags, 0600);
        if (rc == 0)
            *out = env;
        else
            mdb_env_close(env); /* LMDB wants a fresh one after a failed open */
    }
    return rc;
}

static int write_format(td_db *db, MDB_txn *txn) {
    uint8_t bytes[4 + 8];
    td_store_be32(bytes, TD_DB_FORMAT);
    td_bytes key = TD_BYTES_STR(format_key);
    td_store_le64(bytes + 4, value_sum(TD_DB_META, key, TD_BYTES(bytes, 4)));
    MDB_val k = {sizeof format_key - 1, (void *)(uintptr_t)format_key};
    MDB_val v = {4 + db->sum_len, bytes};
    return td_db_err(mdb_put(txn, db->columns[TD_DB_META], &k, &v, 0));
}

static int check_format(td_db *db, MDB_txn *txn, td_diag *diag, const char *path) {
    MDB_val k = {sizeof format_key - 1, (void *)(uintptr_t)format_key}, v;
    td_bytes value;
    int err = td_db_err(mdb_get(txn, db->columns[TD_DB_META], &k, &v));
    if (err == TD_OK)
        err = value_open(db, TD_DB_META, TD_BYTES_STR(format_key), v, &value);
    if (err != TD_OK || value.len != 4)
        return td_diag_set(diag, TD_ERR_CORRUPT,
                           "%s: no readable store format in it: not a store "
                           "of tandem, or damaged",
                           path);
    uint32_t format = td_load_be32(value.ptr);
    if (format != TD_DB_FORMAT)
        return td_diag_set(diag, TD_ERR_CORRUPT,
                           "%s: store format %u, this program knows %d: use "
                           "the version of tandem that wrote it",
                           path, format, TD_DB_FORMAT);
    return TD_OK;
}

int td_db_columns_open(td_db *db, td_diag *diag, const char *path, bool create) {
    MDB_txn *txn;
    int rc = mdb_txn_begin(db->env, NULL, create ? 0 : MDB_RDONLY, &txn);
    if (rc != 0)
        return td_diag_set(diag, td_db_err(rc), "%s: %s", path, mdb_strerror(rc));
    int err = TD_OK;
    for (int i = 0; i < TD_DB_COLUMN_COUNT && err == TD_OK; i++) {
        rc = mdb_dbi_open(txn, column_names[i], create ? MDB_CREATE : 0, &db->columns[i]);
        if (rc != 0) {
            err = rc == MDB_NOTFOUND ? TD_ERR_CORRUPT : td_db_err(rc);
            (void)td_diag_set(diag, err, "%s: column %s: %s", path, column_names[i],
                              rc == MDB_NOTFOUND ? "missing: not a store of tandem, or damaged"
                                                 : mdb_strerror(rc));
        } else if (i == TD_DB_META) { /* the first row, so that an unknown format is named first */
            err = create ? write_format(db, txn) : check_format(db, txn, diag, path);
        }
    }
    if (err != TD_OK) {
        mdb_txn_abort(txn);
        return err;
    }
    rc = mdb_txn_commit(txn);
    return rc == 0 ? TD_OK : td_diag_set(diag, td_db_err(rc), "%s: %s", path, mdb_strerror(rc));
}

_Static_assert(TD_DB_META == 0, "td_db_columns_open checks the format before other columns");

int td_db_open(td_db **out, td_diag *diag, const char *path) {
    td_db *db = td_mem_alloc(sizeof *db);
    if (db == NULL)
        return td_diag_set(diag, TD_ERR_NOMEM, "no memory to open the store");
    db->lock_fd = -1;
    db->sum_len = path != NULL ? 8 : 0;
    int err = path != NULL ? td_db_dir_open(db, diag, path) : td_db_memory_open(db, diag);
    if (err != TD_OK) {
        td_db_close(db);
        return err;
    }
    *out = db;
    return TD_OK;
}

void td_db_close(td_db *db) {
    if (db == NULL)
        return;
    TD_ASSERT(!atomic_load(&db->batch_open));
    if (db->env != NULL)
        mdb_env_close(db->env);
    if (db->lock_fd >= 0)
        (void)close(db->lock_fd); /* ends the lock */
    td_mem_free(db);
}

/* --- snapshots ------------------------------------------------------------------------------ */

int td_db_snap_open(td_db *db, td_db_snap **out) {
    td_db_snap *s = td_mem_alloc(sizeof *s);
    if (s == NULL)
        return TD_ERR_NOMEM;
    s->db = db;
    int rc = mdb_txn_begin(db->env, NULL, MDB_RDONLY, &s->txn);
    if (rc != 0) {
        td_mem_free(s);
        return td_db_err(rc);
    }
    *out = s;
    return TD_OK;
}

void td_db_snap_close(td_db_snap *s) {
    if (s == NULL)
        return;
    for (int i = 0; i < TD_DB_COLUMN_COUNT; i++)
        if (s->cursors[i] != NULL)
            mdb_cursor_close(s->cursors[i]);
    mdb_txn_abort(s->txn);
    td_mem_free(s);
}

static int get(const td_db *db, MDB_txn *txn, td_db_column column, td_bytes key, td_bytes *value) {
    TD_ASSERT(column < TD_DB_COLUMN_COUNT);
    if (key.len == 0 || key.len > TD_DB_KEY_LEN_MAX)
        return TD_ERR_NOT_FOUND; /* nothing can be stored there */
    MDB_val k = {key.len, (void *)(uintptr_t)key.ptr}, v;
    int rc = mdb_get(txn, db->columns[column], &k, &v);
    return rc == 0 ? value_open(db, column, key, v, value) : td_db_err(rc);
}

int td_db_get(td_db_snap *s, td_db_column column, td_bytes key, td_bytes *value) {
    return get(s->db, s->txn, column, key, value);
}

/* Places the cursor; MDB_SET_RANGE finds the first key >= from. */
static int place(MDB_cursor *cursor, td_bytes from, bool backward, MDB_val *k, MDB_val *v) {
    if (from.len == 0) /* below every key, for keys are not empty */
        return backward ? MDB_NOTFOUND : mdb_cursor_get(cursor, k, v, MDB_FIRST);
    *k = (MDB_val){from.len, (void *)(uintptr_t)from.ptr};
    int rc = mdb_cursor_get(cursor, k, v, MDB_SET_RANGE);
    if (!backward)
        return rc;
    if (rc == MDB_NOTFOUND)
        return mdb_cursor_get(cursor, k, v, MDB_LAST);
    if (rc == 0 && !td_bytes_eq(TD_BYTES(k->mv_data, k->mv_size), from))
        return mdb_cursor_get(cursor, k, v, MDB_PREV);
    return rc;
}

int td_db_seek(td_db_snap *s, td_db_column column, td_bytes from, bool backward, td_bytes *key,
               td_bytes *value) {
    TD_ASSERT(column < TD_DB_COLUMN_COUNT);
    if (from.len > TD_DB_KEY_LEN_MAX)
        return TD_ERR_LIMIT;
    int rc = 0;
    if (s->cursors[column] == NULL)
        rc = mdb_cursor_open(s->txn, s->db->columns[column], &s->cursors[column]);
    MDB_val k, v;
    if (rc == 0)
        rc = place(s->cursors[column], from, backward, &k, &v);
    if (rc != 0)
        return td_db_err(rc);
    *key = TD_BYTES(k.mv_data, k.mv_size);
    return value_open(s->db, column, *key, v, value);
}

/* --- batches -------------------------------------------------------------------------------- */

int td_db_begin(td_db *db, td_db_batch **out) {
    if (atomic_load(&db->broken))
        return TD_ERR_IO;
    if (atomic_exchange(&db->batch_open, true))
        return TD_ERR_BUSY; /* LMDB would wait for ever in the same thread */
    td_db_batch *b = td_mem_alloc(sizeof *b);
    int err = b == NULL ? TD_ERR_NOMEM : td_db_err(mdb_txn_begin(db->env, NULL, 0, &b->txn));
    if (err != TD_OK) {
        td_mem_free(b);
        atomic_store(&db->batch_open, false);
        return err;
    }
    b->db = db;
    *out = b;
    return TD_OK;
}

/* Notes a failure after which LMDB's transaction cannot go on. */
static int spoil(td_db_batch *b, int rc) {
    int err = td_db_err(rc);
    if (err != TD_OK && err != TD_ERR_NOT_FOUND)
        b->failed = err;
    return err;
}

int td_db_put(td_db_batch *b, td_db_column column, td_bytes key, td_bytes value) {
    TD_ASSERT(column < TD_DB_COLUMN_COUNT);
    if (b->failed != TD_OK)
        return b->failed;
    if (key.len == 0 || key.len > TD_DB_KEY_LEN_MAX || value.len > TD_DB_VALUE_LEN_MAX)
        return TD_ERR_LIMIT;
    MDB_val k = {key.len, (void *)(uintptr_t)key.ptr};
    MDB_val v = {value.len + b->db->sum_len, NULL};
    int rc = mdb_put(b->txn, b->db->columns[column], &k, &v, MDB_RESERVE);
    if (rc != 0)
        return spoil(b, rc);
    uint8_t *room = v.mv_data;
    if (value.len != 0)
        memcpy(room, value.ptr, value.len);
    if (b->db->sum_len != 0)
        td_store_le64(room + value.len, value_sum(column, key, value));
    return TD_OK;
}

int td_db_del(td_db_batch *b, td_db_column column, td_bytes key) {
    TD_ASSERT(column < TD_DB_COLUMN_COUNT);
    if (b->failed != TD_OK)
        return b->failed;
    if (key.len == 0 || key.len > TD_DB_KEY_LEN_MAX)
        return TD_ERR_NOT_FOUND;
    MDB_val k = {key.len, (void *)(uintptr_t)key.ptr};
    return spoil(b, mdb_del(b->txn, b->db->columns[column], &k, NULL));
}

int td_db_batch_get(td_db_batch *b, td_db_column column, td_bytes key, td_bytes *value) {
    return b->failed != TD_OK ? b->failed : get(b->db, b->txn, column, key, value);
}

int td_db_commit(td_db_batch *b) {
    int err = b->failed;
    if (err != TD_OK) {
        td_db_abort(b);
        return err;
    }
    int rc = mdb_txn_commit(b->txn);
    /* After a failed sync the kernel may have dropped pages and call them clean: trying again would
     * pretend. A full disk or map drops nothing, but LMDB calls a write cut short by it EIO, too;
     * that asks for a new start as well. */
    if (rc != 0 && rc != ENOSPC && rc != EDQUOT && rc != EFBIG && rc != MDB_MAP_FULL &&
        rc != ENOMEM)
        atomic_store(&b->db->broken, true);
    err = td_db_err(rc);
    atomic_store(&b->db->batch_open, false);
    td_mem_free(b);
    return err;
}

void td_db_abort(td_db_batch *b) {
    if (b == NULL)
        return;
    mdb_txn_abort(b->txn);
    atomic_store(&b->db->batch_open, false);
    td_mem_free(b);
}
