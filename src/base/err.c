/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of the status codes, diagnostics and the end of an assertion.
 */
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *td_err_text(int err) {
    switch (err) {
#define TD_ERR(NAME, value, text)                                                                  \
    case value: return text;
#include "base/errors.def"
#undef TD_ERR
    default: return err >= 0 ? "ok" : "unknown error";
    }
}

_Noreturn void td_assert_fail(const char *file, int line, const char *what) {
    (void)fprintf(stderr, "tandem: internal error at %s:%d: %s\n", file, line, what);
    abort();
}

int td_diag_set(td_diag *diag, int err, const char *format, ...) {
    if (diag != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(diag->text, sizeof diag->text, format, args);
        va_end(args);
    }
    return err;
}
