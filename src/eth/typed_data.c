/* SPDX-License-Identifier: Apache-2.0
 *
 * The digest of EIP-712 typed data, as wallets make it (eth_signTypedData_v4).
 * The types of the message are compiled once into shapes, so that the values
 * are walked without looking a type's name up again; all hashes run, nothing
 * is encoded into memory. What could be signed with two meanings is refused:
 * values without a field, names that break the encoding, numbers out of range.
 * Knows no accounts and no keys.
 */
#include "eth/sign.h"

#include "codec/hex.h"

#include <stdlib.h>

enum {
    /* The type strings hashed are at most TYPES_MAX times the text of all fields: 256 MB, a second.
     */
    FIELDS_MAX = 4096,  /* of all struct types together */
    NAME_LEN_MAX = 128, /* of a type or a field */
    ITEMS_ANY = -1,     /* the length of an array T[] */
};

typedef enum kind { BOOL, ADDRESS, STRING, BYTES, BYTES_FIXED, UINT, INT, STRUCT, ARRAY } kind;

/* What values of a field look like. */
typedef struct shape {
    kind kind;
    int64_t size;             /* bits of UINT, INT; bytes of BYTES_FIXED; items of ARRAY */
    struct shape *item;       /* of ARRAY */
    struct struct_type *type; /* of STRUCT */
} shape;

typedef struct field {
    const char *name, *type_text;
    shape shape;
} field;

typedef struct struct_type {
    const char *name;
    field *fields;
    size_t field_count;
    td_hash hash; /* keccak256(encodeType), once has_hash */
    bool has_hash, listed;
} struct_type;

typedef struct reader {
    td_arena *a;
    td_diag *diag;
    struct_type *types; /* sorted by name */
    size_t type_count, field_count;
    const char *type_name, *field_name; /* the place for messages */
} reader;

/* "typed data: Mail.from: what" */
static int bad(const reader *r, int err, const char *what) {
    return td_diag_set(r->diag, err, "typed data: %.128s%s%.128s: %s", r->type_name,
                       r->field_name[0] != 0 ? "." : "", r->field_name, what);
}

static void *take(const reader *r, size_t size, int *err) {
    void *ptr = td_arena_zalloc(r->a, size);
    if (ptr == NULL)
        *err = bad(r, TD_ERR_NOMEM, "out of memory");
    return ptr;
}

/* --- types --------------------------------------------------------------------------------------
 */

/* The standard asks for identifiers, but types such as "Exchange:Withdraw" are in use: any visible
 * ASCII that leaves encodeType unambiguous. */
static bool is_name(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("(),[]", text[i]) != NULL)
            return false;
    return len != 0 && len <= NAME_LEN_MAX && (text[0] < '0' || text[0] > '9');
}

/* The number in text of at most 9 digits without leading zeros, or -1. */
static int64_t small_number(const char *text, size_t len) {
    int64_t n = 0;
    if (len == 0 || len > 9 || (text[0] == '0' && len > 1))
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        n = n * 10 + (text[i] - '0');
    }
    return n;
}

static bool is_text(const char *text, size_t len, const char *want) {
    return strlen(want) == len && memcmp(text, want, len) == 0;
}

/* Reads `text` as an elementary type. Returns 1, 0 when it is another name, or -1 for a name that
 * is kept back: uint7, bytes33, int08. */
static int elementary(const char *text, size_t len, shape *out) {
    static const struct {
        const char *name;
        kind kind;
        int64_t size;
    } plain[] = {{"bool", BOOL, 0},   {"address", ADDRESS, 0}, {"string", STRING, 0},
                 {"bytes", BYTES, 0}, {"uint", UINT, 256},     {"int", INT, 256}};
    for (size_t i = 0; i < TD_COUNT(plain); i++)
        if (is_text(text, len, plain[i].name)) {
            *out = (shape){.kind = plain[i].kind, .size = plain[i].size};
            return 1;
        }
    size_t letters = len;
    while (letters > 0 && text[letters - 1] >= '0' && text[letters - 1] <= '9')
        letters--;
    int64_t n = small_number(text + letters, len - letters);
    bool is_bytes = is_text(text, letters, "bytes"), is_int = is_text(text, letters, "int");
    if (!is_bytes && !is_int && !is_text(text, letters, "uint"))
        return 0;
    *out = (shape){.kind = is_bytes ? BYTES_FIXED : is_int ? INT : UINT, .size = n};
    return (is_bytes ? n >= 1 && n <= 32 : n >= 8 && n <= 256 && n % 8 == 0) ? 1 : -1;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const struct_type *)a)->name, ((const struct_type *)b)->name);
}

/* The struct type called by `len` bytes of `text`, or NULL. */
static struct_type *find_type(const reader *r, const char *text, size_t len) {
    char name[NAME_LEN_MAX + 1];
    if (!is_name(text, len))
        return NULL;
    memcpy(name, text, len);
    name[len] = 0;
    struct_type key = {.name = name};
    return bsearch(&key, r->types, r->type_count, sizeof key, compare_names);
}

/* Compiles T, T[] or T[n], any number of times over: the last brackets are the outermost array. */
static int compile_shape(const reader *r, const char *text, size_t len, shape *out) {
    int err = TD_OK;
    for (unsigned depth = 1; len != 0 && text[len - 1] == ']'; depth++) {
        size_t open = len - 1;
        while (open > 0 && text[open] != '[')
            open--;
        size_t digits = len - open - 2;
        int64_t size = digits == 0 ? ITEMS_ANY : small_number(text + open + 1, digits);
        if (open == 0 || (digits != 0 && size < 0))
            return bad(r, TD_ERR_FORMAT, "malformed array type");
        if (depth > TD_TYPED_DATA_DEPTH_MAX)
            return bad(r, TD_ERR_LIMIT, "arrays nested deeper than 32");
        *out = (shape){.kind = ARRAY, .size = size, .item = take(r, sizeof *out, &err)};
        if (err < 0)
            return err;
        out = out->item;
        len = open;
    }
    int known = elementary(text, len, out);
    struct_type *type = known == 0 ? find_type(r, text, len) : NULL;
    if (type != NULL)
        *out = (shape){.kind = STRUCT, .type = type};
    else if (known <= 0)
        return td_diag_set(r->diag, TD_ERR_FORMAT, "typed data: %.128s.%.128s: unknown type %.128s",
                           r->type_name, r->field_name, text);
    return TD_OK;
}

/* Adds {name, type} to `type`. */
static int compile_field(reader *r, struct_type *type, const char *name, const char *type_text) {
    r->type_name = type->name;
    r->field_name = name;
    if (++r->field_count > FIELDS_MAX)
        return bad(r, TD_ERR_LIMIT, "more than 4096 fields in all types");
    for (size_t i = 0; i < type->field_count; i++)
        if (strcmp(type->fields[i].name, name) == 0)
            return bad(r, TD_ERR_FORMAT, "two fields of this name");
    field *f = &type->fields[type->field_count++];
    f->name = name;
    f->type_text = type_text;
    return compile_shape(r, type_text, strlen(type_text), &f->shape);
}

static int compile_fields(reader *r, struct_type *type, const td_json *list) {
    int err = TD_OK;
    size_t count = td_json_count(list);
    r->type_name = type->name;
    r->field_name = "";
    if (td_json_typeof(list) != TD_JSON_ARRAY)
        return bad(r, TD_ERR_FORMAT, "not an array of {name, type}");
    type->fields = take(r, (count + 1) * sizeof(field), &err);
    for (size_t i = 0; i < count && err == TD_OK; i++) {
        size_t name_len = 0, text_len = 0;
        const td_json *entry = td_json_at(list, i);
        const char *name = td_json_text(td_json_get(entry, "name"), &name_len);
        const char *text = td_json_text(td_json_get(entry, "type"), &text_len);
        r->field_name = "";
        if (name == NULL || text == NULL || !is_name(name, name_len))
            return bad(r, TD_ERR_FORMAT,
                       "a field is not {name, type} with a name of 1 to 128 letters");
        if (text_len > 2 * NAME_LEN_MAX || strlen(text) != text_len)
            return bad(r, TD_ERR_FORMAT, "a field's type is longer than 256 bytes or has a NUL");
        err = compile_field(r, type, name, text);
    }
    return err;
}

/* The domain's own fields in the order of EIP-712, for messages that leave the type out. */
static int derive_domain(reader *r, struct_type *type, const td_json *domain) {
    static const char *const known[][2] = {{"name", "string"},
                                           {"version", "string"},
                                           {"chainId", "uint256"},
                                           {"verifyingContract", "address"},
                                           {"salt", "bytes32"}};
    int err = TD_OK;
    type->fields = take(r, TD_COUNT(known) * sizeof(field), &err);
    for (size_t i = 0; i < TD_COUNT(known) && err == TD_OK; i++)
        if (td_json_typeof(td_json_get(domain, known[i][0])) > TD_JSON_NULL)
            err = compile_field(r, type, known[i][0], known[i][1]);
    return err;
}

/* Makes r->types of the message's types, without their fields. */
static int name_types(reader *r, const td_json *types) {
    int err = TD_OK;
    const void *cursor = NULL;
    const char *name;
    if (td_json_count(types) > TD_TYPED_DATA_TYPES_MAX)
        return bad(r, TD_ERR_LIMIT, "more than 256 types");
    r->types = take(r, (td_json_count(types) + 1) * sizeof *r->types, &err);
    if (err < 0)
        return err;
    while (td_json_member(types, &cursor, &name) != NULL) {
        shape ignored;
        r->type_name = name;
        if (!is_name(name, strlen(name)))
            return bad(r, TD_ERR_FORMAT, "not a name for a type");
        if (elementary(name, strlen(name), &ignored) != 0)
            return bad(r, TD_ERR_FORMAT, "a struct with the name of an elementary type");
        r->types[r->type_count++].name = name;
    }
    if (td_json_get(types, "EIP712Domain") == NULL)
        r->types[r->type_count++].name = "EIP712Domain";
    qsort(r->types, r->type_count, sizeof *r->types, compare_names);
    return TD_OK;
}

static int compile_types(reader *r, const td_json *types, const td_json *domain) {
    r->type_name = "types";
    if (td_json_typeof(types) != TD_JSON_OBJECT)
        return bad(r, TD_ERR_FORMAT, "not an object");
    int err = name_types(r, types);
    for (size_t i = 0; i < r->type_count && err == TD_OK; i++) {
        const td_json *list = td_json_get(types, r->types[i].name);
        err = list == NULL ? derive_domain(r, &r->types[i], domain)
                           : compile_fields(r, &r->types[i], list);
    }
    return err;
}

static void hash_text(td_keccak_ctx *k, const char *text) {
    td_keccak_update(k, text, strlen(text));
}

static void hash_member_list(td_keccak_ctx *k, const struct_type *type) {
    hash_text(k, type->name);
    hash_text(k, "(");
    for (size_t i = 0; i < type->field_count; i++) {
        hash_text(k, i == 0 ? "" : ",");
        hash_text(k, type->fields[i].type_text);
        hash_text(k, " ");
        hash_text(k, type->fields[i].name);
    }
    hash_text(k, ")");
}

/* keccak256(encodeType): the type, then every struct reached from it, by name. */
static const td_hash *type_hash(const reader *r, struct_type *type) {
    struct_type *reached[TD_TYPED_DATA_TYPES_MAX + 1] = {type};
    size_t count = 1;
    td_keccak_ctx k;
    if (type->has_hash)
        return &type->hash;
    for (size_t i = 0; i < r->type_count; i++)
        r->types[i].listed = &r->types[i] == type;
    for (size_t done = 0; done < count; done++)
        for (size_t i = 0; i < reached[done]->field_count; i++) {
            const shape *s = &reached[done]->fields[i].shape;
            while (s->kind == ARRAY)
                s = s->item;
            if (s->kind == STRUCT && !s->type->listed) {
                s->type->listed = true;
                reached[count++] = s->type;
            }
        }
    td_keccak_init(&k);
    hash_member_list(&k, type);
    for (size_t i = 0; i < r->type_count; i++)
        if (r->types[i].listed && &r->types[i] != type)
            hash_member_list(&k, &r->types[i]);
    td_keccak_final(&k, &type->hash);
    type->has_hash = true;
    return &type->hash;
}

/* --- values -------------------------------------------------------------------------------------
 */

static int hash_value(reader *r, td_hash *out, const shape *s, const td_json *value,
                      unsigned depth);

static int hash_struct(reader *r, td_hash *out, struct_type *type, const td_json *value,
                       unsigned depth) {
    td_keccak_ctx k;
    if (td_json_typeof(value) != TD_JSON_OBJECT)
        return bad(r, TD_ERR_FORMAT, "not an object");
    td_keccak_init(&k);
    td_keccak_update(&k, type_hash(r, type)->b, 32);
    for (size_t i = 0; i < type->field_count; i++) {
        const field *f = &type->fields[i];
        td_hash encoded;
        r->type_name = type->name;
        r->field_name = f->name;
        int err = hash_value(r, &encoded, &f->shape, td_json_get(value, f->name), depth + 1);
        if (err < 0)
            return err;
        td_keccak_update(&k, encoded.b, 32);
    }
    size_t known = 0;
    const void *cursor = NULL;
    const char *name;
    for (const td_json *j; (j = td_json_member(value, &cursor, &name)) != NULL;)
        known += td_json_typeof(j) != TD_JSON_NULL;
    r->type_name = type->name;
    r->field_name = "";
    if (known > type->field_count)
        return bad(r, TD_ERR_FORMAT, "the value has members that the type does not sign");
    td_keccak_final(&k, out);
    return TD_OK;
}

static int hash_array(reader *r, td_hash *out, const shape *s, const td_json *value,
                      unsigned depth) {
    const char *type_name = r->type_name, *field_name = r->field_name;
    size_t count = td_json_count(value);
    td_keccak_ctx k;
    if (td_json_typeof(value) != TD_JSON_ARRAY)
        return bad(r, TD_ERR_FORMAT, "not an array");
    if (s->size != ITEMS_ANY && count != (size_t)s->size)
        return bad(r, TD_ERR_FORMAT, "not as many items as the type says");
    td_keccak_init(&k);
    for (size_t i = 0; i < count; i++) {
        td_hash encoded;
        r->type_name = type_name;
        r->field_name = field_name;
        int err = hash_value(r, &encoded, s->item, td_json_at(value, i), depth + 1);
        if (err < 0)
            return err;
        td_keccak_update(&k, encoded.b, 32);
    }
    td_keccak_final(&k, out);
    return TD_OK;
}

/* A number of JSON or a decimal or hex string, all with an optional minus. */
static int encode_number(const reader *r, td_hash *out, const shape *s, const td_json *value) {
    td_u256 n;
    size_t len = 0;
    const char *text = td_json_text(value, &len);
    bool negative = text != NULL && len != 0 && text[0] == '-';
    int err = text == NULL ? TD_ERR_FORMAT : td_u256_parse(&n, text + negative, len - negative);
    if (err == TD_ERR_FORMAT)
        return bad(r, err, "not an integer");
    unsigned bits = (unsigned)s->size - (s->kind == INT);
    if (err == TD_OK && negative && !td_u256_is_zero(&n)) {
        /* -1 - n fits as far as n does, one further down than up */
        td_u256 one = td_u256_from(1), below;
        td_u256_sub(&below, &n, &one);
        if (s->kind == UINT || td_u256_bit_len(&below) > bits)
            err = TD_ERR_RANGE;
        td_u256_sub(&n, &TD_U256_ZERO, &n);
    } else if (err == TD_OK && td_u256_bit_len(&n) > bits) {
        err = TD_ERR_RANGE;
    }
    if (err < 0)
        return bad(r, TD_ERR_FORMAT, "the number is out of the type's range");
    td_u256_store_be(out->b, &n);
    return TD_OK;
}

/* Hex data after 0x: `bytes` by its hash, bytesN from the left. */
static int encode_bytes(const reader *r, td_hash *out, const shape *s, const td_json *value) {
    td_arena_mark mark = td_arena_here(r->a);
    td_bytes data = {NULL, 0};
    size_t len = 0;
    const char *text = td_json_typeof(value) == TD_JSON_STRING ? td_json_text(value, &len) : NULL;
    if (text == NULL || len < 2 || text[0] != '0' || text[1] != 'x')
        return bad(r, TD_ERR_FORMAT, "not 0x and hex data");
    int err = td_hex_decode(r->a, &data, text, len, len);
    if (err < 0)
        return bad(r, err, err == TD_ERR_NOMEM ? "out of memory" : "not 0x and hex data");
    if (s->kind == BYTES)
        td_keccak256(out, data.ptr, data.len);
    else if (data.len == (size_t)s->size)
        memcpy(out->b, data.ptr, data.len);
    else
        err = bad(r, TD_ERR_FORMAT, "not as many bytes as the type says");
    td_arena_rewind(r->a, mark);
    return err;
}

/* The 32 bytes that stand for `value` in its struct or array: encodeData of EIP-712. */
static int hash_value(reader *r, td_hash *out, const shape *s, const td_json *value,
                      unsigned depth) {
    size_t len = 0;
    td_addr addr;
    const char *text;
    *out = (td_hash){0};
    if (td_json_typeof(value) <= TD_JSON_NULL)
        return bad(r, TD_ERR_FORMAT, "the value is missing");
    if (depth > TD_TYPED_DATA_DEPTH_MAX)
        return bad(r, TD_ERR_LIMIT, "structs and arrays nested deeper than 32");
    switch (s->kind) {
    case STRUCT: return hash_struct(r, out, s->type, value, depth);
    case ARRAY: return hash_array(r, out, s, value, depth);
    case UINT:
    case INT: return encode_number(r, out, s, value);
    case BYTES:
    case BYTES_FIXED: return encode_bytes(r, out, s, value);
    case STRING:
        text = td_json_typeof(value) == TD_JSON_STRING ? td_json_text(value, &len) : NULL;
        if (text == NULL)
            return bad(r, TD_ERR_FORMAT, "not a string");
        td_keccak256(out, text, len);
        return TD_OK;
    case ADDRESS:
        if (!td_json_addr(value, &addr))
            return bad(r, TD_ERR_FORMAT, "not 0x and 40 hex digits");
        memcpy(out->b + 12, addr.b, 20);
        return TD_OK;
    case BOOL:
        if (td_json_typeof(value) != TD_JSON_BOOL)
            return bad(r, TD_ERR_FORMAT, "neither true nor false");
        out->b[31] = td_json_is_true(value);
        return TD_OK;
    }
    return TD_OK;
}

int td_typed_data_hash(td_hash *out, td_arena *a, td_diag *diag, const td_json *typed_data) {
    reader r = {.a = a, .diag = diag, .type_name = "primaryType", .field_name = ""};
    const td_json *domain = td_json_get(typed_data, "domain");
    const td_json *message = td_json_get(typed_data, "message");
    const td_json *primary_json = td_json_get(typed_data, "primaryType");
    size_t len = 0;
    const char *primary_name = td_json_text(primary_json, &len);
    struct {
        uint8_t head[2];
        td_hash domain, message;
    } signed_data = {{0x19, 0x01}, {{0}}, {{0}}};
    static_assert(sizeof signed_data == 66, "hashed as it lies");
    if (td_json_typeof(primary_json) != TD_JSON_STRING)
        return bad(&r, TD_ERR_FORMAT, "not a string");
    int err = compile_types(&r, td_json_get(typed_data, "types"), domain);
    if (err < 0)
        return err;
    struct_type *primary = find_type(&r, primary_name, len);
    struct_type *domain_type = find_type(&r, "EIP712Domain", 12);
    r.type_name = "primaryType", r.field_name = "";
    if (primary == NULL)
        return bad(&r, TD_ERR_FORMAT, "types has no such type");
    r.type_name = "domain";
    err = hash_struct(&r, &signed_data.domain, domain_type, domain, 1);
    if (err < 0)
        return err;
    r.type_name = "message", r.field_name = "";
    if (primary == domain_type) { /* wallets then sign the domain alone */
        if (td_json_count(message) != 0)
            return bad(&r, TD_ERR_FORMAT, "a message beside primaryType EIP712Domain");
        td_keccak256(out, &signed_data, 34);
        return TD_OK;
    }
    err = hash_struct(&r, &signed_data.message, primary, message, 1);
    if (err == TD_OK)
        td_keccak256(out, &signed_data, sizeof signed_data);
    return err;
}
