/* SPDX-License-Identifier: Apache-2.0
 *
 * Prepared code by (hash, fork, engine): what engines make of bytes is kept
 * between calls and transactions, bounded in bytes, least recently used first.
 * Code of live frames is pinned and never evicted.
 */
#include "exec/exec_private.h"

void td_exec_cache_init(td_exec_cache *cache, size_t size_max) {
    *cache = (td_exec_cache){.size_max = size_max};
    td_map_init(&cache->map, sizeof(((td_exec_entry *)0)->key), sizeof(td_exec_entry *));
}

static void unlink_entry(td_exec_cache *cache, td_exec_entry *e) {
    *(e->newer != NULL ? &e->newer->older : &cache->newest) = e->older;
    *(e->older != NULL ? &e->older->newer : &cache->oldest) = e->newer;
    e->newer = e->older = NULL;
}

static void link_newest(td_exec_cache *cache, td_exec_entry *e) {
    e->older = cache->newest;
    *(e->older != NULL ? &e->older->newer : &cache->oldest) = e;
    cache->newest = e;
}

static void drop(td_exec_cache *cache, td_exec_entry *e) {
    unlink_entry(cache, e);
    cache->size -= e->code->size;
    (void)td_map_del(&cache->map, e->key);
    e->code->vm->release(e->code);
    td_mem_free(e);
}

void td_exec_cache_fini(td_exec_cache *cache) {
    while (cache->oldest != NULL)
        drop(cache, cache->oldest);
    TD_ASSERT(cache->map.count == 0); /* no frame is live */
    td_map_fini(&cache->map);
}

static int add(td_exec_cache *cache, td_exec_entry **out, const uint8_t key[34], const td_vm *vm,
               td_bytes bytes, const td_hash *hash, td_fork fork) {
    td_code *code;
    int err = vm->prepare(&code, bytes, hash, fork);
    if (err < 0)
        return err;
    td_exec_entry *e = td_mem_alloc(sizeof *e);
    td_exec_entry **place = e == NULL ? NULL : td_map_put(&cache->map, key, NULL);
    if (place == NULL) {
        td_mem_free(e);
        vm->release(code);
        return TD_ERR_NOMEM;
    }
    *place = e;
    *e = (td_exec_entry){.code = code};
    memcpy(e->key, key, sizeof e->key);
    cache->size += code->size;
    link_newest(cache, e);
    *out = e;
    return 0;
}

static void shrink(td_exec_cache *cache) {
    while (cache->size > cache->size_max && cache->oldest != NULL)
        drop(cache, cache->oldest);
}

int td_exec_cache_pin(td_exec_cache *cache, td_exec_entry **out, td_bytes bytes,
                      const td_hash *hash, td_fork fork, td_profile profile) {
    uint8_t key[34];
    const td_vm *vm = td_exec_engine_of(bytes, profile, &key[33]);
    memcpy(key, hash->b, 32);
    key[32] = (uint8_t)fork;
    td_exec_entry **found = td_map_get(&cache->map, key), *e;
    if (found != NULL) {
        e = *found;
    } else {
        int err = add(cache, &e, key, vm, bytes, hash, fork);
        if (err < 0)
            return err;
    }
    if (e->pins++ == 0)
        unlink_entry(cache, e);
    shrink(cache);
    *out = e;
    return 0;
}

void td_exec_cache_unpin(td_exec_cache *cache, td_exec_entry *e) {
    if (--e->pins != 0)
        return;
    link_newest(cache, e);
    shrink(cache);
}
