/* SPDX-License-Identifier: Apache-2.0
 *
 * keccak-256 (The Keccak reference, version 3.0): rate 136 bytes, padding 0x01
 * … 0x80. The permutation is written once and compiled twice: for any x86-64,
 * and with BMI, whose `andn` and `rorx` save two of ten instructions a lane.
 *
 * Which copy runs is asked of __builtin_cpu_supports at each call: one load
 * from the table that the compiler's runtime fills before main, and a branch
 * that always goes the same way, so no state of ours is needed.
 */
#include "crypto/crypto.h"
#include "crypto/keccak_private.h"

enum { RATE = TD_KECCAK_RATE, LANES = RATE / 8 };

const td_hash TD_KECCAK_EMPTY = {{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d,
                                  0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82,
                                  0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};

static const uint64_t round_constants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

#define ROL(x, n) ((x) << (n) | (x) >> (64 - (n)))

/* chi and iota on one row of the output: its lanes come, already moved and rotated, from b. */
#define CHI(e, y, iota)                                                                            \
    e[y + 0] = b0 ^ (~b1 & b2) ^ (iota);                                                           \
    e[y + 1] = b1 ^ (~b2 & b3);                                                                    \
    e[y + 2] = b2 ^ (~b3 & b4);                                                                    \
    e[y + 3] = b3 ^ (~b4 & b0);                                                                    \
    e[y + 4] = b4 ^ (~b0 & b1)

/* One round from a to e: theta's column sums, then each output row by rho and pi. */
#define ROUND(a, e, rc)                                                                            \
    do {                                                                                           \
        uint64_t c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];                                         \
        uint64_t c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];                                         \
        uint64_t c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];                                         \
        uint64_t c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];                                         \
        uint64_t c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];                                         \
        uint64_t d0 = c4 ^ ROL(c1, 1), d1 = c0 ^ ROL(c2, 1), d2 = c1 ^ ROL(c3, 1);                 \
        uint64_t d3 = c2 ^ ROL(c4, 1), d4 = c3 ^ ROL(c0, 1), b0, b1, b2, b3, b4;                   \
        b0 = a[0] ^ d0, b1 = ROL(a[6] ^ d1, 44), b2 = ROL(a[12] ^ d2, 43);                         \
        b3 = ROL(a[18] ^ d3, 21), b4 = ROL(a[24] ^ d4, 14);                                        \
        CHI(e, 0, rc);                                                                             \
        b0 = ROL(a[3] ^ d3, 28), b1 = ROL(a[9] ^ d4, 20), b2 = ROL(a[10] ^ d0, 3);                 \
        b3 = ROL(a[16] ^ d1, 45), b4 = ROL(a[22] ^ d2, 61);                                        \
        CHI(e, 5, 0);                                                                              \
        b0 = ROL(a[1] ^ d1, 1), b1 = ROL(a[7] ^ d2, 6), b2 = ROL(a[13] ^ d3, 25);                  \
        b3 = ROL(a[19] ^ d4, 8), b4 = ROL(a[20] ^ d0, 18);                                         \
        CHI(e, 10, 0);                                                                             \
        b0 = ROL(a[4] ^ d4, 27), b1 = ROL(a[5] ^ d0, 36), b2 = ROL(a[11] ^ d1, 10);                \
        b3 = ROL(a[17] ^ d2, 15), b4 = ROL(a[23] ^ d3, 56);                                        \
        CHI(e, 15, 0);                                                                             \
        b0 = ROL(a[2] ^ d2, 62), b1 = ROL(a[8] ^ d3, 55), b2 = ROL(a[14] ^ d4, 39);                \
        b3 = ROL(a[15] ^ d0, 41), b4 = ROL(a[21] ^ d1, 2);                                         \
        CHI(e, 20, 0);                                                                             \
    } while (0)

TD_INLINE void permute(uint64_t state[25]) {
    uint64_t a[25], e[25];
    memcpy(a, state, sizeof a);
    for (int i = 0; i < 24; i += 2) {
        ROUND(a, e, round_constants[i]);
        ROUND(e, a, round_constants[i + 1]);
    }
    memcpy(state, a, sizeof a);
}

void td_keccak_permute_portable(uint64_t state[25]) {
    permute(state);
}

#if defined(__x86_64__)
__attribute__((target("bmi,bmi2"))) void td_keccak_permute_bmi(uint64_t state[25]) {
    permute(state);
}
#endif

static void permute_best(uint64_t state[25]) {
#if defined(__x86_64__)
    if (TD_LIKELY(__builtin_cpu_supports("bmi2") && __builtin_cpu_supports("bmi"))) {
        td_keccak_permute_bmi(state);
        return;
    }
#endif
    td_keccak_permute_portable(state);
}

/* Takes in whole blocks where they lie; returns the bytes left over, fewer than a block. */
static size_t absorb(uint64_t state[25], const uint8_t *p, size_t len) {
    for (; len >= RATE; p += RATE, len -= RATE) {
        for (int i = 0; i < LANES; i++)
            state[i] ^= td_load_le64(p + 8 * i);
        permute_best(state);
    }
    return len;
}

/* Takes in the last `len` bytes and the padding, and squeezes the digest. */
static void finish(uint64_t state[25], const uint8_t *p, size_t len, td_hash *out) {
    size_t lane = 0;
    for (; len >= 8; len -= 8, p += 8)
        state[lane++] ^= td_load_le64(p);
    uint64_t last = 0;
    for (size_t i = 0; i < len; i++)
        last |= (uint64_t)p[i] << (8 * i);
    state[lane] ^= last | (uint64_t)1 << (8 * len);
    state[LANES - 1] ^= (uint64_t)1 << 63;
    permute_best(state);
    memcpy(out->b, state, sizeof out->b);
}

void td_keccak256(td_hash *out, const void *ptr, size_t len) {
    uint64_t state[25] = {0};
    size_t rest = absorb(state, ptr, len);
    finish(state, rest == 0 ? NULL : (const uint8_t *)ptr + (len - rest), rest, out);
}

td_hash td_keccak(td_bytes bytes) {
    td_hash h;
    td_keccak256(&h, bytes.ptr, bytes.len);
    return h;
}

void td_keccak_init(td_keccak_ctx *k) {
    memset(k, 0, sizeof *k);
}

void td_keccak_update(td_keccak_ctx *k, const void *ptr, size_t len) {
    const uint8_t *p = ptr;
    if (len == 0)
        return;
    if (k->tail_len > 0) {
        size_t n = RATE - k->tail_len < len ? RATE - k->tail_len : len;
        memcpy(k->tail + k->tail_len, p, n);
        k->tail_len += n, p += n, len -= n;
        if (k->tail_len < RATE)
            return;
        k->tail_len = absorb(k->state, k->tail, RATE);
    }
    k->tail_len = absorb(k->state, p, len);
    memcpy(k->tail, p + (len - k->tail_len), k->tail_len);
}

void td_keccak_final(td_keccak_ctx *k, td_hash *out) {
    finish(k->state, k->tail, k->tail_len, out);
}
