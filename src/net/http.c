/* SPDX-License-Identifier: Apache-2.0
 *
 * The I/O thread's side: libmicrohttpd's callbacks gather a body, suspend the
 * connection while the request waits for the handler, then send the answer.
 * Everything here runs on the I/O thread unless it says otherwise.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "net/net_private.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const char hello[] = "tandem: JSON-RPC by POST\n";

/* --- answers -------------------------------------------------------------------------------- */

struct MHD_Response *td_net_response(const td_net *n, td_bytes bytes, bool own, const char *type) {
    void *ptr = (void *)(uintptr_t)bytes.ptr;
    struct MHD_Response *r =
        own ? MHD_create_response_from_buffer_with_free_callback(bytes.len, ptr, td_mem_free)
            : MHD_create_response_from_buffer(bytes.len, ptr, MHD_RESPMEM_MUST_COPY);
    if (r == NULL) {
        if (own)
            td_mem_free(ptr);
        return NULL;
    }
    bool ok = type == NULL || MHD_add_response_header(r, "Content-Type", type) == MHD_YES;
    if (n->allow_origin != NULL) {
        ok &= MHD_add_response_header(r, "Access-Control-Allow-Origin", n->allow_origin) == MHD_YES;
        if (strcmp(n->allow_origin, "*") != 0)
            ok &= MHD_add_response_header(r, "Vary", "Origin") == MHD_YES;
    }
    if (ok)
        return r;
    MHD_destroy_response(r); /* frees the memory too */
    return NULL;
}

static enum MHD_Result send_response(struct MHD_Connection *c, unsigned status,
                                     struct MHD_Response *r) {
    enum MHD_Result sent = MHD_queue_response(c, status, r);
    MHD_destroy_response(r); /* the connection holds its own count */
    return sent;
}

/* A refusal as plain text. The connection is closed after it, since what follows on it is not known
 * to be a request. */
static enum MHD_Result send_refusal(const td_net *n, struct MHD_Connection *c, unsigned status,
                                    const char *text) {
    struct MHD_Response *r = td_net_response(n, TD_BYTES_STR(text), false, "text/plain");
    if (r == NULL)
        return MHD_NO;
    bool ok = MHD_add_response_header(r, "Connection", "close") == MHD_YES;
    if (status == 405)
        ok &= MHD_add_response_header(r, "Allow",
                                      n->allow_origin != NULL ? "GET, HEAD, OPTIONS, POST"
                                                              : "GET, HEAD, POST") == MHD_YES;
    if (!ok) {
        MHD_destroy_response(r);
        return MHD_NO;
    }
    return send_response(c, status, r);
}

static enum MHD_Result refuse(const td_net *n, struct MHD_Connection *c, unsigned status,
                              const char *text) {
    char line[256];
    if (status == 413)
        (void)snprintf(line, sizeof line, "request body of more than %zu bytes (limit %zu)\n",
                       n->body_len_max, n->body_len_max);
    else
        (void)snprintf(line, sizeof line, "%s\n", text);
    td_log_line(n->log, TD_LOG_DEBUG, "net", "refused with %u: %s", status, line);
    return send_refusal(n, c, status, line);
}

/* The answer to a browser's preflight; NULL: out of memory. */
static struct MHD_Response *preflight(const td_net *n) {
    static const char *const headers[][2] = {{"Access-Control-Allow-Methods", "POST, GET, OPTIONS"},
                                             {"Access-Control-Allow-Headers", "Content-Type"},
                                             {"Access-Control-Max-Age", "600"}};
    struct MHD_Response *r = td_net_response(n, (td_bytes){0}, false, NULL);
    for (size_t i = 0; i < TD_COUNT(headers) && r != NULL; i++)
        if (MHD_add_response_header(r, headers[i][0], headers[i][1]) != MHD_YES) {
            MHD_destroy_response(r);
            r = NULL;
        }
    return r;
}

/* --- a request ------------------------------------------------------------------------------ */

static enum MHD_Result add_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                  size_t name_len, const char *value, size_t value_len) {
    (void)kind;
    td_net_head_add(ctx, TD_BYTES(name, name_len), TD_BYTES(value, value_len));
    return MHD_YES;
}

static td_net_conn *conn_of(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

/* The head is here: refuses, or begins to gather. */
static enum MHD_Result begin(td_net *n, struct MHD_Connection *c, const char *url,
                             const char *method, const char *version, void **slot) {
    td_net_head head = {.method = TD_BYTES_STR(method),
                        .http_1_0 = strcmp(version, MHD_HTTP_VERSION_1_0) == 0};
    (void)MHD_get_connection_values_n(c, MHD_HEADER_KIND, add_header, &head);
    td_net_refusal refusal =
        td_net_head_judge(&head, n->loopback, n->allow_origin, n->body_len_max);
    if (refusal.status != 0)
        return refuse(n, c, refusal.status, refusal.text);
    bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    bool post = strcmp(method, "POST") == 0;
    if (!get && !post && (strcmp(method, "OPTIONS") != 0 || n->allow_origin == NULL))
        return refuse(n, c, 405, "this method is not allowed");
    if (get && strcmp(url, "/") != 0)
        return refuse(n, c, 404, "nothing here");
    td_net_request *r = td_mem_alloc(sizeof *r);
    if (r == NULL)
        return refuse(n, c, 503, "out of memory");
    r->connection = c;
    r->conn = conn_of(c);
    td_out_init(&r->body, n->body_len_max);
    if (r->conn != NULL) {
        r->conn->phase = CONN_BODY;
        r->conn->since_ns = td_clock_ns();
    }
    if (!post) { /* sent by the next call: an answer from this one ends the connection */
        r->response =
            get ? td_net_response(n, TD_BYTES_STR(hello), false, "text/plain") : preflight(n);
        r->status = r->response == NULL ? 500 : get ? 200 : 204;
        r->answered = true;
    }
    *slot = r;
    return MHD_YES;
}

bool td_net_request_hold(td_net *n, td_net_request *r, size_t len) {
    r->held_len += len;
    return atomic_fetch_add(&n->held_len, len) + len <= TD_NET_HELD_LEN_MAX;
}

void td_net_request_drop(td_net *n, td_net_request *r) {
    td_out_fini(&r->body);
    (void)atomic_fetch_sub(&n->held_len, r->held_len);
    r->held_len = 0;
}

/* A piece of the body. What passes a limit is read and thrown away, since libmicrohttpd answers
 * only after the end; a client that goes on for as long again is cut off. */
static enum MHD_Result gather(td_net *n, td_net_request *r, const char *data, size_t len) {
    if (r->conn != NULL && td_clock_ns() - r->conn->since_ns > TD_NET_BODY_S * 1000000000ull)
        return MHD_NO;
    if (r->status == 0) {
        if (!td_net_request_hold(n, r, len))
            r->status = 503;
        td_out_put(&r->body, data, len);
        if (r->body.failed) /* with room left it was memory that failed */
            r->status = len > n->body_len_max - r->body.len ? 413 : 503;
        if (r->status != 0)
            td_net_request_drop(n, r);
    }
    if (r->status != 0)
        r->excess += len;
    return r->excess > n->body_len_max + TD_NET_POOL_LEN ? MHD_NO : MHD_YES;
}

static enum MHD_Result answer(const td_net *n, td_net_request *r) {
    if (r->response == NULL)
        return refuse(n, r->connection, r->status,
                      r->status == 503 ? "too busy, or closing: try again" : "internal error");
    struct MHD_Response *response = r->response;
    r->response = NULL;
    return send_response(r->connection, r->status, response);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_len, void **slot) {
    td_net *n = ctx;
    td_net_request *r = *slot;
    if (r == NULL)
        return begin(n, c, url, method, version, slot);
    if (*data_len != 0) {
        size_t len = *data_len;
        *data_len = 0;
        return gather(n, r, data, len);
    }
    if (r->answered)
        return answer(n, r);
    if (r->conn != NULL)
        r->conn->phase = CONN_ANSWER;
    if (r->status != 0)
        return answer(n, r);
    /* suspended before it is seen by the other thread, which resumes it */
    MHD_suspend_connection(c);
    if (!td_net_queue_push(n, r)) {
        r->status = 503;
        r->answered = true;
        MHD_resume_connection(c);
    }
    return MHD_YES;
}

static void on_completed(void *ctx, struct MHD_Connection *c, void **slot,
                         enum MHD_RequestTerminationCode code) {
    (void)code;
    td_net *n = ctx;
    td_net_request *r = *slot;
    td_net_conn *conn = conn_of(c);
    if (conn != NULL) {
        conn->phase = CONN_HEAD;
        conn->since_ns = td_clock_ns();
    }
    if (r == NULL)
        return;
    *slot = NULL;
    if (r->response != NULL)
        MHD_destroy_response(r->response);
    td_net_request_drop(n, r);
    bool queued = r->queued;
    td_mem_free(r);
    if (queued)
        td_net_queue_done(n);
}

/* --- connections ---------------------------------------------------------------------------- */

/* Cuts clients that hold a connection with a head or body in drops: each byte resets the idle
 * timeout, so it cannot see them. Done only when room is short, once a second at most. */
static void sweep(td_net *n) {
    uint64_t now = td_clock_ns();
    if (now - n->sweep_ns < 1000000000u)
        return;
    n->sweep_ns = now;
    for (td_net_conn *c = n->conns; c != NULL; c = c->next) {
        uint64_t limit_s = c->phase == CONN_HEAD ? TD_NET_HEAD_S : TD_NET_BODY_S;
        if (c->phase != CONN_ANSWER && now - c->since_ns > limit_s * 1000000000u)
            (void)shutdown(c->fd, SHUT_RDWR); /* libmicrohttpd sees the end and closes */
    }
}

static enum MHD_Result on_accept(void *ctx, const struct sockaddr *addr, socklen_t addr_len) {
    (void)addr;
    (void)addr_len;
    td_net *n = ctx;
    if (n->conn_count < n->connections_max)
        return MHD_YES;
    sweep(n);
    return MHD_NO;
}

static void on_connection(void *ctx, struct MHD_Connection *c, void **slot,
                          enum MHD_ConnectionNotificationCode code) {
    td_net *n = ctx;
    td_net_conn *conn = *slot;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
        conn = info != NULL ? td_mem_alloc(sizeof *conn) : NULL;
        if (conn == NULL)
            return; /* served all the same, only not counted */
        *conn = (td_net_conn){.next = n->conns, .fd = info->connect_fd, .since_ns = td_clock_ns()};
        if (n->conns != NULL)
            n->conns->prev = conn;
        n->conns = conn;
        n->conn_count++;
        *slot = conn;
    } else if (conn != NULL) {
        if (conn->next != NULL)
            conn->next->prev = conn->prev;
        if (conn->prev != NULL)
            conn->prev->next = conn->next;
        else
            n->conns = conn->next;
        n->conn_count--;
        *slot = NULL;
        td_mem_free(conn);
    }
}

__attribute__((format(printf, 2, 0))) static void on_log(void *ctx, const char *format,
                                                         va_list args) {
    const td_net *n = ctx;
    char text[512];
    if (n->log == NULL || n->log->level < TD_LOG_DEBUG)
        return;
    (void)vsnprintf(text, sizeof text, format, args);
    td_log_line(n->log, TD_LOG_DEBUG, "net", "%s", text);
}

struct MHD_Daemon *td_net_daemon_start(td_net *n, int listen_fd, uint32_t timeout_s) {
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_TURBO |
            MHD_USE_ERROR_LOG,
        0, on_accept, n, on_request, n, MHD_OPTION_EXTERNAL_LOGGER, on_log, (void *)n,
        MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_CONNECTION_LIMIT,
        n->connections_max + 16u /* on_accept refuses first, and sweeps */,
        MHD_OPTION_CONNECTION_TIMEOUT, timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)TD_NET_POOL_LEN, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, (void *)n, MHD_OPTION_NOTIFY_CONNECTION, on_connection, (void *)n,
        MHD_OPTION_END);
}
