/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "db/test_place.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

TEST(dir, finds_its_data_after_reopening_and_makes_one_level_of_directory) {
    place p = place_new();
    char deep[128];
    td_db *db;
    td_diag diag;
    (void)snprintf(deep, sizeof deep, "%s/x", p.dir);
    db = open_ok(deep);
    put_one(db, TD_DB_META, KEY("a"), KEY("kept"));
    td_db_close(db);
    for (int i = 0; i < 3; i++) {
        db = open_ok(deep);
        expect(db, TD_DB_META, "a", "kept");
        td_db_close(db);
    }
    place inner;
    (void)snprintf(inner.dir, sizeof inner.dir, "%.60s", deep);
    place_free(&inner);
    (void)snprintf(deep, sizeof deep, "%s/x/y", p.dir);
    assert_int_equal(td_db_open(&db, &diag, deep), TD_ERR_IO);
    assert_non_null(strstr(diag.text, "cannot create"));
    assert_int_equal(td_db_open(&db, &diag, ""), TD_ERR_IO);
    place_free(&p);
}

TEST(dir, a_second_opener_is_refused_with_the_pid_of_the_first) {
    place p = place_new();
    td_db *db = open_ok(p.dir), *other = NULL;
    td_diag diag = {""};
    char want[32];
    (void)snprintf(want, sizeof want, "process %ld", (long)getpid());
    assert_int_equal(td_db_open(&other, &diag, p.dir), TD_ERR_BUSY);
    assert_non_null(strstr(diag.text, want));
    pid_t child = fork();
    if (child == 0)
        _exit(td_db_open(&other, &diag, p.dir) == TD_ERR_BUSY && strstr(diag.text, want) != NULL);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    put_one(db, TD_DB_META, KEY("a"), KEY("still mine"));
    td_db_close(db);
    place_free(&p);
}

TEST(dir, a_directory_of_others_is_refused_untouched) {
    place p = place_new();
    char path[128];
    td_db *db = NULL;
    td_diag diag = {""};
    (void)snprintf(path, sizeof path, "%s/thesis.tex", p.dir);
    write_file(path, "x", 1);
    assert_int_equal(td_db_open(&db, &diag, p.dir), TD_ERR_CORRUPT);
    assert_non_null(strstr(diag.text, "thesis.tex"));
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/LOCK", p.dir);
    assert_int_equal(stat(path, &st), -1);
    (void)snprintf(path, sizeof path, "%s/thesis.tex", p.dir);
    assert_int_equal(td_db_open(&db, &diag, path), TD_ERR_IO); /* a file, not a directory */
    place_free(&p);
}

TEST(dir, another_format_is_refused_by_its_number) {
    place p = place_new();
    td_db *db = open_ok(p.dir);
    td_diag diag = {""};
    put_one(db, TD_DB_META, KEY("store-format"), TD_BYTES("\0\0\0\2", 4));
    td_db_close(db);
    assert_int_equal(td_db_open(&db, &diag, p.dir), TD_ERR_CORRUPT);
    assert_non_null(strstr(diag.text, "store format 2"));
    place_free(&p);
}

/* Batch i sets every key 0..9 to i; a reader must never see two values. */
static void write_for_ever(const char *dir, int report) {
    td_db *db = open_ok(dir);
    for (uint32_t i = 1;; i++) {
        td_db_batch *b;
        if (td_db_begin(db, &b) != 0)
            _exit(1);
        for (uint8_t k = 0; k < 10; k++) {
            uint8_t value[3000];
            memset(value, 0, sizeof value);
            memcpy(value, &i, 4);
            if (td_db_put(b, TD_DB_NODE, TD_BYTES(&k, 1), TD_BYTES(value, sizeof value)) != 0)
                _exit(1);
        }
        if (td_db_commit(b) != 0 || write(report, &i, 4) != 4)
            _exit(1);
    }
}

TEST(dir, a_kill_in_the_middle_of_a_batch_loses_nothing_acknowledged) {
    place p = place_new();
    uint32_t acked = 0;
    for (int round = 0; round < 5; round++) {
        int fds[2];
        assert_int_equal(pipe(fds), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            write_for_ever(p.dir, fds[1]);
        (void)close(fds[1]);
        for (int i = 0; i < 3 + round; i++)
            assert_int_equal(read(fds[0], &acked, 4), 4);
        (void)usleep((useconds_t)(137 * round));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        while (read(fds[0], &acked, 4) == 4) {
        }
        (void)close(fds[0]);
        td_db *db = open_ok(p.dir); /* the stale lock does not block */
        td_db_snap *s;
        uint32_t seen = 0;
        assert_int_equal(td_db_snap_open(db, &s), 0);
        for (uint8_t k = 0; k < 10; k++) {
            td_bytes v;
            assert_int_equal(td_db_get(s, TD_DB_NODE, TD_BYTES(&k, 1), &v), 0);
            assert_int_equal(v.len, 3000);
            assert_true(k == 0 || td_load_le32(v.ptr) == seen);
            seen = td_load_le32(v.ptr);
        }
        assert_true(seen == acked || seen == acked + 1);
        td_db_snap_close(s);
        td_db_close(db);
    }
    place_free(&p);
}

/* The child's part: a limit on the length of files stands for a disk that is full. */
static int fill_disk(const place *p) {
    static uint8_t big[8 << 20];
    td_db *db = open_ok(p->dir);
    td_db_batch *b;
    struct rlimit limit;
    memset(big, 1, sizeof big);
    put_one(db, TD_DB_META, KEY("a"), KEY("kept"));
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)getrlimit(RLIMIT_FSIZE, &limit);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 1 << 20;
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(td_db_begin(db, &b), 0);
    assert_int_equal(td_db_put(b, TD_DB_META, KEY("a"), KEY("lost")), 0);
    int err = td_db_put(b, TD_DB_BODY, KEY("b"), TD_BYTES(big, sizeof big));
    int end = td_db_commit(b);
    assert_true(end == TD_ERR_IO && (err == 0 || err == TD_ERR_IO));
    expect(db, TD_DB_META, "a", "kept"); /* reading goes on */
    limit.rlim_cur = before;
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    td_db_close(db); /* and writing, after a new start with room */
    db = open_ok(p->dir);
    put_one(db, TD_DB_BODY, KEY("b"), TD_BYTES(big, sizeof big));
    td_db_close(db);
    return 7;
}

TEST(dir, a_full_disk_is_an_error_that_leaves_the_store_as_it_was) {
    place p = place_new();
    pid_t child = fork();
    if (child == 0)
        _exit(fill_disk(&p));
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    td_db *db = open_ok(p.dir);
    expect(db, TD_DB_META, "a", "kept");
    td_db_close(db);
    place_free(&p);
}

TEST(dir, a_crash_while_creating_leaves_a_directory_that_opens) {
    place p = place_new();
    char path[96];
    (void)snprintf(path, sizeof path, "%s/tandem.db.new", p.dir);
    write_file(path, "half", 4);
    (void)snprintf(path, sizeof path, "%s/LOCK", p.dir);
    write_file(path, "", 0);
    td_db *db = open_ok(p.dir);
    put_one(db, TD_DB_META, KEY("a"), KEY("b"));
    td_db_close(db);
    (void)snprintf(path, sizeof path, "%s/notes.txt", p.dir); /* others may join a store */
    write_file(path, "x", 1);
    db = open_ok(p.dir);
    expect(db, TD_DB_META, "a", "b");
    td_db_close(db);
    assert_int_equal(truncate(p.data, 0), 0); /* an emptied store is not a new one */
    assert_int_equal(td_db_open(&db, NULL, p.dir), TD_ERR_CORRUPT);
    place_free(&p);
}
