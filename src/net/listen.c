/* SPDX-License-Identifier: Apache-2.0
 *
 * The listening socket: address of a config to a bound socket, with sentences
 * for what can go wrong.
 */
#define _GNU_SOURCE
#include "net/net_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

/* Reads a numeric address or "localhost". Returns its length, 0 for none. */
static socklen_t parse(address *a, bool *loopback, const char *host, uint16_t port) {
    memset(a, 0, sizeof *a);
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_port = htons(port);
        *loopback = ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
        return sizeof a->v4;
    }
    if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1) {
        a->v6.sin6_family = AF_INET6;
        a->v6.sin6_port = htons(port);
        *loopback = IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
        return sizeof a->v6;
    }
    return 0;
}

static int explain(td_diag *diag, int code, const char *host, uint16_t port) {
    switch (code) {
    case EADDRINUSE:
        return td_diag_set(diag, TD_ERR_BUSY,
                           "port %u on %.100s is in use: choose another with "
                           "--port, or stop the other program",
                           port, host);
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return td_diag_set(diag, TD_ERR_ARGS,
                           "this machine has no address %.100s: choose another "
                           "with --host",
                           host);
    case EACCES:
        return td_diag_set(diag, TD_ERR_ARGS,
                           "port %u on %.100s is not allowed to this user: "
                           "choose one above 1023 with --port",
                           port, host);
    default:
        return td_diag_set(diag, TD_ERR_IO, "cannot listen on port %u of %.100s: %s", port, host,
                           strerror(code));
    }
}

int td_net_listen(td_diag *diag, const char *host, uint16_t port, uint16_t *bound, bool *loopback) {
    address a;
    socklen_t len = host != NULL ? parse(&a, loopback, host, port) : 0;
    if (len == 0)
        return td_diag_set(diag, TD_ERR_ARGS,
                           "host \"%.100s\" is neither a numeric address nor "
                           "localhost",
                           host != NULL ? host : "");
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return explain(diag, errno, host, port);
    /* a restart must not wait for old connections to time out; two listeners stay impossible */
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &a.any, len) != 0 || listen(fd, TD_NET_LISTEN_BACKLOG) != 0 ||
        getsockname(fd, &a.any, &len) != 0) {
        int code = errno;
        (void)close(fd);
        return explain(diag, code, host, port);
    }
    *bound = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
    return fd;
}
