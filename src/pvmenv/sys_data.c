/* SPDX-License-Identifier: Apache-2.0
 *
 * Host functions that move data of the frame: call data in, return data out, the last callee's
 * output, and immutables (contracts-runtime.md 4.3, 2.7).
 */
#include "pvmenv/pvmenv_private.h"

#include "vm/host.h"

td_step td_sys_data_call_data_size(td_guest *g, const uint64_t a[6]) {
    (void)a;
    return td_guest_result(g, g->input_moved ? 0 : g->f->input.len);
}

/* Copies the call data at `offset` to `out`, with zeros past its end. */
static void copy_padded(const td_guest *g, uint8_t *out, size_t len, size_t offset) {
    td_bytes input = g->f->input;
    size_t have = offset < input.len ? td_min_u64(input.len - offset, len) : 0;
    if (have != 0)
        memcpy(out, input.ptr + offset, have);
    memset(out + have, 0, len - have);
}

td_step td_sys_data_call_data_copy(td_guest *g, const uint64_t a[6]) {
    uint32_t len = td_lo32(a[1]);
    TD_TRY(td_guest_charge_units(g, TD_TOKEN_COPY, len));
    if (g->input_moved)
        return td_guest_stop(g, TD_EXIT_INPUT_FORWARDED);
    uint8_t *out;
    TD_TRY(td_guest_write(g, &out, td_lo32(a[0]), len));
    copy_padded(g, out, len, td_lo32(a[2]));
    return TD_STEP_NEXT;
}

/* Byte-reversed, so that the guest reads a native word (4.3). */
td_step td_sys_data_call_data_load(td_guest *g, const uint64_t a[6]) {
    if (g->input_moved)
        return td_guest_stop(g, TD_EXIT_INPUT_FORWARDED);
    uint8_t word_be[32];
    copy_padded(g, word_be, sizeof word_be, td_lo32(a[1]));
    td_u256 word = td_u256_load_be(word_be);
    return td_guest_put_u256(g, td_lo32(a[0]), &word);
}

td_step td_sys_data_return_data_size(td_guest *g, const uint64_t a[6]) {
    (void)a;
    return td_guest_result(g, g->f->return_data.len);
}

td_step td_sys_data_return_data_copy(td_guest *g, const uint64_t a[6]) {
    td_bytes data = g->f->return_data;
    uint32_t offset = td_lo32(a[2]);
    if (offset > data.len)
        return td_guest_stop(g, TD_EXIT_OUT_OF_BOUNDS);
    td_bytes rest = {data.ptr == NULL ? NULL : data.ptr + offset, data.len - offset};
    return td_guest_output(g, (td_guest_out){td_lo32(a[0]), td_lo32(a[1])}, rest, false);
}

/* ReturnFlags (2.8): bit 0 is REVERT, no other may be set. */
td_step td_sys_data_seal_return(td_guest *g, const uint64_t a[6]) {
    uint32_t flags = td_lo32(a[0]), len = td_lo32(a[2]);
    TD_TRY(td_guest_charge_units(g, TD_TOKEN_COPY, len));
    if (len > TD_SYS_CALL_DATA_LEN_MAX)
        return td_guest_stop(g, TD_EXIT_RETURN_DATA_TOO_LARGE);
    const uint8_t *data;
    TD_TRY(td_guest_read(g, &data, td_lo32(a[1]), len));
    if (flags > 1)
        return td_guest_stop(g, TD_EXIT_INVALID_CALL_FLAGS);
    return td_guest_return(g, flags == 1 ? TD_EXIT_REVERT : TD_EXIT_RETURN, TD_BYTES(data, len));
}

/* Keyed by the address whose code runs, so a delegate frame reads its callee's. */
td_step td_sys_data_get_immutable_data(td_guest *g, const uint64_t a[6]) {
    td_token token = g->immutables_warm ? TD_TOKEN_IMMUTABLES_AGAIN : TD_TOKEN_IMMUTABLES_FIRST;
    TD_TRY(td_guest_charge(g, token, TD_SYS_IMMUTABLES_LEN_MAX));
    if (g->f->is_constructor)
        return td_guest_stop(g, TD_EXIT_IMMUTABLE_ACCESS);
    td_bytes data = g->host->immutables_get(g->ctx, &g->f->code_addr);
    if (data.ptr == NULL || data.len == 0)
        return td_guest_stop(g, TD_EXIT_IMMUTABLE_ACCESS);
    TD_ASSERT(data.len <= TD_SYS_IMMUTABLES_LEN_MAX);
    td_guest_refund_units(g, token, TD_SYS_IMMUTABLES_LEN_MAX - data.len);
    g->immutables_warm = true;
    return td_guest_output(g, (td_guest_out){td_lo32(a[0]), td_lo32(a[1])}, data, false);
}

td_step td_sys_data_set_immutable_data(td_guest *g, const uint64_t a[6]) {
    uint32_t len = td_lo32(a[1]);
    if (len > TD_SYS_IMMUTABLES_LEN_MAX)
        return td_guest_stop(g, TD_EXIT_OUT_OF_BOUNDS);
    TD_TRY(td_guest_charge(g, TD_TOKEN_IMMUTABLES_SET, len));
    const uint8_t *data;
    TD_TRY(td_guest_read(g, &data, td_lo32(a[0]), len));
    if (!g->f->is_constructor || len == 0)
        return td_guest_stop(g, TD_EXIT_IMMUTABLE_ACCESS);
    td_bytes old = g->host->immutables_get(g->ctx, &g->f->self);
    int64_t byte_delta = (int64_t)len - (int64_t)old.len;
    TD_TRY(td_guest_deposit(g, byte_delta, old.ptr == NULL ? 1 : 0));
    g->host->immutables_set(g->ctx, &g->f->self, TD_BYTES(data, len));
    return TD_STEP_NEXT;
}
