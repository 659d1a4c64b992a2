/* SPDX-License-Identifier: Apache-2.0
 *
 * The log: one line an event, as text for people or as JSON for programs.
 * A td_log is made once by the application and lent to whoever writes.
 *
 * Threads: locks inside; lines never mix.
 */
#ifndef TD_BASE_LOG_H
#define TD_BASE_LOG_H

#include "base/base.h"

#include <pthread.h>
#include <stdio.h>

typedef enum td_log_level { TD_LOG_ERROR, TD_LOG_WARN, TD_LOG_INFO, TD_LOG_DEBUG } td_log_level;

typedef struct td_log {
    FILE *stream;       /* not owned; NULL writes nothing */
    td_log_level level; /* lines above it are dropped */
    bool json;
    bool colour;
    pthread_mutex_t lock;
} td_log;

/* Writes to `stream`; colour is used for text when `stream` is a terminal. */
void td_log_init(td_log *log, FILE *stream, td_log_level level, bool json);
void td_log_fini(td_log *log);
/* One line: `event` is a short constant name ("tx", "block", "rpc"), the rest its sentence.
 * `log` may be NULL. Control characters are printed as `?`, so that a value cannot forge lines. */
void td_log_line(td_log *log, td_log_level level, const char *event, const char *format, ...)
    TD_PRINTF(4, 5);

#endif
