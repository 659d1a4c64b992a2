/* SPDX-License-Identifier: Apache-2.0
 *
 * The host: what engines see of the world, over the journaled state. Reports
 * facts and charges nothing; the one price made here is that of deposits,
 * which the ledger needs (rulings.md 3).
 */
#include "crypto/crypto.h"
#include "exec/exec_private.h"

enum {
    BLOCK_HASH_WINDOW = 256,     /* yellow paper H.2: BLOCKHASH */
    SELFDESTRUCT_REFUND = 24000, /* yellow paper appendix G */
};

/* First bytes of extended keys (rulings.md 2): a fixed key whose value is not a word, and a
 * variable key. */
enum {
    EXT_FIXED = 1,
    EXT_VARIABLE = 2,
    EXT_SELFDESTRUCT = 3 /* transient, before London */,
    EXT_SHORT = 4 /* variable, 31 bytes */
};

/* What the registry shows as code, so that Solidity's check for a contract passes
 * (contracts-runtime.md 1.5). */
static const uint8_t registry_stub[5] = {0x60, 0x00, 0x60, 0x00, 0xfd};

static bool access_account(td_ctx *c, const td_addr *addr) {
    return td_state_warm_account(c->s, addr);
}

static bool access_slot(td_ctx *c, const td_addr *addr, const td_u256 *key) {
    return td_state_warm_slot(c->s, addr, key);
}

static bool is_registry(const td_ctx *c, const td_addr *addr) {
    return td_exec_dual(c) && td_addr_eq(addr, &TD_SYSTEM_ADDR);
}

static bool exists(td_ctx *c, const td_addr *addr) {
    return td_state_account_peek(c->s, addr) != NULL;
}

static bool is_empty(td_ctx *c, const td_addr *addr) {
    return !is_registry(c, addr) && td_state_is_empty(c->s, addr);
}

static td_u256 balance(td_ctx *c, const td_addr *addr) {
    return td_state_balance(c->s, addr);
}

td_bytes td_exec_code_peek(td_state *s, td_profile profile, const td_addr *addr) {
    if (profile == TD_PROFILE_DUAL && td_addr_eq(addr, &TD_SYSTEM_ADDR))
        return TD_BYTES(registry_stub, sizeof registry_stub);
    return td_state_code(s, addr);
}

static td_bytes code(td_ctx *c, const td_addr *addr) {
    return td_exec_code_peek(c->s, c->env.profile, addr);
}

static td_hash code_hash(td_ctx *c, const td_addr *addr) {
    if (is_registry(c, addr))
        return td_keccak(TD_BYTES(registry_stub, sizeof registry_stub));
    if (td_state_is_empty(c->s, addr))
        return (td_hash){{0}};
    return td_state_account_peek(c->s, addr)->code_hash;
}

static bool delegate_of(td_ctx *c, const td_addr *addr, td_addr *target) {
    return td_exec_delegate_of(td_state_code(c->s, addr), c->env.fork, target);
}

/* --- storage --------------------------------------------------------------------------------- */

typedef struct ext_key {
    uint8_t b[1 + TD_EXT_KEY_LEN_MAX];
    size_t len;
} ext_key;

/* A name of 31 bytes would make a preimage of 32, the length of the EVM's slots (rulings.md 2: they
 * never collide): such a name has a kind of its own and a closing zero. */
static ext_key ext_key_of(uint8_t kind, td_bytes bytes) {
    ext_key k = {.b = {kind}, .len = 1 + bytes.len};
    TD_ASSERT(bytes.len <= TD_EXT_KEY_LEN_MAX);
    memcpy(k.b + 1, bytes.ptr, bytes.len);
    if (k.len == 32) {
        k.b[0] = EXT_SHORT;
        k.len = 33;
    }
    return k;
}

static td_u256 slot_get(td_ctx *c, const td_addr *addr, const td_u256 *key, bool transient) {
    return transient ? td_state_transient(c->s, addr, key) : td_state_slot(c->s, addr, key);
}

static void slot_put(td_ctx *c, const td_addr *addr, const td_u256 *key, bool transient,
                     const td_u256 *value) {
    if (transient)
        td_state_transient_set(c->s, addr, key, value);
    else
        td_state_slot_set(c->s, addr, key, value);
}

/* A fixed key has one value: a word makes the odd-sized one that was there go. */
static void odd_value_drop(td_ctx *c, const td_addr *addr, const td_u256 *key, bool transient) {
    td_hash name = td_u256_to_hash(key);
    ext_key k = ext_key_of(EXT_FIXED, TD_BYTES_OF(name));
    td_bytes old;
    if (td_state_ext(c->s, addr, TD_BYTES(k.b, k.len), transient, &old))
        td_state_ext_set(c->s, addr, TD_BYTES(k.b, k.len), transient, (td_bytes){NULL, 0}, true);
}

/* The same for a word the EVM writes. Only the step from absent to present can meet an odd-sized
 * value. */
static void word_put(td_ctx *c, const td_addr *addr, const td_u256 *key, bool transient,
                     const td_u256 *before, const td_u256 *value) {
    if (td_exec_dual(c) && td_u256_is_zero(before) && !td_u256_is_zero(value))
        odd_value_drop(c, addr, key, transient);
    slot_put(c, addr, key, transient, value);
}

static td_u256 storage_get(td_ctx *c, const td_addr *addr, const td_u256 *key) {
    return td_state_slot(c->s, addr, key);
}

static bool storage_load(td_ctx *c, const td_addr *addr, const td_u256 *key, td_u256 *value) {
    return td_state_slot_access(c->s, addr, key, value);
}

static void storage_peek(td_ctx *c, const td_addr *addr, const td_u256 *key, td_u256 *original,
                         td_u256 *current) {
    *original = td_state_slot_original(c->s, addr, key);
    *current = td_state_slot(c->s, addr, key);
}

static void storage_set(td_ctx *c, const td_addr *addr, const td_u256 *key, const td_u256 *value,
                        td_u256 *original, td_u256 *previous) {
    storage_peek(c, addr, key, original, previous);
    word_put(c, addr, key, false, previous, value);
}

static td_u256 transient_get(td_ctx *c, const td_addr *addr, const td_u256 *key) {
    return td_state_transient(c->s, addr, key);
}

static void transient_set(td_ctx *c, const td_addr *addr, const td_u256 *key,
                          const td_u256 *value) {
    td_u256 before = td_state_transient(c->s, addr, key);
    word_put(c, addr, key, true, &before, value);
}

static td_u256 fixed_key(const td_ext_key *key) {
    TD_ASSERT(key->bytes.len == 32);
    return td_u256_load_be(key->bytes.ptr);
}

static int ext_get(td_ctx *c, const td_addr *addr, const td_ext_key *key, td_bytes *value) {
    if (key->is_fixed) {
        td_u256 name = fixed_key(key);
        td_u256 word = slot_get(c, addr, &name, key->is_transient);
        if (!td_u256_is_zero(&word)) {
            td_u256_store_be(c->word, &word);
            *value = TD_BYTES(c->word, 32);
            return 0;
        }
    }
    ext_key k = ext_key_of(key->is_fixed ? EXT_FIXED : EXT_VARIABLE, key->bytes);
    return td_state_ext(c->s, addr, TD_BYTES(k.b, k.len), key->is_transient, value)
               ? 0
               : TD_ERR_NOT_FOUND;
}

static int ext_set(td_ctx *c, const td_addr *addr, const td_ext_key *key, td_bytes value,
                   bool remove) {
    td_bytes old;
    int len_before = ext_get(c, addr, key, &old) < 0 ? -1 : (int)old.len;
    ext_key k = ext_key_of(key->is_fixed ? EXT_FIXED : EXT_VARIABLE, key->bytes);
    td_bytes name = TD_BYTES(k.b, k.len);
    bool is_word = key->is_fixed && value.len == 32 && !remove;
    if (key->is_fixed) {
        td_u256 slot = fixed_key(key), word = is_word ? td_u256_load_be(value.ptr) : TD_U256_ZERO;
        slot_put(c, addr, &slot, key->is_transient, &word);
    }
    if (!is_word)
        td_state_ext_set(c->s, addr, name, key->is_transient, value, remove);
    else if (len_before >= 0 && len_before != 32)
        td_state_ext_set(c->s, addr, name, key->is_transient, (td_bytes){NULL, 0}, true);
    return len_before;
}

static td_bytes immutables_get(td_ctx *c, const td_addr *addr) {
    return td_exec_immutables(c->s, addr);
}

/* --- effects --------------------------------------------------------------------------------- */

static void refund_add(td_ctx *c, int64_t gas) {
    td_state_refund_add(c->s, gas);
}

static void log_add(td_ctx *c, const td_addr *addr, const td_hash *topics, size_t topic_count,
                    td_bytes data) {
    td_log_entry entry = {.addr = *addr, .topic_count = (uint8_t)topic_count, .data = data};
    TD_ASSERT(topic_count <= 4);
    if (topic_count != 0)
        memcpy(entry.topics, topics, topic_count * sizeof *topics);
    td_state_log_add(c->s, &entry);
}

/* Before London an account's first SELFDESTRUCT in a transaction earned a refund (yellow paper
 * appendix G: R_selfdestruct, removed by EIP-3529). Which one is first is known here only; a
 * transient record says so and reverts by itself. */
static void selfdestruct_refund(td_ctx *c, const td_addr *addr) {
    static const uint8_t key[2] = {EXT_SELFDESTRUCT, 0};
    td_bytes before;
    if (c->env.fork >= TD_FORK_LONDON ||
        td_state_ext(c->s, addr, TD_BYTES(key, sizeof key), true, &before))
        return;
    td_state_ext_set(c->s, addr, TD_BYTES(key, sizeof key), true, TD_BYTES(key, 1), false);
    td_state_refund_add(c->s, SELFDESTRUCT_REFUND);
}

static void selfdestruct(td_ctx *c, const td_addr *addr, const td_addr *beneficiary) {
    bool ends = c->env.fork < TD_FORK_CANCUN || td_state_created_in_tx(c->s, addr); /* EIP-6780 */
    bool to_self = td_addr_eq(addr, beneficiary);
    td_u256 wei = td_state_balance(c->s, addr);
    if ((ends || !to_self) && td_state_balance_take(c->s, addr, &wei) && !to_self) {
        td_state_balance_add(c->s, beneficiary, &wei);
        if (is_registry(c, beneficiary))
            td_exec_unowned_add(c, &wei);
    }
    if (!ends)
        return;
    selfdestruct_refund(c, addr);
    if (td_exec_dual(c))
        td_exec_contract_ended(c, addr);
    if (c->env.fork < TD_FORK_CANCUN)
        td_state_destroy_always(c->s, addr);
    else
        td_state_destroy(c->s, addr);
}

static td_hash block_hash(td_ctx *c, uint64_t number) {
    uint64_t now = c->env.number;
    if (c->block->block_hash == NULL || number >= now || now - number > BLOCK_HASH_WINDOW)
        return (td_hash){{0}};
    return c->block->block_hash(c->block->ctx, number);
}

/* --- PolkaVM ---------------------------------------------------------------------------------- */

static bool reentry_denied(td_ctx *c, const td_addr *addr) {
    return td_exec_reentry_denied(c, addr);
}

static void reentry_set(td_ctx *c, const td_frame *f, bool allowed) {
    td_level *l = td_exec_level(c, f->depth);
    TD_ASSERT(&l->f == f);
    c->reentry_denied_count -= l->reentry_denied;
    l->reentry_denied = !allowed;
    c->reentry_denied_count += l->reentry_denied;
}

static bool guest_memory(td_ctx *c, int64_t len_delta) {
    uint64_t len = c->guest_memory + (uint64_t)len_delta;
    TD_ASSERT(len_delta >= 0 || c->guest_memory >= (uint64_t)-len_delta);
    if (len_delta > 0 && len > TD_EXEC_GUEST_MEMORY_MAX)
        return false;
    c->guest_memory = len;
    return true;
}

static void resources_add(td_ctx *c, const td_resources *used) {
    c->resources.ref_time = td_add_sat(c->resources.ref_time, used->ref_time);
    c->resources.proof_size = td_add_sat(c->resources.proof_size, used->proof_size);
}

const td_host TD_EXEC_HOST = {
    .access_account = access_account,
    .access_slot = access_slot,
    .exists = exists,
    .is_empty = is_empty,
    .balance = balance,
    .code = code,
    .code_hash = code_hash,
    .delegate_of = delegate_of,
    .storage_get = storage_get,
    .storage_load = storage_load,
    .storage_set = storage_set,
    .storage_peek = storage_peek,
    .transient_get = transient_get,
    .transient_set = transient_set,
    .refund_add = refund_add,
    .log = log_add,
    .selfdestruct = selfdestruct,
    .block_hash = block_hash,
    .ext_get = ext_get,
    .ext_set = ext_set,
    .immutables_get = immutables_get,
    .immutables_set = td_exec_immutables_set,
    .deposit = td_exec_deposit,
    .reentry_denied = reentry_denied,
    .reentry_set = reentry_set,
    .guest_memory = guest_memory,
    .resources_add = resources_add,
};
