/* SPDX-License-Identifier: Apache-2.0
 *
 * What every folder stands on: fixed-width integers, borrowed and writable
 * spans, the status codes, assertions, and the 32- and 20-byte names of things.
 * Knows nothing of Ethereum.
 *
 * Threads: everything here is a value or a pure function.
 */
#ifndef TD_BASE_BASE_H
#define TD_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TD_MUST_USE     __attribute__((warn_unused_result))
#define TD_INLINE       static inline __attribute__((always_inline))
#define TD_NOINLINE     __attribute__((noinline))
#define TD_COLD         __attribute__((cold, noinline))
#define TD_LIKELY(x)    __builtin_expect(!!(x), 1)
#define TD_UNLIKELY(x)  __builtin_expect(!!(x), 0)
#define TD_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TD_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define TD_ALIGNED(n)   __attribute__((aligned(n)))
#define TD_FALLTHROUGH  __attribute__((fallthrough))

/* Status codes. Zero or positive is the answer of a function; negative is one of these. */
typedef enum td_err {
    TD_OK = 0,
#define TD_ERR(NAME, value, text) TD_ERR_##NAME = (value),
#include "base/errors.def"
#undef TD_ERR
} td_err;

/* The text of status `err`, for people; "ok" for 0 and above. A static string. */
const char *td_err_text(int err);

/* Writes "file:line: what" to stderr and aborts. Only a bug leads here. */
_Noreturn TD_COLD void td_assert_fail(const char *file, int line, const char *what);

/* States what only a bug can break. Stays on in release builds. */
#define TD_ASSERT(cond)                                                                            \
    do {                                                                                           \
        if (TD_UNLIKELY(!(cond)))                                                                  \
            td_assert_fail(__FILE__, __LINE__, #cond);                                             \
    } while (0)
/* Whole-structure checks, in test builds only. */
#ifdef TD_SLOW_CHECKS
#define TD_CHECK_SLOW(cond) TD_ASSERT(cond)
#else
#define TD_CHECK_SLOW(cond) ((void)sizeof(cond))
#endif

/* A borrowed, read-only run of `len` bytes. `ptr` may be NULL when `len` is 0. */
typedef struct td_bytes {
    const uint8_t *ptr;
    size_t len;
} td_bytes;

/* A writable run of `len` bytes. */
typedef struct td_buf {
    uint8_t *ptr;
    size_t len;
} td_buf;

/* 32 bytes as printed: hashes, roots, topics. */
typedef struct td_hash {
    uint8_t b[32];
} td_hash;

/* 20 bytes as printed: an account's address. */
typedef struct td_addr {
    uint8_t b[20];
} td_addr;

#define TD_BYTES(p, n)     ((td_bytes){(const uint8_t *)(p), (n)})
#define TD_BYTES_OF(value) ((td_bytes){(value).b, sizeof((value).b)})
#define TD_BYTES_STR(s)    ((td_bytes){(const uint8_t *)(s), strlen(s)})

TD_INLINE bool td_bytes_eq(td_bytes a, td_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
TD_INLINE bool td_hash_eq(const td_hash *a, const td_hash *b) {
    return memcmp(a, b, 32) == 0;
}
TD_INLINE bool td_addr_eq(const td_addr *a, const td_addr *b) {
    return memcmp(a, b, 20) == 0;
}
/* Whether `len` bytes are all zero; true for 0. Constant time for a length. */
TD_INLINE bool td_bytes_zero(const void *ptr, size_t len) {
    const uint8_t *p = (const uint8_t *)ptr;
    uint8_t acc = 0;
    for (size_t i = 0; i < len; i++)
        acc |= p[i];
    return acc == 0;
}

/* Unaligned loads and stores; `le`/`be` is the byte order in memory. The host is little-endian. */
#define TD_LOADSTORE(bits)                                                                         \
    TD_INLINE uint##bits##_t td_load_le##bits(const void *p) {                                     \
        uint##bits##_t v;                                                                          \
        memcpy(&v, p, sizeof v);                                                                   \
        return v;                                                                                  \
    }                                                                                              \
    TD_INLINE void td_store_le##bits(void *p, uint##bits##_t v) {                                  \
        memcpy(p, &v, sizeof v);                                                                   \
    }                                                                                              \
    TD_INLINE uint##bits##_t td_load_be##bits(const void *p) {                                     \
        return __builtin_bswap##bits(td_load_le##bits(p));                                         \
    }                                                                                              \
    TD_INLINE void td_store_be##bits(void *p, uint##bits##_t v) {                                  \
        td_store_le##bits(p, __builtin_bswap##bits(v));                                            \
    }
TD_LOADSTORE(16)
TD_LOADSTORE(32)
TD_LOADSTORE(64)

TD_INLINE uint64_t td_min_u64(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}
TD_INLINE uint64_t td_max_u64(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}
/* a + b, or UINT64_MAX where the sum does not fit. */
TD_INLINE uint64_t td_add_sat(uint64_t a, uint64_t b) {
    uint64_t r;
    return __builtin_add_overflow(a, b, &r) ? UINT64_MAX : r;
}
/* a * b, or UINT64_MAX where the product does not fit. */
TD_INLINE uint64_t td_mul_sat(uint64_t a, uint64_t b) {
    uint64_t r;
    return __builtin_mul_overflow(a, b, &r) ? UINT64_MAX : r;
}

/* One sentence for a person about why input was refused: what, where, the limit, the value. */
typedef struct td_diag {
    char text[512];
} td_diag;

/* Formats into `diag`, truncating; does nothing when `diag` is NULL. Returns `err`, so that
 * `return td_diag_set(diag, TD_ERR_FORMAT, "…")` is one line. */
int td_diag_set(td_diag *diag, int err, const char *format, ...) TD_PRINTF(3, 4);

#endif
