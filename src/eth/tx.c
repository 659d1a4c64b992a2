/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions in their wire forms: decoded with the sender, encoded, signed,
 * copied. What the types do differently is in their td_tx_kind. Knows nothing
 * of accounts: whether a transaction may run is the pool's and exec's question.
 */
#include "eth/tx.h"
#include "eth/tx_private.h"

enum {
    LIST_FIRST = 0xc0 /* the lowest first byte of an RLP list */,
    TYPE_MAX = 0x7f /* EIP-2718 */
};

static const td_tx_kind *kind_of(uint8_t type) {
    switch (type) {
#define TD_TX(TYPE, NAME, since, name, suffix)                                                     \
    case TYPE: return &td_tx_kind_##suffix;
#include "eth/tx_types.def"
#undef TD_TX
    default: return NULL;
    }
}

#define TD_TX(TYPE, NAME, since, name, suffix)                                                     \
    _Static_assert(TD_TX_##NAME == (TYPE), "the header's types are the table's");
#include "eth/tx_types.def"
#undef TD_TX

td_fork td_tx_since(const td_tx *tx) {
    static const uint8_t since_of[] = {
#define TD_TX(TYPE, NAME, since, name, suffix) [TYPE] = TD_FORK_##since,
#include "eth/tx_types.def"
#undef TD_TX
    };
    TD_ASSERT(tx->type < TD_COUNT(since_of));
    if (tx->type == TD_TX_LEGACY && tx->is_protected)
        return TD_FORK_SPURIOUS; /* EIP-155 */
    return (td_fork)since_of[tx->type];
}

/* The hash that is signed, over the encoded unsigned fields: they are wrapped into a list, behind
 * the type's byte or before EIP-155's (chain id, 0, 0). */
static void hash_unsigned(td_hash *out, const td_tx *tx, td_bytes fields) {
    uint8_t tail[16], head[10], header[16];
    size_t tail_len = 0, head_len = 0;
    if (tx->type == TD_TX_LEGACY && tx->is_protected) {
        td_out room = {.ptr = header, .capacity = sizeof header, .len_max = sizeof header};
        td_rlp_put_u64(&room, tx->chain_id);
        memcpy(tail, header, room.len);
        memcpy(tail + room.len, "\x80\x80", 2);
        tail_len = room.len + 2;
    }
    if (tx->type != TD_TX_LEGACY)
        head[head_len++] = tx->type;
    td_out room = {.ptr = header, .capacity = sizeof header, .len_max = sizeof header};
    td_rlp_put_list_header(&room, fields.len + tail_len);
    memcpy(head + head_len, header, room.len);
    head_len += room.len;
    td_keccak_ctx k;
    td_keccak_init(&k);
    td_keccak_update(&k, head, head_len);
    td_keccak_update(&k, fields.ptr, fields.len);
    td_keccak_update(&k, tail, tail_len);
    td_keccak_final(&k, out);
}

static int bad_signature(td_diag *diag, const char *what) {
    return td_diag_set(diag, TD_ERR_SIGNATURE, "transaction signature: %s", what);
}

/* v, r and s, within the ranges of the curve (yellow paper appendix F) and of EIP-2. */
static int read_signature(td_tx *tx, const td_tx_kind *kind, td_diag *diag, td_rlp *fields) {
    td_u256 r, s;
    int err = td_rlp_u64(fields, &tx->sig_v);
    if (err < 0)
        return td_tx_field_bad(diag, err, "v");
    err = td_rlp_u256(fields, &r);
    if (err < 0)
        return td_tx_field_bad(diag, err, "r");
    err = td_rlp_u256(fields, &s);
    if (err < 0)
        return td_tx_field_bad(diag, err, "s");
    if (kind->v_read(tx) < 0)
        return td_diag_set(diag, TD_ERR_SIGNATURE, "transaction signature: v is %llu",
                           (unsigned long long)tx->sig_v);
    if (td_u256_is_zero(&r) || !td_u256_lt(&r, &TD_SECP256K1_N))
        return bad_signature(diag, "r is not in the range of the curve");
    if (td_u256_is_zero(&s) || td_u256_lt(&TD_SECP256K1_HALF_N, &s))
        return bad_signature(diag, "s is zero or above half of the curve's order (EIP-2)");
    td_u256_store_be(tx->sig.r, &r);
    td_u256_store_be(tx->sig.s, &s);
    return TD_OK;
}

/* The type by the first byte; *payload becomes the list of fields. */
static int read_envelope(td_tx *tx, td_diag *diag, td_rlp *payload) {
    td_bytes raw = tx->raw;
    if (raw.len > TD_TX_LEN_MAX)
        return td_diag_set(diag, TD_ERR_LIMIT, "transaction: %zu bytes, the limit is %d", raw.len,
                           TD_TX_LEN_MAX);
    if (raw.len == 0)
        return td_diag_set(diag, TD_ERR_FORMAT, "transaction: no bytes");
    tx->type = TD_TX_LEGACY;
    td_rlp r = td_rlp_over(raw);
    if (raw.ptr[0] < LIST_FIRST) {
        if (raw.ptr[0] > TYPE_MAX)
            return td_diag_set(diag, TD_ERR_FORMAT, "transaction: an RLP string, not a list");
        if (raw.ptr[0] == TD_TX_LEGACY || kind_of(raw.ptr[0]) == NULL)
            return td_diag_set(diag, TD_ERR_TX_TYPE, "transaction: type %u is not supported",
                               raw.ptr[0]);
        tx->type = raw.ptr[0];
        r.at++;
    }
    if (td_rlp_list(&r, payload) < 0)
        return td_diag_set(diag, TD_ERR_FORMAT, "transaction: its list is malformed or cut short");
    if (!td_rlp_done(&r))
        return td_diag_set(diag, TD_ERR_FORMAT, "transaction: %zu bytes after its end",
                           (size_t)(r.end - r.at));
    return TD_OK;
}

/* All but the sender; `unsigned_fields` is what a signature is over. */
static int parse(td_tx *out, td_arena *a, td_diag *diag, td_bytes raw, td_bytes *unsigned_fields) {
    td_rlp fields;
    *out = (td_tx){.raw = raw};
    int err = read_envelope(out, diag, &fields);
    if (err < 0)
        return err;
    const td_tx_kind *kind = kind_of(out->type);
    const uint8_t *start = fields.at;
    for (size_t i = 0; i < kind->count; i++) {
        err = td_tx_field_read(out, a, diag, (tx_field)kind->fields[i], &fields);
        if (err < 0)
            return err;
    }
    *unsigned_fields = TD_BYTES(start, (size_t)(fields.at - start));
    err = read_signature(out, kind, diag, &fields);
    if (err < 0)
        return err;
    if (!td_rlp_done(&fields))
        return td_diag_set(diag, TD_ERR_FORMAT, "transaction: more than the %d fields of its type",
                           kind->count + TX_SIG_FIELDS);
    out->hash = td_keccak(raw);
    return TD_OK;
}

int td_tx_parse(td_tx *out, td_arena *a, td_diag *diag, td_bytes raw) {
    td_bytes unsigned_fields;
    return parse(out, a, diag, raw, &unsigned_fields);
}

int td_tx_decode(td_tx *out, td_arena *a, td_diag *diag, td_bytes raw) {
    td_bytes unsigned_fields;
    int err = parse(out, a, diag, raw, &unsigned_fields);
    if (err < 0)
        return err;
    td_hash digest;
    hash_unsigned(&digest, out, unsigned_fields);
    if (td_secp256k1_recover_addr(&out->sender, &digest, &out->sig) < 0)
        return bad_signature(diag, "it belongs to no key");
    return TD_OK;
}

static void write_unsigned(td_out *out, const td_tx *tx) {
    const td_tx_kind *kind = kind_of(tx->type);
    TD_ASSERT(kind != NULL);
    for (size_t i = 0; i < kind->count; i++)
        td_tx_field_write(out, tx, (tx_field)kind->fields[i]);
}

/* Moves what `out` holds into the arena and ends it. */
static int move_to_arena(td_bytes *bytes, td_arena *a, td_out *out) {
    void *copy = out->failed ? NULL : td_arena_copy(a, out->ptr, out->len);
    if (copy != NULL)
        *bytes = (td_bytes){copy, out->len};
    td_out_fini(out);
    return copy == NULL ? TD_ERR_NOMEM : TD_OK;
}

int td_tx_encode(td_tx *tx, td_arena *a) {
    td_out out;
    td_out_init(&out, SIZE_MAX / 2);
    if (tx->type != TD_TX_LEGACY)
        td_out_byte(&out, tx->type);
    size_t begin = td_rlp_begin(&out);
    write_unsigned(&out, tx);
    td_u256 r = td_u256_load_be(tx->sig.r), s = td_u256_load_be(tx->sig.s);
    td_rlp_put_u64(&out, tx->sig_v);
    td_rlp_put_u256(&out, &r);
    td_rlp_put_u256(&out, &s);
    td_rlp_end(&out, begin);
    int err = move_to_arena(&tx->raw, a, &out);
    if (err == TD_OK)
        tx->hash = td_keccak(tx->raw);
    return err;
}

int td_tx_signing_hash(td_hash *out, const td_tx *tx, td_arena *a) {
    td_out fields;
    td_out_init(&fields, SIZE_MAX / 2);
    write_unsigned(&fields, tx);
    int err = fields.failed ? TD_ERR_NOMEM : TD_OK;
    if (err == TD_OK)
        hash_unsigned(out, tx, td_out_peek(&fields));
    td_out_fini(&fields);
    (void)a;
    return err;
}

int td_tx_sign(td_tx *tx, td_arena *a, const uint8_t secret_key[32]) {
    td_hash digest;
    tx->impersonated = false;
    int err = td_tx_signing_hash(&digest, tx, a);
    if (err == TD_OK)
        err = td_secp256k1_sign(&tx->sig, &digest, secret_key);
    if (err == TD_OK)
        err = td_secp256k1_addr(&tx->sender, secret_key);
    if (err == TD_OK)
        err = kind_of(tx->type)->v_make(tx);
    return err == TD_OK ? td_tx_encode(tx, a) : err;
}

int td_tx_impersonate(td_tx *tx, td_arena *a) {
    tx->impersonated = true;
    tx->sig = (td_sig){0};
    memcpy(tx->sig.r + 12, tx->sender.b, sizeof tx->sender.b);
    memcpy(tx->sig.s + 12, tx->sender.b, sizeof tx->sender.b);
    int err = kind_of(tx->type)->v_make(tx);
    return err == TD_OK ? td_tx_encode(tx, a) : err;
}

static const td_access *copy_access(td_arena *a, const td_tx *tx) {
    td_access *access = td_arena_copy(a, tx->access, tx->access_count * sizeof *access);
    for (size_t i = 0; access != NULL && i < tx->access_count; i++) {
        access[i].keys =
            td_arena_copy(a, tx->access[i].keys, tx->access[i].key_count * sizeof *access[i].keys);
        if (access[i].keys == NULL)
            return NULL;
    }
    return access;
}

int td_tx_copy(td_tx *out, td_arena *a, const td_tx *tx) {
    td_tx copy = *tx;
    copy.raw.ptr = td_arena_copy(a, tx->raw.ptr, tx->raw.len);
    copy.access = copy_access(a, tx);
    if (copy.raw.ptr == NULL || copy.access == NULL)
        return TD_ERR_NOMEM;
    uintptr_t at = (uintptr_t)tx->data.ptr - (uintptr_t)tx->raw.ptr;
    if (at <= tx->raw.len && tx->data.len <= tx->raw.len - at)
        copy.data.ptr = copy.raw.ptr + at; /* data of a decoded transaction lies in its raw form */
    else
        copy.data.ptr = td_arena_copy(a, tx->data.ptr, tx->data.len);
    if (copy.data.ptr == NULL)
        return TD_ERR_NOMEM;
    *out = copy;
    return TD_OK;
}
