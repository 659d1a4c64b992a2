/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON writer: straight into a td_out, without a tree, because replies of
 * hundreds of kilobytes are mostly hex data. Asserts the nesting; what a name
 * or a raw value holds is the caller's word.
 */
#include "codec/hex.h"
#include "codec/json_private.h"

void td_jsonw_init(td_jsonw *w, td_out *out) {
    *w = (td_jsonw){.out = out};
}

/* Before each value or name: the comma, if one came before it. */
static void separate(td_jsonw *w) {
    if (w->comma[w->depth])
        td_out_byte(w->out, ',');
    w->comma[w->depth] = true;
}

static void open(td_jsonw *w, uint8_t bracket) {
    separate(w);
    TD_ASSERT(w->depth < TD_JSON_DEPTH_MAX);
    w->comma[++w->depth] = false;
    td_out_byte(w->out, bracket);
}

static void close(td_jsonw *w, uint8_t bracket) {
    TD_ASSERT(w->depth > 0);
    w->depth--;
    td_out_byte(w->out, bracket);
}

void td_jsonw_object(td_jsonw *w) {
    open(w, '{');
}

void td_jsonw_object_end(td_jsonw *w) {
    close(w, '}');
}

void td_jsonw_array(td_jsonw *w) {
    open(w, '[');
}

void td_jsonw_array_end(td_jsonw *w) {
    close(w, ']');
}

void td_jsonw_key(td_jsonw *w, const char *key) {
    separate(w);
    size_t len = strlen(key);
    uint8_t *room = td_out_room(w->out, len + 3);
    if (room != NULL) {
        room[0] = '"';
        memcpy(room + 1, key, len);
        memcpy(room + 1 + len, "\":", 2);
    }
    w->comma[w->depth] = false;
}

void td_jsonw_raw(td_jsonw *w, const void *ptr, size_t len) {
    separate(w);
    td_out_put(w->out, ptr, len);
}

void td_jsonw_null(td_jsonw *w) {
    td_jsonw_raw(w, "null", 4);
}

void td_jsonw_bool(td_jsonw *w, bool value) {
    td_jsonw_raw(w, value ? "true" : "false", value ? 4 : 5);
}

static bool is_plain(uint8_t c) {
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Writes the character at `p`, which is not plain; returns how many bytes it was. */
static size_t put_special(td_out *out, const uint8_t *p, size_t len) {
    static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: character, letter */
    size_t n = td_utf8_len(p, len);
    if (n == 0) {
        td_out_put(out, "\xef\xbf\xbd", 3);
        return 1;
    }
    if (n > 1) {
        td_out_put(out, p, n);
        return n;
    }
    for (size_t i = 0; i + 1 < sizeof names; i += 2) {
        if ((uint8_t)names[i] == *p) {
            td_out_put(out, (const char[]){'\\', names[i + 1]}, 2);
            return 1;
        }
    }
    char escape[6] = "\\u00";
    td_hex_put(escape + 4, p, 1);
    td_out_put(out, escape, 6);
    return 1;
}

void td_jsonw_text(td_jsonw *w, const char *text, size_t len) {
    separate(w);
    const uint8_t *p = (const uint8_t *)text;
    td_out_byte(w->out, '"');
    for (size_t at = 0; at < len;) {
        size_t run = at;
        while (run < len && is_plain(p[run]))
            run++;
        td_out_put(w->out, p + at, run - at);
        at = run < len ? run + put_special(w->out, p + run, len - run) : run;
    }
    td_out_byte(w->out, '"');
}

void td_jsonw_str(td_jsonw *w, const char *text) {
    td_jsonw_text(w, text, strlen(text));
}

void td_jsonw_number(td_jsonw *w, int64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (value < 0)
        digits[--at] = '-';
    td_jsonw_raw(w, digits + at, sizeof digits - at);
}

void td_jsonw_u256(td_jsonw *w, const td_u256 *value) {
    char text[3 + 64 + 1] = "\"0x";
    size_t count = (td_u256_bit_len(value) + 3) / 4;
    count += count == 0;
    for (size_t i = 0; i < count; i++) {
        size_t digit = count - 1 - i;
        text[3 + i] = "0123456789abcdef"[value->w[digit / 16] >> 4 * (digit % 16) & 15];
    }
    text[3 + count] = '"';
    td_jsonw_raw(w, text, count + 4);
}

void td_jsonw_u64(td_jsonw *w, uint64_t value) {
    td_u256 wide = td_u256_from(value);
    td_jsonw_u256(w, &wide);
}

void td_jsonw_data(td_jsonw *w, const void *ptr, size_t len) {
    separate(w);
    uint8_t *room = len < SIZE_MAX / 4 ? td_out_room(w->out, 2 * len + 4) : NULL;
    if (room == NULL) {
        w->out->failed = true;
        return;
    }
    memcpy(room, "\"0x", 3);
    td_hex_put((char *)room + 3, ptr, len);
    room[2 * len + 3] = '"';
}

static void write_object(td_jsonw *w, const td_json *value) {
    const void *cursor = NULL;
    const char *key;
    td_jsonw_object(w);
    for (td_json *v; (v = td_json_member(value, &cursor, &key)) != NULL;) {
        td_jsonw_str(w, key);
        td_out_byte(w->out, ':');
        w->comma[w->depth] = false;
        td_jsonw_json(w, v);
    }
    td_jsonw_object_end(w);
}

void td_jsonw_json(td_jsonw *w, const td_json *value) {
    size_t len;
    const char *text;
    switch (td_json_typeof(value)) {
    case TD_JSON_ABSENT:
    case TD_JSON_NULL: td_jsonw_null(w); return;
    case TD_JSON_BOOL: td_jsonw_bool(w, td_json_is_true(value)); return;
    case TD_JSON_NUMBER:
        text = td_json_text(value, &len);
        td_jsonw_raw(w, text, len);
        return;
    case TD_JSON_STRING:
        text = td_json_text(value, &len);
        td_jsonw_text(w, text, len);
        return;
    case TD_JSON_ARRAY:
        td_jsonw_array(w);
        for (size_t i = 0; i < td_json_count(value); i++)
            td_jsonw_json(w, td_json_at(value, i));
        td_jsonw_array_end(w);
        return;
    case TD_JSON_OBJECT: write_object(w, value); return;
    }
}
