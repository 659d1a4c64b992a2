/* SPDX-License-Identifier: Apache-2.0
 *
 * The host, the container writer and the frame of test_mock.h.
 */
#include "pvmenv/test_mock.h"

#include "crypto/crypto.h"

#include <stdlib.h>

const td_addr MOCK_SELF = {
    {0x5e, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}};
const td_addr MOCK_CALLER = {{0xca, 0x11, [19] = 1}};
const td_addr MOCK_OTHER = {{0x07, [18] = 1, [19] = 2}};
const td_addr MOCK_CREATED = {{0xc0, 0xde, [19] = 0xff}};
const uint8_t MOCK_OTHER_CODE[5] = {0x60, 0x00, 0x60, 0x00, 0xfd};

const td_env MOCK_ENV = {
    .fork = TD_FORK_NEWEST,
    .profile = TD_PROFILE_DUAL,
    .chain_id = 420420420,
    .number = 1000,
    .timestamp = 1700000000,
    .gas_limit = 30000000,
    .base_fee = {{7, 0, 0, 0}},
    .gas_price = {{9, 0, 0, 0}},
    .coinbase = {{0xc0, [19] = 0xb0}},
    .origin = {{0x0e, [19] = 0x0e}},
};

static bool touch(td_ctx *c, const td_hash *name) {
    for (size_t i = 0; i < c->accessed_count; i++)
        if (td_hash_eq(&c->accessed[i], name))
            return false;
    assert_true(c->accessed_count < MOCK_ACCESS_MAX);
    c->accessed[c->accessed_count++] = *name;
    return true;
}

static bool access_account(td_ctx *c, const td_addr *addr) {
    td_hash name = {{1}};
    memcpy(name.b + 12, addr->b, 20);
    return touch(c, &name);
}

static bool access_slot(td_ctx *c, const td_addr *addr, const td_u256 *key) {
    uint8_t both[52];
    memcpy(both, addr->b, 20);
    td_u256_store_be(both + 20, key);
    td_hash name = td_keccak(TD_BYTES(both, sizeof both));
    return touch(c, &name);
}

static bool is_empty(td_ctx *c, const td_addr *addr) {
    return c->callee_empty && td_addr_eq(addr, &MOCK_OTHER);
}

static td_u256 balance(td_ctx *c, const td_addr *addr) {
    (void)c;
    return td_u256_from(td_addr_eq(addr, &MOCK_SELF)    ? 1000
                        : td_addr_eq(addr, &MOCK_OTHER) ? 77
                                                        : 0);
}

static td_bytes code(td_ctx *c, const td_addr *addr) {
    (void)c;
    bool other = td_addr_eq(addr, &MOCK_OTHER);
    return TD_BYTES(other ? MOCK_OTHER_CODE : NULL, other ? sizeof MOCK_OTHER_CODE : 0);
}

static td_hash code_hash(td_ctx *c, const td_addr *addr) {
    td_bytes bytes = code(c, addr);
    return bytes.len == 0 ? (td_hash){{0}} : td_keccak(bytes);
}

static bool delegate_of(td_ctx *c, const td_addr *addr, td_addr *target) {
    (void)c, (void)addr, (void)target;
    return false;
}

static td_hash block_hash(td_ctx *c, uint64_t number) {
    (void)c;
    td_hash hash = {{0}};
    if (number < MOCK_ENV.number && number + 256 >= MOCK_ENV.number)
        memset(hash.b, 0xb1, sizeof hash.b);
    return hash;
}

static void log_put(td_ctx *c, const td_addr *addr, const td_hash *topics, size_t topic_count,
                    td_bytes data) {
    assert_true(c->log_count < MOCK_LOG_MAX && topic_count <= 4);
    mock_log *log = &c->logs[c->log_count++];
    log->addr = *addr;
    memcpy(log->topics, topics, topic_count * sizeof *topics);
    log->topic_count = topic_count;
    log->data_len = data.len;
    memcpy(log->data, data.ptr, td_min_u64(data.len, sizeof log->data));
}

static void selfdestruct(td_ctx *c, const td_addr *addr, const td_addr *beneficiary) {
    c->dead = *addr;
    c->beneficiary = *beneficiary;
}

mock_slot *mock_slot_find(td_ctx *c, const td_ext_key *key, bool add) {
    for (size_t i = 0; i < c->slot_count; i++) {
        mock_slot *s = &c->slots[i];
        if (s->is_fixed == key->is_fixed && s->is_transient == key->is_transient &&
            td_bytes_eq(TD_BYTES(s->key, s->key_len), key->bytes))
            return s;
    }
    if (!add)
        return NULL;
    assert_true(c->slot_count < MOCK_SLOT_MAX);
    mock_slot *s = &c->slots[c->slot_count++];
    *s = (mock_slot){.is_fixed = key->is_fixed, .is_transient = key->is_transient};
    memcpy(s->key, key->bytes.ptr, key->bytes.len);
    s->key_len = key->bytes.len;
    return s;
}

static int ext_get(td_ctx *c, const td_addr *addr, const td_ext_key *key, td_bytes *value) {
    (void)addr;
    mock_slot *s = mock_slot_find(c, key, false);
    if (s == NULL || !s->present)
        return TD_ERR_NOT_FOUND;
    *value = TD_BYTES(s->value, s->value_len);
    return 0;
}

static int ext_set(td_ctx *c, const td_addr *addr, const td_ext_key *key, td_bytes value,
                   bool remove) {
    (void)addr;
    assert_true(value.len <= TD_EXT_VALUE_LEN_MAX && remove == (value.ptr == NULL));
    if (key->is_transient && c->transient_full)
        return TD_ERR_LIMIT;
    mock_slot *s = mock_slot_find(c, key, true);
    int before = s->present ? (int)s->value_len : -1;
    s->present = !remove;
    s->value_len = value.len;
    if (value.len != 0)
        memcpy(s->value, value.ptr, value.len);
    return before;
}

static void storage_peek(td_ctx *c, const td_addr *addr, const td_u256 *key, td_u256 *original,
                         td_u256 *current) {
    (void)addr;
    uint8_t key_be[32];
    td_u256_store_be(key_be, key);
    td_ext_key name = {.is_fixed = true, .bytes = TD_BYTES(key_be, 32)};
    mock_slot *s = mock_slot_find(c, &name, false);
    *original = *current = TD_U256_ZERO;
    if (s == NULL)
        return;
    *original = s->original;
    if (s->present && s->value_len == 32)
        *current = td_u256_load_be(s->value);
}

static td_bytes immutables_get(td_ctx *c, const td_addr *addr) {
    (void)addr;
    return c->has_immutables ? TD_BYTES(c->immutables, c->immutables_len) : (td_bytes){NULL, 0};
}

static void immutables_set(td_ctx *c, const td_addr *addr, td_bytes data) {
    (void)addr;
    memcpy(c->immutables, data.ptr, data.len);
    c->immutables_len = data.len;
    c->has_immutables = true;
}

static uint64_t deposit(td_ctx *c, const td_addr *addr, int64_t byte_delta, int64_t item_delta) {
    (void)addr;
    c->deposit_bytes += byte_delta;
    c->deposit_items += item_delta;
    int64_t gas = byte_delta * 100 + item_delta * 5000;
    return gas > 0 ? (uint64_t)gas : 0;
}

static bool reentry_denied(td_ctx *c, const td_addr *addr) {
    return c->denied && td_addr_eq(addr, &MOCK_OTHER);
}

static void reentry_set(td_ctx *c, const td_frame *f, bool allowed) {
    (void)f;
    c->locked = !allowed;
    c->was_locked |= !allowed;
}

static bool guest_memory(td_ctx *c, int64_t len_delta) {
    if (c->guest_bytes + len_delta > c->guest_bytes_max)
        return false;
    c->guest_bytes += len_delta;
    assert_true(c->guest_bytes >= 0);
    return true;
}

static void resources_add(td_ctx *c, const td_resources *used) {
    c->used.ref_time += used->ref_time;
    c->used.proof_size += used->proof_size;
    c->used.deposit += used->deposit;
    c->frames_ended++;
}

const td_host MOCK_HOST = {
    .access_account = access_account,
    .access_slot = access_slot,
    .is_empty = is_empty,
    .balance = balance,
    .code = code,
    .code_hash = code_hash,
    .delegate_of = delegate_of,
    .storage_peek = storage_peek,
    .log = log_put,
    .selfdestruct = selfdestruct,
    .block_hash = block_hash,
    .ext_get = ext_get,
    .ext_set = ext_set,
    .immutables_get = immutables_get,
    .immutables_set = immutables_set,
    .deposit = deposit,
    .reentry_denied = reentry_denied,
    .reentry_set = reentry_set,
    .guest_memory = guest_memory,
    .resources_add = resources_add,
};

td_ctx *mock_new(void) {
    td_ctx *c = td_mem_alloc(sizeof *c);
    assert_non_null(c);
    c->guest_bytes_max = 64 << 20;
    return c;
}

void mock_transaction(td_ctx *c) {
    c->accessed_count = c->log_count = 0;
    for (size_t i = 0; i < c->slot_count; i++) {
        mock_slot *s = &c->slots[i];
        if (s->is_transient)
            s->present = false;
        bool is_word = s->present && s->value_len == 32;
        s->original = is_word ? td_u256_load_be(s->value) : TD_U256_ZERO;
    }
}

/* --- text
 * ----------------------------------------------------------------------------------------- */

size_t mock_bytes(const char **s, uint8_t *out, size_t out_max) {
    size_t n = 0;
    while (**s != 0 && !strchr(" =/", **s)) {
        char piece[1024];
        size_t digits = strspn(*s, "0123456789abcdefABCDEF");
        assert_true(digits < sizeof piece);
        memcpy(piece, *s, digits);
        piece[digits] = 0;
        *s += digits;
        uint64_t repeat = 1;
        if (**s == '*')
            repeat = strtoull(*s + 1, (char **)(void *)s, 10);
        uint8_t raw[512];
        size_t len = td_test_unhex(piece, raw, sizeof raw);
        for (; repeat != 0; repeat--, n += len) {
            assert_true(n + len <= out_max);
            memcpy(out + n, raw, len);
        }
        if (**s == ',')
            ++*s;
        else if (**s != 0 && !strchr(" =/", **s))
            fail_msg("bytes expected at `%s`", *s);
    }
    return n;
}

/* --- blobs --------------------------------------------------------------------------------------
 */

void mock_emit(mock_asm *m, const uint8_t *bytes, size_t len) {
    assert_true(m->len + len <= sizeof m->code);
    m->mask[m->len / 8] |= (uint8_t)(1u << (m->len % 8));
    memcpy(m->code + m->len, bytes, len);
    m->len += len;
}
void mock_load(mock_asm *m, unsigned reg, uint64_t value) {
    uint8_t insn[10] = {20, (uint8_t)reg};
    td_store_le64(insn + 2, value);
    mock_emit(m, insn, sizeof insn);
}
void mock_ecalli(mock_asm *m, uint8_t index) {
    mock_emit(m, (uint8_t[]){10, index}, index == 0 ? 1 : 2);
}
void mock_store(mock_asm *m, unsigned reg, uint32_t address) {
    uint8_t insn[6] = {62, (uint8_t)reg};
    td_store_le32(insn + 2, address);
    mock_emit(m, insn, sizeof insn);
}
void mock_op(mock_asm *m, uint8_t opcode) {
    mock_emit(m, &opcode, 1);
}
void mock_ret(mock_asm *m) {
    mock_emit(m, (uint8_t[]){50, TD_PVM_RA}, 2);
}

static size_t put_varint(uint8_t *out, uint32_t v) {
    if (v < 0x80) {
        out[0] = (uint8_t)v;
        return 1;
    }
    out[0] = 0xf0;
    td_store_le32(out + 1, v);
    return 5;
}

/* A section: id, a length that is always written in five bytes, and the payload moved in. */
static size_t put_section(uint8_t *out, uint8_t id, const uint8_t *payload, size_t len) {
    out[0] = id;
    out[1] = 0xf0;
    td_store_le32(out + 2, (uint32_t)len);
    memcpy(out + 6, payload, len);
    return 6 + len;
}

static size_t put_imports(uint8_t *out, const mock_image *image) {
    uint8_t *p = out + put_varint(out, (uint32_t)image->import_count), *offsets = p;
    p += image->import_count * 4;
    for (size_t i = 0, at = 0; i < image->import_count; i++) {
        size_t len = strlen(image->imports[i]);
        td_store_le32(offsets + i * 4, (uint32_t)at);
        memcpy(p, image->imports[i], len);
        p += len, at += len;
    }
    return (size_t)(p - out);
}

static size_t put_exports(uint8_t *out, const mock_image *image) {
    uint8_t *p = out;
    *p++ = (uint8_t)(!image->no_deploy + !image->no_call);
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "call" : "deploy";
        if (i == 0 ? image->no_call : image->no_deploy)
            continue;
        *p++ = 0; /* both at the first instruction */
        *p++ = (uint8_t)strlen(name);
        memcpy(p, name, strlen(name));
        p += strlen(name);
    }
    return (size_t)(p - out);
}

static size_t put_code(uint8_t *out, const mock_asm *m) {
    uint8_t *p = out;
    *p++ = 0; /* no jump table */
    *p++ = 0;
    p += put_varint(p, (uint32_t)m->len);
    memcpy(p, m->code, m->len);
    p += m->len;
    memcpy(p, m->mask, (m->len + 7) / 8);
    return (size_t)(p - out) + (m->len + 7) / 8;
}

size_t mock_blob(uint8_t *out, const mock_asm *m, const mock_image *image) {
    uint8_t t[4096], *p = out + 13;
    memcpy(out, "PVM", 4);
    out[4] = image->isa;
    size_t len = put_varint(t, 4096);
    len += put_varint(t + len, MOCK_RW_LEN);
    len += put_varint(t + len, 4096);
    p += put_section(p, 1, t, len);
    if (image->rw_data.len != 0)
        p += put_section(p, 3, image->rw_data.ptr, image->rw_data.len);
    if (image->import_count != 0)
        p += put_section(p, 4, t, put_imports(t, image));
    p += put_section(p, 5, t, put_exports(t, image));
    p += put_section(p, 6, t, put_code(t, m));
    *p++ = 0;
    td_store_le64(out + 5, (uint64_t)(p - out));
    return (size_t)(p - out);
}

/* --- frames -------------------------------------------------------------------------------------
 */

void mock_run_init(mock_run *r, td_bytes blob) {
    memset(r, 0, sizeof *r);
    r->ctx = mock_new();
    assert_int_equal(td_region_init(&r->memory, 8 << 20), 0);
    td_hash hash = td_keccak(blob);
    assert_int_equal(TD_PVMENV.prepare(&r->code, blob, &hash, TD_FORK_NEWEST), 0);
    mock_run_reset(r);
}

void mock_run_reset(mock_run *r) {
    r->memory.len = 0;
    r->f = (td_frame){
        .kind = TD_CALL,
        .self = MOCK_SELF,
        .code_addr = MOCK_SELF,
        .caller = MOCK_CALLER,
        .value = td_u256_from(5),
        .code = r->code,
        .env = &MOCK_ENV,
        .gas = 100000000,
        .memory = &r->memory,
        .memory_max = r->memory.len_max,
    };
}

void mock_run_fini(mock_run *r) {
    assert_true(r->ctx->guest_bytes == 0); /* every end gives its memory back */
    TD_PVMENV.release(r->code);
    td_region_fini(&r->memory);
    td_mem_free(r->ctx);
}

td_act mock_step(mock_run *r) {
    return TD_PVMENV.run(&r->f, &MOCK_HOST, r->ctx);
}
