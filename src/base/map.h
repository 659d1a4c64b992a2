/* SPDX-License-Identifier: Apache-2.0
 *
 * Hash map from keys of one fixed length to values of one fixed length: open
 * addressing, linear probing, a seed per process because keys can be chosen by
 * an attacker. Iteration order means nothing and must decide nothing.
 *
 * Threads: confined to one thread.
 * Memory:  owns its table; td_map_fini gives it back.
 */
#ifndef TD_BASE_MAP_H
#define TD_BASE_MAP_H

#include "base/base.h"

typedef struct td_map {
    uint8_t *slots; /* capacity entries of {key, value}, then capacity bytes of tags */
    uint8_t *tags;  /* 0 free, 1 deleted, else 0x80 | 7 bits of the hash */
    size_t capacity, count, filled;
    uint32_t key_len, value_len, value_at, slot_len;
    uint64_t seed;
} td_map;

/* An empty map of `key_len`-byte keys (1..128) and `value_len`-byte values; allocates nothing. */
void td_map_init(td_map *m, size_t key_len, size_t value_len);
void td_map_fini(td_map *m);
/* Forgets all entries, keeps the table. */
void td_map_clear(td_map *m);
/* The value of `key`, or NULL. Borrowed and writable until the next td_map_put or td_map_clear. */
void *td_map_get(const td_map *m, const void *key);
/* The value of `key`, which is added with a zeroed value when absent (*added, if not NULL, says
 * so); NULL when out of memory. Borrowed until the next td_map_put. Aligned to 8. */
TD_MUST_USE
void *td_map_put(td_map *m, const void *key, bool *added);
/* Removes `key`; returns whether it was there. */
bool td_map_del(td_map *m, const void *key);
/* Walks all entries: start with *at = 0; returns false at the end. Deleting the entry just
 * returned is allowed, adding is not. */
bool td_map_next(const td_map *m, size_t *at, const void **key, void **value);

/* The seed of this process: random, the same for all maps. */
uint64_t td_map_seed(void);

#endif
