/* SPDX-License-Identifier: Apache-2.0
 *
 * Ends of a guest's frame and its memory as host functions see it: every access outside one mapped
 * region ends the frame OUT_OF_BOUNDS (contracts-runtime.md 4.1). Prices nothing but output bytes.
 */
#include "pvmenv/pvmenv_private.h"

td_step td_guest_return(td_guest *g, td_exit exit, td_bytes output) {
    g->f->exit = exit;
    g->f->output = output;
    return TD_STEP_DONE;
}

td_step td_guest_stop(td_guest *g, td_exit exit) {
    return td_guest_return(g, exit, (td_bytes){NULL, 0});
}

td_step td_guest_result(td_guest *g, uint64_t value) {
    g->machine.regs[TD_PVM_A0] = value;
    return TD_STEP_NEXT;
}

td_step td_guest_write(td_guest *g, uint8_t **out, uint32_t ptr, uint32_t len) {
    *out = td_pvm_memory_at(&g->machine, ptr, len, true);
    return *out == NULL ? td_guest_stop(g, TD_EXIT_OUT_OF_BOUNDS) : TD_STEP_NEXT;
}

td_step td_guest_read(td_guest *g, const uint8_t **out, uint32_t ptr, uint32_t len) {
    *out = td_pvm_memory_at(&g->machine, ptr, len, false);
    return *out == NULL ? td_guest_stop(g, TD_EXIT_OUT_OF_BOUNDS) : TD_STEP_NEXT;
}

td_step td_guest_put(td_guest *g, uint32_t ptr, const void *bytes, uint32_t len) {
    uint8_t *at;
    TD_TRY(td_guest_write(g, &at, ptr, len));
    if (len != 0)
        memcpy(at, bytes, len);
    return TD_STEP_NEXT;
}

td_step td_guest_put_u256(td_guest *g, uint32_t ptr, const td_u256 *value) {
    uint8_t *at;
    TD_TRY(td_guest_write(g, &at, ptr, 32));
    td_u256_store_le(at, value);
    return TD_STEP_NEXT;
}

td_step td_guest_get_u256(td_guest *g, td_u256 *out, uint32_t ptr) {
    const uint8_t *at;
    TD_TRY(td_guest_read(g, &at, ptr, 32));
    *out = td_u256_load_le(at);
    return TD_STEP_NEXT;
}

td_step td_guest_get_addr(td_guest *g, td_addr *out, uint32_t ptr) {
    const uint8_t *at;
    TD_TRY(td_guest_read(g, &at, ptr, sizeof out->b));
    memcpy(out->b, at, sizeof out->b);
    return TD_STEP_NEXT;
}

td_step td_guest_output(td_guest *g, td_guest_out out, td_bytes data, bool optional) {
    if (optional && out.ptr == TD_SYS_SENTINEL)
        return TD_STEP_NEXT;
    const uint8_t *capacity;
    TD_TRY(td_guest_read(g, &capacity, out.len_ptr, 4));
    uint32_t len = (uint32_t)td_min_u64(td_load_le32(capacity), data.len);
    TD_TRY(td_guest_charge_units(g, TD_TOKEN_COPY, len));
    TD_TRY(td_guest_put(g, out.ptr, data.ptr, len));
    uint8_t written[4];
    td_store_le32(written, len);
    return td_guest_put(g, out.len_ptr, written, sizeof written);
}
