/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of net/. The I/O thread owns connections and requests, but for the
 * time a request is in the queue or with the handler.
 */
#ifndef TD_NET_NET_PRIVATE_H
#define TD_NET_NET_PRIVATE_H

#include "net/limits.h"
#include "net/net.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

/* --- guard.c: pure rules over a request's head ---------------------------------------------- */

/* What the rules look at. `ptr` NULL: the header is absent. */
typedef struct td_net_head {
    td_bytes method, host, origin, content_type, content_length, transfer_encoding;
    bool http_1_0;
    bool bad_name; /* a header whose name is no token */
    bool repeated; /* one of the above twice */
} td_net_head;

/* Adds header `name: value` to `head`. */
void td_net_head_add(td_net_head *head, td_bytes name, td_bytes value);

/* A refusal: the HTTP status and a sentence (static); status 0 for none. */
typedef struct td_net_refusal {
    unsigned status;
    const char *text;
} td_net_refusal;

/* Judges a head: framing first, then who asks (Host, Origin), then what. `loopback`: bound to
 * loopback, so that only its names are accepted. `allow_origin` as in td_net_config. */
td_net_refusal td_net_head_judge(const td_net_head *head, bool loopback, const char *allow_origin,
                                 size_t body_len_max);

/* --- listen.c ------------------------------------------------------------------------------- */

/* Opens a listening socket. Returns it, its port and whether its address is loopback; else a td_err
 * with `diag`. The caller closes it. */
TD_MUST_USE
int td_net_listen(td_diag *diag, const char *host, uint16_t port, uint16_t *bound, bool *loopback);

/* --- http.c and net.c ----------------------------------------------------------------------- */

/* One accepted connection; a list on the I/O thread. */
typedef struct td_net_conn td_net_conn;
struct td_net_conn {
    td_net_conn *next, *prev;
    int fd;
    uint64_t since_ns; /* of the phase */
    enum { CONN_HEAD, CONN_BODY, CONN_ANSWER } phase;
};

typedef struct td_net_request td_net_request;
struct td_net_request {
    td_net_request *next; /* in the queue */
    struct MHD_Connection *connection;
    td_net_conn *conn;
    td_out body;
    size_t held_len; /* its part of td_net.held_len */
    size_t excess;   /* bytes thrown away after the limit */
    bool queued;     /* counted in td_net.active */
    bool answered;   /* status and response are set, by the handler's thread */
    unsigned status;
    struct MHD_Response *response; /* owned; NULL: a plain text for `status` */
};

struct td_net {
    struct MHD_Daemon *daemon;
    td_log *log;
    char *allow_origin;
    size_t body_len_max, reply_len_max, queue_max;
    uint32_t connections_max;
    uint16_t port;
    bool loopback;
    int wake_fd; /* eventfd: work or a wake */

    /* I/O thread only */
    td_net_conn *conns;
    uint32_t conn_count;
    uint64_t sweep_ns; /* the last one */

    atomic_size_t held_len;

    pthread_mutex_t lock;   /* of what follows */
    pthread_cond_t drained; /* active fell to 0 */
    td_net_request *first, **last;
    size_t count;  /* in the queue */
    size_t active; /* queued, handled or being answered */
    bool closing;
};

/* Adds all callbacks of http.c to a daemon on `listen_fd`; NULL on failure. */
struct MHD_Daemon *td_net_daemon_start(td_net *n, int listen_fd, uint32_t timeout_s);
/* Wraps the bytes of `text` (static) or, when `own`, takes memory of td_mem. NULL: out of memory.
 */
struct MHD_Response *td_net_response(const td_net *n, td_bytes bytes, bool own, const char *type);
/* Counts `len` more bytes as held by `r`. False: past the limit (they are counted all the same). */
TD_MUST_USE
bool td_net_request_hold(td_net *n, td_net_request *r, size_t len);
/* Gives the body's memory back; nothing counts as held any more. */
void td_net_request_drop(td_net *n, td_net_request *r);
/* Puts a request, whose connection is suspended, into the queue. False: full or closing. */
bool td_net_queue_push(td_net *n, td_net_request *r);
/* The request's answer has left or its connection is gone. */
void td_net_queue_done(td_net *n);

#endif
