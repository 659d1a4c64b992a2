/* SPDX-License-Identifier: Apache-2.0
 *
 * A store in a directory:
 *   LOCK            held with flock while open; its text names the holder's pid
 *   tandem.db       LMDB's file; appears by rename, whole, so an empty one is damage
 *   tandem.db-lock  LMDB's table of readers
 * flock ends with its process, so a lock left by kill -9 never blocks.
 */
#define _GNU_SOURCE
#include "db/db_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME "LOCK"
#define DATA_NAME "tandem.db"
#define NEW_NAME  "tandem.db.new"

static const char *const own_names[] = {".",     "..", LOCK_NAME, DATA_NAME, DATA_NAME "-lock",
                                        NEW_NAME};

typedef char path_text[TD_DB_PATH_LEN_MAX + 32];

static int join(path_text out, td_diag *diag, const char *dir, const char *name) {
    size_t len = strlen(dir);
    if (len == 0 || len > TD_DB_PATH_LEN_MAX)
        return td_diag_set(diag, TD_ERR_IO, "data directory: a path of %zu bytes (limit 1 to %d)",
                           len, TD_DB_PATH_LEN_MAX);
    (void)snprintf(out, sizeof(path_text), "%s/%s", dir, name);
    return TD_OK;
}

static int io_error(td_diag *diag, const char *path, const char *what, int code) {
    return td_diag_set(diag, td_db_err(code), "%s: cannot %s: %s", path, what, strerror(code));
}

static int sync_dir(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    /* EINVAL: a file system that has no sync of directories (some FUSE) */
    int rc = fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
    (void)close(fd);
    return rc;
}

/* Makes the directory when absent, and its entry in the parent durable. */
static int make_dir(td_diag *diag, const char *path) {
    if (mkdir(path, 0700) != 0)
        return errno == EEXIST ? TD_OK : io_error(diag, path, "create the data directory", errno);
    path_text parent;
    int err = join(parent, diag, path, "..");
    int rc = err == TD_OK ? sync_dir(parent) : 0;
    return rc == 0 ? err : io_error(diag, parent, "sync the directory", rc);
}

/* Refuses a directory with other people's files and no store of ours; touches nothing. */
static int check_owner(td_diag *diag, const char *path) {
    DIR *dir = opendir(path);
    if (dir == NULL)
        return io_error(diag, path, "open the data directory", errno);
    char foreign[256] = "";
    bool have_store = false;
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        bool own = false;
        for (size_t i = 0; i < TD_COUNT(own_names); i++)
            own |= strcmp(e->d_name, own_names[i]) == 0;
        have_store |= strcmp(e->d_name, DATA_NAME) == 0;
        if (!own)
            (void)snprintf(foreign, sizeof foreign, "%s", e->d_name);
    }
    (void)closedir(dir);
    if (foreign[0] == 0 || have_store)
        return TD_OK;
    return td_diag_set(diag, TD_ERR_CORRUPT,
                       "%.200s: holds other files (such as %.100s) and no store of tandem: choose "
                       "a new or empty directory",
                       path, foreign);
}

/* Reads the pid the holder wrote; 0 when there is none yet. */
static long holder_pid(int fd) {
    char text[64] = "";
    ssize_t len = pread(fd, text, sizeof text - 1, 0);
    return len > 0 ? strtol(text, NULL, 10) : 0;
}

static int take_lock(td_db *db, td_diag *diag, const char *dir) {
    path_text path;
    int err = join(path, diag, dir, LOCK_NAME);
    if (err != TD_OK)
        return err;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return io_error(diag, path, "open the lock", errno);
    db->lock_fd = fd; /* closed by td_db_close, also after a failure */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return io_error(diag, path, "lock", errno);
        return td_diag_set(diag, TD_ERR_BUSY,
                           "%.300s: in use by process %ld: stop it or choose another directory",
                           dir, holder_pid(fd));
    }
    char text[64];
    /* of one width: it fits over the last holder's, even on a full disk */
    int len = snprintf(text, sizeof text, "%-20ld\n", (long)getpid());
    if (pwrite(fd, text, (size_t)len, 0) != len)
        return io_error(diag, path, "write the lock", errno);
    return TD_OK;
}

/* Writes an empty store beside its place, then renames: a crash leaves a whole one or none. */
static int create(td_db *db, td_diag *diag, const char *dir, const char *data) {
    static const uint64_t map_lens[] = {TD_DB_CREATE_MAP_LEN};
    path_text fresh;
    int err = join(fresh, diag, dir, NEW_NAME);
    if (err != TD_OK)
        return err;
    if (unlink(fresh) != 0 && errno != ENOENT)
        return io_error(diag, fresh, "remove what a crash left", errno);
    int rc = td_db_env_open(&db->env, fresh, MDB_NOSUBDIR | MDB_NOLOCK, map_lens, 1);
    if (rc != 0)
        return td_diag_set(diag, td_db_err(rc), "%s: %s", fresh, mdb_strerror(rc));
    err = td_db_columns_open(db, diag, fresh, true);
    mdb_env_close(db->env);
    db->env = NULL;
    if (err != TD_OK)
        return err;
    if (rename(fresh, data) != 0)
        return io_error(diag, fresh, "rename", errno);
    rc = sync_dir(dir);
    return rc == 0 ? TD_OK : io_error(diag, dir, "sync the directory", rc);
}

int td_db_dir_open(td_db *db, td_diag *diag, const char *path) {
    static const uint64_t map_lens[] = TD_DB_MAP_LENS;
    path_text data;
    int err = join(data, diag, path, DATA_NAME);
    if (err == TD_OK)
        err = make_dir(diag, path);
    if (err == TD_OK)
        err = check_owner(diag, path);
    if (err == TD_OK)
        err = take_lock(db, diag, path);
    if (err == TD_OK && access(data, F_OK) != 0)
        err = errno == ENOENT ? create(db, diag, path, data)
                              : io_error(diag, data, "look at the store", errno);
    if (err == TD_OK)
        err = td_db_file_check(data, diag);
    if (err != TD_OK)
        return err;
    int rc = td_db_env_open(&db->env, data, MDB_NOSUBDIR | MDB_NOTLS, map_lens, TD_COUNT(map_lens));
    if (rc != 0)
        return td_diag_set(diag, td_db_err(rc), "%s: %s", data, mdb_strerror(rc));
    int dead;
    rc = mdb_reader_check(db->env, &dead); /* slots of killed processes would pin old pages */
    if (rc != 0)
        return td_diag_set(diag, td_db_err(rc), "%s: table of readers: %s", data, mdb_strerror(rc));
    return td_db_columns_open(db, diag, data, false);
}
