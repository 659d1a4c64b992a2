/* SPDX-License-Identifier: Apache-2.0
 *
 * Host functions of storage, persistent and transient (contracts-runtime.md 4.3, rulings.md 2). A
 * fixed key with a 32-byte value is the EVM's slot; all else is an extended slot of the same trie.
 * Both compilers' sets are here: get/set_storage, and get_storage_or_zero/set_storage_or_clear.
 */
#include "pvmenv/pvmenv_private.h"

#include "crypto/crypto.h"
#include "vm/host.h"

enum { FLAG_TRANSIENT = 1 };

/* Reads flags and key. `key_len` is SENTINEL for a fixed key of 32 bytes, else 1 to 128. */
static td_step read_key(td_guest *g, td_ext_key *key, uint32_t flags, uint32_t ptr,
                        uint32_t key_len) {
    if ((flags & ~(uint32_t)FLAG_TRANSIENT) != 0)
        return td_guest_stop(g, TD_EXIT_INVALID_STORAGE_FLAGS);
    key->is_transient = (flags & FLAG_TRANSIENT) != 0;
    key->is_fixed = key_len == TD_SYS_SENTINEL;
    uint32_t len = key->is_fixed ? 32 : key_len;
    if (len == 0 || len > TD_EXT_KEY_LEN_MAX)
        return td_guest_stop(g, TD_EXIT_DECODING_FAILED);
    const uint8_t *at;
    TD_TRY(td_guest_read(g, &at, ptr, len));
    key->bytes = TD_BYTES(at, len);
    return TD_STEP_NEXT;
}

/* The name a key has in the access list: a fixed key its own, a variable one its hash. */
static td_u256 access_key(const td_ext_key *key) {
    if (key->is_fixed)
        return td_u256_load_be(key->bytes.ptr);
    td_hash hash = td_keccak(key->bytes);
    return td_u256_load_be(hash.b);
}

static bool access(td_guest *g, const td_ext_key *key) {
    td_u256 slot = access_key(key);
    return g->host->access_slot(g->ctx, &g->f->self, &slot);
}

/* Reads `key`; *value has a NULL pointer when it is absent. Charged at the longest value, then
 * reduced to what was found (7.7). */
static td_step load(td_guest *g, const td_ext_key *key, td_bytes *value) {
    td_token token = TD_TOKEN_TRANSIENT;
    if (!key->is_transient)
        token = access(g, key) ? TD_TOKEN_STORAGE_GET_COLD : TD_TOKEN_STORAGE_GET_WARM;
    TD_TRY(td_guest_charge(g, token, TD_EXT_VALUE_LEN_MAX));
    if (g->host->ext_get(g->ctx, &g->f->self, key, value) < 0)
        *value = (td_bytes){NULL, 0};
    TD_ASSERT(value->len <= TD_EXT_VALUE_LEN_MAX);
    td_guest_refund_units(g, token, TD_EXT_VALUE_LEN_MAX - value->len);
    return TD_STEP_NEXT;
}

td_step td_sys_storage_get(td_guest *g, const uint64_t a[6]) {
    td_ext_key key;
    td_bytes value;
    TD_TRY(read_key(g, &key, td_lo32(a[0]), td_lo32(a[1]), td_lo32(a[2])));
    TD_TRY(load(g, &key, &value));
    if (value.ptr == NULL)
        return td_guest_result(g, TD_SYS_KEY_NOT_FOUND);
    TD_TRY(td_guest_output(g, (td_guest_out){td_lo32(a[3]), td_lo32(a[4])}, value, false));
    return td_guest_result(g, TD_SYS_SUCCESS);
}

td_step td_sys_storage_get_or_zero(td_guest *g, const uint64_t a[6]) {
    td_ext_key key;
    td_bytes value;
    TD_TRY(read_key(g, &key, td_lo32(a[0]), td_lo32(a[1]), TD_SYS_SENTINEL));
    TD_TRY(load(g, &key, &value));
    uint8_t word[32] = {0};
    if (value.ptr != NULL)
        memcpy(word, value.ptr, td_min_u64(value.len, sizeof word));
    return td_guest_put(g, td_lo32(a[2]), word, sizeof word);
}

/* What a persistent write costs before it is known what stood there: cold, warm, or (for the EVM's
 * slots) changed before in this transaction, as EIP-2200 tells them apart. */
static td_token write_token(td_guest *g, const td_ext_key *key) {
    if (access(g, key))
        return TD_TOKEN_STORAGE_SET_COLD;
    if (!key->is_fixed)
        return TD_TOKEN_STORAGE_SET_WARM;
    td_u256 slot = td_u256_load_be(key->bytes.ptr), original, current;
    g->host->storage_peek(g->ctx, &g->f->self, &slot, &original, &current);
    return td_u256_eq(&original, &current) ? TD_TOKEN_STORAGE_SET_WARM : TD_TOKEN_STORAGE_SET_DIRTY;
}

/* Writes and books the deposit; a0 becomes the length before, or SENTINEL. */
static td_step store(td_guest *g, const td_ext_key *key, td_bytes value) {
    /* rulings.md 2: on a fixed key, 32 bytes of zeros are absence. */
    bool remove = key->is_fixed && value.len == 32 && td_bytes_zero(value.ptr, 32);
    if (key->is_transient) {
        TD_TRY(td_guest_charge(g, TD_TOKEN_TRANSIENT, value.len));
    } else {
        if (g->f->gas <= TD_SYS_WRITE_SENTRY_GAS) {
            td_guest_burn(g);
            return td_guest_stop(g, TD_EXIT_OUT_OF_GAS);
        }
        TD_TRY(td_guest_charge(g, write_token(g, key), value.len));
    }
    int old_len =
        g->host->ext_set(g->ctx, &g->f->self, key, remove ? (td_bytes){NULL, 0} : value, remove);
    if (old_len < -1) /* only the limit of transient storage is refused */
        return td_guest_stop(g, TD_EXIT_TRANSIENT_FULL);
    if (!key->is_transient) {
        int64_t byte_delta = (remove ? 0 : (int64_t)value.len) - (old_len < 0 ? 0 : old_len);
        TD_TRY(td_guest_deposit(g, byte_delta, (remove ? 0 : 1) - (old_len < 0 ? 0 : 1)));
    }
    return td_guest_result(g, old_len < 0 ? TD_SYS_SENTINEL : (uint32_t)old_len);
}

td_step td_sys_storage_set(td_guest *g, const uint64_t a[6]) {
    uint32_t len = td_lo32(a[4]);
    td_ext_key key;
    TD_TRY(read_key(g, &key, td_lo32(a[0]), td_lo32(a[1]), td_lo32(a[2])));
    if (len > TD_EXT_VALUE_LEN_MAX)
        return td_guest_stop(g, TD_EXIT_VALUE_TOO_LARGE);
    const uint8_t *value;
    TD_TRY(td_guest_read(g, &value, td_lo32(a[3]), len));
    return store(g, &key, TD_BYTES(value, len));
}

td_step td_sys_storage_set_or_clear(td_guest *g, const uint64_t a[6]) {
    td_ext_key key;
    TD_TRY(read_key(g, &key, td_lo32(a[0]), td_lo32(a[1]), TD_SYS_SENTINEL));
    const uint8_t *value;
    TD_TRY(td_guest_read(g, &value, td_lo32(a[2]), 32));
    return store(g, &key, TD_BYTES(value, 32));
}
