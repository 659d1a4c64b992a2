/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs code files in the engine alone and prints gas, output and the median
 * time: `bench_evm CODE.hex INPUT.hex [rounds]`. Cancun rules, fresh storage,
 * code prepared once outside the measured time. Not part of the build.
 */
#define _GNU_SOURCE
#include "evm/mock_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static size_t read_hex(const char *path, uint8_t **out) {
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        exit(1);
    size_t len = 0, capacity = 1 << 20;
    uint8_t *bytes = malloc(capacity);
    unsigned byte;
    int c = fgetc(f);
    if (c != '0' || (c = fgetc(f)) != 'x')
        rewind(f);
    while (bytes != NULL && len < capacity && fscanf(f, "%2x", &byte) == 1)
        bytes[len++] = (uint8_t)byte;
    (void)fclose(f);
    *out = bytes;
    return len;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now_ms(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

int main(int argc, char **argv) {
    enum { ROUNDS_MAX = 10000 };
    static double ms[ROUNDS_MAX];
    static td_ctx ctx;
    uint8_t *code_bytes, *input_bytes;
    if (argc < 3)
        return 2;
    size_t code_len = read_hex(argv[1], &code_bytes), input_len = read_hex(argv[2], &input_bytes);
    int rounds = argc > 3 ? atoi(argv[3]) : 11;
    td_region region;
    td_code *code;
    td_hash hash = {0};
    if (rounds < 1 || rounds > ROUNDS_MAX || td_region_init(&region, 256 << 20) != 0)
        return 1;
    double start = now_ms();
    if (TD_EVM.prepare(&code, TD_BYTES(code_bytes, code_len), &hash, TD_FORK_CANCUN) != 0)
        return 1;
    double prepare_ms = now_ms() - start;
    td_env env = {.fork = TD_FORK_CANCUN, .chain_id = 1, .number = 1, .gas_limit = 1 << 30};
    td_frame f;
    const int64_t gas = INT64_C(1) << 40;
    for (int i = 0; i < rounds; i++) {
        ctx = (td_ctx){0};
        f = (td_frame){.code = code, .env = &env, .gas = gas, .memory = &region};
        f.input = TD_BYTES(input_bytes, input_len);
        f.memory_max = region.len_max;
        start = now_ms();
        (void)TD_EVM.run(&f, &MOCK_HOST, &ctx);
        ms[i] = now_ms() - start;
    }
    qsort(ms, (size_t)rounds, sizeof ms[0], by_value);
    printf("gas %lld exit %d prepare %.3f ms, size %zu B, median %.4f ms, best %.4f ms, output ",
           (long long)(gas - f.gas), f.exit, prepare_ms, code->size, ms[rounds / 2], ms[0]);
    for (size_t i = 0; i < f.output.len && i < 256; i++)
        printf("%02x", f.output.ptr[i]);
    printf("\n");
    TD_EVM.release(code);
    td_region_fini(&region);
    free(code_bytes);
    free(input_bytes);
    return 0;
}
