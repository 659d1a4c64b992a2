/* SPDX-License-Identifier: Apache-2.0
 *
 * What follows from a transaction's fields alone: its price, the gas before its
 * first instruction (prices.def), and the addresses that creation gives.
 */
#include "eth/tx.h"

#include "codec/hex.h"
#include "codec/rlp.h"

td_u256 td_tx_price(const td_tx *tx, const td_u256 *base_fee) {
    td_u256 price;
    if (td_u256_add(&price, base_fee, &tx->tip_max) || td_u256_lt(&tx->fee_max, &price))
        return tx->fee_max;
    return price;
}

typedef enum price {
    PRICE_TX,
    PRICE_CREATE,
    PRICE_DATA_ZERO,
    PRICE_DATA_NONZERO,
    PRICE_ACCESS_ADDR,
    PRICE_ACCESS_KEY,
    PRICE_INIT_WORD,
    PRICE_FLOOR_TOKEN,
    PRICE_COUNT
} price;

static const struct {
    uint8_t price, since;
    uint16_t gas;
} price_rows[] = {
#define TD_PRICE(NAME, since, gas) {PRICE_##NAME, TD_FORK_##since, gas},
#include "eth/prices.def"
#undef TD_PRICE
};

enum { WORD_LEN = 32, NONZERO_TOKENS = 4 /* EIP-7623 */ };

/* The newest row that `fork` knows, of each price; 0 without one. */
static void prices_of(uint64_t prices[PRICE_COUNT], td_fork fork) {
    memset(prices, 0, PRICE_COUNT * sizeof prices[0]);
    for (size_t i = 0; i < TD_COUNT(price_rows); i++)
        if (price_rows[i].since <= fork)
            prices[price_rows[i].price] = price_rows[i].gas;
}

static uint64_t zeros_count(td_bytes data) {
    uint64_t zeros = 0;
    for (size_t i = 0; i < data.len; i++)
        zeros += data.ptr[i] == 0;
    return zeros;
}

/* units * price more, saturating. */
static void charge(uint64_t *gas, uint64_t units, uint64_t unit_price) {
    *gas = td_add_sat(*gas, td_mul_sat(units, unit_price));
}

td_tx_gas td_tx_gas_needed(const td_tx *tx, td_fork fork, bool blob) {
    uint64_t prices[PRICE_COUNT];
    prices_of(prices, fork);
    uint64_t zeros = zeros_count(tx->data), others = tx->data.len - zeros;
    td_tx_gas gas = {.intrinsic = prices[PRICE_TX]};
    charge(&gas.intrinsic, zeros, prices[PRICE_DATA_ZERO]);
    charge(&gas.intrinsic, others, prices[PRICE_DATA_NONZERO]);
    charge(&gas.intrinsic, tx->access_count, prices[PRICE_ACCESS_ADDR]);
    for (size_t i = 0; i < tx->access_count; i++)
        charge(&gas.intrinsic, tx->access[i].key_count, prices[PRICE_ACCESS_KEY]);
    if (tx->create) {
        charge(&gas.intrinsic, 1, prices[PRICE_CREATE]);
        if (!blob)
            charge(&gas.intrinsic, (tx->data.len + WORD_LEN - 1) / WORD_LEN,
                   prices[PRICE_INIT_WORD]);
    }
    if (prices[PRICE_FLOOR_TOKEN] != 0) {
        gas.floor = prices[PRICE_TX];
        charge(&gas.floor, zeros + NONZERO_TOKENS * others, prices[PRICE_FLOOR_TOKEN]);
    }
    return gas;
}

static td_addr addr_of_hash(const td_hash *hash) {
    td_addr addr;
    memcpy(addr.b, hash->b + 12, sizeof addr.b);
    return addr;
}

td_addr td_create_addr(const td_addr *sender, uint64_t nonce) {
    uint8_t room[32]; /* 1 for the list, 21 for the sender, at most 9 for the nonce */
    td_out out = {.ptr = room, .capacity = sizeof room, .len_max = sizeof room};
    size_t begin = td_rlp_begin(&out);
    td_rlp_put_bytes(&out, sender->b, sizeof sender->b);
    td_rlp_put_u64(&out, nonce);
    td_rlp_end(&out, begin);
    td_hash hash = td_keccak(td_out_peek(&out));
    return addr_of_hash(&hash);
}

td_addr td_create2_addr(const td_addr *sender, const td_hash *salt, const td_hash *code_hash) {
    uint8_t text[1 + 20 + 32 + 32] = {0xff}; /* EIP-1014 */
    memcpy(text + 1, sender->b, 20);
    memcpy(text + 21, salt->b, 32);
    memcpy(text + 53, code_hash->b, 32);
    td_hash hash = td_keccak(TD_BYTES(text, sizeof text));
    return addr_of_hash(&hash);
}

void td_addr_checksum(char out[43], const td_addr *addr) {
    memcpy(out, "0x", 2);
    td_hex_put(out + 2, addr->b, sizeof addr->b);
    out[42] = 0;
    td_hash hash = td_keccak(TD_BYTES(out + 2, 40));
    for (size_t i = 0; i < 40; i++) {
        unsigned nibble = hash.b[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15;
        if (out[2 + i] > '9' && nibble > 7)
            out[2 + i] = (char)(out[2 + i] - 'a' + 'A');
    }
}
