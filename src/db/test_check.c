/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "base/mem.h"
#include "db/test_place.h"

#include <sys/stat.h>

/* A store with branch pages, large values and a free list, read whole into *data. */
static uint8_t *sample(const place *p, size_t *len) {
    td_db *db = open_ok(p->dir);
    for (uint32_t round = 0; round < 3; round++) {
        td_db_batch *b;
        assert_int_equal(td_db_begin(db, &b), 0);
        for (uint32_t i = 0; i < 400; i++) {
            uint8_t key[32] = {0}, value[9000];
            td_store_le32(key, i * 2654435761u);
            memset(value, (int)(i + round), sizeof value);
            size_t n = i % 100 == 0 ? sizeof value : 50 + i % 90;
            assert_int_equal(td_db_put(b, TD_DB_NODE, TD_BYTES(key, 32), TD_BYTES(value, n)), 0);
        }
        assert_int_equal(td_db_commit(b), 0);
    }
    td_db_close(db);
    struct stat st;
    int fd = open(p->data, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    *len = (size_t)st.st_size;
    uint8_t *data = td_mem_alloc(*len);
    assert_int_equal(read(fd, data, *len), (ssize_t)*len);
    (void)close(fd);
    return data;
}

/* Opens, reads everything, writes a batch. Returns the first error; the right values or an error.
 */
static int use_store(const place *p) {
    td_db *db = NULL;
    td_db_snap *s;
    td_db_batch *b = NULL;
    td_diag diag = {""};
    int err = td_db_open(&db, &diag, p->dir);
    if (err != 0) {
        assert_true(diag.text[0] != 0);
        return err;
    }
    assert_int_equal(td_db_snap_open(db, &s), 0);
    for (uint32_t i = 0; i < 400; i++) {
        uint8_t key[32] = {0};
        td_store_le32(key, i * 2654435761u);
        td_bytes v;
        int got = td_db_get(s, TD_DB_NODE, TD_BYTES(key, 32), &v);
        if (got != 0)
            err = got;
        else
            for (size_t j = 0; j < v.len; j++)
                assert_int_equal(v.ptr[j], (uint8_t)(i + 2));
    }
    td_db_snap_close(s);
    int rc = td_db_begin(db, &b);
    if (rc == 0) {
        rc = td_db_put(b, TD_DB_META, KEY("x"), KEY("y"));
        int end = td_db_commit(b);
        err = err != 0 ? err : rc != 0 ? rc : end;
    }
    td_db_close(db);
    return err;
}

TEST(check, a_truncated_or_zeroed_file_is_an_error) {
    place p = place_new();
    size_t len;
    uint8_t *data = sample(&p, &len);
    for (size_t cut = 0; cut + 4096 < len; cut += cut < 16384 ? 1000 : 20000) {
        write_file(p.data, data, cut);
        assert_true(use_store(&p) < 0);
    }
    uint8_t *zeros = td_mem_alloc(len);
    write_file(p.data, zeros, len);
    assert_int_equal(use_store(&p), TD_ERR_CORRUPT);
    memset(zeros, 0xff, len);
    write_file(p.data, zeros, len);
    assert_int_equal(use_store(&p), TD_ERR_CORRUPT);
    write_file(p.data, data, len);
    assert_int_equal(use_store(&p), 0); /* the sample itself is fine */
    td_mem_free(zeros);
    td_mem_free(data);
    place_free(&p);
}

TEST(check, a_flipped_bit_gives_an_error_or_right_answers) {
    place p = place_new();
    size_t len;
    uint8_t *data = sample(&p, &len);
    uint64_t x = 88172645463325252u;
    enum { FLIPS = 250 };
    int found = 0;
    for (int i = 0; i < FLIPS; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        size_t at = (size_t)(x >> 8) % len;
        if (i % 2 == 0) /* page heads, offsets and head pages get half of them */
            at = (at & ~(size_t)4095) + (x >> 58) * 4;
        data[at] ^= (uint8_t)(1u << (x & 7));
        write_file(p.data, data, len);
        found += use_store(&p) < 0;
        data[at] ^= (uint8_t)(1u << (x & 7));
    }
    assert_true(found > FLIPS / 10); /* most of the file is free pages and free space */
    td_mem_free(data);
    place_free(&p);
}
