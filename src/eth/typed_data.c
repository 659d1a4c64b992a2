/* SPDX-License-Identifier: Apache-2.0
 *
 * The digest of EIP-712 typed data, as wallets make it (eth_signTypedData_v4):
 * the values of a message, checked against their types and hashed as they are
 * walked; nothing is encoded into memory. What could be signed with two
 * meanings is refused: members without a field, numbers out of range, data of
 * another length. Knows no accounts and no keys.
 */
#include "eth/typed_data_private.h"

#include "codec/hex.h"

static int hash_value(td_typed_reader *r, td_hash *out, const td_typed_shape *s,
                      const td_json *value, unsigned depth);

static int hash_struct(td_typed_reader *r, td_hash *out, td_typed_struct *type,
                       const td_json *value, unsigned depth) {
    td_keccak_ctx k;
    if (td_json_typeof(value) != TD_JSON_OBJECT)
        return td_typed_bad(r, TD_ERR_FORMAT, "not an object");
    td_keccak_init(&k);
    td_keccak_update(&k, td_typed_struct_hash(r, type)->b, 32);
    for (size_t i = 0; i < type->field_count; i++) {
        const td_typed_field *f = &type->fields[i];
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
        return td_typed_bad(r, TD_ERR_FORMAT, "the value has members that the type does not sign");
    td_keccak_final(&k, out);
    return TD_OK;
}

static int hash_array(td_typed_reader *r, td_hash *out, const td_typed_shape *s,
                      const td_json *value, unsigned depth) {
    const char *type_name = r->type_name, *field_name = r->field_name;
    size_t count = td_json_count(value);
    td_keccak_ctx k;
    if (td_json_typeof(value) != TD_JSON_ARRAY)
        return td_typed_bad(r, TD_ERR_FORMAT, "not an array");
    if (s->size != TD_TYPED_ITEMS_ANY && count != (size_t)s->size)
        return td_typed_bad(r, TD_ERR_FORMAT, "not as many items as the type says");
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
static int encode_number(const td_typed_reader *r, td_hash *out, const td_typed_shape *s,
                         const td_json *value) {
    td_u256 n;
    size_t len = 0;
    const char *text = td_json_text(value, &len);
    bool negative = text != NULL && len != 0 && text[0] == '-';
    int err = text == NULL ? TD_ERR_FORMAT : td_u256_parse(&n, text + negative, len - negative);
    if (err == TD_ERR_FORMAT)
        return td_typed_bad(r, err, "not an integer");
    unsigned bits = (unsigned)s->size - (s->kind == TD_TYPED_INT);
    if (err == TD_OK && negative && !td_u256_is_zero(&n)) {
        /* -1 - n fits as far as n does, one further down than up */
        td_u256 one = td_u256_from(1), below;
        td_u256_sub(&below, &n, &one);
        if (s->kind == TD_TYPED_UINT || td_u256_bit_len(&below) > bits)
            err = TD_ERR_RANGE;
        td_u256_sub(&n, &TD_U256_ZERO, &n);
    } else if (err == TD_OK && td_u256_bit_len(&n) > bits) {
        err = TD_ERR_RANGE;
    }
    if (err < 0)
        return td_typed_bad(r, TD_ERR_FORMAT, "the number is out of the type's range");
    td_u256_store_be(out->b, &n);
    return TD_OK;
}

/* Hex data after 0x: `bytes` by its hash, bytesN from the left. */
static int encode_bytes(const td_typed_reader *r, td_hash *out, const td_typed_shape *s,
                        const td_json *value) {
    td_arena_mark mark = td_arena_here(r->a);
    td_bytes data = {NULL, 0};
    size_t len = 0;
    const char *text = td_json_typeof(value) == TD_JSON_STRING ? td_json_text(value, &len) : NULL;
    if (text == NULL || len < 2 || text[0] != '0' || text[1] != 'x')
        return td_typed_bad(r, TD_ERR_FORMAT, "not 0x and hex data");
    int err = td_hex_decode(r->a, &data, text, len, len);
    if (err < 0)
        return td_typed_bad(r, err, err == TD_ERR_NOMEM ? "out of memory" : "not 0x and hex data");
    if (s->kind == TD_TYPED_BYTES)
        td_keccak256(out, data.ptr, data.len);
    else if (data.len == (size_t)s->size)
        memcpy(out->b, data.ptr, data.len);
    else
        err = td_typed_bad(r, TD_ERR_FORMAT, "not as many bytes as the type says");
    td_arena_rewind(r->a, mark);
    return err;
}

/* The 32 bytes that stand for `value` in its struct or array: encodeData of EIP-712. */
static int hash_value(td_typed_reader *r, td_hash *out, const td_typed_shape *s,
                      const td_json *value, unsigned depth) {
    size_t len = 0;
    td_addr addr;
    const char *text;
    *out = (td_hash){0};
    if (td_json_typeof(value) <= TD_JSON_NULL)
        return td_typed_bad(r, TD_ERR_FORMAT, "the value is missing");
    if (depth > TD_TYPED_DATA_DEPTH_MAX)
        return td_typed_bad(r, TD_ERR_LIMIT, "structs and arrays nested deeper than 32");
    switch (s->kind) {
    case TD_TYPED_STRUCT: return hash_struct(r, out, s->type, value, depth);
    case TD_TYPED_ARRAY: return hash_array(r, out, s, value, depth);
    case TD_TYPED_UINT:
    case TD_TYPED_INT: return encode_number(r, out, s, value);
    case TD_TYPED_BYTES:
    case TD_TYPED_BYTES_FIXED: return encode_bytes(r, out, s, value);
    case TD_TYPED_STRING:
        text = td_json_typeof(value) == TD_JSON_STRING ? td_json_text(value, &len) : NULL;
        if (text == NULL)
            return td_typed_bad(r, TD_ERR_FORMAT, "not a string");
        td_keccak256(out, text, len);
        return TD_OK;
    case TD_TYPED_ADDRESS:
        if (!td_json_addr(value, &addr))
            return td_typed_bad(r, TD_ERR_FORMAT, "not 0x and 40 hex digits");
        memcpy(out->b + 12, addr.b, 20);
        return TD_OK;
    case TD_TYPED_BOOL:
        if (td_json_typeof(value) != TD_JSON_BOOL)
            return td_typed_bad(r, TD_ERR_FORMAT, "neither true nor false");
        out->b[31] = td_json_is_true(value);
        return TD_OK;
    }
    return TD_OK;
}

int td_typed_data_hash(td_hash *out, td_arena *a, td_diag *diag, const td_json *typed_data) {
    td_typed_reader r = {.a = a, .diag = diag, .type_name = "primaryType", .field_name = ""};
    const td_json *domain = td_json_get(typed_data, "domain");
    const td_json *message = td_json_get(typed_data, "message");
    const td_json *primary_json = td_json_get(typed_data, "primaryType");
    size_t len = 0;
    const char *primary_name = td_json_text(primary_json, &len);
    struct {
        uint8_t head[2];
        td_hash domain, message;
    } signed_data = {{0x19, 0x01}, {{0}}, {{0}}};
    _Static_assert(sizeof signed_data == 66, "hashed as it lies");
    if (td_json_typeof(primary_json) != TD_JSON_STRING)
        return td_typed_bad(&r, TD_ERR_FORMAT, "not a string");
    int err = td_typed_types_compile(&r, td_json_get(typed_data, "types"), domain);
    if (err < 0)
        return err;
    td_typed_struct *primary = td_typed_struct_find(&r, primary_name, len);
    td_typed_struct *domain_type = td_typed_struct_find(&r, "EIP712Domain", 12);
    r.type_name = "primaryType", r.field_name = "";
    if (primary == NULL)
        return td_typed_bad(&r, TD_ERR_FORMAT, "types has no such type");
    r.type_name = "domain";
    err = hash_struct(&r, &signed_data.domain, domain_type, domain, 1);
    if (err < 0)
        return err;
    r.type_name = "message", r.field_name = "";
    if (primary == domain_type) { /* wallets then sign the domain alone */
        if (td_json_count(message) != 0)
            return td_typed_bad(&r, TD_ERR_FORMAT, "a message beside primaryType EIP712Domain");
        td_keccak256(out, &signed_data, 34);
        return TD_OK;
    }
    err = hash_struct(&r, &signed_data.message, primary, message, 1);
    if (err == TD_OK)
        td_keccak256(out, &signed_data, sizeof signed_data);
    return err;
}
