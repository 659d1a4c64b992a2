/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashes and curve against the vectors of tests/vec/crypto, whose oracles are
 * Python's hashlib and a second writing of the curve; then round trips.
 */
#include "base/test.h"
#include "crypto/crypto.h"

#include <pthread.h>
#include <stdlib.h>

/* The words of one vector as bytes. */
typedef struct args {
    td_bytes a[4];
    uint8_t memory[4][512];
} args;

/* Runs the line's operation; returns the result's length, or 0 when it was refused. */
typedef size_t (*op_fn)(uint8_t *out, const args *in);

static size_t op_keccak(uint8_t *out, const args *in) {
    td_hash h = td_keccak(in->a[0]);
    memcpy(out, h.b, 32);
    return 32;
}
static size_t op_sha256(uint8_t *out, const args *in) {
    td_sha256(out, in->a[0].ptr, in->a[0].len);
    return 32;
}
static size_t op_ripemd160(uint8_t *out, const args *in) {
    td_ripemd160(out, in->a[0].ptr, in->a[0].len);
    return 20;
}
static size_t op_hmac(uint8_t *out, const args *in) {
    td_hmac_sha512(out, in->a[0], in->a[1]);
    return 64;
}
static size_t op_pbkdf2(uint8_t *out, const args *in) {
    td_pbkdf2_sha512(out, in->a[0], in->a[1], td_load_be32(in->a[2].ptr));
    return 64;
}
static size_t op_addr(uint8_t *out, const args *in) {
    td_addr addr;
    int err = td_secp256k1_addr(&addr, in->a[0].ptr);
    assert_true(err == 0 || err == TD_ERR_RANGE);
    memcpy(out, addr.b, 20);
    return err == 0 ? 20 : 0;
}
static size_t op_public(uint8_t *out, const args *in) {
    int err = td_secp256k1_public(out, in->a[0].ptr);
    assert_true(err == 0 || err == TD_ERR_RANGE);
    return err == 0 ? 33 : 0;
}
static size_t op_sign(uint8_t *out, const args *in) {
    td_hash digest;
    td_sig sig = {{0}, {0}, 0};
    memcpy(digest.b, in->a[0].ptr, 32);
    int err = td_secp256k1_sign(&sig, &digest, in->a[1].ptr);
    assert_true(err == 0 || err == TD_ERR_RANGE);
    memcpy(out, sig.r, 32);
    memcpy(out + 32, sig.s, 32);
    out[64] = sig.y_parity;
    return err == 0 ? 65 : 0;
}
static size_t op_recover(uint8_t *out, const args *in) {
    td_hash digest, h;
    td_sig sig;
    td_addr addr = {{0}};
    memcpy(digest.b, in->a[0].ptr, 32);
    memcpy(sig.r, in->a[1].ptr, 32);
    memcpy(sig.s, in->a[2].ptr, 32);
    sig.y_parity = in->a[3].ptr[0];
    int err = td_secp256k1_recover(out, &digest, &sig);
    assert_true(err == 0 || err == TD_ERR_SIGNATURE);
    assert_int_equal(td_secp256k1_recover_addr(&addr, &digest, &sig), err);
    td_keccak256(&h, out, 64);
    assert_true(err != 0 || memcmp(h.b + 12, addr.b, 20) == 0);
    return err == 0 ? 64 : 0;
}
static size_t op_tweak(uint8_t *out, const args *in) {
    memcpy(out, in->a[0].ptr, 32);
    int err = td_secp256k1_tweak_add(out, in->a[1].ptr);
    assert_true(err == 0 || err == TD_ERR_RANGE);
    assert_true(err == 0 || memcmp(out, in->a[0].ptr, 32) == 0);
    return err == 0 ? 32 : 0;
}

static const struct {
    const char *name;
    op_fn run;
} ops[] = {{"keccak256", op_keccak}, {"sha256", op_sha256}, {"ripemd160", op_ripemd160},
           {"hmac", op_hmac},        {"pbkdf2", op_pbkdf2}, {"addr", op_addr},
           {"public", op_public},    {"sign", op_sign},     {"recover", op_recover},
           {"tweak", op_tweak}};

static bool check_line(char *line) {
    char copy[2048], *save = NULL;
    static args in;
    uint8_t got[128] = {0}, want[128];
    (void)snprintf(copy, sizeof copy, "%s", line);
    char *word = strtok_r(line, " ", &save);
    size_t op = 0, count = 0;
    while (op < TD_COUNT(ops) && strcmp(ops[op].name, word) != 0)
        op++;
    if (op == TD_COUNT(ops))
        fail_msg("unknown operation in: %s", copy);
    for (word = strtok_r(NULL, " ", &save); strcmp(word, "=") != 0;
         word = strtok_r(NULL, " ", &save), count++) {
        size_t len = td_test_unhex(word, in.memory[count], sizeof in.memory[count]);
        in.a[count] = TD_BYTES(len > 0 ? in.memory[count] : NULL, len);
    }
    word = strtok_r(NULL, " ", &save);
    size_t want_len = strcmp(word, "refused") == 0 ? 0 : td_test_unhex(word, want, sizeof want);
    size_t len = ops[op].run(got, &in);
    if (len == want_len && memcmp(got, want, len) == 0)
        return true;
    print_error("wrong result: %s\n", copy);
    return false;
}

static void check_file(const char *name, size_t lines_min) {
    char *text = (char *)td_test_read(name, NULL), *save = NULL;
    size_t lines = 0, failed = 0;
    for (char *l = strtok_r(text, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save))
        if (l[0] != '#')
            lines++, failed += !check_line(l);
    td_test_free(text);
    assert_int_equal(failed, 0);
    assert_true(lines >= lines_min);
}

TEST(hash, agrees_with_the_vectors) {
    check_file("tests/vec/crypto/hashes.vec", 100);
}
TEST(secp256k1, agrees_with_the_vectors) {
    check_file("tests/vec/crypto/curve.vec", 200);
}

TEST(secp256k1, recovers_the_signer_from_either_form_of_s) {
    uint64_t x = 0xfeedface;
    for (int i = 0; i < 100; i++) {
        uint8_t key[32];
        td_hash digest;
        td_sig sig;
        td_addr want, got;
        for (int j = 0; j < 32; j++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            key[j] = (uint8_t)x, digest.b[j] = (uint8_t)(x >> 32);
        }
        key[0] &= 0x7f;
        assert_int_equal(td_secp256k1_addr(&want, key), 0);
        assert_int_equal(td_secp256k1_sign(&sig, &digest, key), 0);
        assert_int_equal(td_secp256k1_recover_addr(&got, &digest, &sig), 0);
        assert_true(td_addr_eq(&want, &got));
        td_u256 s = td_u256_load_be(sig.s);
        assert_true(td_u256_cmp(&s, &TD_SECP256K1_HALF_N) <= 0);
        (void)td_u256_sub(&s, &TD_SECP256K1_N, &s);
        td_u256_store_be(sig.s, &s);
        sig.y_parity ^= 1;
        assert_int_equal(td_secp256k1_recover_addr(&got, &digest, &sig), 0);
        assert_true(td_addr_eq(&want, &got));
        digest.b[i % 32] ^= 1;
        if (td_secp256k1_recover_addr(&got, &digest, &sig) == 0)
            assert_false(td_addr_eq(&want, &got));
    }
}

TEST(secp256k1, half_of_the_order_is_half_of_the_order) {
    td_u256 half;
    td_u256_shr(&half, &TD_SECP256K1_N, 1);
    assert_true(td_u256_eq(&half, &TD_SECP256K1_HALF_N));
    uint8_t key[32];
    td_addr addr;
    td_u256_store_be(key, &TD_SECP256K1_N);
    assert_int_equal(td_secp256k1_addr(&addr, key), TD_ERR_RANGE);
    key[31]--;
    assert_int_equal(td_secp256k1_addr(&addr, key), 0);
}

static void *sign_in_thread(void *sig) {
    static const uint8_t key[32] = {1, 2, 3};
    return td_secp256k1_sign(sig, &TD_KECCAK_EMPTY, key) == 0 ? sig : NULL;
}

TEST(secp256k1, signs_alike_in_many_threads) {
    pthread_t threads[8];
    td_sig sigs[8];
    memset(sigs, 0, sizeof sigs);
    for (size_t i = 0; i < TD_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_in_thread, &sigs[i]), 0);
    for (size_t i = 0; i < TD_COUNT(threads); i++) {
        void *done = NULL;
        assert_int_equal(pthread_join(threads[i], &done), 0);
        assert_non_null(done);
        assert_memory_equal(&sigs[i], &sigs[0], sizeof sigs[0]);
    }
}
