/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions against tests/vec/tx, which ethers made.
 */
#include "base/test.h"
#include "codec/test_vec.h"
#include "eth/tx.h"

static td_arena arena_new(void) {
    td_arena a;
    td_arena_init(&a, 1 << 16, 1 << 24);
    return a;
}

static td_err err_of(const char *name) {
#define TD_ERR(NAME, value, text)                                                                  \
    if (strcmp(name, #NAME) == 0)                                                                  \
        return TD_ERR_##NAME;
#include "base/errors.def"
#undef TD_ERR
    fail_msg("no error %s", name);
    return TD_OK;
}

/* The columns of an `ok` line. */
enum {
    OK_NAME = 1,
    OK_TYPE,
    OK_PROTECTED,
    OK_CHAIN,
    OK_NONCE,
    OK_FEE,
    OK_TIP,
    OK_GAS,
    OK_TO,
    OK_VALUE,
    OK_DATA,
    OK_ACCESS,
    OK_KEY,
    OK_SENDER,
    OK_SIGNING_HASH,
    OK_HASH,
    OK_RAW,
    OK_COUNT
};

static void assert_u256(const td_test_vec *v, size_t column, const td_u256 *got) {
    td_u256 want = td_test_vec_u256(v, column);
    if (!td_u256_eq(&want, got))
        fail_msg("%s:%u: column %zu differs", v->name, v->line, column);
}

static void assert_bytes(td_test_vec *v, size_t column, td_bytes got) {
    if (!td_bytes_eq(td_test_vec_bytes(v, column), got))
        fail_msg("%s:%u: column %zu differs", v->name, v->line, column);
}

/* The access list written as the vectors do. */
static void assert_access(const td_test_vec *v, const td_tx *tx) {
    char text[4096] = "";
    size_t at = 0;
    for (size_t i = 0; i < tx->access_count; i++) {
        if (i > 0)
            text[at++] = ';';
        for (size_t b = 0; b < 20; b++, at += 2)
            snprintf(text + at, 3, "%02x", tx->access[i].addr.b[b]);
        for (size_t k = 0; k < tx->access[i].key_count; k++) {
            text[at++] = k == 0 ? ':' : ',';
            for (size_t b = 0; b < 32; b++, at += 2)
                snprintf(text + at, 3, "%02x", tx->access[i].keys[k].b[b]);
        }
    }
    assert_string_equal(at == 0 ? "-" : text, v->word[OK_ACCESS]);
}

static void assert_fields(td_test_vec *v, const td_tx *tx) {
    assert_int_equal(tx->type, td_test_vec_u64(v, OK_TYPE));
    assert_int_equal(tx->is_protected, td_test_vec_u64(v, OK_PROTECTED));
    assert_true(tx->chain_id == td_test_vec_u64(v, OK_CHAIN));
    assert_true(tx->nonce == td_test_vec_u64(v, OK_NONCE));
    assert_true(tx->gas_limit == td_test_vec_u64(v, OK_GAS));
    assert_u256(v, OK_FEE, &tx->fee_max);
    assert_u256(v, OK_TIP, &tx->tip_max);
    assert_u256(v, OK_VALUE, &tx->value);
    assert_bytes(v, OK_TO, TD_BYTES(tx->to.b, tx->create ? 0 : 20));
    assert_bytes(v, OK_DATA, tx->data);
    assert_bytes(v, OK_SENDER, TD_BYTES_OF(tx->sender));
    assert_bytes(v, OK_HASH, TD_BYTES_OF(tx->hash));
    assert_bytes(v, OK_RAW, tx->raw);
    assert_access(v, tx);
}

/* Forgets all that signing must set. */
static void forget_signature(td_tx *tx) {
    tx->sig = (td_sig){0};
    tx->sig_v = 0;
    tx->sender = (td_addr){0};
    tx->hash = (td_hash){0};
    tx->raw = (td_bytes){0};
}

TEST(tx, vectors_decode_encode_and_sign) {
    td_test_vec v = td_test_vec_open("tests/vec/tx/tx.vec");
    unsigned count = 0;
    while (td_test_vec_next(&v)) {
        if (strcmp(v.word[0], "ok") != 0)
            continue;
        count++;
        assert_int_equal(v.count, OK_COUNT);
        td_arena a = arena_new();
        td_diag diag = {0};
        td_tx tx;
        if (td_tx_decode(&tx, &a, &diag, td_test_vec_bytes(&v, OK_RAW)) != 0)
            fail_msg("%s: %s", v.word[OK_NAME], diag.text);
        assert_fields(&v, &tx);
        td_hash digest;
        assert_int_equal(td_tx_signing_hash(&digest, &tx, &a), 0);
        assert_bytes(&v, OK_SIGNING_HASH, TD_BYTES_OF(digest));
        tx.raw = (td_bytes){0};
        tx.hash = (td_hash){0};
        assert_int_equal(td_tx_encode(&tx, &a), 0);
        assert_fields(&v, &tx);
        forget_signature(&tx);
        assert_int_equal(td_tx_sign(&tx, &a, td_test_vec_bytes(&v, OK_KEY).ptr), 0);
        assert_fields(&v, &tx);
        td_arena_fini(&a);
    }
    assert_true(count >= 11);
    td_test_vec_close(&v);
}

TEST(tx, vectors_are_refused_for_their_reason) {
    td_test_vec v = td_test_vec_open("tests/vec/tx/tx.vec");
    unsigned count = 0;
    while (td_test_vec_next(&v)) {
        if (strcmp(v.word[0], "bad") != 0)
            continue;
        count++;
        td_arena a = arena_new();
        td_diag diag = {0};
        td_tx tx;
        int err = td_tx_decode(&tx, &a, &diag, td_test_vec_bytes(&v, 3));
        if (err != err_of(v.word[2]))
            fail_msg("%s: %d, not %s (%s)", v.word[1], err, v.word[2], diag.text);
        assert_true(strlen(diag.text) > 12);
        assert_int_equal(td_tx_decode(&tx, &a, NULL, td_test_vec_bytes(&v, 3)), err);
        td_arena_fini(&a);
    }
    assert_true(count > 50);
    td_test_vec_close(&v);
}

TEST(tx, a_wrong_parity_is_another_sender) {
    td_test_vec v = td_test_vec_open("tests/vec/tx/tx.vec");
    td_arena a = arena_new();
    unsigned count = 0;
    while (td_test_vec_next(&v)) {
        if (strcmp(v.word[0], "other") != 0)
            continue;
        td_tx tx;
        assert_int_equal(td_tx_decode(&tx, &a, NULL, td_test_vec_bytes(&v, 3)), 0);
        assert_false(td_bytes_eq(TD_BYTES_OF(tx.sender), td_test_vec_bytes(&v, 2)));
        count++;
    }
    assert_int_equal(count, 1);
    td_arena_fini(&a);
    td_test_vec_close(&v);
}

TEST(tx, too_long_is_refused_before_it_is_read) {
    td_arena a = arena_new();
    td_tx tx;
    td_diag diag;
    uint8_t byte = 0xc0; /* only the length may be looked at */
    assert_int_equal(td_tx_decode(&tx, &a, &diag, TD_BYTES(&byte, TD_TX_LEN_MAX + 1)),
                     TD_ERR_LIMIT);
    td_arena_fini(&a);
}

TEST(tx, a_full_arena_is_no_memory) {
    td_test_vec v = td_test_vec_open("tests/vec/tx/tx.vec");
    while (td_test_vec_next(&v)) {
        if (strcmp(v.word[0], "ok") != 0 || strcmp(v.word[OK_ACCESS], "-") == 0)
            continue;
        td_arena a;
        td_tx tx;
        td_arena_init(&a, 64, 64);
        assert_int_equal(td_tx_decode(&tx, &a, NULL, td_test_vec_bytes(&v, OK_RAW)), TD_ERR_NOMEM);
        td_arena_fini(&a);
    }
    td_test_vec_close(&v);
}

TEST(tx, a_copy_stands_alone) {
    td_test_vec v = td_test_vec_open("tests/vec/tx/tx.vec");
    while (td_test_vec_next(&v)) {
        if (strcmp(v.word[0], "ok") != 0)
            continue;
        td_arena a = arena_new(), b = arena_new();
        td_tx tx, copy, again;
        td_bytes raw = td_test_vec_bytes(&v, OK_RAW);
        uint8_t *mine = td_arena_copy(&a, raw.ptr, raw.len);
        assert_int_equal(td_tx_decode(&tx, &a, NULL, TD_BYTES(mine, raw.len)), 0);
        assert_int_equal(td_tx_copy(&copy, &b, &tx), 0);
        memset(mine, 0xee, raw.len);
        td_arena_fini(&a);
        assert_fields(&v, &copy);
        uint8_t elsewhere[512];
        memcpy(elsewhere, copy.data.ptr, copy.data.len);
        copy.data.ptr = elsewhere; /* a transaction built from parts */
        assert_int_equal(td_tx_copy(&again, &b, &copy), 0);
        memset(elsewhere, 0, sizeof elsewhere);
        assert_fields(&v, &again);
        td_arena_fini(&b);
    }
    td_test_vec_close(&v);
}

TEST(tx, signing_refuses_what_v_or_the_curve_cannot_hold) {
    td_arena a = arena_new();
    uint8_t key[32] = {0};
    td_tx tx = {.is_protected = true, .chain_id = (UINT64_MAX - 36) / 2};
    assert_int_equal(td_tx_sign(&tx, &a, key), TD_ERR_RANGE);
    key[31] = 1;
    assert_int_equal(td_tx_sign(&tx, &a, key), 0);
    td_tx back;
    assert_int_equal(td_tx_decode(&back, &a, NULL, tx.raw), 0);
    assert_true(back.chain_id == tx.chain_id);
    tx.chain_id++;
    assert_int_equal(td_tx_sign(&tx, &a, key), TD_ERR_RANGE);
    td_arena_fini(&a);
}

TEST(tx, impersonated_hashes_tell_senders_apart) {
    td_arena a = arena_new();
    td_tx one = {.type = TD_TX_DYNAMIC_FEE, .chain_id = 31337, .sender = {{1}}}, two = one;
    two.sender.b[19] = 1;
    assert_int_equal(td_tx_impersonate(&one, &a), 0);
    assert_int_equal(td_tx_impersonate(&two, &a), 0);
    assert_true(one.impersonated && one.is_protected);
    assert_false(td_hash_eq(&one.hash, &two.hash));
    assert_memory_equal(one.sig.r + 12, one.sender.b, 20);
    assert_memory_equal(one.sig.s + 12, one.sender.b, 20);
    td_arena_fini(&a);
}

TEST(tx, since_is_the_fork_of_its_form) {
    assert_int_equal(td_tx_since(&(td_tx){.type = 0}), TD_FORK_FRONTIER);
    assert_int_equal(td_tx_since(&(td_tx){.type = 0, .is_protected = true}), TD_FORK_SPURIOUS);
    assert_int_equal(td_tx_since(&(td_tx){.type = 1, .is_protected = true}), TD_FORK_BERLIN);
    assert_int_equal(td_tx_since(&(td_tx){.type = 2, .is_protected = true}), TD_FORK_LONDON);
}
