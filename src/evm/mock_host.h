/* SPDX-License-Identifier: Apache-2.0
 *
 * A small world for tests, the fuzz target and the bench of the engine: small
 * tables in memory. Not for nodes.
 *
 * Threads: confined to one thread.
 */
#ifndef TD_EVM_MOCK_HOST_H
#define TD_EVM_MOCK_HOST_H

#include "crypto/crypto.h"
#include "evm/evm.h"

enum { MOCK_SLOTS_MAX = 1024, MOCK_ACCOUNTS_MAX = 16, MOCK_LOG_LEN_MAX = 64 };

typedef struct mock_slot {
    td_u256 key, value, original;
    bool used, warm, transient;
} mock_slot;

typedef struct mock_account {
    td_addr addr;
    td_u256 balance;
    bool exists, warm, has_delegate;
    td_bytes code;
    td_addr delegate;
} mock_account;

struct td_ctx {
    mock_slot slots[MOCK_SLOTS_MAX];
    mock_account accounts[MOCK_ACCOUNTS_MAX];
    size_t account_count;
    int64_t refund;
    size_t log_count, log_topics, destroyed;
    uint8_t log_data[MOCK_LOG_LEN_MAX];
    size_t log_len;
    td_hash topics[4];
    td_addr heir;
};

/* Finds or makes an account; full tables reuse the last entry, as a fuzz input may ask for many. */
static inline mock_account *mock_account_at(td_ctx *c, const td_addr *addr) {
    for (size_t i = 0; i < c->account_count; i++)
        if (td_addr_eq(&c->accounts[i].addr, addr))
            return &c->accounts[i];
    mock_account *a = &c->accounts[c->account_count < MOCK_ACCOUNTS_MAX ? c->account_count++
                                                                        : MOCK_ACCOUNTS_MAX - 1];
    *a = (mock_account){.addr = *addr};
    return a;
}

/* The same for slots, by open addressing; a full table gives its first probe. */
static inline mock_slot *mock_slot_at(td_ctx *c, const td_u256 *key, bool transient) {
    uint64_t hash = (key->w[0] ^ key->w[3] ^ transient) * 0x9e3779b97f4a7c15u >> 54;
    mock_slot *s = NULL;
    for (size_t i = 0; i < MOCK_SLOTS_MAX; i++) {
        s = &c->slots[(hash + i) % MOCK_SLOTS_MAX];
        if (!s->used || (s->transient == transient && td_u256_eq(&s->key, key)))
            break;
    }
    if (!s->used)
        *s = (mock_slot){.key = *key, .used = true, .transient = transient};
    return s;
}

static inline bool mock_access_account(td_ctx *c, const td_addr *addr) {
    mock_account *a = mock_account_at(c, addr);
    bool cold = !a->warm;
    a->warm = true;
    return cold;
}
static inline bool mock_access_slot(td_ctx *c, const td_addr *addr, const td_u256 *key) {
    (void)addr;
    mock_slot *s = mock_slot_at(c, key, false);
    bool cold = !s->warm;
    s->warm = true;
    return cold;
}
static inline bool mock_exists(td_ctx *c, const td_addr *addr) {
    return mock_account_at(c, addr)->exists;
}
static inline bool mock_is_empty(td_ctx *c, const td_addr *addr) {
    mock_account *a = mock_account_at(c, addr);
    return td_u256_is_zero(&a->balance) && a->code.len == 0;
}
static inline td_u256 mock_balance(td_ctx *c, const td_addr *addr) {
    return mock_account_at(c, addr)->balance;
}
static inline td_bytes mock_code(td_ctx *c, const td_addr *addr) {
    return mock_account_at(c, addr)->code;
}
static inline td_hash mock_code_hash(td_ctx *c, const td_addr *addr) {
    td_hash h = {0};
    mock_account *a = mock_account_at(c, addr);
    if (!mock_is_empty(c, addr))
        td_keccak256(&h, a->code.ptr, a->code.len);
    return h;
}
static inline bool mock_delegate_of(td_ctx *c, const td_addr *addr, td_addr *target) {
    mock_account *a = mock_account_at(c, addr);
    *target = a->delegate;
    return a->has_delegate;
}
static inline td_u256 mock_storage_get(td_ctx *c, const td_addr *addr, const td_u256 *key) {
    (void)addr;
    return mock_slot_at(c, key, false)->value;
}
static inline bool mock_storage_load(td_ctx *c, const td_addr *addr, const td_u256 *key,
                                     td_u256 *value) {
    bool cold = mock_access_slot(c, addr, key);
    *value = mock_storage_get(c, addr, key);
    return cold;
}
static inline void mock_storage_peek(td_ctx *c, const td_addr *addr, const td_u256 *key,
                                     td_u256 *original, td_u256 *current) {
    (void)addr;
    mock_slot *s = mock_slot_at(c, key, false);
    *original = s->original;
    *current = s->value;
}
static inline void mock_storage_set(td_ctx *c, const td_addr *addr, const td_u256 *key,
                                    const td_u256 *value, td_u256 *original, td_u256 *previous) {
    mock_storage_peek(c, addr, key, original, previous);
    mock_slot_at(c, key, false)->value = *value;
}
static inline td_u256 mock_transient_get(td_ctx *c, const td_addr *addr, const td_u256 *key) {
    (void)addr;
    return mock_slot_at(c, key, true)->value;
}
static inline void mock_transient_set(td_ctx *c, const td_addr *addr, const td_u256 *key,
                                      const td_u256 *value) {
    (void)addr;
    mock_slot_at(c, key, true)->value = *value;
}
static inline void mock_refund_add(td_ctx *c, int64_t gas) {
    c->refund += gas;
}
static inline void mock_log(td_ctx *c, const td_addr *addr, const td_hash *topics, size_t count,
                            td_bytes data) {
    (void)addr;
    c->log_count++;
    c->log_topics = count;
    if (count > 0)
        memcpy(c->topics, topics, count * sizeof *topics);
    c->log_len = data.len < MOCK_LOG_LEN_MAX ? data.len : MOCK_LOG_LEN_MAX;
    if (c->log_len > 0)
        memcpy(c->log_data, data.ptr, c->log_len);
}
static inline void mock_selfdestruct(td_ctx *c, const td_addr *addr, const td_addr *heir) {
    (void)addr;
    c->destroyed++;
    c->heir = *heir;
}
/* The hash of block n is n in each byte. */
static inline td_hash mock_block_hash(td_ctx *c, uint64_t number) {
    (void)c;
    td_hash h;
    memset(h.b, (int)(number & 0xff), sizeof h.b);
    return h;
}

static const td_host MOCK_HOST = {
    .access_account = mock_access_account,
    .access_slot = mock_access_slot,
    .exists = mock_exists,
    .is_empty = mock_is_empty,
    .balance = mock_balance,
    .code = mock_code,
    .code_hash = mock_code_hash,
    .delegate_of = mock_delegate_of,
    .storage_get = mock_storage_get,
    .storage_load = mock_storage_load,
    .storage_set = mock_storage_set,
    .storage_peek = mock_storage_peek,
    .transient_get = mock_transient_get,
    .transient_set = mock_transient_set,
    .refund_add = mock_refund_add,
    .log = mock_log,
    .selfdestruct = mock_selfdestruct,
    .block_hash = mock_block_hash,
};

#endif
