/* SPDX-License-Identifier: Apache-2.0
 *
 * Keccak against a second writing of it, slow and straight from the paper's
 * formulas, and its two copies against each other.
 */
#include "base/test.h"
#include "crypto/crypto.h"
#include "crypto/keccak_private.h"

static uint64_t rotate(uint64_t v, unsigned n) {
    return n % 64 == 0 ? v : v << (n % 64) | v >> (64 - n % 64);
}

/* The step mappings of the Keccak reference 1.2, with the constants computed, not listed. */
static void reference_permute(uint64_t a[5][5]) {
    unsigned lfsr = 1;
    for (int round = 0; round < 24; round++) {
        uint64_t c[5], b[5][5];
        for (int x = 0; x < 5; x++)
            c[x] = a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4];
        for (int i = 0; i < 25; i++)
            a[i % 5][i / 5] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1);
        b[0][0] = a[0][0];
        for (unsigned t = 0, x = 1, y = 0; t < 24; t++) {
            unsigned to = (2 * x + 3 * y) % 5;
            b[y][to] = rotate(a[x][y], (t + 1) * (t + 2) / 2);
            x = y, y = to;
        }
        for (int i = 0; i < 25; i++) {
            int x = i % 5, y = i / 5;
            a[x][y] = b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]);
        }
        for (unsigned j = 0; j < 7; j++) {
            lfsr = (lfsr << 1 ^ (lfsr >> 7) * 0x171) & 0xff;
            if ((lfsr & 2) != 0)
                a[0][0] ^= 1ull << ((1u << j) - 1);
        }
    }
}

static void reference_hash(uint8_t out[32], const uint8_t *p, size_t len) {
    uint64_t a[5][5] = {{0}};
    for (size_t at = 0; at <= len; at += 136) {
        uint8_t block[136] = {0};
        size_t n = len - at < 136 ? len - at : 136;
        memcpy(block, p + at, n);
        if (n < 136)
            block[n] ^= 0x01, block[135] ^= 0x80;
        for (int i = 0; i < 136; i++)
            a[i / 8 % 5][i / 40] ^= (uint64_t)block[i] << (8 * (i % 8));
        reference_permute(a);
    }
    for (int i = 0; i < 32; i++)
        out[i] = (uint8_t)(a[i / 8][0] >> (8 * (i % 8)));
}

static uint64_t next(uint64_t *x) {
    *x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
    return *x;
}

TEST(keccak, agrees_with_the_reference_at_every_length) {
    uint8_t data[700], want[32];
    uint64_t seed = 1;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(next(&seed) >> 40);
    for (size_t len = 0; len <= 660; len++) {
        td_hash got;
        const uint8_t *p = data + len % 8; /* every alignment */
        reference_hash(want, p, len);
        td_keccak256(&got, p, len);
        assert_memory_equal(got.b, want, 32);
        got = td_keccak(TD_BYTES(p, len));
        assert_memory_equal(got.b, want, 32);
    }
}

TEST(keccak, running_form_does_not_care_how_input_is_cut) {
    uint8_t data[1000];
    uint64_t seed = 2;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(next(&seed) >> 40);
    for (int round = 0; round < 3000; round++) {
        size_t len = next(&seed) % (sizeof data + 1);
        td_keccak_ctx k;
        td_hash want, got;
        td_keccak256(&want, data, len);
        td_keccak_init(&k);
        for (size_t at = 0; at < len;) {
            size_t n = next(&seed) % (round % 2 == 0 ? 300 : 20);
            n = n > len - at ? len - at : n;
            td_keccak_update(&k, n == 0 ? NULL : data + at, n);
            at += n;
        }
        td_keccak_final(&k, &got);
        assert_memory_equal(got.b, want.b, 32);
    }
}

TEST(keccak, both_copies_of_the_permutation_agree) {
    uint64_t seed = 3, a[25], b[25], lanes[5][5];
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < 25; i++)
            lanes[i % 5][i / 5] = a[i] = b[i] = next(&seed);
        td_keccak_permute_portable(a);
        reference_permute(lanes);
        for (int i = 0; i < 25; i++)
            assert_true(a[i] == lanes[i % 5][i / 5]);
#if defined(__x86_64__)
        if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) {
            td_keccak_permute_bmi(b);
            assert_memory_equal(a, b, sizeof a);
        }
#endif
    }
}

TEST(keccak, of_nothing_is_the_constant) {
    td_hash h;
    td_keccak256(&h, NULL, 0);
    assert_true(td_hash_eq(&h, &TD_KECCAK_EMPTY));
    td_keccak_ctx k;
    td_keccak_init(&k);
    td_keccak_update(&k, NULL, 0);
    td_keccak_final(&k, &h);
    assert_true(td_hash_eq(&h, &TD_KECCAK_EMPTY));
}

TEST(keccak, may_write_over_its_input) {
    td_hash h = {{1, 2, 3}}, copy = h, want;
    td_keccak256(&want, copy.b, 32);
    td_keccak256(&h, h.b, 32);
    assert_true(td_hash_eq(&h, &want));
}
