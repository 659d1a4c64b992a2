/* SPDX-License-Identifier: Apache-2.0
 *
 * The executor: what outlives a transaction, which is the code cache, the
 * frames' memory and the return-data buffer.
 */
#include "exec/exec_private.h"

/* Return data comes from frame memory or a precompile, both paid by gas; no more than all frames'
 * memory. */
int td_exec_new(td_exec **out, const td_exec_config *config) {
    td_exec *e = td_mem_alloc(sizeof *e);
    if (e == NULL)
        return TD_ERR_NOMEM;
    size_t memory_max = config != NULL && config->frame_memory_max != 0
                            ? config->frame_memory_max
                            : TD_EXEC_FRAME_MEMORY_DEFAULT;
    size_t cache_max = config != NULL && config->code_cache_max != 0 ? config->code_cache_max
                                                                     : TD_EXEC_CODE_CACHE_DEFAULT;
    int err = td_region_init(&e->ctx.memory, memory_max);
    if (err < 0) {
        td_mem_free(e);
        return err;
    }
    td_out_init(&e->ctx.return_data, memory_max);
    td_exec_cache_init(&e->ctx.cache, cache_max);
    *out = e;
    return 0;
}

void td_exec_free(td_exec *e) {
    if (e == NULL)
        return;
    td_exec_cache_fini(&e->ctx.cache);
    td_out_fini(&e->ctx.return_data);
    td_region_fini(&e->ctx.memory);
    for (size_t i = 0; i < TD_COUNT(e->ctx.chunks); i++)
        td_mem_free(e->ctx.chunks[i]);
    td_mem_free(e);
}
