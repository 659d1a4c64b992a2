/* SPDX-License-Identifier: Apache-2.0
 *
 * A client on a thread of its own talks over raw sockets, the server's loop
 * runs on the test's. The client cannot fail a test by itself: it returns the
 * first thing that went wrong.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/test.h"
#include "net/net_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { BODY_MAX = 100000, REPLY_MAX = 1 << 20 };

typedef struct rig rig;
typedef const char *(*client_fn)(rig *);
struct rig {
    td_net *net;
    uint16_t port;
    client_fn client;
    const char *error; /* of the client; NULL: all went well */
    atomic_bool over;
    int served;
};

typedef struct wire {
    int fd;
    char text[REPLY_MAX + 4096];
    size_t len;
} wire;

typedef struct reply {
    int status; /* 0: the connection ended */
    char head[2048];
    char *body; /* in the wire's text, until the next read */
    size_t body_len;
    size_t total;
} reply;

#define TEXT_OF(x) #x
#define LINE_OF(x) TEXT_OF(x)
#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond))                                                                               \
            return "line " LINE_OF(__LINE__) ": " #cond;                                           \
    } while (0)

static int dial(uint16_t port) {
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = 5};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static wire *wire_new(uint16_t port) {
    wire *w = td_mem_alloc(sizeof *w);
    w->fd = dial(port);
    return w;
}

static void wire_free(wire *w) {
    if (w->fd >= 0)
        (void)close(w->fd);
    td_mem_free(w);
}

static bool send_all(int fd, const char *text, size_t len) {
    while (len != 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

/* Takes the next reply off the wire. */
static reply take(wire *w, reply *last) {
    reply r = {0};
    if (last != NULL && last->total != 0) {
        memmove(w->text, w->text + last->total, w->len - last->total);
        w->len -= last->total;
    }
    for (;;) {
        w->text[w->len] = 0;
        char *end = strstr(w->text, "\r\n\r\n");
        if (end != NULL && (size_t)(end - w->text) < sizeof r.head) {
            memcpy(r.head, w->text, (size_t)(end - w->text));
            const char *length = strcasestr(r.head, "content-length: ");
            r.body_len = length != NULL ? strtoul(length + 16, NULL, 10) : 0;
            r.body = end + 4;
            r.total = (size_t)(r.body - w->text) + r.body_len;
            if (w->len >= r.total) {
                r.status = atoi(r.head + 9);
                return r;
            }
        }
        ssize_t n = recv(w->fd, w->text + w->len, sizeof w->text - 1 - w->len, 0);
        if (n <= 0)
            return (reply){0};
        w->len += (size_t)n;
    }
}

/* Sends `text` on a new connection and returns the status of the answer. */
static int ask(const rig *t, const char *text, size_t len, char head[2048]) {
    wire *w = wire_new(t->port);
    reply r = {0};
    if (w->fd >= 0 && send_all(w->fd, text, len))
        r = take(w, NULL);
    if (head != NULL)
        memcpy(head, r.head, sizeof r.head);
    wire_free(w);
    return r.status;
}

#define ASK(t, text) ask(t, text, strlen(text), NULL)

#define POST_HEAD "POST / HTTP/1.1\r\nHost: localhost:8545\r\nContent-Type: application/json\r\n"
#define POST_2    POST_HEAD "Content-Length: 2\r\n\r\n"

/* --- the server's side ---------------------------------------------------------------------- */

/* Answers with the body in brackets; "BIG" gives a body past the limit, "ODD" no status. */
static int echo(void *ctx, td_bytes body, td_out *out) {
    (void)ctx;
    if (td_bytes_eq(body, TD_BYTES_STR("BIG")))
        (void)td_out_room(out, REPLY_MAX + 1);
    if (td_bytes_eq(body, TD_BYTES_STR("ODD")))
        return 0;
    if (td_bytes_eq(body, TD_BYTES_STR("NIL")))
        return 200;
    td_out_byte(out, '[');
    td_out_put(out, body.ptr, body.len);
    td_out_byte(out, ']');
    return 200;
}

static void *run_client(void *arg) {
    rig *t = arg;
    t->error = t->client(t);
    atomic_store(&t->over, true);
    td_net_wake(t->net);
    return NULL;
}

static td_net_config config_base(void) {
    return (td_net_config){.host = "127.0.0.1",
                           .body_len_max = BODY_MAX,
                           .reply_len_max = REPLY_MAX,
                           .connections_max = 64,
                           .timeout_s = 5};
}

/* Opens a server, serves until the client is done, closes. Returns the count of requests run. */
static int play(td_net_config config, client_fn client) {
    rig t = {.client = client};
    td_diag diag = {""};
    pthread_t thread;
    if (td_net_open(&t.net, &diag, &config) != 0)
        fail_msg("open: %s", diag.text);
    t.port = td_net_port(t.net);
    assert_int_equal(pthread_create(&thread, NULL, run_client, &t), 0);
    while (!atomic_load(&t.over))
        t.served += td_net_serve(t.net, echo, NULL, -1);
    (void)pthread_join(thread, NULL);
    td_net_close(t.net);
    if (t.error != NULL)
        fail_msg("client: %s", t.error);
    return t.served;
}

/* --- tests ---------------------------------------------------------------------------------- */

static const char *client_keep_alive(rig *t) {
    wire *w = wire_new(t->port);
    reply r = {0};
    for (int i = 0; i < 2; i++) {
        CHECK(send_all(w->fd, POST_2 "{}", strlen(POST_2 "{}")));
        r = take(w, &r);
        CHECK(r.status == 200 && r.body_len == 4 && memcmp(r.body, "[{}]", 4) == 0);
        CHECK(strstr(r.head, "Content-Type: application/json") != NULL);
        CHECK(strstr(r.head, "Access-Control") == NULL);
    }
    /* three in one packet, answered in order */
    const char *three = POST_2 "11" POST_2 "22" POST_2 "33";
    CHECK(send_all(w->fd, three, strlen(three)));
    for (char c = '1'; c <= '3'; c++) {
        r = take(w, &r);
        CHECK(r.status == 200 && r.body_len == 4 && r.body[1] == c);
    }
    const char *get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" POST_2 "44";
    CHECK(send_all(w->fd, get, strlen(get))); /* GET keeps the connection too */
    r = take(w, &r);
    CHECK(r.status == 200 && strstr(r.head, "text/plain") != NULL);
    r = take(w, &r);
    CHECK(r.status == 200 && r.body[1] == '4');
    const char *nil = POST_HEAD "Content-Length: 3\r\n\r\nNIL";
    CHECK(send_all(w->fd, nil, strlen(nil)));
    r = take(w, &r);
    CHECK(r.status == 200 && r.body_len == 0);
    wire_free(w);
    return NULL;
}

TEST(net, keeps_connections_and_takes_requests_in_a_row) {
    assert_int_equal(play(config_base(), client_keep_alive), 7);
}

static const char *client_bodies(rig *t) {
    static char text[3 * BODY_MAX + 1000];
    int n = snprintf(text, sizeof text, POST_HEAD "Content-Length: %d\r\n\r\n", BODY_MAX + 1);
    CHECK(ask(t, text, (size_t)n, NULL) == 413); /* refused before it is sent */
    n = snprintf(text, sizeof text, POST_HEAD "Content-Length: %d\r\n\r\n", BODY_MAX);
    memset(text + n, 'x', BODY_MAX);
    CHECK(ask(t, text, (size_t)n + BODY_MAX, NULL) == 200);
    CHECK(ASK(t, POST_HEAD
              "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;e=1\r\nc\r\n0\r\n\r\n") == 200);
    CHECK(ASK(t, POST_HEAD "Content-Length: 99999999999999999999\r\n\r\n") == 413);
    CHECK(ASK(t, POST_HEAD "Content-Length: 0\r\n\r\n") == 200);
    /* chunks past the limit: 413 at the end, and the end of the connection if there is none */
    n = snprintf(text, sizeof text, POST_HEAD "Transfer-Encoding: chunked\r\n\r\n%x\r\n",
                 BODY_MAX + 1);
    memset(text + n, 'x', BODY_MAX + 1);
    memcpy(text + n + BODY_MAX + 1, "\r\n0\r\n\r\n", 7);
    CHECK(ask(t, text, (size_t)n + BODY_MAX + 8, NULL) == 413);
    n = snprintf(text, sizeof text, POST_HEAD "Transfer-Encoding: chunked\r\n\r\n%x\r\n",
                 3 * BODY_MAX);
    memset(text + n, 'x', sizeof text - (size_t)n);
    CHECK(ask(t, text, sizeof text, NULL) == 0);
    CHECK(ASK(t, POST_HEAD "Content-Length: 3\r\n\r\nBIG") == 500);
    CHECK(ASK(t, POST_HEAD "Content-Length: 3\r\n\r\nODD") == 500);
    return NULL;
}

TEST(net, takes_bodies_up_to_the_limit_in_either_framing) {
    assert_int_equal(play(config_base(), client_bodies), 5);
}

static const char *client_refusals(rig *t) {
    static const struct {
        int status;
        const char *text;
    } rows[] = {
#define P "POST / HTTP/1.1\r\n"
#define H "Host: localhost\r\n"
#define L "Content-Length: 2\r\n\r\n{}"
        {200, P H L},
        {200, P "Host: 127.0.0.1:1\r\n" L},
        {200, P "Host: [::1]:8545\r\n" L},
        {200, "POST /any/path HTTP/1.1\r\n" H L},
        {200, P H "Content-Type: Application/JSON ; charset=utf-8\r\n" L},
        {200, "POST / HTTP/1.0\r\n" L},
        {403, P "Host: evil.example:8545\r\n" L},
        {403, P "Host: 127.0.0.1.evil.example\r\n" L},
        {403, P "Host: localhost.evil.example\r\n" L},
        {403, P "Host: 10.0.0.1\r\n" L},
        {403, "POST / HTTP/1.0\r\nHost: evil.example\r\n" L},
        {403, P H "Origin: http://localhost:3000\r\n" L},
        {403, P H "Origin: null\r\n" L},
        {403, "GET / HTTP/1.1\r\n" H "Origin: http://evil.example\r\n\r\n"},
        {415, P H "Content-Type: text/plain\r\n" L},
        {415, P H "Content-Type: text/plain;application/json\r\n" L},
        {415, P H "Content-Type: application/x-www-form-urlencoded\r\n" L},
        {415, P H "Content-Type: multipart/form-data; boundary=x\r\n" L},
        {415, P H "Content-Type:\r\n" L},
        {400, P L},
        {400, P H H L},
        {400, P H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
        {400, P H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {400, P H "Content-Length: 3\r\n" L},
        {400, P H "Content-Length: 2\r\n" L},
        {400, P H "Content-Length: +2\r\n\r\n{}"},
        {400, P H "Content-Length: 2, 2\r\n\r\n{}"},
        {400, P H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
        {400, P H "Transfer-Encoding: identity\r\n\r\n"},
        {400, P H "Content-Length : 2\r\n\r\n{}"},
        {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\n" H L},
        {404, "GET /x HTTP/1.1\r\n" H "\r\n"},
        {405, "PUT / HTTP/1.1\r\n" H "\r\n"},
        {405, "OPTIONS / HTTP/1.1\r\n" H "\r\n"},
    };
    static char texts[TD_COUNT(rows)][64];
    for (size_t i = 0; i < TD_COUNT(rows); i++) {
        int got = ASK(t, rows[i].text);
        (void)snprintf(texts[i], sizeof texts[i], "row %zu: %d, not %d", i, got, rows[i].status);
        if (got != rows[i].status)
            return texts[i];
    }
    char head[2048];
    const char *put = "PUT / HTTP/1.1\r\n" H "\r\n";
    CHECK(ask(t, put, strlen(put), head) == 405 && strstr(head, "Allow: GET, HEAD, POST\r\n"));
    /* after a refusal nothing on the connection is taken for a request */
    wire *w = wire_new(t->port);
    const char *smuggle =
        P H "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" POST_2 "{}";
    CHECK(send_all(w->fd, smuggle, strlen(smuggle)));
    reply r = take(w, NULL);
    CHECK(r.status == 400 && strstr(r.head, "close") != NULL);
    CHECK(take(w, &r).status == 0);
    wire_free(w);
    return NULL;
}

TEST(net, refuses_what_a_browser_or_a_smuggler_would_send) {
    assert_int_equal(play(config_base(), client_refusals), 6);
}

static const char *client_cors(rig *t) {
    char head[2048];
    const char *pre = "OPTIONS / HTTP/1.1\r\n" H "Origin: http://app.example\r\n"
                      "Access-Control-Request-Method: POST\r\n\r\n";
    CHECK(ask(t, pre, strlen(pre), head) == 204);
    CHECK(strstr(head, "Access-Control-Allow-Origin: http://app.example\r\n") != NULL);
    CHECK(strstr(head, "Access-Control-Allow-Headers: Content-Type") != NULL);
    CHECK(strstr(head, "Vary: Origin") != NULL);
    const char *post = P H "Origin: http://app.example\r\n" L;
    CHECK(ask(t, post, strlen(post), head) == 200);
    CHECK(strstr(head, "Access-Control-Allow-Origin: http://app.example") != NULL);
    CHECK(ASK(t, P H "Origin: http://other.example\r\n" L) == 403);
    return NULL;
}

TEST(net, answers_the_origin_that_is_allowed) {
    td_net_config config = config_base();
    config.allow_origin = "http://app.example";
    assert_int_equal(play(config, client_cors), 1);
}

static const char *client_slow(rig *t) {
    wire *w = wire_new(t->port);
    CHECK(send_all(w->fd, POST_2 "{", strlen(POST_2 "{")));
    uint64_t start = td_clock_ns();
    CHECK(take(w, NULL).status == 0 || w->len > 0); /* closed, or 408 */
    uint64_t took_ms = (td_clock_ns() - start) / 1000000;
    CHECK(took_ms >= 500 && took_ms < 4000);
    wire_free(w);
    return NULL;
}

TEST(net, closes_a_client_that_stops_in_the_middle) {
    td_net_config config = config_base();
    config.timeout_s = 1;
    assert_int_equal(play(config, client_slow), 0);
}

static const char *client_many(rig *t) {
    for (int i = 0; i < 200; i++)
        CHECK(ASK(t, POST_2 "{}") == 200);
    for (int i = 0; i < 20; i++) { /* clients that leave before their answer */
        int fd = dial(t->port);
        CHECK(fd >= 0 && send_all(fd, POST_2 "{}", strlen(POST_2 "{}")));
        struct linger now = {.l_onoff = 1};
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        (void)close(fd);
    }
    CHECK(ASK(t, POST_2 "{}") == 200);
    return NULL;
}

TEST(net, serves_many_and_survives_those_who_leave) {
    int served = play(config_base(), client_many);
    assert_true(served >= 201 && served <= 221);
}

static const char *client_crowd(rig *t) {
    int fds[8];
    for (size_t i = 0; i < TD_COUNT(fds); i++) {
        fds[i] = dial(t->port);
        CHECK(fds[i] >= 0);
        if (i == 3) /* these are in; let the server count them */
            CHECK(ASK(t, POST_2 "{}") == 0);
    }
    char c;
    for (size_t i = 4; i < TD_COUNT(fds); i++)
        CHECK(recv(fds[i], &c, 1, 0) <= 0); /* refused: closed at once */
    CHECK(send_all(fds[0], POST_2 "{}", strlen(POST_2 "{}")) && recv(fds[0], &c, 1, 0) == 1);
    for (size_t i = 0; i < TD_COUNT(fds); i++)
        (void)close(fds[i]);
    for (int i = 0; i < 100; i++) { /* room again, once the ends are noticed */
        if (ASK(t, POST_2 "{}") == 200)
            return NULL;
        (void)usleep(10000);
    }
    return "no room after the others left";
}

TEST(net, refuses_connections_past_the_limit) {
    td_net_config config = config_base();
    config.connections_max = 4;
    assert_int_equal(play(config, client_crowd), 2);
}

/* Reads one answer from `fd`; its status. */
static int status_of(int fd) {
    wire *w = td_mem_alloc(sizeof *w);
    w->fd = fd;
    int status = take(w, NULL).status;
    wire_free(w);
    return status;
}

/* Waits until `count` requests are in the queue. */
static void await_queue(td_net *n, size_t count) {
    for (int i = 0; i < 500; i++) {
        (void)pthread_mutex_lock(&n->lock);
        size_t have = n->count;
        (void)pthread_mutex_unlock(&n->lock);
        if (have == count)
            return;
        (void)usleep(2000);
    }
    fail_msg("the queue never held %zu", count);
}

TEST(net, answers_503_when_the_queue_is_full_and_at_the_end) {
    td_net_config config = config_base();
    td_net *n;
    td_diag diag = {""};
    int fds[4];
    config.queue_max = 3;
    assert_int_equal(td_net_open(&n, &diag, &config), 0);
    for (size_t i = 0; i < 4; i++) {
        fds[i] = dial(td_net_port(n));
        assert_true(send_all(fds[i], POST_2 "{}", strlen(POST_2 "{}")));
        await_queue(n, i < 3 ? i + 1 : 3);
    }
    assert_int_equal(status_of(fds[3]), 503);
    assert_int_equal(td_net_serve(n, echo, NULL, 1000), 3);
    assert_int_equal(status_of(fds[0]), 200);
    fds[3] = dial(td_net_port(n));
    assert_true(send_all(fds[3], POST_2 "{}", strlen(POST_2 "{}")));
    await_queue(n, 1);
    td_net_close(n); /* with one request in the queue */
    assert_int_equal(status_of(fds[3]), 503);
    assert_int_equal(status_of(fds[1]), 200);
    assert_int_equal(status_of(fds[2]), 200);
    assert_int_equal(dial(config.port), -1);
}

TEST(net, waits_no_longer_than_told_and_wakes) {
    td_net_config config = config_base();
    td_net *n;
    td_diag diag = {""};
    assert_int_equal(td_net_open(&n, &diag, &config), 0);
    uint64_t start = td_clock_ns();
    assert_int_equal(td_net_serve(n, echo, NULL, 30), 0);
    uint64_t took = td_clock_ns() - start;
    assert_true(took >= 29000000 && took < 3000000000u);
    td_net_wake(n);
    assert_int_equal(td_net_serve(n, echo, NULL, -1), 0);
    assert_int_equal(td_net_serve(n, echo, NULL, 0), 0);
    td_net_close(n);
    td_net_close(NULL);
}

TEST(net, says_what_is_wrong_with_an_address) {
    td_net_config config = config_base();
    td_net *n, *other;
    td_diag diag = {""};
    char want[64];
    assert_int_equal(td_net_open(&n, &diag, &config), 0);
    config.port = td_net_port(n);
    (void)snprintf(want, sizeof want, "port %u on 127.0.0.1 is in use", config.port);
    assert_int_equal(td_net_open(&other, &diag, &config), TD_ERR_BUSY);
    assert_non_null(strstr(diag.text, want));
    td_net_close(n);
    assert_int_equal(td_net_open(&n, &diag, &config), 0); /* free again at once */
    td_net_close(n);
    static const char *const bad[] = {"example.org", "", "127.0.0.1.", "1.2.3.4.5", "192.0.2.77"};
    for (size_t i = 0; i < TD_COUNT(bad); i++) {
        config.host = bad[i];
        assert_int_equal(td_net_open(&n, &diag, &config), TD_ERR_ARGS);
    }
    config.host = "localhost";
    assert_int_equal(td_net_open(&n, &diag, &config), 0);
    td_net_close(n);
    config.host = "::1";
    int err = td_net_open(&n, &diag, &config);
    assert_true(err == 0 || err == TD_ERR_ARGS); /* a machine may have no IPv6 */
    if (err == 0)
        td_net_close(n);
}
