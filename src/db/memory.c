/* SPDX-License-Identifier: Apache-2.0
 *
 * A store in memory: LMDB on a memfd, which no mount's size bounds (/dev/shm has
 * 64 MiB in a container). LMDB opens files by name, so the name is a link in a
 * temporary directory that is gone before anyone can see the store.
 */
#define _GNU_SOURCE
#include "db/db_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char data_name[] = "data";

/* Puts a name for the memfd `fd` into `dir`; where that fails LMDB makes an ordinary file. */
static void link_memory(int fd, const char *data) {
    char target[64];
    (void)snprintf(target, sizeof target, "/proc/self/fd/%d", fd);
    if (fd >= 0 && access(target, R_OK | W_OK) == 0 && symlink(target, data) != 0)
        (void)unlink(data);
}

/* Opens the environment with its names in a new directory under `place`. Returns LMDB's code. */
static int open_under(td_db *db, const char *place) {
    static const uint64_t map_lens[] = TD_DB_MAP_LENS_MEMORY;
    char dir[TD_DB_PATH_LEN_MAX], data[TD_DB_PATH_LEN_MAX + 8], lock[TD_DB_PATH_LEN_MAX + 16];
    int len = snprintf(dir, sizeof dir, "%s/tandem-%ld-XXXXXX", place, (long)getpid());
    if (len < 0 || (size_t)len >= sizeof dir)
        return ENAMETOOLONG;
    if (mkdtemp(dir) == NULL)
        return errno;
    (void)snprintf(data, sizeof data, "%s/%s", dir, data_name);
    (void)snprintf(lock, sizeof lock, "%s-lock", data);
    int fd = memfd_create("tandem-store", MFD_CLOEXEC);
    link_memory(fd, data);
    /* WRITEMAP: pages are changed in place, not copied and written back; a crash loses the store
     * anyway. NOSYNC: there is no disk. */
    int rc = td_db_env_open(&db->env, data, MDB_NOSUBDIR | MDB_NOTLS | MDB_NOSYNC | MDB_WRITEMAP,
                            map_lens, TD_COUNT(map_lens));
    if (fd >= 0)
        (void)close(fd); /* LMDB has its own by now */
    (void)unlink(data);
    (void)unlink(lock);
    (void)rmdir(dir);
    return rc;
}

int td_db_memory_open(td_db *db, td_diag *diag) {
    const char *places[] = {"/dev/shm", getenv("TMPDIR"), "/tmp"};
    int rc = ENOENT;
    for (size_t i = 0; i < TD_COUNT(places); i++) {
        if (places[i] == NULL || places[i][0] == 0)
            continue;
        rc = open_under(db, places[i]);
        if (rc == 0)
            return td_db_columns_open(db, diag, "store in memory", true);
    }
    return td_diag_set(
        diag, td_db_err(rc),
        "store in memory: no temporary directory (/dev/shm, $TMPDIR, /tmp) works: %s",
        mdb_strerror(rc));
}
