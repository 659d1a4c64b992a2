/* SPDX-License-Identifier: Apache-2.0
 *
 * 0x05: base ^ exponent mod modulus over numbers of any length (EIP-198), on
 * GMP. The price has changed twice (EIP-2565, EIP-7883): a row a fork.
 */
#include "precompile/limits.h"
#include "precompile/precompile_private.h"

#include <gmp.h>

typedef struct lens {
    uint64_t base, exponent, modulus; /* bytes; UINT64_MAX for all that do not fit */
} lens;

typedef struct price {
    td_fork since;
    uint64_t (*complexity)(uint64_t len); /* of a multiplication; UINT64_MAX when it does not fit */
    uint64_t exponent_byte; /* iterations for a byte of the exponent past the first 32 */
    uint64_t divisor, least;
} price;

static uint64_t fit(td_u128 v) {
    return v > UINT64_MAX ? UINT64_MAX : (uint64_t)v;
}

static uint64_t complexity_198(uint64_t len) {
    td_u128 x = len;
    if (len <= 64)
        return len * len;
    if (len <= 1024)
        return len * len / 4 + 96 * len - 3072;
    return fit(x * x / 16 + 480 * x - 199680);
}

static td_u128 words_squared(uint64_t len) {
    td_u128 words = len / 8 + (len % 8 != 0);
    return words * words;
}

static uint64_t complexity_2565(uint64_t len) {
    return fit(words_squared(len));
}

static uint64_t complexity_7883(uint64_t len) {
    return len <= 32 ? 16 : fit(2 * words_squared(len));
}

static const price prices[] = {
    {TD_FORK_BYZANTIUM, complexity_198, 8, 20, 0},
    {TD_FORK_BERLIN, complexity_2565, 8, 3, 200},
    {TD_FORK_OSAKA, complexity_7883, 16, 1, 500},
};

static const price *price_of(td_fork fork) {
    size_t i = TD_COUNT(prices) - 1;
    while (i > 0 && fork < prices[i].since)
        i--;
    return &prices[i];
}

static uint64_t read_len(td_bytes input, size_t at) {
    uint8_t word[32];
    td_pc_read(word, sizeof word, input, at);
    td_u256 v = td_u256_load_be(word);
    return td_u256_sat_u64(&v);
}

static lens read_lens(td_bytes input) {
    return (lens){read_len(input, 0), read_len(input, 32), read_len(input, 64)};
}

/* The exponent's share: its bit length, from its first 32 bytes and the count of the rest (EIP-198:
 * ADJUSTED_EXPONENT_LENGTH), at least 1. */
static uint64_t iterations(const lens *l, td_bytes input, uint64_t exponent_byte) {
    size_t head_len = l->exponent < 32 ? (size_t)l->exponent : 32;
    uint8_t head[32];
    size_t at = l->base < input.len ? 96 + (size_t)l->base : input.len;
    td_pc_read(head, head_len, input, at);
    td_u256 v = td_u256_load_be_short(head, head_len);
    unsigned bits = td_u256_bit_len(&v);
    uint64_t count = bits > 1 ? bits - 1 : 0;
    if (l->exponent > 32)
        count = td_add_sat(count, td_mul_sat(exponent_byte, l->exponent - 32));
    return count == 0 ? 1 : count;
}

int64_t td_pc_modexp_gas(td_bytes input, td_fork fork) {
    const price *p = price_of(fork);
    lens l = read_lens(input);
    uint64_t complexity = p->complexity(td_max_u64(l.base, l.modulus));
    if (complexity == 0) /* nothing to compute, whatever the exponent's length */
        return (int64_t)p->least;
    if (l.base > TD_PC_MODEXP_OPERAND_LEN_MAX || l.modulus > TD_PC_MODEXP_OPERAND_LEN_MAX ||
        l.exponent > TD_PC_MODEXP_EXPONENT_LEN_MAX)
        return INT64_MAX;
    td_u128 gas = (td_u128)complexity * iterations(&l, input, p->exponent_byte) / p->divisor;
    return gas > INT64_MAX ? INT64_MAX : (int64_t)td_max_u64((uint64_t)gas, p->least);
}

/* The number in `len` bytes of the input from `at`; what is missing counts as zeros at its low end.
 */
static void import(mpz_t out, td_bytes input, uint64_t at, uint64_t len) {
    mpz_init(out);
    size_t have = at < input.len ? (size_t)td_min_u64(len, input.len - at) : 0;
    if (have == 0)
        return;
    mpz_import(out, have, 1, 1, 1, 0, input.ptr + at);
    mpz_mul_2exp(out, out, 8 * (len - have));
}

int td_pc_modexp_run(td_bytes input, td_fork fork, td_out *out) {
    lens l = read_lens(input);
    if (fork >= TD_FORK_OSAKA &&
        td_max_u64(td_max_u64(l.base, l.exponent), l.modulus) > TD_PC_MODEXP_LEN_MAX_OSAKA)
        return TD_ERR_INVALID;
    if (l.modulus == 0)
        return 0;
    uint8_t *result = td_out_room(out, (size_t)l.modulus);
    if (result == NULL)
        return 0; /* out->failed tells */
    memset(result, 0, (size_t)l.modulus);
    mpz_t base, exponent, modulus;
    import(base, input, 96, l.base);
    import(exponent, input, 96 + l.base, l.exponent);
    import(modulus, input, 96 + l.base + l.exponent, l.modulus);
    if (mpz_sgn(modulus) != 0) { /* x mod 0 is 0 here (EIP-198) */
        mpz_powm(base, base, exponent, modulus);
        size_t len = (mpz_sizeinbase(base, 2) + 7) / 8;
        if (mpz_sgn(base) != 0)
            mpz_export(result + l.modulus - len, NULL, 1, 1, 1, 0, base);
    }
    mpz_clears(base, exponent, modulus, NULL);
    return 0;
}
