/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening, closing and the queue between the I/O thread and the caller's. The
 * queue's lock is the one meeting point; an eventfd carries "work" and "wake".
 */
#define _GNU_SOURCE
#include "net/net_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* --- the queue ------------------------------------------------------------------------------ */

void td_net_wake(td_net *n) {
    int saved = errno;
    uint64_t one = 1;
    ssize_t sent = write(n->wake_fd, &one, sizeof one); /* fails only when already far awake */
    (void)sent;
    errno = saved;
}

bool td_net_queue_push(td_net *n, td_net_request *r) {
    (void)pthread_mutex_lock(&n->lock);
    bool room = !n->closing && n->count < n->queue_max;
    if (room) {
        r->next = NULL;
        r->queued = true;
        *n->last = r;
        n->last = &r->next;
        n->count++;
        n->active++;
    }
    (void)pthread_mutex_unlock(&n->lock);
    if (room)
        td_net_wake(n);
    return room;
}

void td_net_queue_done(td_net *n) {
    (void)pthread_mutex_lock(&n->lock);
    if (--n->active == 0)
        (void)pthread_cond_signal(&n->drained);
    (void)pthread_mutex_unlock(&n->lock);
}

static td_net_request *pop(td_net *n) {
    (void)pthread_mutex_lock(&n->lock);
    td_net_request *r = n->first;
    if (r != NULL) {
        n->first = r->next;
        n->count--;
        if (n->first == NULL)
            n->last = &n->first;
    }
    (void)pthread_mutex_unlock(&n->lock);
    return r;
}

static bool is_empty(td_net *n) {
    (void)pthread_mutex_lock(&n->lock);
    bool empty = n->first == NULL;
    (void)pthread_mutex_unlock(&n->lock);
    return empty;
}

/* Hands the request back to the I/O thread, which may free it at once. */
static void finish(td_net_request *r, unsigned status, struct MHD_Response *response) {
    r->status = status;
    r->response = response;
    r->answered = true;
    MHD_resume_connection(r->connection);
}

static void run(td_net *n, td_net_request *r, td_net_handler handler, void *ctx) {
    td_out reply;
    td_out_init(&reply, n->reply_len_max);
    int status = handler(ctx, td_out_peek(&r->body), &reply);
    td_net_request_drop(n, r);
    if (reply.failed || status < 100 || status > 599) {
        td_log_line(n->log, TD_LOG_WARN, "net", "no answer: %s (limit %zu bytes), status %d",
                    reply.failed ? "it did not fit" : "the handler gave none", n->reply_len_max,
                    status);
        td_out_fini(&reply);
        finish(r, 500, NULL);
        return;
    }
    if (!td_net_request_hold(n, r, reply.len)) {
        td_out_fini(&reply);
        finish(r, 503, NULL);
        return;
    }
    struct MHD_Response *response =
        td_net_response(n, td_out_peek(&reply), true, "application/json"); /* takes the memory */
    finish(r, response != NULL ? (unsigned)status : 500, response);
}

int td_net_serve(td_net *n, td_net_handler handler, void *ctx, int timeout_ms) {
    if (is_empty(n)) {
        struct pollfd p = {.fd = n->wake_fd, .events = POLLIN};
        (void)poll(&p, 1, timeout_ms); /* a signal ends the wait as a wake does */
    }
    uint64_t count;
    ssize_t got = read(n->wake_fd, &count, sizeof count); /* before the queue: nothing is missed */
    (void)got;
    int done = 0;
    for (td_net_request *r; done < TD_NET_SERVE_COUNT_MAX && (r = pop(n)) != NULL; done++)
        run(n, r, handler, ctx);
    return done;
}

/* --- opening and closing -------------------------------------------------------------------- */

uint16_t td_net_port(const td_net *n) {
    return n->port;
}

static void free_net(td_net *n) {
    if (n->wake_fd >= 0)
        (void)close(n->wake_fd);
    (void)pthread_cond_destroy(&n->drained);
    (void)pthread_mutex_destroy(&n->lock);
    td_mem_free(n->allow_origin);
    td_mem_free(n);
}

static td_net *new_net(const td_net_config *config) {
    td_net *n = td_mem_alloc(sizeof *n);
    if (n == NULL)
        return NULL;
    n->log = config->log;
    n->body_len_max = config->body_len_max;
    n->reply_len_max = config->reply_len_max;
    n->connections_max = config->connections_max;
    n->queue_max = config->queue_max != 0 ? config->queue_max : TD_NET_QUEUE_COUNT_MAX;
    n->last = &n->first;
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&n->lock, NULL);
    (void)pthread_cond_init(&n->drained, &attr);
    (void)pthread_condattr_destroy(&attr);
    n->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    size_t len = config->allow_origin != NULL ? strlen(config->allow_origin) + 1 : 0;
    n->allow_origin = len != 0 ? td_mem_alloc(len) : NULL;
    if (n->wake_fd < 0 || (len != 0 && n->allow_origin == NULL)) {
        free_net(n);
        return NULL;
    }
    if (len != 0)
        memcpy(n->allow_origin, config->allow_origin, len);
    return n;
}

/* Starts the I/O thread with all signals blocked: they belong to the caller's threads. */
static bool start(td_net *n, int listen_fd, uint32_t timeout_s) {
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    n->daemon = td_net_daemon_start(n, listen_fd, timeout_s);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return n->daemon != NULL;
}

int td_net_open(td_net **out, td_diag *diag, const td_net_config *config) {
    td_net *n = new_net(config);
    if (n == NULL)
        return td_diag_set(diag, TD_ERR_NOMEM, "no memory or file descriptor for the HTTP server");
    int fd = td_net_listen(diag, config->host, config->port, &n->port, &n->loopback);
    if (fd < 0) {
        free_net(n);
        return fd;
    }
    if (!start(n, fd, config->timeout_s)) {
        if (fcntl(fd, F_GETFD) >= 0) /* some failures of libmicrohttpd close it, some do not */
            (void)close(fd);
        free_net(n);
        return td_diag_set(diag, TD_ERR_IO, "cannot start the HTTP server's thread");
    }
    *out = n;
    return TD_OK;
}

/* Waits until every answer has left, at most TD_NET_DRAIN_MS. */
static void drain(td_net *n) {
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += TD_NET_DRAIN_MS / 1000;
    end.tv_nsec += TD_NET_DRAIN_MS % 1000 * 1000000L;
    if (end.tv_nsec >= 1000000000L)
        end.tv_sec++, end.tv_nsec -= 1000000000L;
    (void)pthread_mutex_lock(&n->lock);
    int rc = 0;
    while (n->active != 0 && rc == 0)
        rc = pthread_cond_timedwait(&n->drained, &n->lock, &end);
    (void)pthread_mutex_unlock(&n->lock);
}

void td_net_close(td_net *n) {
    if (n == NULL)
        return;
    int listen_fd = MHD_quiesce_daemon(n->daemon);
    if (listen_fd >= 0)
        (void)close(listen_fd);
    (void)pthread_mutex_lock(&n->lock);
    n->closing = true;
    (void)pthread_mutex_unlock(&n->lock);
    for (td_net_request *r; (r = pop(n)) != NULL;)
        finish(r, 503, NULL);
    drain(n);
    MHD_stop_daemon(n->daemon);
    TD_ASSERT(n->conns == NULL && n->active == 0);
    free_net(n);
}
