/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target of the engine: byte 0 chooses the fork, byte 1 flags and the
 * length of the call data, two bytes the gas, then call data and code. What
 * must hold: gas never grows past what was given, memory stays within its
 * bounds, an ended frame has an exit, a second run is equal.
 */
#include "evm/evm_private.h"
#include "evm/mock_host.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_LEN = 4, REGION_LEN = 4 << 20, RETURN_LEN = 100 };

typedef struct outcome {
    int64_t gas;
    td_exit exit;
    td_hash output;
} outcome;

static outcome run_once(td_region *region, const td_code *code, const td_env *env, td_bytes input,
                        int64_t gas, bool is_static) {
    static td_ctx ctx;
    static const uint8_t returned[RETURN_LEN] = {1, 2, 3};
    ctx = (td_ctx){0};
    td_frame f = {.code = code, .env = env, .gas = gas, .input = input, .is_static = is_static};
    f.memory = region;
    f.memory_max = REGION_LEN;
    td_act act;
    while ((act = TD_EVM.run(&f, &MOCK_HOST, &ctx)) != TD_ACT_DONE) {
        TD_ASSERT(f.gas >= 0 && f.gas <= gas && region->len <= REGION_LEN);
        uint8_t sum = 0; /* the input is readable */
        for (size_t i = 0; i < f.request.input.len; i++)
            sum ^= f.request.input.ptr[i];
        f.return_data = TD_BYTES(returned, sum % RETURN_LEN);
        f.gas -= f.gas / 2;
        f.reply = (td_reply){(td_exit)(sum % TD_EXIT_COUNT), true, {{sum}}};
    }
    TD_ASSERT(f.gas >= 0 && f.gas <= gas && f.exit < TD_EXIT_COUNT);
    outcome o = {.gas = f.gas, .exit = f.exit};
    td_keccak256(&o.output, f.output.ptr, f.output.len);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static td_region region;
    if (region.base == NULL && td_region_init(&region, REGION_LEN) != 0)
        abort();
    if (size < HEAD_LEN)
        return 0;
    td_fork fork = (td_fork)(data[0] % TD_FORK_COUNT);
    size_t input_len = td_min_u64(data[1] >> 1, size - HEAD_LEN);
    int64_t gas = td_load_le16(data + 2) * INT64_C(4);
    td_env env = {.fork = fork, .chain_id = 1, .number = 300, .gas_limit = 30000000};
    td_bytes input = TD_BYTES(data + HEAD_LEN, input_len);
    td_bytes bytes = TD_BYTES(data + HEAD_LEN + input_len, size - HEAD_LEN - input_len);
    td_hash hash = {0};
    td_code *code;
    if (TD_EVM.prepare(&code, bytes, &hash, fork) != 0)
        abort();
    TD_ASSERT(code->size <= 40 * bytes.len + 4096);
    outcome a = run_once(&region, code, &env, input, gas, data[1] & 1);
    memset(region.base, 0x5a, REGION_LEN / 64); /* old contents must not show */
    outcome b = run_once(&region, code, &env, input, gas, data[1] & 1);
    TD_ASSERT(a.gas == b.gas && a.exit == b.exit && td_hash_eq(&a.output, &b.output));
    TD_EVM.release(code);
    return 0;
}
