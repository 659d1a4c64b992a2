/* SPDX-License-Identifier: Apache-2.0
 *
 * Constant limits of the HTTP front, each with its reason.
 */
#ifndef TD_NET_LIMITS_H
#define TD_NET_LIMITS_H

enum {
    TD_NET_QUEUE_COUNT_MAX = 4096, /* above the connections of a busy node; one request each */
    TD_NET_SERVE_COUNT_MAX = 256,  /* requests in one td_net_serve, so that timers get their turn */
    TD_NET_POOL_LEN = 16384,       /* bytes a connection holds: the head of a request fits or 431 */
    TD_NET_LISTEN_BACKLOG = 511,   /* as others have it; the system caps it */
    TD_NET_DRAIN_MS = 1000,        /* at most so long td_net_close waits for answers to leave */
    TD_NET_HEAD_S = 10, /* a client that sends its head slower is cut when room is short */
    TD_NET_BODY_S = 30, /* the same for a body, always */
};

/* Bytes of bodies and replies held at a time over all connections, so that clients who send or read
 * slowly cannot fill the memory. Past it 503. */
#define TD_NET_HELD_LEN_MAX ((size_t)256 << 20)

#endif
