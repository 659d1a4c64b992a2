/* SPDX-License-Identifier: Apache-2.0
 *
 * The only file that calls malloc, realloc, free and mmap for memory.
 */
#define _GNU_SOURCE
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

struct td_arena_block {
    td_arena_block *below;
    size_t size; /* of the whole block, this header included */
    uint8_t bytes[] TD_ALIGNED(16);
};

void *td_mem_alloc(size_t size) {
    return calloc(1, size ? size : 1);
}

void *td_mem_realloc(void *ptr, size_t size) {
    return realloc(ptr, size ? size : 1);
}

void td_mem_free(void *ptr) {
    free(ptr);
}

void td_arena_init(td_arena *a, size_t block_size, size_t used_max) {
    *a = (td_arena){.block_size = block_size, .used_max = used_max};
}

void td_arena_fini(td_arena *a) {
    while (a->top != NULL) {
        td_arena_block *below = a->top->below;
        free(a->top);
        a->top = below;
    }
    td_arena_init(a, a->block_size, a->used_max);
}

static TD_COLD void *alloc_block(td_arena *a, size_t size) {
    size_t want = sizeof(td_arena_block) + size;
    if (want < a->block_size)
        want = a->block_size;
    if (size > SIZE_MAX / 2 || want > a->used_max - a->used)
        return NULL;
    td_arena_block *block = malloc(want);
    if (block == NULL)
        return NULL;
    block->below = a->top;
    block->size = want;
    a->top = block;
    a->used += want;
    a->next = block->bytes + size;
    a->end = (uint8_t *)block + want;
    return block->bytes;
}

void *td_arena_alloc(td_arena *a, size_t size) {
    if (TD_UNLIKELY(size > SIZE_MAX / 2))
        return NULL;
    size = (size + 15) & ~(size_t)15;
    if (size == 0)
        size = 16;
    if (TD_LIKELY((size_t)(a->end - a->next) >= size)) {
        void *p = a->next;
        a->next += size;
        return p;
    }
    return alloc_block(a, size);
}

void *td_arena_zalloc(td_arena *a, size_t size) {
    void *p = td_arena_alloc(a, size);
    return p == NULL ? NULL : memset(p, 0, size);
}

void *td_arena_copy(td_arena *a, const void *ptr, size_t len) {
    void *p = td_arena_alloc(a, len);
    if (p != NULL && len != 0)
        memcpy(p, ptr, len);
    return p;
}

void td_arena_reset(td_arena *a) {
    while (a->top != NULL && a->top->below != NULL) {
        td_arena_block *below = a->top->below;
        a->used -= a->top->size;
        free(a->top);
        a->top = below;
    }
    if (a->top != NULL) {
        a->next = a->top->bytes;
        a->end = (uint8_t *)a->top + a->top->size;
    }
}

td_arena_mark td_arena_here(const td_arena *a) {
    return (td_arena_mark){a->top, a->next};
}

void td_arena_rewind(td_arena *a, td_arena_mark mark) {
    if (mark.top == NULL) {
        td_arena_reset(a);
        return;
    }
    while (a->top != mark.top) {
        td_arena_block *below = a->top->below;
        a->used -= a->top->size;
        free(a->top);
        a->top = below;
    }
    a->next = mark.next;
    a->end = (uint8_t *)a->top + a->top->size;
}

void td_out_init(td_out *out, size_t len_max) {
    *out = (td_out){.len_max = len_max};
}

void td_out_fini(td_out *out) {
    free(out->ptr);
    *out = (td_out){.len_max = out->len_max};
}

uint8_t *td_out_room(td_out *out, size_t len) {
    if (out->failed || len > out->len_max - out->len) {
        out->failed = true;
        return NULL;
    }
    if (len > out->capacity - out->len || out->ptr == NULL) {
        size_t capacity = out->capacity ? out->capacity * 2 : 256;
        while (capacity < out->len + len)
            capacity *= 2;
        uint8_t *ptr = realloc(out->ptr, capacity);
        if (ptr == NULL) {
            out->failed = true;
            return NULL;
        }
        out->ptr = ptr;
        out->capacity = capacity;
    }
    uint8_t *room = out->ptr + out->len;
    out->len += len;
    return room;
}

void td_out_put(td_out *out, const void *ptr, size_t len) {
    uint8_t *room = td_out_room(out, len);
    if (room != NULL && len != 0)
        memcpy(room, ptr, len);
}

void td_out_byte(td_out *out, uint8_t byte) {
    td_out_put(out, &byte, 1);
}

void td_out_printf(td_out *out, const char *format, ...) {
    char small[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof small)
        out->failed = true; /* callers format short pieces only */
    else
        td_out_put(out, small, (size_t)n);
}

int td_region_init(td_region *r, size_t len_max) {
    len_max = (len_max + 4095) & ~(size_t)4095;
    void *p = mmap(NULL, len_max, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return TD_ERR_NOMEM;
    *r = (td_region){.base = p, .len_max = len_max};
    return TD_OK;
}

void td_region_fini(td_region *r) {
    if (r->base != NULL)
        (void)munmap(r->base, r->len_max);
    *r = (td_region){0};
}

void td_region_trim(td_region *r, size_t keep) {
    keep = (keep + 4095) & ~(size_t)4095;
    if (keep < r->len_max)
        (void)madvise(r->base + keep, r->len_max - keep, MADV_DONTNEED);
}
