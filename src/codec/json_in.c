/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON reader: a td_json is a json-c object under another name. Only here
 * is json-c known. JSON's null has an object of its own, as json-c's NULL is
 * "absent" to our readers.
 */
#include "codec/hex.h"
#include "codec/json_private.h"

#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>

/* Its address stands for JSON's null; nobody looks inside. */
static const char null_mark;

static td_json *wrap(struct json_object *o) {
    return o == NULL ? (td_json *)(uintptr_t)&null_mark : (td_json *)o;
}

/* json-c caches a number's text inside its object, hence not const. */
static struct json_object *unwrap(const td_json *j) {
    return (const char *)j == &null_mark ? NULL : (struct json_object *)(uintptr_t)j;
}

static int parse(struct json_object **out, td_diag *diag, struct json_tokener *t, td_bytes text) {
    struct json_object *o = json_tokener_parse_ex(t, (const char *)text.ptr, (int)text.len);
    if (json_tokener_get_error(t) == json_tokener_continue) /* a number may go on: say it is all */
        o = json_tokener_parse_ex(t, "", 1);
    enum json_tokener_error err = json_tokener_get_error(t);
    if (err == json_tokener_success) {
        *out = o;
        return TD_OK;
    }
    json_object_put(o);
    if (err == json_tokener_continue || err == json_tokener_error_parse_eof)
        return td_diag_set(diag, TD_ERR_FORMAT, "JSON: ends too early, after %zu bytes", text.len);
    return td_diag_set(diag, TD_ERR_FORMAT, "JSON: %s at byte %zu", json_tokener_error_desc(err),
                       json_tokener_get_parse_end(t));
}

int td_json_parse(td_json **out, td_diag *diag, td_bytes text, size_t len_max) {
    *out = NULL;
    if (text.len > len_max || text.len > INT32_MAX)
        return td_diag_set(diag, TD_ERR_LIMIT, "JSON: %zu bytes, the limit is %zu", text.len,
                           len_max < INT32_MAX ? len_max : INT32_MAX);
    if (text.len == 0)
        return td_diag_set(diag, TD_ERR_FORMAT, "JSON: the text is empty");
    int err = td_json_scan(diag, text);
    if (err < 0)
        return err;
    struct json_tokener *t = json_tokener_new_ex(TD_JSON_DEPTH_MAX + 1); /* scalars count as one */
    if (t == NULL)
        return TD_ERR_NOMEM;
    json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *o = NULL;
    err = parse(&o, diag, t, text);
    json_tokener_free(t);
    if (err == TD_OK)
        *out = wrap(o);
    return err;
}

void td_json_free(td_json *j) {
    if (j != NULL)
        json_object_put(unwrap(j));
}

td_json_type td_json_typeof(const td_json *j) {
    if (j == NULL)
        return TD_JSON_ABSENT;
    switch (json_object_get_type(unwrap(j))) {
    case json_type_null: return TD_JSON_NULL;
    case json_type_boolean: return TD_JSON_BOOL;
    case json_type_double:
    case json_type_int: return TD_JSON_NUMBER;
    case json_type_string: return TD_JSON_STRING;
    case json_type_array: return TD_JSON_ARRAY;
    case json_type_object: return TD_JSON_OBJECT;
    }
    return TD_JSON_ABSENT;
}

size_t td_json_count(const td_json *j) {
    switch (td_json_typeof(j)) {
    case TD_JSON_ARRAY: return json_object_array_length(unwrap(j));
    case TD_JSON_OBJECT: return (size_t)json_object_object_length(unwrap(j));
    default: return 0;
    }
}

td_json *td_json_at(const td_json *j, size_t index) {
    if (td_json_typeof(j) != TD_JSON_ARRAY || index >= json_object_array_length(unwrap(j)))
        return NULL;
    return wrap(json_object_array_get_idx(unwrap(j), index));
}

td_json *td_json_get(const td_json *j, const char *key) {
    struct json_object *o;
    if (td_json_typeof(j) != TD_JSON_OBJECT || !json_object_object_get_ex(unwrap(j), key, &o))
        return NULL;
    return wrap(o);
}

td_json *td_json_member(const td_json *j, const void **cursor, const char **key) {
    *key = NULL;
    if (td_json_typeof(j) != TD_JSON_OBJECT)
        return NULL;
    const struct lh_entry *e = *cursor;
    e = e == NULL ? lh_table_head(json_object_get_object(unwrap(j))) : lh_entry_next(e);
    if (e == NULL)
        return NULL;
    *cursor = e;
    *key = lh_entry_k(e);
    return wrap((struct json_object *)lh_entry_v(e));
}

const char *td_json_text(const td_json *j, size_t *len) {
    td_json_type type = td_json_typeof(j);
    if (type != TD_JSON_STRING && type != TD_JSON_NUMBER)
        return NULL;
    const char *text = json_object_get_string(unwrap(j));
    if (len != NULL)
        *len = type == TD_JSON_STRING ? (size_t)json_object_get_string_len(unwrap(j))
               : text == NULL         ? 0
                                      : strlen(text);
    return text;
}

bool td_json_is_true(const td_json *j) {
    return td_json_typeof(j) == TD_JSON_BOOL && json_object_get_boolean(unwrap(j));
}

int td_json_u256(const td_json *j, td_u256 *out) {
    size_t len;
    const char *text = td_json_text(j, &len);
    if (text == NULL || len == 0)
        return TD_ERR_FORMAT;
    if (len > 2 && text[0] == '0' && (text[1] | 0x20) == 'x')
        return td_hex_u256(out, text, len);
    bool negative = text[0] == '-';
    int err = td_u256_parse(out, text + negative, len - negative);
    return err == TD_OK && negative ? TD_ERR_RANGE : err;
}

int td_json_u64(const td_json *j, uint64_t *out) {
    td_u256 wide;
    int err = td_json_u256(j, &wide);
    if (err < 0)
        return err;
    if (!td_u256_fits_u64(&wide))
        return TD_ERR_RANGE;
    *out = wide.w[0];
    return TD_OK;
}

/* The text of a string only; numbers are no hex data. */
static const char *string_text(const td_json *j, size_t *len) {
    return td_json_typeof(j) == TD_JSON_STRING ? td_json_text(j, len) : NULL;
}

int td_json_data(td_arena *a, const td_json *j, td_bytes *out, size_t len_max) {
    size_t len;
    const char *text = string_text(j, &len);
    return text == NULL ? TD_ERR_FORMAT : td_hex_decode(a, out, text, len, len_max);
}

bool td_json_addr(const td_json *j, td_addr *out) {
    size_t len;
    const char *text = string_text(j, &len);
    return text != NULL && td_hex_addr(out, text, len);
}

bool td_json_hash(const td_json *j, td_hash *out) {
    size_t len;
    const char *text = string_text(j, &len);
    return text != NULL && td_hex_hash(out, text, len);
}
