/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTP front: takes POST bodies, hands each to a handler on the node's own
 * thread, sends the answer. Bytes in, bytes out; knows nothing of Ethereum.
 *
 * Threads: one I/O thread inside (libmicrohttpd, epoll) owns all sockets. It puts
 *          requests into a bounded queue; td_net_serve runs them on the caller's
 *          thread, so the handler needs no lock.
 */
#ifndef TD_NET_NET_H
#define TD_NET_NET_H

#include "base/log.h"
#include "base/mem.h"

typedef struct td_net td_net;

typedef struct td_net_config {
    const char *host;         /* numeric address or "localhost" */
    uint16_t port;            /* 0 picks a free one */
    size_t body_len_max;      /* bytes of a request; past it 413 */
    size_t reply_len_max;     /* bytes of a reply */
    uint32_t connections_max; /* past it new ones are refused */
    uint32_t timeout_s;       /* idle connections are closed */
    const char *allow_origin; /* NULL: no cross-origin access; else the value of the CORS header */
    td_log *log;              /* may be NULL */
    uint32_t queue_max;       /* requests that wait; past it 503. 0: TD_NET_QUEUE_COUNT_MAX */
} td_net_config;

/* Who is let in, before the handler sees it: with `host` on loopback, a Host that names loopback;
 * no Origin but allow_origin ("*" for any); POST as application/json or without a type; one
 * framing. GET / gives a line of text, OPTIONS answers a preflight when allow_origin is set. All
 * else is refused with 4xx, a full queue with 503, and the connection closed. */

/* Handles one request body; appends the reply (JSON) to `reply`. Returns the HTTP status, 200 as a
 * rule. */
typedef int (*td_net_handler)(void *ctx, td_bytes body, td_out *reply);

/* Binds and starts the I/O thread. Returns 0; TD_ERR_ARGS for a bad host; TD_ERR_BUSY when the port
 * is taken; diag says which and what to do. */
TD_MUST_USE
int td_net_open(td_net **out, td_diag *diag, const td_net_config *config);
/* The port bound. */
uint16_t td_net_port(const td_net *n);
/* Runs queued requests through `handler` until the queue is empty, waiting at most `timeout_ms` for
 * the first one (negative: for ever). Returns the count run. td_net_wake ends a wait early, as a
 * signal does. Stops after TD_NET_SERVE_COUNT_MAX (256) requests, so that a loop around it sees its
 * timers. A reply past reply_len_max, or a status that is none, gives the client a 500. One thread
 * at a time. */
int td_net_serve(td_net *n, td_net_handler handler, void *ctx, int timeout_ms);
/* Ends a wait of td_net_serve; may be called from a signal handler. */
void td_net_wake(td_net *n);
/* Stops accepting, answers what is queued with 503 (waits at most 1 s for answers to leave), joins
 * the thread, frees. From the thread of td_net_serve. NULL is allowed. */
void td_net_close(td_net *n);

#endif
