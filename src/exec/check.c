/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a transaction may be in a block at all, in geth's order and words.
 * Changes nothing.
 */
#include "exec/exec_private.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct check {
    td_state *s;
    const td_exec_block *block;
    const td_tx *tx;
    unsigned flags;
    td_diag *diag;
    char sender[43];
} check;

typedef struct dec {
    char text[80];
} dec;

static dec dec_of(const td_u256 *v) {
    dec d;
    (void)td_u256_print_dec(d.text, v);
    return d;
}

static td_fork fork_of(const check *k) {
    return k->block->env.fork;
}
static bool simulated(const check *k) {
    return (k->flags & TD_EXEC_SIMULATE) != 0;
}

static int check_type(const check *k) {
    const td_tx *tx = k->tx;
    bool known = tx->type == TD_TX_LEGACY ||
                 (tx->type == TD_TX_ACCESS_LIST && fork_of(k) >= TD_FORK_BERLIN) ||
                 (tx->type == TD_TX_DYNAMIC_FEE && fork_of(k) >= TD_FORK_LONDON);
    if (!known && !simulated(k))
        return td_diag_set(k->diag, TD_ERR_TX_TYPE, "transaction type not supported: %u", tx->type);
    if (tx->is_protected && !tx->impersonated && !simulated(k) &&
        tx->chain_id != k->block->env.chain_id)
        return td_diag_set(k->diag, TD_ERR_CHAIN_ID,
                           "invalid chain id for signer: have %" PRIu64 " want %" PRIu64,
                           tx->chain_id, k->block->env.chain_id);
    return 0;
}

static int check_nonce(const check *k) {
    uint64_t nonce = td_state_nonce(k->s, &k->tx->sender);
    if (!simulated(k) && k->tx->nonce < nonce)
        return td_diag_set(k->diag, TD_ERR_NONCE_LOW,
                           "nonce too low: address %s, tx: %" PRIu64 " state: %" PRIu64, k->sender,
                           k->tx->nonce, nonce);
    if (!simulated(k) && k->tx->nonce > nonce)
        return td_diag_set(k->diag, TD_ERR_NONCE_HIGH,
                           "nonce too high: address %s, tx: %" PRIu64 " state: %" PRIu64, k->sender,
                           k->tx->nonce, nonce);
    if (nonce == UINT64_MAX) /* EIP-2681 */
        return td_diag_set(k->diag, TD_ERR_NONCE_MAX,
                           "nonce has max value: address %s, nonce: %" PRIu64, k->sender, nonce);
    return 0;
}

/* EIP-7825, EIP-3607, EIP-1559. */
static int check_sender(const check *k) {
    const td_tx *tx = k->tx;
    if (simulated(k))
        return 0;
    if (fork_of(k) >= TD_FORK_OSAKA && tx->gas_limit > TD_EXEC_TX_GAS_MAX)
        return td_diag_set(k->diag, TD_ERR_GAS_CAP,
                           "transaction gas limit too high (cap: %d, tx: %" PRIu64 ")",
                           TD_EXEC_TX_GAS_MAX, tx->gas_limit);
    td_bytes code = td_state_code(k->s, &tx->sender);
    td_addr target;
    if (code.len != 0 && !tx->impersonated && !td_exec_delegate_of(code, fork_of(k), &target)) {
        td_hash hash = td_state_account_peek(k->s, &tx->sender)->code_hash;
        char text[65];
        for (size_t i = 0; i < sizeof hash.b; i++)
            (void)snprintf(text + 2 * i, 3, "%02x", hash.b[i]);
        return td_diag_set(k->diag, TD_ERR_SENDER_NOT_EOA,
                           "sender not an eoa: address %s, codehash: 0x%s", k->sender, text);
    }
    if (fork_of(k) < TD_FORK_LONDON)
        return 0;
    if (td_u256_lt(&tx->fee_max, &tx->tip_max))
        return td_diag_set(k->diag, TD_ERR_TIP_ABOVE_CAP,
                           "max priority fee per gas higher than max fee per gas: address %s, "
                           "maxPriorityFeePerGas: %s, maxFeePerGas: %s",
                           k->sender, dec_of(&tx->tip_max).text, dec_of(&tx->fee_max).text);
    if (td_u256_lt(&tx->fee_max, &k->block->env.base_fee))
        return td_diag_set(
            k->diag, TD_ERR_FEE_CAP_LOW,
            "max fee per gas less than block base fee: address %s, maxFeePerGas: %s, baseFee: %s",
            k->sender, dec_of(&tx->fee_max).text, dec_of(&k->block->env.base_fee).text);
    return 0;
}

/* Gas at the highest price and the value, in 512 bits. A simulation pays for its value only. */
static int check_funds(const check *k) {
    const td_tx *tx = k->tx;
    td_u256 want = tx->value, balance = td_state_balance(k->s, &tx->sender);
    if (simulated(k)) {
        if (td_u256_lt(&balance, &want))
            return td_diag_set(k->diag, TD_ERR_FUNDS,
                               "insufficient funds for gas * price + value: address %s have "
                               "%s want %s",
                               k->sender, dec_of(&balance).text, dec_of(&want).text);
        return 0;
    }
    td_u256 limit = td_u256_from(tx->gas_limit), fee;
    bool wide = td_u256_mul_overflow(&fee, &limit, &tx->fee_max);
    if (wide || td_u256_add(&want, &want, &fee))
        return td_diag_set(k->diag, TD_ERR_FUNDS,
                           "insufficient funds for gas * price + value: address %s required "
                           "balance exceeds 256 bits",
                           k->sender);
    if (td_u256_lt(&balance, &want))
        return td_diag_set(k->diag, TD_ERR_FUNDS,
                           "insufficient funds for gas * price + value: address %s have %s want %s",
                           k->sender, dec_of(&balance).text, dec_of(&want).text);
    return 0;
}

static int check_gas(const check *k, uint64_t gas_left_in_block) {
    const td_tx *tx = k->tx;
    if (tx->gas_limit > INT64_MAX || (!simulated(k) && tx->gas_limit > gas_left_in_block))
        return td_diag_set(k->diag, TD_ERR_GAS_LIMIT,
                           "exceeds block gas limit: tx gas limit %" PRIu64
                           ", left in block %" PRIu64,
                           tx->gas_limit, gas_left_in_block);
    td_tx_gas need = td_tx_gas_needed(tx, fork_of(k), td_exec_tx_is_blob(&k->block->env, tx));
    if (tx->gas_limit < need.intrinsic)
        return td_diag_set(k->diag, TD_ERR_GAS_INTRINSIC,
                           "intrinsic gas too low: have %" PRIu64 ", want %" PRIu64, tx->gas_limit,
                           need.intrinsic);
    if (tx->gas_limit < need.floor)
        return td_diag_set(k->diag, TD_ERR_GAS_FLOOR,
                           "insufficient gas for floor data gas cost: have %" PRIu64
                           ", want %" PRIu64,
                           tx->gas_limit, need.floor);
    return 0;
}

static int check_code(const check *k) {
    const td_tx *tx = k->tx;
    if (!tx->create)
        return 0;
    if (td_exec_tx_is_blob(&k->block->env,
                           tx)) { /* contracts-runtime.md 2.1; a dry run takes it all as code */
        if (!simulated(k) && td_exec_blob_len(tx->data) == 0)
            return td_diag_set(k->diag, TD_ERR_INVALID,
                               "PolkaVM blob cut short: its header declares more than the %zu "
                               "bytes of the data, or "
                               "no length at all",
                               tx->data.len);
        return 0;
    }
    if (fork_of(k) >= TD_FORK_SHANGHAI && tx->data.len > TD_EXEC_EVM_INITCODE_LEN_MAX)
        return td_diag_set(k->diag, TD_ERR_INITCODE_SIZE,
                           "max initcode size exceeded: code size %zu, limit %d", tx->data.len,
                           TD_EXEC_EVM_INITCODE_LEN_MAX);
    return 0;
}

int td_exec_check(td_state *s, const td_exec_block *block, const td_tx *tx, unsigned flags,
                  uint64_t gas_left_in_block, td_diag *diag) {
    check k = {.s = s, .block = block, .tx = tx, .flags = flags, .diag = diag};
    td_addr_checksum(k.sender, &tx->sender);
    int err = check_type(&k);
    if (err == 0)
        err = check_nonce(&k);
    if (err == 0)
        err = check_sender(&k);
    if (err == 0)
        err = check_gas(&k, gas_left_in_block);
    if (err == 0)
        err = check_code(&k);
    if (err == 0)
        err = check_funds(&k);
    int failed = td_state_error(s);
    return failed < 0 ? failed : err;
}
