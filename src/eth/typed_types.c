/* SPDX-License-Identifier: Apache-2.0
 *
 * The types of EIP-712 typed data: compiled once into shapes, so that values
 * are walked without looking a type's name up again, and hashed on first use.
 * Names that would give an encoding two meanings are refused. Sees no values.
 */
#include "eth/typed_data_private.h"

#include <stdlib.h>

int td_typed_bad(const td_typed_reader *r, int err, const char *what) {
    return td_diag_set(r->diag, err, "typed data: %.128s%s%.128s: %s", r->type_name,
                       r->field_name[0] != 0 ? "." : "", r->field_name, what);
}

static void *take(const td_typed_reader *r, size_t size, int *err) {
    void *ptr = td_arena_zalloc(r->a, size);
    if (ptr == NULL)
        *err = td_typed_bad(r, TD_ERR_NOMEM, "out of memory");
    return ptr;
}

/* The standard asks for identifiers, but types such as "Exchange:Withdraw" are in use: any visible
 * ASCII that leaves encodeType unambiguous. */
static bool is_name(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("(),[]", text[i]) != NULL)
            return false;
    return len != 0 && len <= TD_TYPED_DATA_NAME_LEN_MAX && (text[0] < '0' || text[0] > '9');
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
static int elementary(const char *text, size_t len, td_typed_shape *out) {
    static const struct {
        const char *name;
        td_typed_kind kind;
        int64_t size;
    } plain[] = {{"bool", TD_TYPED_BOOL, 0},     {"address", TD_TYPED_ADDRESS, 0},
                 {"string", TD_TYPED_STRING, 0}, {"bytes", TD_TYPED_BYTES, 0},
                 {"uint", TD_TYPED_UINT, 256},   {"int", TD_TYPED_INT, 256}};
    for (size_t i = 0; i < TD_COUNT(plain); i++)
        if (is_text(text, len, plain[i].name)) {
            *out = (td_typed_shape){.kind = plain[i].kind, .size = plain[i].size};
            return 1;
        }
    size_t letters = len;
    while (letters > 0 && text[letters - 1] >= '0' && text[letters - 1] <= '9')
        letters--;
    int64_t n = small_number(text + letters, len - letters);
    bool is_bytes = is_text(text, letters, "bytes"), is_int = is_text(text, letters, "int");
    if (!is_bytes && !is_int && !is_text(text, letters, "uint"))
        return 0;
    *out = (td_typed_shape){.kind = is_bytes ? TD_TYPED_BYTES_FIXED
                                    : is_int ? TD_TYPED_INT
                                             : TD_TYPED_UINT,
                            .size = n};
    return (is_bytes ? n >= 1 && n <= 32 : n >= 8 && n <= 256 && n % 8 == 0) ? 1 : -1;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const td_typed_struct *)a)->name, ((const td_typed_struct *)b)->name);
}

td_typed_struct *td_typed_struct_find(const td_typed_reader *r, const char *text, size_t len) {
    char name[TD_TYPED_DATA_NAME_LEN_MAX + 1];
    if (!is_name(text, len))
        return NULL;
    memcpy(name, text, len);
    name[len] = 0;
    td_typed_struct key = {.name = name};
    return bsearch(&key, r->types, r->type_count, sizeof key, compare_names);
}

/* Compiles T, T[] or T[n], any number of times over: the last brackets are the outermost array. */
static int compile_shape(const td_typed_reader *r, const char *text, size_t len,
                         td_typed_shape *out) {
    int err = TD_OK;
    for (unsigned depth = 1; len != 0 && text[len - 1] == ']'; depth++) {
        size_t open = len - 1;
        while (open > 0 && text[open] != '[')
            open--;
        if (open == 0)
            return td_typed_bad(r, TD_ERR_FORMAT, "malformed array type");
        size_t digits = len - open - 2;
        int64_t size = digits == 0 ? TD_TYPED_ITEMS_ANY : small_number(text + open + 1, digits);
        if (digits != 0 && size < 0)
            return td_typed_bad(r, TD_ERR_FORMAT, "malformed array type");
        if (depth > TD_TYPED_DATA_DEPTH_MAX)
            return td_typed_bad(r, TD_ERR_LIMIT, "arrays nested deeper than 32");
        *out = (td_typed_shape){
            .kind = TD_TYPED_ARRAY, .size = size, .item = take(r, sizeof *out, &err)};
        if (err < 0)
            return err;
        out = out->item;
        len = open;
    }
    int known = elementary(text, len, out);
    td_typed_struct *type = known == 0 ? td_typed_struct_find(r, text, len) : NULL;
    if (type != NULL)
        *out = (td_typed_shape){.kind = TD_TYPED_STRUCT, .type = type};
    else if (known <= 0)
        return td_diag_set(r->diag, TD_ERR_FORMAT, "typed data: %.128s.%.128s: unknown type %.128s",
                           r->type_name, r->field_name, text);
    return TD_OK;
}

/* Adds {name, type} to `type`. */
static int compile_field(td_typed_reader *r, td_typed_struct *type, const char *name,
                         const char *type_text) {
    r->type_name = type->name;
    r->field_name = name;
    if (++r->field_count > TD_TYPED_DATA_FIELDS_MAX)
        return td_typed_bad(r, TD_ERR_LIMIT, "more than 4096 fields in all types");
    for (size_t i = 0; i < type->field_count; i++)
        if (strcmp(type->fields[i].name, name) == 0)
            return td_typed_bad(r, TD_ERR_FORMAT, "two fields of this name");
    td_typed_field *f = &type->fields[type->field_count++];
    f->name = name;
    f->type_text = type_text;
    return compile_shape(r, type_text, strlen(type_text), &f->shape);
}

static int compile_fields(td_typed_reader *r, td_typed_struct *type, const td_json *list) {
    int err = TD_OK;
    size_t count = td_json_count(list);
    r->type_name = type->name;
    r->field_name = "";
    if (td_json_typeof(list) != TD_JSON_ARRAY)
        return td_typed_bad(r, TD_ERR_FORMAT, "not an array of {name, type}");
    type->fields = take(r, (count + 1) * sizeof(td_typed_field), &err);
    for (size_t i = 0; i < count && err == TD_OK; i++) {
        size_t name_len = 0, text_len = 0;
        const td_json *entry = td_json_at(list, i);
        const char *name = td_json_text(td_json_get(entry, "name"), &name_len);
        const char *text = td_json_text(td_json_get(entry, "type"), &text_len);
        r->field_name = "";
        if (name == NULL || text == NULL || !is_name(name, name_len))
            return td_typed_bad(r, TD_ERR_FORMAT,
                                "a field is not {name, type} with a name of 1 to 128 letters");
        if (text_len > 2 * TD_TYPED_DATA_NAME_LEN_MAX || strlen(text) != text_len)
            return td_typed_bad(r, TD_ERR_FORMAT,
                                "a field's type is longer than 256 bytes or has a NUL");
        err = compile_field(r, type, name, text);
    }
    return err;
}

/* The domain's own fields in the order of EIP-712, for messages that leave the type out. */
static int derive_domain(td_typed_reader *r, td_typed_struct *type, const td_json *domain) {
    static const char *const known[][2] = {{"name", "string"},
                                           {"version", "string"},
                                           {"chainId", "uint256"},
                                           {"verifyingContract", "address"},
                                           {"salt", "bytes32"}};
    int err = TD_OK;
    type->fields = take(r, TD_COUNT(known) * sizeof(td_typed_field), &err);
    for (size_t i = 0; i < TD_COUNT(known) && err == TD_OK; i++)
        if (td_json_typeof(td_json_get(domain, known[i][0])) > TD_JSON_NULL)
            err = compile_field(r, type, known[i][0], known[i][1]);
    return err;
}

/* Keeps r->types sorted; done before any pointer into it is taken. */
static void insert_type(td_typed_reader *r, const char *name) {
    size_t at = r->type_count++;
    for (; at > 0 && strcmp(r->types[at - 1].name, name) > 0; at--)
        r->types[at].name = r->types[at - 1].name;
    r->types[at].name = name;
}

/* Makes r->types of the message's types, without their fields. */
static int name_types(td_typed_reader *r, const td_json *types) {
    int err = TD_OK;
    const void *cursor = NULL;
    const char *name;
    if (td_json_count(types) > TD_TYPED_DATA_TYPES_MAX)
        return td_typed_bad(r, TD_ERR_LIMIT, "more than 256 types");
    r->types = take(r, (td_json_count(types) + 1) * sizeof *r->types, &err);
    if (err < 0)
        return err;
    while (td_json_member(types, &cursor, &name) != NULL) {
        td_typed_shape ignored;
        r->type_name = name;
        if (!is_name(name, strlen(name)))
            return td_typed_bad(r, TD_ERR_FORMAT, "not a name for a type");
        if (elementary(name, strlen(name), &ignored) != 0)
            return td_typed_bad(r, TD_ERR_FORMAT, "a struct with the name of an elementary type");
        insert_type(r, name);
    }
    if (td_json_get(types, "EIP712Domain") == NULL)
        insert_type(r, "EIP712Domain");
    return TD_OK;
}

int td_typed_types_compile(td_typed_reader *r, const td_json *types, const td_json *domain) {
    r->type_name = "types";
    if (td_json_typeof(types) != TD_JSON_OBJECT)
        return td_typed_bad(r, TD_ERR_FORMAT, "not an object");
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

static void hash_member_list(td_keccak_ctx *k, const td_typed_struct *type) {
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

const td_hash *td_typed_struct_hash(const td_typed_reader *r, td_typed_struct *type) {
    td_typed_struct *reached[TD_TYPED_DATA_TYPES_MAX + 1] = {type};
    size_t count = 1;
    td_keccak_ctx k;
    if (type->has_hash)
        return &type->hash;
    for (size_t i = 0; i < r->type_count; i++)
        r->types[i].listed = &r->types[i] == type;
    for (size_t done = 0; done < count; done++)
        for (size_t i = 0; i < reached[done]->field_count; i++) {
            const td_typed_shape *s = &reached[done]->fields[i].shape;
            while (s->kind == TD_TYPED_ARRAY)
                s = s->item;
            if (s->kind == TD_TYPED_STRUCT && !s->type->listed) {
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
