/* SPDX-License-Identifier: Apache-2.0
 *
 * Legacy transactions: `v` is 27 or 28, or carries the chain id (EIP-155).
 */
#include "eth/tx_private.h"

enum { V_PLAIN = 27, V_CHAIN = 35 /* v = 35 + parity + 2 * chain id */ };

static int v_read(td_tx *tx) {
    if (tx->sig_v >= V_CHAIN) {
        tx->is_protected = true;
        tx->chain_id = (tx->sig_v - V_CHAIN) / 2;
        tx->sig.y_parity = (tx->sig_v - V_CHAIN) & 1;
        return TD_OK;
    }
    if (tx->sig_v != V_PLAIN && tx->sig_v != V_PLAIN + 1)
        return TD_ERR_SIGNATURE;
    tx->is_protected = false;
    tx->chain_id = 0;
    tx->sig.y_parity = tx->sig_v == V_PLAIN + 1;
    return TD_OK;
}

static int v_make(td_tx *tx) {
    if (tx->is_protected && tx->chain_id > (UINT64_MAX - V_CHAIN - 1) / 2)
        return TD_ERR_RANGE;
    tx->sig_v = tx->sig.y_parity + (tx->is_protected ? V_CHAIN + 2 * tx->chain_id : V_PLAIN);
    return TD_OK;
}

const td_tx_kind td_tx_kind_legacy = {
    .count = 6,
    .fields = {TX_NONCE, TX_GAS_PRICE, TX_GAS_LIMIT, TX_TO, TX_VALUE, TX_DATA},
    .v_read = v_read,
    .v_make = v_make,
};
