/* SPDX-License-Identifier: Apache-2.0
 *
 * What the decoder of transactions accepts, the encoder must make again.
 */
#include "eth/tx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    td_arena a;
    td_arena_init(&a, 1 << 14, 1 << 24);
    td_tx tx, copy;
    td_diag diag = {0};
    td_bytes raw = {data, len};
    int err = td_tx_decode(&tx, &a, &diag, raw);
    if (err == TD_OK) {
        td_hash hash = tx.hash;
        TD_ASSERT(td_tx_copy(&copy, &a, &tx) == TD_OK);
        TD_ASSERT(td_tx_encode(&copy, &a) == TD_OK);
        TD_ASSERT(td_bytes_eq(copy.raw, raw) && td_hash_eq(&copy.hash, &hash));
    } else {
        TD_ASSERT(diag.text[0] != 0);
    }
    td_arena_fini(&a);
    return 0;
}
