/* SPDX-License-Identifier: Apache-2.0
 *
 * What reader and writer share: the check of the text before the tree is made.
 */
#ifndef TD_CODEC_JSON_PRIVATE_H
#define TD_CODEC_JSON_PRIVATE_H

#include "codec/json.h"

/* Checks every token of `text` against RFC 8259, and the depth; says nothing of their order.
 * Returns as td_json_parse. */
TD_MUST_USE
int td_json_scan(td_diag *diag, td_bytes text);
/* The length in bytes of the UTF-8 character at `p` (Unicode 15, table 3-7) of `len` >= 1 bytes, or
 * 0 when it is none. */
size_t td_utf8_len(const uint8_t *p, size_t len);

#endif
