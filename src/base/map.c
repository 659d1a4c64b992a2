/* SPDX-License-Identifier: Apache-2.0
 *
 * Open addressing over one block: slots first, one tag byte a slot behind them.
 */
#include "base/map.h"

#include "base/mem.h"

#include <stdatomic.h>
#include <sys/random.h>
#include <time.h>

enum { TAG_FREE = 0, TAG_DELETED = 1 };

uint64_t td_map_seed(void) {
    static _Atomic uint64_t seed; /* set once; every thread writes the same kind of value */
    uint64_t s = atomic_load_explicit(&seed, memory_order_relaxed);
    if (s == 0) {
        if (getrandom(&s, sizeof s, 0) != (ssize_t)sizeof s)
            s = (uint64_t)time(NULL) * 0x9E3779B97F4A7C15u;
        s |= 1;
        uint64_t none = 0;
        if (!atomic_compare_exchange_strong(&seed, &none, s))
            s = none;
    }
    return s;
}

/* Folded 64x64 multiplication over 8-byte words; `seed` is secret, so collisions cannot be aimed.
 */
static uint64_t hash_key(uint64_t seed, const uint8_t *p, size_t len) {
    uint64_t h = seed ^ (len * 0x9E3779B97F4A7C15u);
    while (len >= 8) {
        unsigned __int128 m = (unsigned __int128)(h ^ td_load_le64(p)) * 0xA0761D6478BD642Fu;
        h = (uint64_t)m ^ (uint64_t)(m >> 64) ^ seed;
        p += 8;
        len -= 8;
    }
    uint64_t tail = 0;
    if (len != 0)
        memcpy(&tail, p, len);
    unsigned __int128 m = (unsigned __int128)(h ^ tail) * 0xE7037ED1A0B428DBu;
    h = (uint64_t)m ^ (uint64_t)(m >> 64);
    m = (unsigned __int128)(h ^ seed) * 0x8EBC6AF09C88C6E3u;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

void td_map_init(td_map *m, size_t key_len, size_t value_len) {
    TD_ASSERT(key_len >= 1 && key_len <= 128 && value_len <= 4096);
    uint32_t value_at = (uint32_t)((key_len + 7) & ~(size_t)7);
    *m = (td_map){.key_len = (uint32_t)key_len,
                  .value_len = (uint32_t)value_len,
                  .value_at = value_at,
                  .slot_len = (uint32_t)((value_at + value_len + 7) & ~(size_t)7),
                  .seed = td_map_seed()};
}

void td_map_fini(td_map *m) {
    td_mem_free(m->slots);
    td_map_init(m, m->key_len, m->value_len);
}

void td_map_clear(td_map *m) {
    if (m->filled != 0)
        memset(m->tags, TAG_FREE, m->capacity);
    m->count = m->filled = 0;
}

static uint8_t tag_of(uint64_t hash) {
    return (uint8_t)(0x80 | (hash >> 57));
}

/* The index of `key`, or of the slot where it belongs (then *found is false). */
static size_t find(const td_map *m, const void *key, uint64_t hash, bool *found) {
    size_t mask = m->capacity - 1, i = (size_t)hash & mask, hole = SIZE_MAX;
    uint8_t tag = tag_of(hash);
    for (;; i = (i + 1) & mask) {
        if (m->tags[i] == TAG_FREE) {
            *found = false;
            return hole != SIZE_MAX ? hole : i;
        }
        if (m->tags[i] == TAG_DELETED) {
            if (hole == SIZE_MAX)
                hole = i;
        } else if (m->tags[i] == tag && memcmp(m->slots + i * m->slot_len, key, m->key_len) == 0) {
            *found = true;
            return i;
        }
    }
}

void *td_map_get(const td_map *m, const void *key) {
    if (m->count == 0)
        return NULL;
    bool found;
    size_t i = find(m, key, hash_key(m->seed, key, m->key_len), &found);
    return found ? m->slots + i * m->slot_len + m->value_at : NULL;
}

/* A table of `capacity` slots with the same entries. */
static bool rebuild(td_map *m, size_t capacity) {
    td_map next = *m;
    next.slots = td_mem_alloc(capacity * (m->slot_len + (size_t)1));
    if (next.slots == NULL)
        return false;
    next.tags = next.slots + capacity * m->slot_len;
    next.capacity = capacity;
    for (size_t i = 0; i < m->capacity; i++) {
        if (m->tags[i] < 0x80)
            continue;
        const uint8_t *slot = m->slots + i * m->slot_len;
        uint64_t hash = hash_key(m->seed, slot, m->key_len);
        bool found;
        size_t at = find(&next, slot, hash, &found);
        memcpy(next.slots + at * m->slot_len, slot, m->slot_len);
        next.tags[at] = tag_of(hash);
    }
    next.filled = next.count;
    td_mem_free(m->slots);
    *m = next;
    return true;
}

void *td_map_put(td_map *m, const void *key, bool *added) {
    if (m->capacity == 0 || m->filled + 1 > m->capacity / 4 * 3) {
        size_t capacity = m->capacity == 0             ? 16
                          : m->count > m->capacity / 2 ? m->capacity * 2
                                                       : m->capacity;
        if (!rebuild(m, capacity))
            return NULL;
    }
    uint64_t hash = hash_key(m->seed, key, m->key_len);
    bool found;
    size_t i = find(m, key, hash, &found);
    uint8_t *slot = m->slots + i * m->slot_len;
    if (!found) {
        memset(slot, 0, m->slot_len);
        memcpy(slot, key, m->key_len);
        m->filled += m->tags[i] == TAG_FREE;
        m->tags[i] = tag_of(hash);
        m->count++;
    }
    if (added != NULL)
        *added = !found;
    return slot + m->value_at;
}

bool td_map_del(td_map *m, const void *key) {
    if (m->count == 0)
        return false;
    bool found;
    size_t i = find(m, key, hash_key(m->seed, key, m->key_len), &found);
    if (found) {
        m->tags[i] = TAG_DELETED;
        m->count--;
    }
    return found;
}

bool td_map_next(const td_map *m, size_t *at, const void **key, void **value) {
    for (; *at < m->capacity; (*at)++) {
        if (m->tags[*at] >= 0x80) {
            *key = m->slots + *at * m->slot_len;
            *value = m->slots + *at * m->slot_len + m->value_at;
            (*at)++;
            return true;
        }
    }
    return false;
}
