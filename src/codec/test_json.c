/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "codec/json.h"

#define PARSE(j, text) td_json_parse(j, &diag, TD_BYTES(text, sizeof(text) - 1), 1 << 20)

/* The value written back, compared with `want`. */
static void expect_text(const td_json *j, const char *want) {
    td_out out;
    td_jsonw w;
    td_out_init(&out, 1 << 16);
    td_jsonw_init(&w, &out);
    td_jsonw_json(&w, j);
    td_out_byte(&out, 0);
    assert_string_equal((char *)out.ptr, want);
    td_out_fini(&out);
}

TEST(json, takes_every_form_of_rfc_8259) {
    static const char *const same[] = {
        "null",
        "true",
        "false",
        "0",
        "-0.5",
        "1e400",
        "1E+2",
        "18446744073709551615",
        "-9223372036854775808",
        "1.10",
        "\"\"",
        "[]",
        "{}",
        "[1,[2,{\"a\":[]}],null]",
        "{\"\":1,\"b\":null}",
        "\"\xc3\xa9\xf0\x9f\x98\x80\"",
        "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\"",
    };
    for (size_t i = 0; i < TD_COUNT(same); i++) {
        td_diag diag = {0};
        td_json *j;
        if (td_json_parse(&j, &diag, TD_BYTES_STR(same[i]), 1000) != 0)
            fail_msg("%s: %s", same[i], diag.text);
        expect_text(j, same[i]);
        td_json_free(j);
    }
}

TEST(json, refuses_what_is_not_json) {
    static const char *const bad[] = {
        "",
        " ",
        "nul",
        "True",
        "NaN",
        "Infinity",
        "-Infinity",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "0x10",
        "'a'",
        "{'a':1}",
        "[1,]",
        "{\"a\":1,}",
        "[1 2]",
        "{\"a\" 1}",
        "{a:1}",
        "[",
        "]",
        "}",
        "[}",
        "{]",
        "[1]]",
        "1 2",
        "{} x",
        "/*c*/1",
        "1//c",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"abc",
        "\"\\",
        "\"\xff\"",
        "\"\xc3\"",
        "\"\xed\xa0\x80\"",
        "{\"a\\u0000\":1}",
        "\xef\xbb\xbf{}",
        "truefalse",
        "1true",
        ",",
        ":",
        "{1:2}",
        "[\"a\":1]",
        "\"\xc0\xaf\"",
        "[\v1]",
    };
    for (size_t i = 0; i < TD_COUNT(bad); i++) {
        td_diag diag = {0};
        td_json *j;
        if (td_json_parse(&j, &diag, TD_BYTES_STR(bad[i]), 1000) != TD_ERR_FORMAT)
            fail_msg("accepted: %s", bad[i]);
        assert_null(j);
        assert_true(strlen(diag.text) > 6);
    }
    td_json *j;
    assert_int_equal(td_json_parse(&j, NULL, TD_BYTES("1\0", 2), 10), TD_ERR_FORMAT);
    assert_int_equal(td_json_parse(&j, NULL, TD_BYTES("[1]\0[", 5), 10), TD_ERR_FORMAT);
}

TEST(json, says_where) {
    td_diag diag;
    td_json *j;
    assert_int_equal(PARSE(&j, "{\"a\": nope}"), TD_ERR_FORMAT);
    assert_non_null(strstr(diag.text, "byte 6"));
    assert_int_equal(PARSE(&j, "[1,2,,3]"), TD_ERR_FORMAT);
    assert_non_null(strstr(diag.text, "byte 5"));
}

TEST(json, keeps_limits) {
    td_diag diag;
    td_json *j;
    char deep[2 * TD_JSON_DEPTH_MAX + 2];
    size_t n = TD_JSON_DEPTH_MAX;
    memset(deep, '[', n);
    memset(deep + n, ']', n);
    assert_int_equal(td_json_parse(&j, &diag, TD_BYTES(deep, 2 * n), 1000), 0);
    td_json_free(j);
    n++;
    memset(deep, '[', n);
    memset(deep + n, ']', n);
    assert_int_equal(td_json_parse(&j, &diag, TD_BYTES(deep, 2 * n), 1000), TD_ERR_LIMIT);
    assert_int_equal(td_json_parse(&j, &diag, TD_BYTES("[10]", 4), 3), TD_ERR_LIMIT);
    assert_int_equal(PARSE(&j, "18446744073709551616"), TD_ERR_RANGE);
    assert_int_equal(PARSE(&j, "[-9223372036854775809]"), TD_ERR_RANGE);
    assert_non_null(strstr(diag.text, "byte 1"));
}

TEST(json, readers_take_what_is_there) {
    td_diag diag;
    td_json *j;
    assert_int_equal(PARSE(&j, "{\"a\":[1,null,\"x\\u0000y\"],\"b\":true,\"a2\":2,\"b\":false}"),
                     0);
    assert_int_equal(td_json_typeof(j), TD_JSON_OBJECT);
    assert_int_equal(td_json_count(j), 3);
    td_json *a = td_json_get(j, "a");
    assert_int_equal(td_json_count(a), 3);
    assert_int_equal(td_json_typeof(td_json_at(a, 1)), TD_JSON_NULL);
    assert_null(td_json_at(a, 3));
    size_t len;
    assert_memory_equal(td_json_text(td_json_at(a, 2), &len), "x\0y", 3);
    assert_int_equal(len, 3);
    assert_int_equal(td_json_typeof(td_json_get(j, "b")), TD_JSON_BOOL);
    assert_false(td_json_is_true(td_json_get(j, "b"))); /* the last wins */
    assert_null(td_json_get(j, "c"));
    assert_null(td_json_get(NULL, "c"));
    assert_null(td_json_get(a, "c"));
    assert_null(td_json_at(j, 0));
    assert_int_equal(td_json_typeof(NULL), TD_JSON_ABSENT);
    const void *cursor = NULL;
    const char *key, *want[] = {"a", "b", "a2"};
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(td_json_member(j, &cursor, &key));
        assert_string_equal(key, want[i]);
    }
    assert_null(td_json_member(j, &cursor, &key));
    assert_null(key);
    expect_text(a, "[1,null,\"x\\u0000y\"]");
    td_json_free(j);
}

TEST(json, numbers_in_all_their_forms) {
    static const struct {
        const char *text;
        int err;
        uint64_t value;
    } rows[] = {
        {"7", 0, 7},
        {"\"7\"", 0, 7},
        {"\"0x07\"", 0, 7},
        {"18446744073709551615", 0, UINT64_MAX},
        {"\"18446744073709551616\"", TD_ERR_RANGE, 0},
        {"\"0x10000000000000000\"", TD_ERR_RANGE, 0},
        {"-1", TD_ERR_RANGE, 0},
        {"1.0", TD_ERR_FORMAT, 0},
        {"1e2", TD_ERR_FORMAT, 0},
        {"\"\"", TD_ERR_FORMAT, 0},
        {"\"0x\"", TD_ERR_FORMAT, 0},
        {"\"ff\"", TD_ERR_FORMAT, 0},
        {"true", TD_ERR_FORMAT, 0},
        {"null", TD_ERR_FORMAT, 0},
        {"[1]", TD_ERR_FORMAT, 0},
    };
    for (size_t i = 0; i < TD_COUNT(rows); i++) {
        td_json *j;
        uint64_t value = 0;
        assert_int_equal(td_json_parse(&j, NULL, TD_BYTES_STR(rows[i].text), 1000), 0);
        if (td_json_u64(j, &value) != rows[i].err || value != rows[i].value)
            fail_msg("%s", rows[i].text);
        td_json_free(j);
    }
    uint64_t value;
    assert_int_equal(td_json_u64(NULL, &value), TD_ERR_FORMAT);
}

TEST(json, hex_values) {
    td_arena a;
    td_arena_init(&a, 1024, 4096);
    td_diag diag;
    td_json *j;
    td_bytes data;
    td_addr addr;
    td_hash hash;
    assert_int_equal(
        PARSE(&j, "[\"0x0102\",\"0x010\",12,\"0x0102030405060708090a0b0c0d0e0f1011121314\"]"), 0);
    assert_int_equal(td_json_data(&a, td_json_at(j, 0), &data, 2), 0);
    assert_memory_equal(data.ptr, "\1\2", 2);
    assert_int_equal(td_json_data(&a, td_json_at(j, 0), &data, 1), TD_ERR_LIMIT);
    assert_int_equal(td_json_data(&a, td_json_at(j, 1), &data, 9), TD_ERR_FORMAT);
    assert_int_equal(td_json_data(&a, td_json_at(j, 2), &data, 9), TD_ERR_FORMAT);
    assert_true(td_json_addr(td_json_at(j, 3), &addr));
    assert_int_equal(addr.b[19], 0x14);
    assert_false(td_json_hash(td_json_at(j, 3), &hash));
    assert_false(td_json_addr(td_json_at(j, 2), &addr));
    td_json_free(j);
    td_arena_fini(&a);
}

TEST(json, the_writer_writes) {
    td_out out;
    td_jsonw w;
    td_out_init(&out, 1 << 16);
    td_jsonw_init(&w, &out);
    td_jsonw_object(&w);
    td_jsonw_key(&w, "a");
    td_jsonw_array(&w);
    td_jsonw_number(&w, INT64_MIN);
    td_jsonw_number(&w, 0);
    td_jsonw_null(&w);
    td_jsonw_bool(&w, true);
    td_jsonw_array_end(&w);
    td_jsonw_key(&w, "u");
    td_jsonw_u64(&w, 0);
    td_jsonw_key(&w, "v");
    td_jsonw_u64(&w, UINT64_MAX);
    td_jsonw_key(&w, "w");
    td_u256 big = {{1, 0, 0, 0x1000000000000000u}};
    td_jsonw_u256(&w, &big);
    td_jsonw_key(&w, "d");
    td_jsonw_data(&w, "\0\xff", 2);
    td_jsonw_key(&w, "e");
    td_jsonw_data(&w, NULL, 0);
    td_jsonw_key(&w, "r");
    td_jsonw_raw(&w, "[1]", 3);
    td_jsonw_key(&w, "t");
    td_jsonw_str(&w, "a\xff\xc3\xa9\xed\xa0\x80\xf0\x9f\x98\x80\x7f\x1f\"\xe2\x82");
    td_jsonw_object_end(&w);
    td_out_byte(&out, 0);
    assert_string_equal(
        (char *)out.ptr,
        "{\"a\":[-9223372036854775808,0,null,true],\"u\":\"0x0\",\"v\":\"0xffffffffffffffff\","
        "\"w\":\"0x1000000000000000000000000000000000000000000000000000000000000001\","
        "\"d\":\"0x00ff\",\"e\":\"0x\",\"r\":[1],"
        "\"t\":\"a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80\x7f"
        "\\u001f\\\"\xef\xbf\xbd\xef\xbf\xbd\"}");
    td_out_fini(&out);
}
