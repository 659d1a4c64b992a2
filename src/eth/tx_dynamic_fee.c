/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions of type 2 (EIP-1559).
 */
#include "eth/tx_private.h"

const td_tx_kind td_tx_kind_dynamic_fee = {
    .count = 9,
    .fields = {TX_CHAIN_ID, TX_NONCE, TX_TIP_MAX, TX_FEE_MAX, TX_GAS_LIMIT, TX_TO, TX_VALUE,
               TX_DATA, TX_ACCESS},
    .v_read = td_tx_parity_read,
    .v_make = td_tx_parity_make,
};
