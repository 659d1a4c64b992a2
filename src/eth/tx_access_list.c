/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions of type 1 (EIP-2930).
 */
#include "eth/tx_private.h"

const td_tx_kind td_tx_kind_access_list = {
    .count = 8,
    .fields = {TX_CHAIN_ID, TX_NONCE, TX_GAS_PRICE, TX_GAS_LIMIT, TX_TO, TX_VALUE, TX_DATA,
               TX_ACCESS},
    .v_read = td_tx_parity_read,
    .v_make = td_tx_parity_make,
};
