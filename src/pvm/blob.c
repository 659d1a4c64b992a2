/* SPDX-License-Identifier: Apache-2.0
 *
 * The PolkaVM container (polkavm.md section 2): header, sections, imports,
 * exports. Everything it hands out borrows from the bytes it was given. Code is
 * not looked at: nothing about instructions is an error here (9.2).
 */
#include "pvm/pvm_private.h"

enum { HEADER_LEN = 13, LENGTH_AT = 5 };
static const uint8_t magic[4] = {0x50, 0x56, 0x4d, 0x00};

/* A place in a span of bytes; `base` is its offset in the blob, for diagnostics. */
typedef struct reader {
    td_bytes bytes;
    size_t at, base;
} reader;

static bool take(reader *r, size_t len, td_bytes *out) {
    if (r->bytes.len - r->at < len)
        return false;
    *out = (td_bytes){r->bytes.len == 0 ? NULL : r->bytes.ptr + r->at, len};
    r->at += len;
    return true;
}

static bool take_u8(reader *r, uint8_t *out) {
    td_bytes b;
    if (!take(r, 1, &b))
        return false;
    *out = b.ptr[0];
    return true;
}

/* 2.1. Over-long forms are accepted. In the 5-byte form the three unused bits of the first byte are
 * ORed into the value, as the reference does. */
static bool take_varint(reader *r, uint32_t *out) {
    uint8_t first;
    td_bytes rest;
    if (!take_u8(r, &first))
        return false;
    uint32_t n = (uint32_t)__builtin_clz(~((uint32_t)first << 24));
    if (n > 4 || !take(r, n, &rest))
        return false;
    uint32_t v = 0;
    for (uint32_t i = 0; i < n; i++)
        v |= (uint32_t)rest.ptr[i] << (8 * i);
    uint32_t high = first & (0x7fu >> n);
    *out = v | (n < 4 ? high << (8 * n) : high);
    return true;
}

static td_bytes rest_of(const reader *r) {
    return (td_bytes){r->bytes.len == r->at ? NULL : r->bytes.ptr + r->at, r->bytes.len - r->at};
}

bool td_pvm_blob_is(td_bytes bytes) {
    return bytes.len >= sizeof magic && memcmp(bytes.ptr, magic, sizeof magic) == 0;
}

size_t td_pvm_blob_len(td_bytes bytes) {
    if (bytes.len < HEADER_LEN || !td_pvm_blob_is(bytes))
        return 0;
    uint64_t len = td_load_le64(bytes.ptr + LENGTH_AT);
    return len <= bytes.len ? (size_t)len : 0;
}

static int read_header(td_pvm_blob *out, td_diag *diag, td_bytes bytes) {
    if (!td_pvm_blob_is(bytes))
        return td_diag_set(diag, TD_ERR_FORMAT,
                           "blob at offset 0: the magic 50564d00 is missing (%zu bytes given)",
                           bytes.len);
    if (bytes.len < HEADER_LEN)
        return td_diag_set(diag, TD_ERR_FORMAT,
                           "blob header: %d bytes are needed, only %zu are there", HEADER_LEN,
                           bytes.len);
    uint8_t version = bytes.ptr[4];
    if (version > TD_PVM_JAM_V1)
        return td_diag_set(diag, TD_ERR_FORMAT,
                           "blob header at offset 4: unsupported version %u (0 to 3 are known)",
                           version);
    out->isa = (td_pvm_isa)version;
    out->blob_len = td_load_le64(bytes.ptr + LENGTH_AT);
    if (out->blob_len != bytes.len)
        return td_diag_set(diag, TD_ERR_FORMAT,
                           "blob header at offset 5: the length says %llu bytes, there are %zu",
                           (unsigned long long)out->blob_len, bytes.len);
    return 0;
}

/* The sections being read: one id of look-ahead. */
typedef struct sections {
    reader r;
    uint8_t id;
} sections;

static int next_id(sections *s, td_diag *diag) {
    if (!take_u8(&s->r, &s->id))
        return td_diag_set(diag, TD_ERR_FORMAT,
                           "blob at offset %zu: it ends where a section or the end marker is due",
                           s->r.at);
    return 0;
}

/* The payload of the section whose id was read; reads the id behind it. */
static int payload(sections *s, td_diag *diag, const char *name, reader *out) {
    uint32_t len;
    td_bytes bytes;
    size_t at = s->r.at - 1;
    *out = (reader){0};
    if (!take_varint(&s->r, &len))
        return td_diag_set(diag, TD_ERR_FORMAT, "%s section at offset %zu: malformed length", name,
                           at);
    out->base = s->r.at;
    if (!take(&s->r, len, &bytes))
        return td_diag_set(diag, TD_ERR_FORMAT,
                           "%s section at offset %zu: its length is %u, only %zu bytes are left",
                           name, at, len, s->r.bytes.len - s->r.at);
    out->bytes = bytes;
    return next_id(s, diag);
}

static int broken(td_diag *diag, const char *name, const reader *r, const char *what) {
    return td_diag_set(diag, TD_ERR_FORMAT, "%s section, payload at offset %zu, byte %zu: %s", name,
                       r->base, r->at, what);
}

static int read_memory_config(td_pvm_blob *out, td_diag *diag, reader *r) {
    if (!take_varint(r, &out->ro_size) || !take_varint(r, &out->rw_size) ||
        !take_varint(r, &out->stack_size))
        return broken(diag, "memory config", r, "malformed size");
    if (r->at != r->bytes.len)
        return broken(diag, "memory config", r, "bytes are left after the three sizes");
    return 0;
}

static int check_data(td_diag *diag, const char *name, td_bytes data, uint32_t size) {
    if (data.len <= size)
        return 0;
    return td_diag_set(diag, TD_ERR_FORMAT,
                       "%s section: %zu initial bytes do not fit the declared %u", name, data.len,
                       size);
}

static int read_imports(td_pvm_blob *out, td_diag *diag, reader *r) {
    if (!take_varint(r, &out->import_count))
        return broken(diag, "imports", r, "malformed count");
    if (out->import_count > TD_PVM_IMPORT_MAX)
        return td_diag_set(diag, TD_ERR_FORMAT, "imports section: too many imports: %u, at most %d",
                           out->import_count, TD_PVM_IMPORT_MAX);
    if (!take(r, (size_t)out->import_count * 4, &out->import_offsets))
        return broken(diag, "imports", r, "the offsets do not fit the section");
    out->import_symbols = rest_of(r);
    return 0;
}

/* 2.5: read lazily; a malformed count reads as no exports. */
static void read_exports(td_pvm_blob *out, reader *r) {
    if (!take_varint(r, &out->export_count))
        return;
    out->exports = rest_of(r);
}

/* The order of the checks is the reference's (2.6). */
static int read_code(td_pvm_blob *out, td_diag *diag, reader *r) {
    uint32_t code_len;
    uint8_t entry_len;
    if (!take_varint(r, &out->jump_count))
        return broken(diag, "code", r, "malformed jump table count");
    if (out->jump_count > TD_PVM_JUMP_MAX)
        return td_diag_set(diag, TD_ERR_FORMAT,
                           "code section: the jump table has %u entries, at most %d",
                           out->jump_count, TD_PVM_JUMP_MAX);
    if (!take_u8(r, &entry_len))
        return broken(diag, "code", r, "the jump table's entry size is missing");
    if (!take_varint(r, &code_len))
        return broken(diag, "code", r, "malformed code length");
    if (code_len > TD_PVM_CODE_MAX)
        return td_diag_set(diag, TD_ERR_FORMAT, "code section: %u bytes of code, at most %d",
                           code_len, TD_PVM_CODE_MAX);
    if (entry_len > TD_PVM_JUMP_ENTRY_LEN_MAX)
        return td_diag_set(diag, TD_ERR_FORMAT,
                           "code section: a jump table entry has %u bytes, at most %d", entry_len,
                           TD_PVM_JUMP_ENTRY_LEN_MAX);
    if (!take(r, (size_t)out->jump_count * entry_len, &out->jump_table))
        return broken(diag, "code", r, "the jump table does not fit the section");
    if (!take(r, code_len, &out->code))
        return broken(diag, "code", r, "the code does not fit the section");
    out->bitmask = rest_of(r);
    out->jump_entry_len = entry_len;
    if (entry_len == 0)
        out->jump_count = 0;
    if (out->bitmask.len != (code_len + 7) / 8)
        return td_diag_set(diag, TD_ERR_FORMAT,
                           "code section: the bitmask has %zu bytes, %u bytes of code need %u",
                           out->bitmask.len, code_len, (code_len + 7) / 8);
    if (code_len % 8 != 0 && out->bitmask.ptr[code_len / 8] >> (code_len % 8) != 0)
        return broken(diag, "code", r, "the bitmask is padded with non-zero bits");
    return 0;
}

/* Sections 1 to 3: sizes and initial contents of memory. */
static int read_memory(td_pvm_blob *out, td_diag *diag, sections *s) {
    reader r = {0};
    int err;
    if (s->id == 1) {
        if ((err = payload(s, diag, "memory config", &r)) < 0 ||
            (err = read_memory_config(out, diag, &r)) < 0)
            return err;
    }
    if (s->id == 2) {
        if ((err = payload(s, diag, "read-only data", &r)) < 0 ||
            (err = check_data(diag, "read-only data", r.bytes, out->ro_size)) < 0)
            return err;
        out->ro_data = r.bytes;
    }
    if (s->id == 3) {
        if ((err = payload(s, diag, "read-write data", &r)) < 0 ||
            (err = check_data(diag, "read-write data", r.bytes, out->rw_size)) < 0)
            return err;
        out->rw_data = r.bytes;
    }
    return 0;
}

/* Sections 4 to 6. */
static int read_program(td_pvm_blob *out, td_diag *diag, sections *s) {
    reader r = {0};
    int err;
    if (s->id == 4) {
        if ((err = payload(s, diag, "imports", &r)) < 0 || (err = read_imports(out, diag, &r)) < 0)
            return err;
    }
    if (s->id == 5) {
        if ((err = payload(s, diag, "exports", &r)) < 0)
            return err;
        read_exports(out, &r);
    }
    r.bytes.len = 0;
    if (s->id == 6 && (err = payload(s, diag, "code", &r)) < 0)
        return err;
    if (r.bytes.len == 0)
        return td_diag_set(diag, TD_ERR_FORMAT,
                           "blob at offset %zu: no code found (section 6 is missing or empty)",
                           s->r.at - 1);
    return read_code(out, diag, &r);
}

/* Sections from 128 on, and the end marker. */
static int read_debug(td_pvm_blob *out, td_diag *diag, sections *s) {
    td_bytes *const known[3] = {&out->debug_strings, &out->debug_lines, &out->debug_ranges};
    reader r = {0};
    int err;
    for (uint8_t i = 0; i < 3; i++) {
        if (s->id != 128 + i)
            continue;
        if ((err = payload(s, diag, "debug", &r)) < 0)
            return err;
        *known[i] = r.bytes;
    }
    while (s->id >= 128)
        if ((err = payload(s, diag, "optional", &r)) < 0)
            return err;
    if (s->id != 0)
        return td_diag_set(diag, TD_ERR_FORMAT, "blob at offset %zu: unexpected section %u",
                           s->r.at - 1, s->id);
    return 0;
}

int td_pvm_blob_parse(td_pvm_blob *out, td_diag *diag, td_bytes bytes) {
    *out = (td_pvm_blob){0};
    int err = read_header(out, diag, bytes);
    if (err < 0)
        return err;
    sections s = {.r = {.bytes = bytes, .at = HEADER_LEN}};
    if ((err = next_id(&s, diag)) < 0 || (err = read_memory(out, diag, &s)) < 0 ||
        (err = read_program(out, diag, &s)) < 0)
        return err;
    return read_debug(out, diag, &s);
}

bool td_pvm_blob_import(const td_pvm_blob *b, uint32_t index, td_bytes *name) {
    if (index >= b->import_count)
        return false;
    const uint8_t *offsets = b->import_offsets.ptr + (size_t)index * 4;
    uint64_t from = td_load_le32(offsets);
    uint64_t to = index + 1 < b->import_count ? td_load_le32(offsets + 4) : b->import_symbols.len;
    if (from > to || to > b->import_symbols.len)
        return false;
    *name = (td_bytes){from == to ? NULL : b->import_symbols.ptr + from, (size_t)(to - from)};
    return true;
}

/* *at: entries seen in the upper 32 bits, offset in the lower (a blob's section is under 4 GiB). */
bool td_pvm_blob_export(const td_pvm_blob *b, size_t *at, uint32_t *pc, td_bytes *name) {
    reader r = {.bytes = b->exports, .at = (uint32_t)*at};
    size_t seen = *at >> 32;
    uint32_t len;
    if (seen >= b->export_count || !take_varint(&r, pc) || !take_varint(&r, &len) ||
        !take(&r, len, name))
        return false;
    *at = (seen + 1) << 32 | r.at;
    return true;
}

bool td_pvm_blob_find(const td_pvm_blob *b, const char *name, uint32_t *pc) {
    td_bytes want = TD_BYTES_STR(name), is;
    size_t at = 0;
    while (td_pvm_blob_export(b, &at, pc, &is))
        if (td_bytes_eq(want, is))
            return true;
    return false;
}
