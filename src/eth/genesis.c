/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads geth's genesis.json into a td_genesis. Each refusal names the key's
 * path, because the file is written by hand. Makes no block of it.
 */
#include "eth/genesis.h"

#include "base/map.h"
#include "codec/hex.h"

#include <stdio.h>

typedef struct reader {
    td_genesis *g;
    td_arena *a;
    td_diag *diag;
} reader;

/* "genesis: path.key: what", with the dot only where both are there. */
static int bad(const reader *r, int err, const char *path, const char *key, const char *what) {
    return td_diag_set(r->diag, err, "genesis: %.100s%s%.100s: %s", path,
                       path[0] != 0 && key[0] != 0 ? "." : "", key, what);
}

/* A member that is not null, or NULL. */
static td_json *member(const td_json *object, const char *key) {
    td_json *j = td_json_get(object, key);
    return td_json_typeof(j) == TD_JSON_NULL ? NULL : j;
}

/* The readers below leave *out alone when the key is absent. */

static int read_u256(const reader *r, const td_json *object, const char *path, const char *key,
                     td_u256 *out) {
    td_json *j = member(object, key);
    int err = j == NULL ? TD_OK : td_json_u256(j, out);
    if (err < 0)
        return bad(r, err, path, key,
                   err == TD_ERR_RANGE ? "not in the range 0 to 2^256 - 1" : "not a number");
    return TD_OK;
}

static int read_u64(const reader *r, const td_json *object, const char *path, const char *key,
                    uint64_t *out) {
    td_u256 wide = td_u256_from(*out);
    int err = read_u256(r, object, path, key, &wide);
    if (err < 0)
        return err;
    if (!td_u256_fits_u64(&wide))
        return bad(r, TD_ERR_RANGE, path, key, "does not fit 64 bits");
    *out = wide.w[0];
    return TD_OK;
}

static int read_hash(const reader *r, const td_json *object, const char *key, td_hash *out) {
    td_json *j = member(object, key);
    if (j != NULL && !td_json_hash(j, out))
        return bad(r, TD_ERR_FORMAT, "", key, "not 0x and 64 hex digits");
    return TD_OK;
}

static int read_data(const reader *r, const td_json *object, const char *path, const char *key,
                     size_t len_max, td_bytes *out) {
    td_json *j = member(object, key);
    int err = j == NULL ? TD_OK : td_json_data(r->a, j, out, len_max);
    if (err == TD_ERR_LIMIT) {
        char what[64];
        (void)snprintf(what, sizeof what, "longer than %zu bytes", len_max);
        return bad(r, err, path, key, what);
    }
    if (err < 0)
        return bad(r, err, path, key, err == TD_ERR_NOMEM ? td_err_text(err) : "not hex data");
    return TD_OK;
}

/* --- header fields ------------------------------------------------------------------------------
 */

static int read_header_numbers(const reader *r, const td_json *json) {
    td_genesis *g = r->g;
    uint64_t nonce = 0;
    const struct {
        const char *key;
        uint64_t *out;
    } rows[] = {
        {"timestamp", &g->timestamp},
        {"gasLimit", &g->gas_limit},
        {"number", &g->number},
        {"excessBlobGas", &g->excess_blob_gas},
        {"blobGasUsed", &g->blob_gas_used},
        {"nonce", &nonce},
    };
    for (size_t i = 0; i < TD_COUNT(rows); i++) {
        int err = read_u64(r, json, "", rows[i].key, rows[i].out);
        if (err < 0)
            return err;
    }
    td_store_be64(g->nonce, nonce);
    if (member(json, "gasLimit") == NULL)
        return bad(r, TD_ERR_NOT_FOUND, "", "gasLimit", "missing");
    g->has_base_fee = member(json, "baseFeePerGas") != NULL;
    int err = read_u256(r, json, "", "baseFeePerGas", &g->base_fee);
    return err < 0 ? err : read_u256(r, json, "", "difficulty", &g->difficulty);
}

static int read_header(const reader *r, const td_json *json) {
    td_json *coinbase = member(json, "coinbase");
    int err = read_header_numbers(r, json);
    if (err == TD_OK)
        err = read_hash(r, json, "mixhash", &r->g->mix_hash); /* old files; geth reads any case */
    if (err == TD_OK)
        err = read_hash(r, json, "mixHash", &r->g->mix_hash);
    if (err == TD_OK)
        err = read_hash(r, json, "parentHash", &r->g->parent_hash);
    if (err < 0)
        return err;
    if (coinbase != NULL && !td_json_addr(coinbase, &r->g->coinbase))
        return bad(r, TD_ERR_FORMAT, "", "coinbase", "not 0x and 40 hex digits");
    return read_data(r, json, "", "extraData", 32, &r->g->extra);
}

/* --- config -------------------------------------------------------------------------------------
 */

static int read_forks(const reader *r, const td_json *config) {
    td_genesis *g = r->g;
    td_u256 number = td_u256_from(g->number), timestamp = td_u256_from(g->timestamp);
    td_u256 difficulty = g->difficulty;
    const struct {
        const char *key;
        td_fork fork;
        const td_u256 *reached;
    } rows[] = {
#define TD_GENESIS_FORK(key, FORK, reached) {#key, TD_FORK_##FORK, &reached},
#include "eth/genesis_forks.def"
#undef TD_GENESIS_FORK
    };
    for (size_t i = 0; i < TD_COUNT(rows); i++) {
        td_u256 start;
        if (member(config, rows[i].key) == NULL)
            continue;
        int err = read_u256(r, config, "config", rows[i].key, &start);
        if (err < 0)
            return err;
        g->fork_last = rows[i].fork;
        if (!td_u256_lt(rows[i].reached, &start))
            g->fork = rows[i].fork;
    }
    /* geth: without a block of its own, Petersburg comes with Constantinople. */
    if (g->fork == TD_FORK_CONSTANTINOPLE && member(config, "petersburgBlock") == NULL)
        g->fork = TD_FORK_PETERSBURG;
    if (g->fork_last < g->fork)
        g->fork_last = g->fork;
    return TD_OK;
}

static int read_profile(const reader *r, const td_json *config) {
    static const char *const names[] = {
        [TD_PROFILE_ETHEREUM] = "ethereum",
        [TD_PROFILE_DUAL] = "dual",
    };
    td_json *tandem = member(config, "tandem"), *profile = member(tandem, "profile");
    if (tandem != NULL && td_json_typeof(tandem) != TD_JSON_OBJECT)
        return bad(r, TD_ERR_FORMAT, "config", "tandem", "not an object");
    if (profile == NULL)
        return TD_OK;
    size_t len = 0;
    const char *text = td_json_text(profile, &len);
    for (size_t i = 0; i < TD_COUNT(names); i++) {
        if (len == strlen(names[i]) && memcmp(text, names[i], len) == 0) {
            r->g->profile = (td_profile)i;
            r->g->has_profile = true;
            return TD_OK;
        }
    }
    return bad(r, TD_ERR_UNSUPPORTED, "config.tandem", "profile",
               "neither \"ethereum\" nor \"dual\"");
}

static int read_config(const reader *r, const td_json *json) {
    td_json *config = member(json, "config");
    if (td_json_typeof(config) != TD_JSON_OBJECT)
        return bad(r, config == NULL ? TD_ERR_NOT_FOUND : TD_ERR_FORMAT, "", "config",
                   config == NULL ? "missing" : "not an object");
    if (member(config, "chainId") == NULL)
        return bad(r, TD_ERR_NOT_FOUND, "config", "chainId", "missing");
    int err = read_u64(r, config, "config", "chainId", &r->g->chain_id);
    if (err == TD_OK)
        err = read_forks(r, config);
    return err < 0 ? err : read_profile(r, config);
}

/* --- accounts -----------------------------------------------------------------------------------
 */

static const char *skip_prefix(const char *text) {
    return text[0] == '0' && (text[1] | 0x20) == 'x' ? text + 2 : text;
}

/* A word of storage: hex with or without 0x, leading zeros optional. */
static int parse_word(td_u256 *out, const char *text, size_t len) {
    char hex[2 + 64] = "0x";
    const char *digits = len < 2 ? text : skip_prefix(text);
    len -= (size_t)(digits - text);
    if (len == 0 || len > 64)
        return TD_ERR_FORMAT;
    memcpy(hex + 2, digits, len);
    return td_hex_u256(out, hex, 2 + len);
}

static int read_storage(const reader *r, const td_json *storage, const char *path,
                        td_genesis_account *account) {
    if (storage == NULL)
        return TD_OK;
    if (td_json_typeof(storage) != TD_JSON_OBJECT)
        return bad(r, TD_ERR_FORMAT, path, "storage", "not an object");
    account->slots = td_arena_alloc(r->a, td_json_count(storage) * sizeof account->slots[0]);
    if (account->slots == NULL)
        return bad(r, TD_ERR_NOMEM, path, "storage", td_err_text(TD_ERR_NOMEM));
    const void *cursor = NULL;
    const char *key;
    for (td_json *value; (value = td_json_member(storage, &cursor, &key)) != NULL;) {
        td_genesis_slot *slot = &account->slots[account->slot_count++];
        size_t len;
        const char *text =
            td_json_typeof(value) == TD_JSON_STRING ? td_json_text(value, &len) : NULL;
        if (text == NULL || parse_word(&slot->key, key, strlen(key)) < 0 ||
            parse_word(&slot->value, text, len) < 0) {
            char where[160];
            (void)snprintf(where, sizeof where, "%.60s.storage", path);
            return bad(r, TD_ERR_FORMAT, where, key, "key and value must be 1 to 64 hex digits");
        }
    }
    return TD_OK;
}

/* `extended`: slots of PolkaVM storage, as state dumps write them. */
static int read_extended(const reader *r, const td_json *extended, const char *path,
                         td_genesis_account *account) {
    enum { KEY_LEN_MAX = 129, VALUE_LEN_MAX = 1 << 20 };
    if (extended == NULL)
        return TD_OK;
    if (td_json_typeof(extended) != TD_JSON_OBJECT)
        return bad(r, TD_ERR_FORMAT, path, "extended", "not an object");
    account->ext = td_arena_alloc(r->a, td_json_count(extended) * sizeof account->ext[0]);
    if (account->ext == NULL)
        return bad(r, TD_ERR_NOMEM, path, "extended", td_err_text(TD_ERR_NOMEM));
    const void *cursor = NULL;
    const char *key;
    for (td_json *value; (value = td_json_member(extended, &cursor, &key)) != NULL;) {
        td_genesis_ext *slot = &account->ext[account->ext_count++];
        int err = td_hex_decode(r->a, &slot->key, key, strlen(key), KEY_LEN_MAX);
        if (err == TD_OK && (slot->key.len < 2 || slot->key.len == 32))
            err = TD_ERR_RANGE;
        if (err == TD_OK)
            err = td_json_data(r->a, value, &slot->value, VALUE_LEN_MAX);
        if (err < 0)
            return bad(r, err, path, "extended",
                       "keys are 2 to 129 bytes but not 32, values at most 1 MiB");
    }
    return TD_OK;
}

static int read_account(const reader *r, td_map *seen, const char *key, const td_json *json,
                        td_genesis_account *account) {
    char path[80];
    bool added;
    (void)snprintf(path, sizeof path, "alloc.%.60s", key);
    const char *digits = skip_prefix(key);
    if (strlen(digits) != 40 || !td_hex_get(account->addr.b, digits, sizeof account->addr.b))
        return bad(r, TD_ERR_FORMAT, path, "", "the key is not 40 hex digits");
    if (td_json_typeof(json) != TD_JSON_OBJECT)
        return bad(r, TD_ERR_FORMAT, path, "", "not an object");
    if (td_map_put(seen, account->addr.b, &added) == NULL)
        return bad(r, TD_ERR_NOMEM, path, "", td_err_text(TD_ERR_NOMEM));
    if (!added)
        return bad(r, TD_ERR_FORMAT, path, "", "the address is there twice");
    int err = read_u256(r, json, path, "balance", &account->balance);
    if (err == TD_OK)
        err = read_u64(r, json, path, "nonce", &account->nonce);
    if (err == TD_OK)
        err = read_data(r, json, path, "code", TD_GENESIS_CODE_LEN_MAX, &account->code);
    if (err == TD_OK)
        err = read_storage(r, member(json, "storage"), path, account);
    return err < 0 ? err : read_extended(r, member(json, "extended"), path, account);
}

static int read_alloc(const reader *r, const td_json *json) {
    td_json *alloc = member(json, "alloc");
    size_t count = td_json_count(alloc);
    if (td_json_typeof(alloc) != TD_JSON_OBJECT)
        return bad(r, alloc == NULL ? TD_ERR_NOT_FOUND : TD_ERR_FORMAT, "", "alloc",
                   alloc == NULL ? "missing" : "not an object");
    if (count > TD_GENESIS_ACCOUNTS_MAX)
        return td_diag_set(r->diag, TD_ERR_LIMIT, "genesis: alloc: %zu accounts, the limit is %d",
                           count, TD_GENESIS_ACCOUNTS_MAX);
    r->g->accounts = td_arena_zalloc(r->a, count * sizeof r->g->accounts[0]);
    if (r->g->accounts == NULL)
        return bad(r, TD_ERR_NOMEM, "", "alloc", td_err_text(TD_ERR_NOMEM));
    td_map seen;
    td_map_init(&seen, sizeof(td_addr), 1);
    const void *cursor = NULL;
    const char *key;
    int err = TD_OK;
    for (td_json *j; err == TD_OK && (j = td_json_member(alloc, &cursor, &key)) != NULL;)
        err = read_account(r, &seen, key, j, &r->g->accounts[r->g->account_count++]);
    td_map_fini(&seen);
    return err;
}

int td_genesis_parse(td_genesis *out, td_arena *a, td_diag *diag, const td_json *json) {
    reader r = {out, a, diag};
    *out = (td_genesis){0};
    if (td_json_typeof(json) != TD_JSON_OBJECT)
        return td_diag_set(diag, TD_ERR_FORMAT, "genesis: not a JSON object");
    int err = read_header(&r, json); /* first: forks are compared with it */
    if (err == TD_OK)
        err = read_config(&r, json);
    return err < 0 ? err : read_alloc(&r, json);
}
