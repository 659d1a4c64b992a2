/* SPDX-License-Identifier: Apache-2.0
 *
 * Measures what weights.def prices: the interpreter's slowest instructions, host calls, preparing
 * code, clearing memory, hashing, the curve. Not part of any target; docs/decisions/pvm-weights.md
 * says how it is built and what it printed.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <time.h>

#include "base/map.h"
#include "crypto/crypto.h"
#include "pvmenv/pvmenv_private.h"
#include "vm/host.h"

enum { RW = 0x30000, RW_LEN = 0x100000, UNROLL = 800 };

static double seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint8_t code[16384], mask[2048], image[1 << 19];
static size_t code_len;

static void put(const uint8_t *bytes, size_t len) {
    mask[code_len / 8] |= (uint8_t)(1u << (code_len % 8));
    memcpy(code + code_len, bytes, len);
    code_len += len;
}
#define PUT(...) put((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void start(void) {
    memset(mask, 0, sizeof mask);
    code_len = 0;
    uint8_t s1[10] = {20, TD_PVM_S1};
    td_store_le64(s1 + 2, RW);
    put(s1, sizeof s1);
    uint8_t a0[10] = {20, TD_PVM_A0, 0xf1, 0xe2, 0xd3, 0xc4, 0xb5, 0xa6, 0x97, 0x88};
    put(a0, sizeof a0);
    PUT(51, TD_PVM_A1, 7);
}

static uint8_t *section(uint8_t *p, uint8_t id, const uint8_t *payload, size_t len) {
    *p++ = id;
    *p++ = 0xf0;
    td_store_le32(p, (uint32_t)len);
    memcpy(p + 4, payload, len);
    return p + 4 + len;
}

/* A container around `code`, with one import. */
static size_t finish(const char *name) {
    static uint8_t t[32768];
    uint8_t *p = image + 13;
    memcpy(image, "PVM\0", 5);
    uint8_t config[15] = {0xf0, 0, 0x10, 0, 0, 0xf0, 0, 0, 0, 0, 0xf0, 0, 0x10, 0, 0};
    td_store_le32(config + 6, RW_LEN);
    p = section(p, 1, config, sizeof config);
    memset(t, 0, 5);
    t[0] = 1;
    memcpy(t + 5, name, strlen(name));
    p = section(p, 4, t, 5 + strlen(name));
    p = section(p, 5, (const uint8_t *)"\1\0\4call", 7);
    uint8_t *q = t;
    *q++ = 0, *q++ = 0, *q++ = 0xf0;
    td_store_le32(q, (uint32_t)code_len);
    memcpy(q + 4, code, code_len);
    memcpy(q + 4 + code_len, mask, (code_len + 7) / 8);
    p = section(p, 6, t, (size_t)(q + 4 - t) + code_len + (code_len + 7) / 8);
    *p++ = 0;
    td_store_le64(image + 5, (uint64_t)(p - image));
    return (size_t)(p - image);
}

/* Ends the body that begins at `top` with a jump back to it, and a block before it. */
static void loop_end(size_t top) {
    uint8_t jump[5] = {40};
    td_store_le32(jump + 1, (uint32_t)(top - code_len));
    put(jump, sizeof jump);
}
static size_t loop_begin(void) {
    PUT(1);
    return code_len;
}

static void run(const char *what) {
    static uint8_t memory[RW_LEN + (1 << 14)];
    size_t len = finish("call_data_size");
    td_pvm_blob blob;
    td_pvm_program *program;
    td_diag diag;
    td_pvm_machine m;
    if (td_pvm_blob_parse(&blob, &diag, TD_BYTES(image, len)) < 0 ||
        td_pvm_program_new(&program, &diag, &blob) < 0) {
        printf("%s: %s\n", what, diag.text);
        return;
    }
    td_pvm_machine_init(&m, program, memory);
    uint64_t seed = 1; /* a table of random offsets for the loads that chase */
    for (size_t i = 0; i + 8 <= RW_LEN; i += 8) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        td_store_le64(memory + 4096 + i, RW + (seed >> 33) % (RW_LEN / 8) * 8);
    }
    td_pvm_machine_call(&m, 0, NULL, 0);
    int64_t fuel = m.gas = 40000000;
    double t = seconds();
    td_pvm_exit exit;
    while ((exit = td_pvm_run(&m)) == TD_PVM_ECALLI) {
    }
    t = seconds() - t;
    printf("%-34s %8.2f ns an instruction (exit %d)\n", what, t * 1e9 / (double)(fuel - m.gas),
           exit);
    td_pvm_program_free(program);
}

static void body(const char *what, const uint8_t *insn, size_t len, int count) {
    start();
    size_t top = loop_begin();
    for (int i = 0; i < count; i++)
        put(insn, len);
    loop_end(top);
    run(what);
}
#define BODY(what, count, ...)                                                                     \
    body(what, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), count)

static void instructions(void) {
    BODY("add_64", UNROLL, 200, TD_PVM_A0 | TD_PVM_A1 << 4, TD_PVM_A0);
    BODY("mul_upper_signed_signed", UNROLL, 213, TD_PVM_A0 | TD_PVM_A1 << 4, TD_PVM_A2);
    BODY("div_signed_64", UNROLL, 204, TD_PVM_A0 | TD_PVM_A1 << 4, TD_PVM_A2);
    BODY("rem_signed_64 chain", UNROLL, 206, TD_PVM_A0 | TD_PVM_A1 << 4, TD_PVM_A2);
    BODY("load_indirect_u64 chasing 1 MiB", UNROLL, 130, TD_PVM_S1 | TD_PVM_S1 << 4);
    BODY("store_indirect_u64", UNROLL, 123, TD_PVM_A0 | TD_PVM_S1 << 4);
    BODY("load_u64 of one place", UNROLL, 58, TD_PVM_A0, 0, 0, 3);
    BODY("reverse_byte", UNROLL, 111, TD_PVM_A0 | TD_PVM_A0 << 4);
    BODY("jump, blocks of one", 1, 51, TD_PVM_A0, 1);
    BODY("ecalli (exit and resume)", UNROLL, 10);
}

static void bytes(void) {
    static uint8_t data[1 << 20], memory[RW_LEN + (1 << 14)];
    td_hash hash;
    for (size_t len = 32; len <= sizeof data; len *= 32) {
        size_t rounds = (4 << 20) / len;
        double t = seconds();
        for (size_t i = 0; i < rounds; i++)
            td_keccak256(&hash, data, len);
        t = seconds() - t;
        printf("keccak of %7zu bytes %25.2f ns a byte\n", len, t * 1e9 / (double)(rounds * len));
    }
    double t = seconds();
    td_map map;
    td_map_init(&map, 32, 32);
    for (uint64_t i = 0; i < 100000; i++) {
        memcpy(hash.b, &i, 8);
        (void)!td_map_put(&map, hash.b, NULL);
    }
    double half = seconds();
    for (uint64_t i = 0; i < 1000000; i++) {
        uint64_t key = i * 2654435761u % 100000;
        memcpy(hash.b, &key, 8);
        data[0] ^= *(uint8_t *)td_map_get(&map, hash.b);
    }
    printf("map of 100 000: put %.0f ns, get %.0f ns\n", (half - t) * 1e9 / 1e5,
           (seconds() - half) * 1e9 / 1e6);
    td_map_fini(&map);
    for (int pass = 0; pass < 2; pass++) {
        start();
        size_t top = loop_begin();
        for (int i = 0; i < UNROLL; i++)
            PUT(200, TD_PVM_A0 | TD_PVM_A1 << 4, TD_PVM_A0);
        loop_end(top);
        size_t len = finish("call_data_size");
        td_code *c;
        hash = td_keccak(TD_BYTES(image, len));
        t = seconds();
        for (int i = 0; i < 200; i++) {
            if (TD_PVMENV.prepare(&c, TD_BYTES(image, len), &hash, TD_FORK_NEWEST) < 0)
                return;
            TD_PVMENV.release(c);
        }
        printf("prepare of %zu bytes: %.2f ns a byte\n", len,
               (seconds() - t) * 1e9 / 200 / (double)len);
        if (TD_PVMENV.prepare(&c, TD_BYTES(image, len), &hash, TD_FORK_NEWEST) < 0)
            return;
        td_pvm_machine m;
        t = seconds();
        for (int i = 0; i < 100; i++)
            td_pvm_machine_init(&m, ((td_pvm_code *)(void *)c)->program, memory);
        printf("clearing guest memory: %.3f ns a byte\n",
               (seconds() - t) * 1e9 / 100 / (double)sizeof memory);
        TD_PVMENV.release(c);
    }
}

/* What the loop of a contract costs in time for a unit of gas, through the whole of this folder.
 * Prices must keep it under 10 ns (rulings.md 3). */
static bool any_memory(td_ctx *c, int64_t len_delta) {
    (void)c, (void)len_delta;
    return true;
}
static void no_sum(td_ctx *c, const td_resources *used) {
    (void)c, (void)used;
}
static int no_value(td_ctx *c, const td_addr *addr, const td_ext_key *key, td_bytes *value) {
    (void)c, (void)addr, (void)key, (void)value;
    return TD_ERR_NOT_FOUND;
}
static int no_write(td_ctx *c, const td_addr *addr, const td_ext_key *key, td_bytes value,
                    bool remove) {
    (void)c, (void)addr, (void)key, (void)value, (void)remove;
    return -1;
}

static void host_call(const char *name, uint64_t a0, uint64_t a1, uint64_t a2) {
    static const td_host host = {.guest_memory = any_memory,
                                 .resources_add = no_sum,
                                 .ext_get = no_value,
                                 .ext_set = no_write};
    static const uint8_t point[33] = {2,    0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac,
                                      0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02,
                                      0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2,
                                      0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98};
    start();
    for (unsigned i = 0; i < 33; i++) /* store_imm_u8 */
        PUT(30, 3, 0, 0, 3, point[i]), code[code_len - 4] = (uint8_t)i;
    size_t top = loop_begin();
    const uint64_t args[3] = {a0, a1, a2};
    for (unsigned i = 0; i < 3; i++) {
        uint8_t insn[10] = {20, (uint8_t)(TD_PVM_A0 + i)};
        td_store_le64(insn + 2, args[i]);
        put(insn, sizeof insn);
    }
    PUT(10);
    loop_end(top);
    size_t len = finish(name);
    td_hash hash = td_keccak(TD_BYTES(image, len));
    td_region memory;
    td_code *c;
    if (td_region_init(&memory, 8 << 20) < 0 ||
        TD_PVMENV.prepare(&c, TD_BYTES(image, len), &hash, TD_FORK_NEWEST) < 0)
        return;
    td_env env = {0};
    td_frame f = {
        .code = c, .env = &env, .gas = 20000000, .memory = &memory, .memory_max = memory.len_max};
    double t = seconds();
    (void)TD_PVMENV.run(&f, &host, NULL);
    printf("%-24s %6.2f ns a gas (exit %d)\n", name, (seconds() - t) * 1e9 / 2e7, f.exit);
    TD_PVMENV.release(c);
    td_region_fini(&memory);
}

int main(void) {
    instructions();
    host_call("call_data_size", 0, 0, 0);
    host_call("address", RW + 64, 0, 0);
    host_call("call_data_load", RW + 64, 0, 0);
    host_call("call_data_copy", RW + 64, 65536, 0);
    host_call("hash_keccak_256", RW, 32, RW + 64);
    host_call("hash_keccak_256", RW, 65536, RW + 64);
    host_call("ecdsa_to_eth_address", RW, RW + 64, 0);
    bytes();
    return 0;
}
