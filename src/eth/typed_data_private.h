/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed data (EIP-712) between its two files: typed_types.c compiles the types
 * of a message into shapes, typed_data.c walks the values along them.
 *
 * Threads: confined to one thread. Memory: everything lies in the reader's arena.
 */
#ifndef TD_ETH_TYPED_DATA_PRIVATE_H
#define TD_ETH_TYPED_DATA_PRIVATE_H

#include "eth/sign.h"

enum {
    /* The type strings hashed are at most TYPES_MAX times the text of all fields: 256 MB, a second.
     */
    TD_TYPED_DATA_FIELDS_MAX = 4096,  /* of all struct types together */
    TD_TYPED_DATA_NAME_LEN_MAX = 128, /* of a type or a field */
    TD_TYPED_ITEMS_ANY = -1,          /* the length of an array T[] */
};

typedef enum td_typed_kind {
    TD_TYPED_BOOL,
    TD_TYPED_ADDRESS,
    TD_TYPED_STRING,
    TD_TYPED_BYTES,
    TD_TYPED_BYTES_FIXED,
    TD_TYPED_UINT,
    TD_TYPED_INT,
    TD_TYPED_STRUCT,
    TD_TYPED_ARRAY
} td_typed_kind;

/* What values of a field look like. */
typedef struct td_typed_shape {
    td_typed_kind kind;
    int64_t size;                 /* bits of UINT, INT; bytes of BYTES_FIXED; items of ARRAY */
    struct td_typed_shape *item;  /* of ARRAY */
    struct td_typed_struct *type; /* of STRUCT */
} td_typed_shape;

typedef struct td_typed_field {
    const char *name, *type_text;
    td_typed_shape shape;
} td_typed_field;

typedef struct td_typed_struct {
    const char *name;
    td_typed_field *fields;
    size_t field_count;
    td_hash hash; /* keccak256(encodeType), once has_hash */
    bool has_hash, listed;
} td_typed_struct;

typedef struct td_typed_reader {
    td_arena *a;
    td_diag *diag;
    td_typed_struct *types; /* sorted by name */
    size_t type_count, field_count;
    const char *type_name, *field_name; /* the place that messages tell */
} td_typed_reader;

/* Sets diag to "typed data: <type>.<field>: what"; returns `err`. */
int td_typed_bad(const td_typed_reader *r, int err, const char *what);
/* Fills r->types from the `types` of a message; EIP712Domain is made of the members of `domain`
 * when it is absent. Returns 0, TD_ERR_FORMAT, TD_ERR_LIMIT or TD_ERR_NOMEM with a diag. */
TD_MUST_USE
int td_typed_types_compile(td_typed_reader *r, const td_json *types, const td_json *domain);
/* The struct type called by `len` bytes of `text`, or NULL. */
td_typed_struct *td_typed_struct_find(const td_typed_reader *r, const char *text, size_t len);
/* keccak256(encodeType(type)): the type, then every struct reached from it, by name. Lives as long
 * as the type, which remembers it. */
const td_hash *td_typed_struct_hash(const td_typed_reader *r, td_typed_struct *type);

#endif
