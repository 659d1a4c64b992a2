/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "net/net_private.h"

#define STR(s) TD_BYTES_STR(s)

static unsigned judge_host(const char *host) {
    td_net_head head = {.method = STR("POST"), .host = STR(host)};
    return td_net_head_judge(&head, true, NULL, 100).status;
}

TEST(guard, knows_the_names_of_loopback) {
    static const char *const good[] = {"localhost",         "LocalHost:8545", "127.0.0.1",
                                       "127.9.9.9:1",       "[::1]",          "[::1]:8545",
                                       "[0:0:0:0:0:0:0:1]", "localhost:"};
    static const char *const bad[] = {
        "",
        "localhost.",
        "localhost:x",
        "localhost:80:80",
        "127.0.0.1.evil.com",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0.0.0.0",
        "128.0.0.1",
        "::1",
        "[::1",
        "[::1]x",
        "[::2]",
        "[localhost]",
        "evil.com",
        "a.localhost",
        " localhost",
        "localhost@evil.com",
        "a-very-long-name-a-very-long-name-a-very-long-name-a-very-long-name.localhost"};
    for (size_t i = 0; i < TD_COUNT(good); i++)
        if (judge_host(good[i]) != 0)
            fail_msg("%s was refused", good[i]);
    for (size_t i = 0; i < TD_COUNT(bad); i++)
        if (judge_host(bad[i]) != 403)
            fail_msg("%s was let in", bad[i]);
    td_net_head head = {.method = STR("POST"), .host = TD_BYTES("localhost\0.evil", 15)};
    assert_int_equal(td_net_head_judge(&head, true, NULL, 100).status, 403);
    head.host = STR("node.example"); /* bound to a public address, its names are not known */
    assert_int_equal(td_net_head_judge(&head, false, NULL, 100).status, 0);
}

TEST(guard, an_origin_needs_leave) {
    td_net_head head = {.method = STR("POST"), .host = STR("localhost"), .origin = STR("http://a")};
    assert_int_equal(td_net_head_judge(&head, true, NULL, 100).status, 403);
    assert_int_equal(td_net_head_judge(&head, false, NULL, 100).status, 403);
    assert_int_equal(td_net_head_judge(&head, true, "*", 100).status, 0);
    assert_int_equal(td_net_head_judge(&head, true, "http://a", 100).status, 0);
    assert_int_equal(td_net_head_judge(&head, true, "http://ab", 100).status, 403);
    assert_int_equal(td_net_head_judge(&head, true, "", 100).status, 403);
    head.origin = STR(""); /* an empty header is a header */
    assert_int_equal(td_net_head_judge(&head, true, NULL, 100).status, 403);
    head.host = STR("evil"); /* an allowed origin does not open the other gate */
    assert_int_equal(td_net_head_judge(&head, true, "*", 100).status, 403);
}

TEST(guard, judges_lengths_exactly) {
    static const struct {
        unsigned status;
        const char *length;
    } rows[] = {{0, "0"},
                {0, "100"},
                {0, "0000000000000000100"},
                {413, "101"},
                {413, "9999999999999999999"},
                {400, "99999999999999999999"},
                {400, ""},
                {400, "1e1"},
                {400, " 1"},
                {400, "-1"},
                {400, "0x10"}};
    for (size_t i = 0; i < TD_COUNT(rows); i++) {
        td_net_head head = {
            .method = STR("POST"), .host = STR("localhost"), .content_length = STR(rows[i].length)};
        assert_int_equal(td_net_head_judge(&head, true, NULL, 100).status, rows[i].status);
    }
}

TEST(guard, sees_headers_that_stand_twice_and_names_that_are_none) {
    static const char *const once[] = {"Host", "origin", "CONTENT-TYPE", "Content-Length",
                                       "Transfer-Encoding"};
    for (size_t i = 0; i < TD_COUNT(once); i++) {
        td_net_head head = {.method = STR("POST")};
        td_net_head_add(&head, STR(once[i]), (td_bytes){0});
        assert_false(head.repeated);
        td_net_head_add(&head, STR(once[i]), STR("x"));
        assert_true(head.repeated);
        assert_int_equal(td_net_head_judge(&head, false, "*", 100).status, 400);
    }
    static const char *const names[] = {"", "Content-Length ", "A\tB", "A(B", "\xc3\xa4"};
    for (size_t i = 0; i < TD_COUNT(names); i++) {
        td_net_head head = {.method = STR("POST"), .host = STR("localhost")};
        td_net_head_add(&head, STR("Accept"), STR("a"));
        td_net_head_add(&head, STR("Accept"), STR("b"));
        assert_int_equal(td_net_head_judge(&head, true, NULL, 100).status, 0);
        td_net_head_add(&head, STR(names[i]), STR("a"));
        assert_int_equal(td_net_head_judge(&head, true, NULL, 100).status, 400);
    }
}
