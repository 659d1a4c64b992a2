/* SPDX-License-Identifier: Apache-2.0
 *
 * What the JSON reader accepts, the writer writes as JSON again, and reading
 * that gives the same text once more.
 */
#include "codec/json.h"

static void write(td_out *out, const td_json *j) {
    td_jsonw w;
    td_out_init(out, SIZE_MAX / 2);
    td_jsonw_init(&w, out);
    td_jsonw_json(&w, j);
    TD_ASSERT(!out->failed && w.depth == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    td_json *first, *second;
    td_diag diag = {0};
    if (td_json_parse(&first, &diag, (td_bytes){data, len}, 1 << 20) != TD_OK) {
        TD_ASSERT(first == NULL && diag.text[0] != 0);
        return 0;
    }
    td_out once, twice;
    write(&once, first);
    TD_ASSERT(td_json_parse(&second, &diag, td_out_peek(&once), SIZE_MAX) == TD_OK);
    write(&twice, second);
    TD_ASSERT(td_bytes_eq(td_out_peek(&once), td_out_peek(&twice)));
    td_out_fini(&once);
    td_out_fini(&twice);
    td_json_free(first);
    td_json_free(second);
    return 0;
}
