/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON. Input: a strict tree over json-c (RFC 8259, UTF-8, no duplicate-key
 * guessing: the last wins as in geth), with limits on size and depth, behind
 * these names so that the library can be changed. Output: a streaming writer
 * that makes no tree.
 *
 * Threads: confined to one thread. Memory: a td_json tree is freed by td_json_free; strings
 * peeked from it live as long as the tree.
 */
#ifndef TD_CODEC_JSON_H
#define TD_CODEC_JSON_H

#include "base/mem.h"
#include "num/u256.h"

enum { TD_JSON_DEPTH_MAX = 64 /* reliability.md: nested JSON must not reach the C stack */ };

typedef struct td_json td_json; /* a value; NULL stands for "absent" in every reader */
typedef enum td_json_type {
    TD_JSON_ABSENT,
    TD_JSON_NULL,
    TD_JSON_BOOL,
    TD_JSON_NUMBER,
    TD_JSON_STRING,
    TD_JSON_ARRAY,
    TD_JSON_OBJECT
} td_json_type;

/* Parses the whole of `text`: one value of RFC 8259 and nothing after it. Returns 0, TD_ERR_LIMIT
 * past `len_max` bytes or the depth, TD_ERR_RANGE for an integer that neither int64 nor uint64
 * holds (the library would round it; fractions keep their text), TD_ERR_NOMEM, or TD_ERR_FORMAT;
 * `diag` says what and at which byte. The caller frees *out. */
TD_MUST_USE
int td_json_parse(td_json **out, td_diag *diag, td_bytes text, size_t len_max);
/* Frees a tree that td_json_parse returned; NULL is allowed. */
void td_json_free(td_json *j);

/* The type; of NULL it is TD_JSON_ABSENT. */
td_json_type td_json_typeof(const td_json *j);
/* Array items and object members; NULL when absent or of another type. */
size_t td_json_count(const td_json *j);
td_json *td_json_at(const td_json *j, size_t index);
td_json *td_json_get(const td_json *j, const char *key);
/* Walks the members of an object in input order, O(1) a step: start with *cursor = NULL; returns a
 * member's value and its name in *key, or NULL at the end and for other types. The name lives as
 * long as the tree. */
td_json *td_json_member(const td_json *j, const void **cursor, const char **key);
/* The text of a string (any bytes, also NUL) or the source text of a number, and its length, if
 * `len` is not NULL; NULL for other types. */
const char *td_json_text(const td_json *j, size_t *len);
/* Whether the value is the literal `true`. */
bool td_json_is_true(const td_json *j);
/* A number of JSON, or a hex or decimal string: genesis files and client options have all three.
 * Returns 0, TD_ERR_FORMAT (also for fractions) or TD_ERR_RANGE (also below 0). */
TD_MUST_USE
int td_json_u256(const td_json *j, td_u256 *out);
TD_MUST_USE
int td_json_u64(const td_json *j, uint64_t *out);
/* Hex data of at most `len_max` bytes in the arena; an odd count of digits is TD_ERR_FORMAT.
 * Returns 0, TD_ERR_FORMAT, TD_ERR_LIMIT or TD_ERR_NOMEM. */
TD_MUST_USE
int td_json_data(td_arena *a, const td_json *j, td_bytes *out, size_t len_max);
/* "0x" and 40 or 64 digits; false otherwise, *out is then unchanged. */
bool td_json_addr(const td_json *j, td_addr *out);
bool td_json_hash(const td_json *j, td_hash *out);

/* The writer: commas and nesting are kept for you. Depth at most TD_JSON_DEPTH_MAX (asserted). */
typedef struct td_jsonw {
    td_out *out;
    uint8_t depth;
    bool comma[TD_JSON_DEPTH_MAX + 1];
} td_jsonw;

/* Begins to write to `out`, which the caller keeps; errors show in out->failed. */
void td_jsonw_init(td_jsonw *w, td_out *out);
/* Braces and brackets; each begin needs its end (asserted). */
void td_jsonw_object(td_jsonw *w);
void td_jsonw_object_end(td_jsonw *w);
void td_jsonw_array(td_jsonw *w);
void td_jsonw_array_end(td_jsonw *w);
/* The name of the next value; plain ASCII, written as it is. */
void td_jsonw_key(td_jsonw *w, const char *key);
void td_jsonw_null(td_jsonw *w);
void td_jsonw_bool(td_jsonw *w, bool value);
/* Escaped text; invalid UTF-8 is replaced by U+FFFD. */
void td_jsonw_text(td_jsonw *w, const char *text, size_t len);
void td_jsonw_str(td_jsonw *w, const char *text);
/* A JSON number. */
void td_jsonw_number(td_jsonw *w, int64_t value);
/* "0x…" forms: a quantity without leading zeros; data with all its digits. */
void td_jsonw_u64(td_jsonw *w, uint64_t value);
void td_jsonw_u256(td_jsonw *w, const td_u256 *value);
void td_jsonw_data(td_jsonw *w, const void *ptr, size_t len);
/* Value bytes written as they are: already JSON. */
void td_jsonw_raw(td_jsonw *w, const void *ptr, size_t len);
/* Writes a parsed value back (ids of JSON-RPC). */
void td_jsonw_json(td_jsonw *w, const td_json *value);

#endif
