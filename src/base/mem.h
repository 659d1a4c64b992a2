/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory: the one caller of malloc, arenas, and a growable byte buffer. Objects
 * with a lifetime of their own take td_mem_*; everything that lives as long as
 * a block, a transaction or a request comes from an arena.
 *
 * Threads: td_mem_* may be called from any thread; an arena and a td_out are
 * confined to one thread.
 */
#ifndef TD_BASE_MEM_H
#define TD_BASE_MEM_H

#include "base/base.h"

/* Returns `size` bytes of zeros, or NULL. The caller frees with td_mem_free. */
TD_MUST_USE
void *td_mem_alloc(size_t size);
/* Resizes; new bytes are not cleared. NULL leaves `ptr` as it was. */
TD_MUST_USE
void *td_mem_realloc(void *ptr, size_t size);
/* Frees; NULL is allowed. */
void td_mem_free(void *ptr);

/* An arena: chained blocks, freed all at once. */
typedef struct td_arena_block td_arena_block;
typedef struct td_arena {
    td_arena_block *top;
    uint8_t *next, *end;
    size_t block_size; /* bytes of an ordinary block */
    size_t used;       /* bytes taken from the system */
    size_t used_max;   /* limit on `used`; a request past it gives NULL */
} td_arena;

/* A place to rewind to. */
typedef struct td_arena_mark {
    td_arena_block *top;
    uint8_t *next;
} td_arena_mark;

/* Initialises `a` with blocks of `block_size` bytes and a limit of `used_max` bytes in total.
 * Allocates nothing until the first request. End with td_arena_fini. */
void td_arena_init(td_arena *a, size_t block_size, size_t used_max);
/* Gives every block back. `a` may be initialised again. */
void td_arena_fini(td_arena *a);
/* Returns `size` uncleared bytes aligned to 16, or NULL at the limit. Valid until the arena is
 * reset, rewound past this point, or ended. */
TD_MUST_USE
void *td_arena_alloc(td_arena *a, size_t size);
/* The same, cleared. */
TD_MUST_USE
void *td_arena_zalloc(td_arena *a, size_t size);
/* A copy of `len` bytes of `ptr` in the arena, or NULL at the limit; never NULL for len 0. */
TD_MUST_USE
void *td_arena_copy(td_arena *a, const void *ptr, size_t len);
/* Forgets all allocations; keeps the first block for reuse. */
void td_arena_reset(td_arena *a);
/* The current place; td_arena_rewind forgets everything allocated since. */
td_arena_mark td_arena_here(const td_arena *a);
void td_arena_rewind(td_arena *a, td_arena_mark mark);

/* A byte buffer that grows up to `len_max`. Once a write does not fit, `failed` stays set and
 * later writes do nothing, so that a writer checks once, at the end. */
typedef struct td_out {
    uint8_t *ptr;
    size_t len, capacity, len_max;
    bool failed;
} td_out;

/* Initialises an empty buffer; allocates nothing. */
void td_out_init(td_out *out, size_t len_max);
/* Frees the memory. */
void td_out_fini(td_out *out);
/* Appends `len` bytes. */
void td_out_put(td_out *out, const void *ptr, size_t len);
/* Appends one byte. */
void td_out_byte(td_out *out, uint8_t byte);
/* Appends formatted text, without the final NUL. */
void td_out_printf(td_out *out, const char *format, ...) TD_PRINTF(2, 3);
/* Returns room for `len` bytes and counts them as written, or NULL (then `failed` is set). */
uint8_t *td_out_room(td_out *out, size_t len);
/* The bytes written; borrowed until the next write. */
TD_INLINE td_bytes td_out_peek(const td_out *out) {
    return (td_bytes){out->ptr, out->len};
}

/* A reserved range of address space used as a stack: frames push and pop memory in order, the
 * topmost frame may grow its own. Pages are touched only when used. */
typedef struct td_region {
    uint8_t *base;
    size_t len;     /* bytes in use; callers move it */
    size_t len_max; /* bytes reserved */
} td_region;

/* Reserves `len_max` bytes (rounded up to pages). Returns 0 or TD_ERR_NOMEM. */
TD_MUST_USE
int td_region_init(td_region *r, size_t len_max);
/* Unmaps it. */
void td_region_fini(td_region *r);
/* Gives the physical pages past `keep` bytes back to the system; their content becomes zeros. */
void td_region_trim(td_region *r, size_t keep);

#endif
