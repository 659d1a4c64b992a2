/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests with real contracts share: blobs of tests/contracts, call data
 * by the ABI, deployments and the supply of the world's accounts.
 */
#ifndef TD_EXEC_TEST_ABI_H
#define TD_EXEC_TEST_ABI_H

#include "exec/test_world.h"

typedef struct blob {
    uint8_t *ptr;
    size_t len;
} blob;

static inline blob load(const char *name) {
    char path[64];
    size_t text_len;
    (void)snprintf(path, sizeof path, "tests/contracts/%s.hex", name);
    char *text = (char *)td_test_read(path, &text_len);
    blob b = {malloc(text_len), 0};
    assert_non_null(b.ptr);
    b.len = td_test_unhex(text, b.ptr, text_len);
    td_test_free(text);
    return b;
}

/* Call data under construction: selector, head words, one `bytes` argument at the end. */
typedef struct abi {
    uint8_t *ptr;
    size_t len;
} abi;

static inline abi abi_new(const char *signature, size_t words, size_t tail_len) {
    td_hash h = td_keccak(TD_BYTES_STR(signature));
    abi a = {calloc(1, 4 + 32 * (words + 1) + tail_len + 32), 4 + 32 * words};
    assert_non_null(a.ptr);
    memcpy(a.ptr, h.b, 4);
    return a;
}
static inline void abi_hash(abi *a, size_t word, td_hash h) {
    memcpy(a->ptr + 4 + 32 * word, h.b, 32);
}
static inline void abi_u64(abi *a, size_t word, uint64_t v) {
    td_store_be64(a->ptr + 4 + 32 * word + 24, v);
}
static inline void abi_addr(abi *a, size_t word, td_addr v) {
    memcpy(a->ptr + 4 + 32 * word + 12, v.b, 20);
}
static inline void abi_bytes(abi *a, size_t word, td_bytes v) {
    abi_u64(a, word, a->len - 4);
    td_store_be64(a->ptr + a->len + 24, v.len);
    if (v.len != 0)
        memcpy(a->ptr + a->len + 32, v.ptr, v.len);
    a->len += 32 + ((v.len + 31) & ~(size_t)31);
}
static inline void abi_call(world *w, td_addr to, abi *a, uint64_t value) {
    call_data(w, to, TD_BYTES(a->ptr, a->len), value);
    free(a->ptr);
}

static inline void upload(world *w, blob b) {
    abi a = abi_new("uploadCode(bytes)", 1, b.len + 64);
    abi_bytes(&a, 0, TD_BYTES(b.ptr, b.len));
    abi_call(w, TD_SYSTEM_ADDR, &a, 0);
}

static inline abi instantiate_data(td_hash hash, td_bytes input) {
    abi a = abi_new("instantiate(bytes32,bytes)", 2, input.len + 64);
    abi_hash(&a, 0, hash);
    abi_bytes(&a, 1, input);
    return a;
}

static inline void instantiate(world *w, td_hash hash, td_bytes input, uint64_t value) {
    abi a = instantiate_data(hash, input);
    abi_call(w, TD_SYSTEM_ADDR, &a, value);
}

static inline td_addr output_addr(const world *w) {
    td_addr a;
    assert_int_equal(w->r.output.len, 32);
    memcpy(a.b, w->r.output.ptr + 12, 20);
    return a;
}

static inline void reverted_with(const world *w, const char *text) {
    assert_int_equal(w->r.exit, TD_EXIT_REVERT);
    assert_true(w->r.output.len >= 68 + strlen(text));
    assert_int_equal(td_load_be32(w->r.output.ptr), 0x08c379a0);
    assert_memory_equal(w->r.output.ptr + 68, text, strlen(text));
}

static inline void simple(world *w, td_addr to, const char *signature) {
    abi a = abi_new(signature, 0, 0);
    abi_call(w, to, &a, 0);
}

static inline world dual(void) {
    world w = world_new(TD_FORK_OSAKA, TD_PROFILE_DUAL);
    w.tx.gas_limit = 8000000;
    return w;
}

/* A create transaction of `data`; gives the address. */
static inline td_addr deploy(world *w, blob b) {
    w->tx.create = true;
    w->tx.value = TD_U256_ZERO;
    w->tx.data = TD_BYTES(b.ptr, b.len);
    assert_int_equal(world_run(w, 0), 0);
    return w->r.contract;
}

static inline uint64_t supply(world *w) {
    uint64_t sum = wei_at(w, TD_SYSTEM_ADDR);
    for (unsigned n = SENDER; n <= THIRD; n++)
        sum += wei(w, n);
    return sum;
}

#endif
