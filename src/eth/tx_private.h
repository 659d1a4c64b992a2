/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of transactions share. A type is a constant td_tx_kind: the
 * order of its fields in the wire form, and what its `v` means.
 */
#ifndef TD_ETH_TX_PRIVATE_H
#define TD_ETH_TX_PRIVATE_H

#include "codec/rlp.h"
#include "eth/tx.h"

/* The fields wire forms are made of. */
typedef enum tx_field {
    TX_CHAIN_ID,
    TX_NONCE,
    TX_GAS_PRICE,
    TX_TIP_MAX,
    TX_FEE_MAX,
    TX_GAS_LIMIT,
    TX_TO,
    TX_VALUE,
    TX_DATA,
    TX_ACCESS,
} tx_field;

enum { TX_FIELDS_MAX = 12 /* unsigned fields of the richest type */, TX_SIG_FIELDS = 3 };

typedef struct td_tx_kind {
    uint8_t count;
    uint8_t fields[TX_FIELDS_MAX]; /* tx_field, the unsigned part in wire order */
    /* From tx->sig_v as read: sets sig.y_parity and what else v says. Returns 0 or
     * TD_ERR_SIGNATURE. */
    int (*v_read)(td_tx *tx);
    /* Sets tx->sig_v from the parity. Returns 0 or TD_ERR_RANGE for a chain id that v cannot hold.
     */
    int (*v_make)(td_tx *tx);
} td_tx_kind;

#define TD_TX(TYPE, NAME, since, name, suffix) extern const td_tx_kind td_tx_kind_##suffix;
#include "eth/tx_types.def"
#undef TD_TX

/* The rules of `v` of all EIP-2718 types: it is the parity. */
int td_tx_parity_read(td_tx *tx);
int td_tx_parity_make(td_tx *tx);

/* Reads field `f` of the transaction. Returns 0 or a td_err, with a sentence in `diag`. */
TD_MUST_USE
int td_tx_field_read(td_tx *tx, td_arena *a, td_diag *diag, tx_field f, td_rlp *fields);
void td_tx_field_write(td_out *out, const td_tx *tx, tx_field f);
/* Puts a failed read into words. Returns `err`. */
int td_tx_field_bad(td_diag *diag, int err, const char *field);

#endif
