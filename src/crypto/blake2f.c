/* SPDX-License-Identifier: Apache-2.0
 *
 * The compression function F of BLAKE2b (RFC 7693, 3.1 and 3.2), with the
 * number of rounds left to the caller as EIP-152 has it.
 *
 * Ten rounds use each message schedule once; they are written out, so that the
 * compiler sees constant places in the block and keeps the work vector in
 * registers as far as they go.
 */
#include "crypto/crypto.h"

#define ROTR(v, n) ((v) >> (n) | (v) << (64 - (n)))

/* RFC 7693, 2.6: the first 64 bits of the fractions of the square roots of the first 8 primes. */
static const uint64_t iv[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                               0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                               0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

/* RFC 7693, 3.1: mixes two words of the block into a column or a diagonal of the work vector. */
#define MIX(a, b, c, d, x, y)                                                                      \
    do {                                                                                           \
        v[a] += v[b] + m[x];                                                                       \
        v[d] = ROTR(v[d] ^ v[a], 32);                                                              \
        v[c] += v[d];                                                                              \
        v[b] = ROTR(v[b] ^ v[c], 24);                                                              \
        v[a] += v[b] + m[y];                                                                       \
        v[d] = ROTR(v[d] ^ v[a], 16);                                                              \
        v[c] += v[d];                                                                              \
        v[b] = ROTR(v[b] ^ v[c], 63);                                                              \
    } while (0)

/* One round by its row of SIGMA (RFC 7693, 2.7): four columns, four diagonals. */
#define ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, sa, sb, sc, sd, se, sf)                      \
    do {                                                                                           \
        MIX(0, 4, 8, 12, s0, s1);                                                                  \
        MIX(1, 5, 9, 13, s2, s3);                                                                  \
        MIX(2, 6, 10, 14, s4, s5);                                                                 \
        MIX(3, 7, 11, 15, s6, s7);                                                                 \
        MIX(0, 5, 10, 15, s8, s9);                                                                 \
        MIX(1, 6, 11, 12, sa, sb);                                                                 \
        MIX(2, 7, 8, 13, sc, sd);                                                                  \
        MIX(3, 4, 9, 14, se, sf);                                                                  \
        if (--rounds == 0)                                                                         \
            return;                                                                                \
    } while (0)

/* `rounds` (at least 1) rounds over the work vector v and the block m. */
static void run_rounds(uint64_t v[16], const uint64_t m[16], uint32_t rounds) {
    for (;;) {
        ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
        ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
        ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
        ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
        ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
        ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
        ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
        ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
        ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);
    }
}

void td_blake2f(uint8_t state[64], const uint8_t block[128], const uint8_t count[16], bool last,
                uint32_t rounds) {
    uint64_t v[16], m[16];
    for (size_t i = 0; i < 8; i++) {
        v[i] = td_load_le64(state + 8 * i);
        v[i + 8] = iv[i];
    }
    for (size_t i = 0; i < 16; i++)
        m[i] = td_load_le64(block + 8 * i);
    v[12] ^= td_load_le64(count);
    v[13] ^= td_load_le64(count + 8);
    if (last)
        v[14] = ~v[14];
    if (rounds > 0)
        run_rounds(v, m, rounds);
    for (size_t i = 0; i < 8; i++)
        td_store_le64(state + 8 * i, td_load_le64(state + 8 * i) ^ v[i] ^ v[i + 8]);
}
