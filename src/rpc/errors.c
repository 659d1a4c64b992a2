/* SPDX-License-Identifier: Apache-2.0
 *
 * The one place where statuses and exits become JSON-RPC errors, in geth's
 * codes and words.
 */
#include "rpc/rpc_private.h"

int rpc_code_of(int err) {
    switch (err) {
    case TD_ERR_ARGS: return RPC_INVALID_PARAMS;
    case TD_ERR_METHOD: return RPC_METHOD_NOT_FOUND;
    case TD_ERR_REVERTED: return RPC_REVERTED;
    case TD_ERR_NOMEM:
    case TD_ERR_IO:
    case TD_ERR_CORRUPT: return RPC_INTERNAL;
    default: return RPC_SERVER_ERROR;
    }
}

int rpc_bad_param(rpc_call *q, size_t index, const char *why) {
    return td_diag_set(&q->diag, TD_ERR_ARGS, "invalid argument %zu: %s", index, why);
}

/* Panic(uint256) codes of Solidity, in geth's words. */
static const struct {
    uint8_t code;
    const char *text;
} panics[] = {
    {0x00, "generic panic"},
    {0x01, "assert(false)"},
    {0x11, "arithmetic underflow or overflow"},
    {0x12, "division or modulo by zero"},
    {0x21, "enum overflow"},
    {0x22, "invalid encoded storage byte array accessed"},
    {0x31, "out-of-bounds array access; popping on an empty array"},
    {0x32, "out-of-bounds access of an array or bytesN"},
    {0x41, "out of memory"},
    {0x51, "uninitialized function"},
};

static void panic_text(td_diag *out, const uint8_t *word) {
    td_u256 code = td_u256_load_be(word);
    for (size_t i = 0; i < TD_COUNT(panics); i++)
        if (td_u256_fits_u64(&code) && code.w[0] == panics[i].code) {
            (void)td_diag_set(out, 0, "execution reverted: %s", panics[i].text);
            return;
        }
    (void)td_diag_set(out, 0, "execution reverted: unknown panic code: 0x%llx",
                      (unsigned long long)code.w[0]);
}

/* Error(string): offset 32, length, text. Control characters stay: the JSON writer escapes them. */
static void reason_text(td_diag *out, td_bytes body) {
    td_u256 offset = td_u256_load_be(body.ptr), len = td_u256_load_be(body.ptr + 32);
    if (!td_u256_fits_u64(&offset) || offset.w[0] != 32 || !td_u256_fits_u64(&len) ||
        len.w[0] > body.len - 64)
        return;
    (void)td_diag_set(out, 0, "execution reverted: %.*s", (int)td_min_u64(len.w[0], 400),
                      (const char *)body.ptr + 64);
}

static void revert_text(td_diag *out, td_bytes data) {
    (void)td_diag_set(out, 0, "execution reverted");
    if (data.len >= 36 && td_load_be32(data.ptr) == 0x4e487b71)
        panic_text(out, data.ptr + 4);
    else if (data.len >= 68 && td_load_be32(data.ptr) == 0x08c379a0)
        reason_text(out, TD_BYTES(data.ptr + 4, data.len - 4));
}

int rpc_execution_failed(rpc_call *q, const td_exec_result *result) {
    if (result->exit != TD_EXIT_REVERT)
        return td_diag_set(&q->diag, TD_ERR_INVALID, "%s", td_exit_text(result->exit));
    revert_text(&q->diag, result->output);
    q->data = result->output;
    q->has_data = true;
    return TD_ERR_REVERTED;
}
