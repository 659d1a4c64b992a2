/* SPDX-License-Identifier: Apache-2.0
 *
 * Hexadecimal text as JSON-RPC writes it: "data" has two digits a byte,
 * "quantities" have no leading zeros (execution-apis: base types).
 *
 * Threads: pure functions.
 */
#ifndef TD_CODEC_HEX_H
#define TD_CODEC_HEX_H

#include "base/mem.h"
#include "num/u256.h"

/* Writes 2 * len digits, no 0x, no NUL. */
void td_hex_put(char *out, const void *ptr, size_t len);
/* Decodes exactly 2 * len digits of text; false when one is no digit. */
bool td_hex_get(void *out, const char *text, size_t len);
/* Decodes text of any even length with or without 0x; white space at the end is skipped. The bytes
 * live in the arena. Returns 0, TD_ERR_FORMAT, TD_ERR_LIMIT past `len_max` bytes or TD_ERR_NOMEM.
 */
TD_MUST_USE
int td_hex_decode(td_arena *a, td_bytes *out, const char *text, size_t text_len, size_t len_max);
/* EIP-55 needs keccak and lives in eth; this parses 0x and 40 digits of any case. */
bool td_hex_addr(td_addr *out, const char *text, size_t text_len);
bool td_hex_hash(td_hash *out, const char *text, size_t text_len);
/* A quantity: 0x and 1 to 64 digits. Leading zeros are accepted (geth refuses them, but ethers and
 * anvil users send them), an empty "0x" is not. Returns 0, TD_ERR_FORMAT or TD_ERR_RANGE. */
TD_MUST_USE
int td_hex_u256(td_u256 *out, const char *text, size_t text_len);
TD_MUST_USE
int td_hex_u64(uint64_t *out, const char *text, size_t text_len);

#endif
