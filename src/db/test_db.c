/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "base/mem.h"
#include "db/test_place.h"

TEST(db, puts_gets_and_deletes_in_both_modes) {
    place p = place_new();
    for (int mode = 0; mode < 2; mode++) {
        td_db *db = open_ok(mode ? p.dir : NULL);
        put_one(db, TD_DB_NODE, KEY("k"), KEY("first"));
        expect(db, TD_DB_NODE, "k", "first");
        expect(db, TD_DB_CODE, "k", NULL); /* columns are apart */
        put_one(db, TD_DB_NODE, KEY("k"), KEY(""));
        expect(db, TD_DB_NODE, "k", "");
        put_one(db, TD_DB_NODE, KEY("k"), KEY("second and longer"));
        td_db_batch *b;
        td_bytes v;
        assert_int_equal(td_db_begin(db, &b), 0);
        assert_int_equal(td_db_batch_get(b, TD_DB_NODE, KEY("k"), &v), 0);
        assert_true(td_bytes_eq(v, KEY("second and longer")));
        assert_int_equal(td_db_del(b, TD_DB_NODE, KEY("k")), 0);
        assert_int_equal(td_db_batch_get(b, TD_DB_NODE, KEY("k"), &v), TD_ERR_NOT_FOUND);
        assert_int_equal(td_db_del(b, TD_DB_NODE, KEY("k")), TD_ERR_NOT_FOUND);
        assert_int_equal(td_db_commit(b), 0); /* an absent key spoils nothing */
        expect(db, TD_DB_NODE, "k", NULL);
        td_db_close(db);
    }
    place_free(&p);
}

static void expect_seek(td_db_snap *s, const char *from, bool backward, const char *want) {
    td_bytes key, value;
    int err = td_db_seek(s, TD_DB_META, KEY(from), backward, &key, &value);
    assert_int_equal(err, want != NULL ? TD_OK : TD_ERR_NOT_FOUND);
    if (want != NULL && !(td_bytes_eq(key, KEY(want)) && td_bytes_eq(value, KEY(want))))
        fail_msg("seek from %s found %.*s, not %s", from, (int)key.len, (const char *)key.ptr,
                 want);
}

TEST(db, seeks_the_next_key_and_the_one_before) {
    static const char *const keys[] = {"m", "b", "d", "dd", "x"};
    td_db *db = open_ok(NULL);
    td_db_batch *b;
    td_db_snap *s;
    assert_int_equal(td_db_begin(db, &b), 0);
    for (size_t i = 0; i < TD_COUNT(keys); i++)
        assert_int_equal(td_db_put(b, TD_DB_META, KEY(keys[i]), KEY(keys[i])), 0);
    assert_int_equal(td_db_del(b, TD_DB_META, KEY("store-format")), 0); /* so that keys are ours */
    assert_int_equal(td_db_commit(b), 0);
    assert_int_equal(td_db_snap_open(db, &s), 0);
    expect_seek(s, "", false, "b");
    expect_seek(s, "a", false, "b");
    expect_seek(s, "b", false, "b");
    expect_seek(s, "d", false, "d");
    expect_seek(s, "da", false, "dd");
    expect_seek(s, "y", false, NULL);
    expect_seek(s, "", true, NULL);
    expect_seek(s, "a", true, NULL);
    expect_seek(s, "b", true, "b");
    expect_seek(s, "c", true, "b");
    expect_seek(s, "dc", true, "d");
    expect_seek(s, "dz", true, "dd");
    expect_seek(s, "zzz", true, "x");
    td_bytes k, v;
    static const uint8_t high[512] = {0xff};
    assert_int_equal(td_db_seek(s, TD_DB_META, TD_BYTES(high, 511), true, &k, &v), 0);
    assert_true(td_bytes_eq(k, KEY("x")));
    assert_int_equal(td_db_seek(s, TD_DB_META, TD_BYTES(high, 512), true, &k, &v), TD_ERR_LIMIT);
    assert_int_equal(td_db_seek(s, TD_DB_BODY, KEY("a"), true, &k, &v), TD_ERR_NOT_FOUND);
    assert_int_equal(td_db_seek(s, TD_DB_BODY, KEY("a"), false, &k, &v), TD_ERR_NOT_FOUND);
    td_db_snap_close(s);
    td_db_close(db);
}

TEST(db, walks_many_keys_in_order_of_their_bytes) {
    enum { COUNT = 3000 };
    td_db *db = open_ok(NULL);
    td_db_batch *b;
    td_db_snap *s;
    assert_int_equal(td_db_begin(db, &b), 0);
    for (uint64_t i = 0; i < COUNT; i++) {
        uint8_t key[8];
        td_store_be64(key, i * 7919 % COUNT * 256);
        assert_int_equal(td_db_put(b, TD_DB_HEADER, TD_BYTES(key, 8), TD_BYTES(key, 8)), 0);
    }
    assert_int_equal(td_db_commit(b), 0);
    assert_int_equal(td_db_snap_open(db, &s), 0);
    for (int backward = 0; backward < 2; backward++) {
        uint8_t from[8] = {0};
        if (backward)
            memset(from, 0xff, 8);
        td_bytes k, v;
        uint64_t count = 0;
        for (; td_db_seek(s, TD_DB_HEADER, TD_BYTES(from, 8), backward, &k, &v) == 0; count++) {
            uint64_t at = td_load_be64(k.ptr);
            assert_int_equal(at, (backward ? COUNT - 1 - count : count) * 256);
            assert_true(td_bytes_eq(k, v));
            td_store_be64(from, backward ? at - 1 : at + 1);
            if (backward && at == 0) {
                count++;
                break;
            }
        }
        assert_int_equal(count, COUNT);
    }
    td_db_snap_close(s);
    td_db_close(db);
}

TEST(db, abort_leaves_nothing_and_a_second_batch_is_refused) {
    td_db *db = open_ok(NULL);
    td_db_batch *b, *other;
    assert_int_equal(td_db_begin(db, &b), 0);
    assert_int_equal(td_db_put(b, TD_DB_META, KEY("a"), KEY("1")), 0);
    assert_int_equal(td_db_begin(db, &other), TD_ERR_BUSY);
    td_db_abort(b);
    expect(db, TD_DB_META, "a", NULL);
    put_one(db, TD_DB_META, KEY("a"), KEY("2"));
    expect(db, TD_DB_META, "a", "2");
    td_db_close(db);
}

TEST(db, a_snapshot_keeps_what_it_saw) {
    td_db *db = open_ok(NULL);
    put_one(db, TD_DB_META, KEY("a"), KEY("old"));
    td_db_snap *s;
    td_bytes v, k;
    assert_int_equal(td_db_snap_open(db, &s), 0);
    assert_int_equal(td_db_get(s, TD_DB_META, KEY("a"), &v), 0);
    for (int i = 0; i < 50; i++) { /* many batches would reuse the pages, were they not held */
        uint8_t big[5000];
        memset(big, i, sizeof big);
        put_one(db, TD_DB_META, KEY("a"), TD_BYTES(big, sizeof big));
        put_one(db, TD_DB_META, KEY("b"), TD_BYTES(big, 100));
    }
    assert_true(td_bytes_eq(v, KEY("old")));
    assert_int_equal(td_db_get(s, TD_DB_META, KEY("b"), &v), TD_ERR_NOT_FOUND);
    assert_int_equal(td_db_seek(s, TD_DB_META, KEY("a"), false, &k, &v), 0);
    assert_true(td_bytes_eq(v, KEY("old")));
    td_db_snap_close(s);
    td_db_close(db);
}

TEST(db, keeps_keys_and_values_to_their_limits) {
    static uint8_t key[TD_DB_KEY_LEN_MAX + 1];
    place p = place_new();
    td_db *db = open_ok(p.dir);
    td_db_batch *b;
    td_bytes v;
    size_t len = 3 << 20;
    uint8_t *big = td_mem_alloc(len);
    memset(big, 0x5a, len);
    memset(key, 'k', sizeof key);
    assert_int_equal(td_db_begin(db, &b), 0);
    assert_int_equal(td_db_put(b, TD_DB_BODY, TD_BYTES(key, sizeof key), KEY("v")), TD_ERR_LIMIT);
    assert_int_equal(td_db_put(b, TD_DB_BODY, KEY(""), KEY("v")), TD_ERR_LIMIT);
    td_bytes too_long = {big, (size_t)TD_DB_VALUE_LEN_MAX + 1}; /* refused before it is read */
    assert_int_equal(td_db_put(b, TD_DB_BODY, KEY("k"), too_long), TD_ERR_LIMIT);
    assert_int_equal(td_db_put(b, TD_DB_BODY, TD_BYTES(key, 511), TD_BYTES(big, len)), 0);
    assert_int_equal(td_db_batch_get(b, TD_DB_BODY, TD_BYTES(key, 512), &v), TD_ERR_NOT_FOUND);
    assert_int_equal(td_db_batch_get(b, TD_DB_BODY, KEY(""), &v), TD_ERR_NOT_FOUND);
    assert_int_equal(td_db_commit(b), 0);
    td_db_close(db);
    db = open_ok(p.dir);
    td_db_snap *s;
    assert_int_equal(td_db_snap_open(db, &s), 0);
    assert_int_equal(td_db_get(s, TD_DB_BODY, TD_BYTES(key, 511), &v), 0);
    assert_true(td_bytes_eq(v, TD_BYTES(big, len)));
    td_db_snap_close(s);
    td_db_close(db);
    td_mem_free(big);
    place_free(&p);
}

TEST(db, memory_leaves_no_names_and_stays_small) {
    char prefix[64];
    (void)snprintf(prefix, sizeof prefix, "tandem-%ld-", (long)getpid());
    td_db *db = open_ok(NULL);
    put_one(db, TD_DB_META, KEY("a"), KEY("b"));
    static const char *const dirs[] = {"/dev/shm", "/tmp"};
    for (size_t i = 0; i < TD_COUNT(dirs); i++) {
        DIR *d = opendir(dirs[i]);
        for (const struct dirent *e = d ? readdir(d) : NULL; e != NULL; e = readdir(d))
            assert_false(strncmp(e->d_name, prefix, strlen(prefix)) == 0);
        if (d != NULL)
            (void)closedir(d);
    }
    MDB_envinfo info;
    MDB_stat st;
    assert_int_equal(mdb_env_info(db->env, &info), 0);
    assert_int_equal(mdb_env_stat(db->env, &st), 0);
    assert_true((info.me_last_pgno + 1) * st.ms_psize < 256 << 10);
    td_db_close(db);
}

TEST(db, a_full_map_is_an_error_that_leaves_the_store_as_it_was) {
    td_db *db = open_ok(NULL);
    put_one(db, TD_DB_META, KEY("a"), KEY("kept"));
    assert_int_equal(mdb_env_set_mapsize(db->env, 1 << 20), 0);
    td_db_batch *b;
    int err = 0;
    assert_int_equal(td_db_begin(db, &b), 0);
    assert_int_equal(td_db_put(b, TD_DB_META, KEY("a"), KEY("lost")), 0);
    for (uint32_t i = 0; i < 1000 && err == 0; i++) {
        uint8_t value[4096] = {1};
        err = td_db_put(b, TD_DB_NODE, TD_BYTES(&i, 4), TD_BYTES(value, sizeof value));
    }
    assert_int_equal(err, TD_ERR_IO);
    assert_int_equal(td_db_commit(b), TD_ERR_IO);
    expect(db, TD_DB_META, "a", "kept");
    put_one(db, TD_DB_META, KEY("b"), KEY("small"));
    td_db_close(db);
}
