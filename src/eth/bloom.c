/* SPDX-License-Identifier: Apache-2.0
 *
 * The bloom filter of logs (yellow paper 4.3.1, function M).
 */
#include "crypto/crypto.h"
#include "eth/block.h"

/* An item's three bits: for i of 0, 2, 4 the low 11 bits of the hash's big-endian pair i; bit 0 is
 * the lowest bit of the last byte. */
typedef struct bits {
    uint8_t at[3], mask[3];
} bits;

static bits bits_of(const void *ptr, size_t len) {
    td_hash hash;
    td_keccak256(&hash, ptr, len);
    bits b;
    for (unsigned i = 0; i < 3; i++) {
        unsigned bit = td_load_be16(hash.b + 2 * i) & 2047u;
        b.at[i] = (uint8_t)(255 - bit / 8);
        b.mask[i] = (uint8_t)(1u << bit % 8);
    }
    return b;
}

void td_bloom_add(td_bloom *bloom, const void *ptr, size_t len) {
    bits b = bits_of(ptr, len);
    for (unsigned i = 0; i < 3; i++)
        bloom->b[b.at[i]] |= b.mask[i];
}

void td_bloom_add_log(td_bloom *bloom, const td_log_entry *log) {
    td_bloom_add(bloom, log->addr.b, sizeof log->addr.b);
    for (unsigned i = 0; i < log->topic_count; i++)
        td_bloom_add(bloom, log->topics[i].b, sizeof log->topics[i].b);
}

bool td_bloom_has(const td_bloom *bloom, const void *ptr, size_t len) {
    bits b = bits_of(ptr, len);
    for (unsigned i = 0; i < 3; i++)
        if ((bloom->b[b.at[i]] & b.mask[i]) == 0)
            return false;
    return true;
}
