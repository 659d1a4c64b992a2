/* SPDX-License-Identifier: Apache-2.0
 *
 * RLP against tests/vec/rlp: every input whole, and every integer both ways.
 */
#include "base/test.h"
#include "codec/rlp.h"
#include "codec/test_vec.h"

TEST(rlp, check_agrees_with_the_vectors) {
    td_test_vec v = td_test_vec_open("tests/vec/rlp/check.vec");
    unsigned count = 0;
    for (; td_test_vec_next(&v); count++) {
        int want = strcmp(v.word[0], "ok") == 0      ? TD_OK
                   : strcmp(v.word[0], "limit") == 0 ? TD_ERR_LIMIT
                                                     : TD_ERR_FORMAT;
        if (td_rlp_check(td_test_vec_bytes(&v, 1)) != want)
            fail_msg("%s:%u: not %s", v.name, v.line, v.word[0]);
    }
    assert_true(count > 30);
    td_test_vec_close(&v);
}

/* Writes whatever is read: a canonical input must come back byte for byte. */
static void rewrite(td_out *out, td_rlp r) {
    td_rlp_item item;
    while (!td_rlp_done(&r)) {
        assert_int_equal(td_rlp_next(&r, &item), 0);
        if (item.is_list) {
            size_t begin = td_rlp_begin(out);
            rewrite(out, td_rlp_over(item.payload));
            td_rlp_end(out, begin);
        } else {
            td_rlp_put_bytes(out, item.payload.ptr, item.payload.len);
        }
    }
}

TEST(rlp, writes_back_what_it_reads) {
    td_test_vec v = td_test_vec_open("tests/vec/rlp/check.vec");
    while (td_test_vec_next(&v)) {
        if (strcmp(v.word[0], "ok") != 0)
            continue;
        td_out out;
        td_out_init(&out, 4096);
        td_bytes in = td_test_vec_bytes(&v, 1);
        rewrite(&out, td_rlp_over(in));
        assert_true(td_bytes_eq(td_out_peek(&out), in));
        td_out_fini(&out);
    }
    td_test_vec_close(&v);
}

static void check_integer(const td_test_vec *v, td_bytes in) {
    td_u256 want = td_test_vec_u256(v, 1), wide;
    td_rlp r = td_rlp_over(in);
    assert_int_equal(td_rlp_u256(&r, &wide), 0);
    assert_true(td_rlp_done(&r) && td_u256_eq(&wide, &want));
    td_out out;
    td_out_init(&out, 64);
    td_rlp_put_u256(&out, &want);
    assert_true(td_bytes_eq(td_out_peek(&out), in));
    td_out_fini(&out);
    if (strcmp(v->word[0], "u64") != 0)
        return;
    uint64_t narrow;
    r = td_rlp_over(in);
    assert_int_equal(td_rlp_u64(&r, &narrow), 0);
    assert_true(td_rlp_done(&r) && narrow == want.w[0]);
    td_rlp_put_u64(&out, narrow);
    assert_true(td_bytes_eq(td_out_peek(&out), in));
    td_out_fini(&out);
}

TEST(rlp, integers_agree_with_the_vectors) {
    td_test_vec v = td_test_vec_open("tests/vec/rlp/integers.vec");
    while (td_test_vec_next(&v)) {
        td_bytes in = td_test_vec_bytes(&v, 2);
        td_rlp narrow_run = td_rlp_over(in), wide_run = narrow_run;
        uint64_t narrow;
        td_u256 wide;
        if (v.word[0][0] == 'u') {
            check_integer(&v, in);
        } else if (strcmp(v.word[0], "bad") == 0) {
            assert_int_equal(td_rlp_u64(&narrow_run, &narrow), TD_ERR_FORMAT);
            assert_int_equal(td_rlp_u256(&wide_run, &wide), TD_ERR_FORMAT);
        } else {
            bool too_wide = strcmp(v.word[0], "range256") == 0;
            assert_int_equal(td_rlp_u64(&narrow_run, &narrow), TD_ERR_RANGE);
            assert_int_equal(td_rlp_u256(&wide_run, &wide), too_wide ? TD_ERR_RANGE : TD_OK);
        }
    }
    td_test_vec_close(&v);
}

TEST(rlp, a_refused_read_does_not_move) {
    const uint8_t in[] = {0xc1, 0x05, 0x83, 'd', 'o', 'g', 0x81};
    td_rlp r = td_rlp_over((td_bytes){in, sizeof in}), items;
    td_bytes bytes;
    uint8_t fixed[4];
    uint64_t n;
    size_t count;
    assert_int_equal(td_rlp_bytes(&r, &bytes), TD_ERR_FORMAT);
    assert_int_equal(td_rlp_u64(&r, &n), TD_ERR_FORMAT);
    assert_int_equal(td_rlp_list(&r, &items), 0);
    assert_int_equal(td_rlp_u64(&items, &n), 0);
    assert_int_equal(n, 5);
    assert_int_equal(td_rlp_list(&r, &items), TD_ERR_FORMAT);
    assert_int_equal(td_rlp_fixed(&r, fixed, 4), TD_ERR_FORMAT);
    assert_int_equal(td_rlp_fixed(&r, fixed, 3), 0);
    assert_memory_equal(fixed, "dog", 3);
    assert_int_equal(td_rlp_count(r, &count), TD_ERR_FORMAT);
    assert_int_equal(td_rlp_bytes(&r, &bytes), TD_ERR_FORMAT);
    assert_ptr_equal(r.at, in + 6);
    assert_int_equal(td_rlp_count(td_rlp_over((td_bytes){in, 6}), &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(td_rlp_count((td_rlp){0}, &count), 0);
    assert_int_equal(count, 0);
}

TEST(rlp, the_writer_stops_at_the_limit) {
    td_out out;
    td_out_init(&out, 60);
    size_t begin = td_rlp_begin(&out);
    uint8_t bytes[57] = {0};
    td_rlp_put_bytes(&out, bytes, 57);
    assert_false(out.failed);
    td_rlp_end(&out, begin); /* 59 bytes of payload and 2 of header */
    assert_true(out.failed);
    td_rlp_end(&out, begin);
    td_out_fini(&out);
}

TEST(rlp, a_header_alone_equals_begin_and_end) {
    for (size_t len = 0; len < 70000; len = len * 2 + 1) {
        td_out a, b;
        td_out_init(&a, 1 << 20);
        td_out_init(&b, 1 << 20);
        size_t begin = td_rlp_begin(&a);
        if (len != 0)
            memset(td_out_room(&a, len), 1, len);
        td_rlp_end(&a, begin);
        td_rlp_put_list_header(&b, len);
        assert_memory_equal(a.ptr, b.ptr, b.len);
        assert_int_equal(a.len, b.len + len);
        assert_int_equal(td_rlp_check(td_out_peek(&a)), 0);
        td_out_fini(&a);
        td_out_fini(&b);
    }
}
