/* SPDX-License-Identifier: Apache-2.0
 *
 * The tokens of JSON text, checked before json-c sees them: json-c takes 'keys',
 * NaN, comments, control characters, surrogates and odd numbers even when strict, and
 * rounds integers it cannot hold. The order of the tokens is json-c's to check.
 */
#include "codec/json_private.h"

typedef struct scan {
    const char *start, *at, *end;
    td_diag *diag;
    unsigned depth;
} scan;

static int bad(const scan *s, const char *at, const char *what) {
    return td_diag_set(s->diag, TD_ERR_FORMAT, "JSON: %s at byte %zu", what,
                       (size_t)(at - s->start));
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static void skip_digits(scan *s) {
    while (s->at < s->end && is_digit(*s->at))
        s->at++;
}

static void skip_space(scan *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
        s->at++;
}

size_t td_utf8_len(const uint8_t *p, size_t len) {
    if (p[0] < 0x80)
        return 1;
    size_t need = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    if (need == 0 || need > len)
        return 0;
    uint8_t low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    uint8_t high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < need; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return need;
}

/* A digit and the ones after it; false when there is none. */
static bool some_digits(scan *s) {
    const char *start = s->at;
    skip_digits(s);
    return s->at != start;
}

/* Whether `len` digits are at most `limit`, a decimal text without leading zeros. */
static bool within(const char *digits, size_t len, const char *limit) {
    size_t limit_len = strlen(limit);
    return len != limit_len ? len < limit_len : memcmp(digits, limit, len) <= 0;
}

static int scan_number(scan *s) {
    const char *start = s->at;
    bool negative = *s->at == '-', integer = true;
    s->at += negative;
    const char *digits = s->at;
    if (!some_digits(s) || (*digits == '0' && s->at - digits > 1))
        return bad(s, start, "malformed number");
    size_t len = (size_t)(s->at - digits);
    if (s->at < s->end && *s->at == '.') {
        integer = false;
        s->at++;
        if (!some_digits(s))
            return bad(s, start, "malformed number");
    }
    if (s->at < s->end && (*s->at | 0x20) == 'e') {
        integer = false;
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        if (!some_digits(s))
            return bad(s, start, "malformed number");
    }
    if (integer && !within(digits, len, negative ? "9223372036854775808" : "18446744073709551615"))
        return td_diag_set(
            s->diag, TD_ERR_RANGE,
            "JSON: integer of %zu digits at byte %zu does not fit 64 bits; write it as "
            "a string",
            len, (size_t)(start - s->start));
    return TD_OK;
}

/* The escape after a backslash; *nul is set by \u0000. */
static int scan_escape(scan *s, bool *nul) {
    const char *start = s->at - 1;
    if (s->at == s->end || memchr("\"\\/bfnrtu", *s->at, 9) == NULL)
        return bad(s, start, "unknown escape");
    if (*s->at++ != 'u')
        return TD_OK;
    unsigned zeros = 0;
    for (unsigned i = 0; i < 4; i++, s->at++) {
        if (s->at == s->end ||
            !(is_digit(*s->at) || ((*s->at | 0x20) >= 'a' && (*s->at | 0x20) <= 'f')))
            return bad(s, start, "malformed \\u escape");
        zeros += *s->at == '0';
    }
    *nul |= zeros == 4;
    return TD_OK;
}

static int scan_string(scan *s) {
    const char *start = s->at++;
    bool nul = false;
    for (;;) {
        while (s->at < s->end && *s->at != '"' && *s->at != '\\' && (uint8_t)*s->at >= 0x20) {
            size_t n = td_utf8_len((const uint8_t *)s->at, (size_t)(s->end - s->at));
            if (n == 0)
                return bad(s, s->at, "text that is not UTF-8");
            s->at += n;
        }
        if (s->at == s->end)
            return bad(s, start, "string without an end");
        char c = *s->at++;
        if (c == '"')
            break;
        if (c != '\\')
            return bad(s, s->at - 1, "control character in a string");
        int err = scan_escape(s, &nul);
        if (err < 0)
            return err;
    }
    skip_space(s);
    /* Names are C strings in json-c: it would cut them, and two names could become one. */
    if (nul && s->at < s->end && *s->at == ':')
        return bad(s, start, "NUL in a name");
    return TD_OK;
}

static int scan_word(scan *s) {
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < TD_COUNT(words); i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(s->end - s->at) >= len && memcmp(s->at, words[i], len) == 0) {
            s->at += len;
            return TD_OK;
        }
    }
    return bad(s, s->at, "unexpected character");
}

static int scan_token(scan *s) {
    switch (*s->at) {
    case '"': return scan_string(s);
    case '{':
    case '[':
        if (++s->depth > TD_JSON_DEPTH_MAX)
            return td_diag_set(s->diag, TD_ERR_LIMIT, "JSON: nested deeper than %d at byte %zu",
                               TD_JSON_DEPTH_MAX, (size_t)(s->at - s->start));
        s->at++;
        return TD_OK;
    case '}':
    case ']':
        if (s->depth-- == 0)
            return bad(s, s->at, "unexpected end of an array or object");
        s->at++;
        return TD_OK;
    case ':':
    case ',': s->at++; return TD_OK;
    default: return *s->at == '-' || is_digit(*s->at) ? scan_number(s) : scan_word(s);
    }
}

int td_json_scan(td_diag *diag, td_bytes text) {
    const char *start = (const char *)text.ptr;
    scan s = {start, start, text.len == 0 ? start : start + text.len, diag, 0};
    for (skip_space(&s); s.at < s.end; skip_space(&s)) {
        int err = scan_token(&s);
        if (err < 0)
            return err;
    }
    return TD_OK;
}
