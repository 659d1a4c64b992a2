/* SPDX-License-Identifier: Apache-2.0
 *
 * Formats a line in a local buffer, then writes it under the lock.
 */
#include "base/log.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

enum { LINE_LEN_MAX = 2048 }; /* longer lines are cut: a log line is for reading */

static const struct {
    const char *name, *colour;
} level_info[] = {
    [TD_LOG_ERROR] = {"error", "\033[31m"},
    [TD_LOG_WARN] = {"warn", "\033[33m"},
    [TD_LOG_INFO] = {"info", "\033[32m"},
    [TD_LOG_DEBUG] = {"debug", "\033[36m"},
};

void td_log_init(td_log *log, FILE *stream, td_log_level level, bool json) {
    *log = (td_log){.stream = stream, .level = level, .json = json};
    log->colour = !json && stream != NULL && isatty(fileno(stream)) == 1;
    (void)pthread_mutex_init(&log->lock, NULL);
}

void td_log_fini(td_log *log) {
    (void)pthread_mutex_destroy(&log->lock);
}

static void write_json_text(FILE *f, const char *s) {
    for (; *s != 0; s++) {
        if (*s == '"' || *s == '\\')
            (void)fputc('\\', f);
        (void)fputc(*s, f);
    }
}

void td_log_line(td_log *log, td_log_level level, const char *event, const char *format, ...) {
    if (log == NULL || log->stream == NULL || level > log->level)
        return;
    char text[LINE_LEN_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *p = text; *p != 0; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    struct timespec now;
    struct tm utc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    char stamp[32];
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)pthread_mutex_lock(&log->lock);
    if (log->json) {
        (void)fprintf(log->stream,
                      "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"event\":\"%s\",\"text\":\"",
                      stamp, now.tv_nsec / 1000000, level_info[level].name, event);
        write_json_text(log->stream, text);
        (void)fputs("\"}\n", log->stream);
    } else {
        (void)fprintf(log->stream, "%s %s%-5s%s %s\n", stamp + 11,
                      log->colour ? level_info[level].colour : "", event,
                      log->colour ? "\033[0m" : "", text);
    }
    (void)fflush(log->stream);
    (void)pthread_mutex_unlock(&log->lock);
}
