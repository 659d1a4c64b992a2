/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of db/ share: a directory of one test, and short forms of
 * the calls that must work. Never included by shipped code.
 */
#ifndef TD_DB_TEST_PLACE_H
#define TD_DB_TEST_PLACE_H

#include "base/test.h"
#include "db/db_private.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define KEY(s) TD_BYTES_STR(s)

/* A fresh directory of one test; gone at its end. */
typedef struct place {
    char dir[64], data[96];
} place;

__attribute__((unused)) static place place_new(void) {
    place p;
    (void)snprintf(p.dir, sizeof p.dir, "/tmp/tandem-test-XXXXXX");
    assert_non_null(mkdtemp(p.dir));
    (void)snprintf(p.data, sizeof p.data, "%s/tandem.db", p.dir);
    return p;
}

__attribute__((unused)) static void place_free(const place *p) {
    DIR *d = opendir(p->dir);
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        if (e->d_name[0] != '.')
            (void)unlinkat(dirfd(d), e->d_name, 0);
    (void)closedir(d);
    assert_int_equal(rmdir(p->dir), 0);
}

__attribute__((unused)) static td_db *open_ok(const char *path) {
    td_db *db = NULL;
    td_diag diag = {""};
    int err = td_db_open(&db, &diag, path);
    if (err != 0)
        fail_msg("open: %s: %s", td_err_text(err), diag.text);
    return db;
}

__attribute__((unused)) static void put_one(td_db *db, td_db_column column, td_bytes key,
                                            td_bytes value) {
    td_db_batch *b;
    assert_int_equal(td_db_begin(db, &b), 0);
    assert_int_equal(td_db_put(b, column, key, value), 0);
    assert_int_equal(td_db_commit(b), 0);
}

/* Asserts the value of `key`; NULL for absence. */
__attribute__((unused)) static void expect(td_db *db, td_db_column column, const char *key,
                                           const char *want) {
    td_db_snap *s;
    td_bytes value;
    assert_int_equal(td_db_snap_open(db, &s), 0);
    int err = td_db_get(s, column, KEY(key), &value);
    assert_int_equal(err, want != NULL ? TD_OK : TD_ERR_NOT_FOUND);
    if (want != NULL)
        assert_true(td_bytes_eq(value, KEY(want)));
    td_db_snap_close(s);
}

__attribute__((unused)) static void write_file(const char *path, const void *data, size_t len) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len);
    (void)close(fd);
}

#endif
