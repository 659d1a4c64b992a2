/* SPDX-License-Identifier: Apache-2.0
 *
 * What the RLP reader accepts, the writer must make again byte for byte.
 */
#include "codec/rlp.h"

static void rewrite(td_out *out, td_rlp r) {
    td_rlp_item item;
    while (!td_rlp_done(&r)) {
        TD_ASSERT(td_rlp_next(&r, &item) == TD_OK);
        if (!item.is_list) {
            td_rlp_put_bytes(out, item.payload.ptr, item.payload.len);
            continue;
        }
        size_t begin = td_rlp_begin(out);
        rewrite(out, td_rlp_over(item.payload));
        td_rlp_end(out, begin);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    td_rlp r = td_rlp_over((td_bytes){data, len});
    td_u256 wide;
    uint64_t narrow;
    td_rlp a = r, b = r;
    int wide_err = td_rlp_u256(&a, &wide), narrow_err = td_rlp_u64(&b, &narrow);
    TD_ASSERT(narrow_err != TD_OK || (wide_err == TD_OK && wide.w[0] == narrow));
    if (td_rlp_check((td_bytes){data, len}) != TD_OK)
        return 0;
    td_out out;
    td_out_init(&out, len);
    rewrite(&out, r);
    TD_ASSERT(!out.failed && td_bytes_eq(td_out_peek(&out), (td_bytes){data, len}));
    td_out_fini(&out);
    return 0;
}
