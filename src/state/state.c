/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a state, its transactions and its undo journal. Every change
 * pushes a record of what was before; undoing pops records in reverse, which
 * makes stamps, lists and values equal to what they were at the mark.
 */
#include "state/state_private.h"

int td_state_fail(td_state *s, int err) {
    if (s->error == 0)
        s->error = err;
    return err;
}

/* --- pools and lists ------------------------------------------------------------------------- */

void *td_state_pool_add(td_state *s, pool *p) {
    size_t chunk = p->count / TD_STATE_CHUNK_COUNT;
    if (p->count >= TD_STATE_OBJECTS_MAX) {
        (void)td_state_fail(s, TD_ERR_LIMIT);
        return NULL;
    }
    if (chunk == p->chunk_count) {
        /* The array of chunks doubles where its count is a power of two. */
        uint8_t **chunks = p->chunks;
        if ((chunk & (chunk - 1)) == 0)
            chunks = td_mem_realloc(p->chunks, (chunk == 0 ? 1 : chunk * 2) * sizeof *chunks);
        if (chunks == NULL) {
            (void)td_state_fail(s, TD_ERR_NOMEM);
            return NULL;
        }
        p->chunks = chunks;
        chunks[chunk] = td_mem_alloc(TD_STATE_CHUNK_COUNT * p->item_len);
        if (chunks[chunk] == NULL) {
            (void)td_state_fail(s, TD_ERR_NOMEM);
            return NULL;
        }
        p->chunk_count++;
    }
    return memset(pool_at(p, p->count++), 0, p->item_len);
}

static void pool_fini(pool *p) {
    for (size_t i = 0; i < p->chunk_count; i++)
        td_mem_free(p->chunks[i]);
    td_mem_free(p->chunks);
    *p = (pool){.item_len = p->item_len};
}

void *td_state_list_add(td_state *s, list *l) {
    if (TD_UNLIKELY(l->count == l->capacity)) {
        size_t capacity = l->capacity == 0 ? 64 : l->capacity * 2;
        void *items = NULL;
        if (l->count < l->count_max)
            items = td_mem_realloc(l->items, capacity * l->item_len);
        if (items == NULL) {
            (void)td_state_fail(s, l->count < l->count_max ? TD_ERR_NOMEM : TD_ERR_LIMIT);
            return NULL;
        }
        l->items = items;
        l->capacity = capacity;
    }
    return (uint8_t *)l->items + l->count++ * l->item_len;
}

bool td_state_journal(td_state *s, undo record) {
    undo *u = td_state_list_add(s, &s->journal);
    if (u == NULL)
        return false;
    *u = record;
    return true;
}

/* --- life ------------------------------------------------------------------------------------ */

static list list_of(size_t item_len) {
    return (list){.item_len = item_len, .count_max = TD_STATE_UNDO_COUNT_MAX};
}

int td_state_new(td_state **out, const td_state_base *base) {
    *out = NULL;
    td_state *s = td_mem_alloc(sizeof *s);
    if (s == NULL)
        return TD_ERR_NOMEM;
    s->base = *base;
    s->tx = 1; /* stamps of new objects are 0: of no transaction */
    td_map_init(&s->account_map, sizeof(td_addr), sizeof(acct *));
    td_map_init(&s->slot_map, sizeof(uint64_t) + sizeof(td_u256), sizeof(slot *));
    td_map_init(&s->transient_map, sizeof(uint64_t) + sizeof(td_u256), sizeof(transient_slot *));
    td_map_init(&s->ext_map, sizeof(td_hash), sizeof(ext *));
    td_map_init(&s->code_map, sizeof(td_hash), sizeof(td_bytes));
    s->accounts.item_len = sizeof(acct);
    s->slots.item_len = sizeof(slot);
    s->transients.item_len = sizeof(transient_slot);
    s->exts.item_len = sizeof(ext);
    s->journal = list_of(sizeof(undo));
    s->touched = list_of(sizeof(acct *));
    s->marked = list_of(sizeof(acct *));
    s->logs = list_of(sizeof(td_log_entry));
    td_arena_init(&s->bytes, TD_STATE_BLOCK_LEN, TD_STATE_BYTES_MAX);
    td_arena_init(&s->log_bytes, TD_STATE_BLOCK_LEN, TD_STATE_BYTES_MAX);
    *out = s;
    return TD_OK;
}

void td_state_free(td_state *s) {
    if (s == NULL)
        return;
    td_map *maps[] = {&s->account_map, &s->slot_map, &s->transient_map, &s->ext_map, &s->code_map};
    for (size_t i = 0; i < TD_COUNT(maps); i++)
        td_map_fini(maps[i]);
    pool *pools[] = {&s->accounts, &s->slots, &s->transients, &s->exts};
    for (size_t i = 0; i < TD_COUNT(pools); i++)
        pool_fini(pools[i]);
    list *lists[] = {&s->journal, &s->touched, &s->marked, &s->logs};
    for (size_t i = 0; i < TD_COUNT(lists); i++)
        td_mem_free(lists[i]->items);
    td_arena_fini(&s->bytes);
    td_arena_fini(&s->log_bytes);
    td_mem_free(s);
}

void td_state_reset(td_state *s, const td_state_base *base) {
    td_map *maps[] = {&s->account_map, &s->slot_map, &s->transient_map, &s->ext_map, &s->code_map};
    for (size_t i = 0; i < TD_COUNT(maps); i++)
        td_map_clear(maps[i]);
    pool *pools[] = {&s->accounts, &s->slots, &s->transients, &s->exts};
    for (size_t i = 0; i < TD_COUNT(pools); i++)
        pools[i]->count = 0;
    list *lists[] = {&s->journal, &s->touched, &s->marked, &s->logs};
    for (size_t i = 0; i < TD_COUNT(lists); i++)
        lists[i]->count = 0;
    td_arena_reset(&s->bytes);
    td_arena_reset(&s->log_bytes);
    s->base = *base;
    s->error = 0;
    s->tx = 1;
    s->generation_last = 0;
    s->last = NULL;
    memset(s->recent, 0, sizeof s->recent);
    s->refund = 0;
}

int td_state_error(const td_state *s) {
    return s->error;
}

/* --- transactions ---------------------------------------------------------------------------- */

void td_state_tx_begin(td_state *s) {
    s->tx++;
    s->journal.count = s->touched.count = s->marked.count = s->logs.count = 0;
    s->refund = 0;
    td_arena_reset(&s->log_bytes);
}

static bool acct_is_empty(const acct *a) {
    return a->now.nonce == 0 && td_u256_is_zero(&a->now.balance) &&
           td_hash_eq(&a->now.code_hash, &TD_KECCAK_EMPTY);
}

/* Removes the account with its storage; the journal is void by now, so nothing is recorded. */
static void acct_remove(td_state *s, acct *a) {
    a->exists = a->code_known = false;
    a->now = (td_account){.storage_root = TD_EMPTY_TRIE_ROOT, .code_hash = TD_KECCAK_EMPTY};
    a->generation = ++s->generation_last;
}

void td_state_tx_end(td_state *s, bool clear_empty) {
    if (s->error == 0) {
        acct **marked = s->marked.items;
        for (size_t i = 0; i < s->marked.count; i++)
            if (marked[i]->exists && (marked[i]->marked_always || marked[i]->created_tx == s->tx))
                acct_remove(s, marked[i]);
        acct **touched = s->touched.items;
        for (size_t i = 0; clear_empty && i < s->touched.count; i++)
            if (touched[i]->exists && acct_is_empty(touched[i]))
                acct_remove(s, touched[i]);
    }
    s->journal.count = s->touched.count = s->marked.count = 0;
    s->tx++; /* what changes before the next begin is touched anew */
}

/* --- journal --------------------------------------------------------------------------------- */

size_t td_state_mark(td_state *s) {
    return s->journal.count;
}

static void undo_account(td_state *s, const undo *u) {
    acct *a = u->at;
    switch ((undo_kind)u->kind) {
    case UNDO_EXISTS: a->exists = false; break;
    case UNDO_NONCE: a->now.nonce = u->stamp; break;
    case UNDO_BALANCE: a->now.balance = u->old.word; break;
    case UNDO_CODE:
        a->now.code_hash = u->old.hash;
        a->code_known = false;
        break;
    case UNDO_TOUCH:
        a->touched_tx = 0;
        s->touched.count--;
        break;
    case UNDO_CREATED: a->created_tx = 0; break;
    case UNDO_MARKED:
        if (u->flag)
            a->marked_always = false;
        else {
            a->marked_tx = 0;
            s->marked.count--;
        }
        break;
    case UNDO_GENERATION:
        a->generation = u->stamp;
        a->now.storage_root = u->old.hash;
        break;
    default: TD_ASSERT(false);
    }
}

static void undo_one(td_state *s, const undo *u) {
    switch ((undo_kind)u->kind) {
    case UNDO_SLOT: {
        slot *l = u->at;
        l->now = u->old.word;
        l->generation = u->stamp;
        if (u->flag)
            l->original_tx = 0;
        break;
    }
    case UNDO_TRANSIENT:
        ((transient_slot *)u->at)->value = u->old.word;
        ((transient_slot *)u->at)->tx = u->stamp;
        break;
    case UNDO_EXT: ((ext *)u->at)->now = (ext_value){u->old.bytes, u->stamp, u->flag}; break;
    case UNDO_WARM_ACCOUNT: ((acct *)u->at)->warm_tx = 0; break;
    case UNDO_WARM_SLOT: ((slot *)u->at)->warm_tx = 0; break;
    case UNDO_REFUND: s->refund = u->old.number; break;
    case UNDO_LOG: s->logs.count--; break;
    default: undo_account(s, u);
    }
}

void td_state_undo(td_state *s, size_t mark) {
    TD_ASSERT(mark <= s->journal.count);
    const undo *records = s->journal.items;
    while (s->journal.count > mark)
        undo_one(s, &records[--s->journal.count]);
}

/* --- refund and logs ------------------------------------------------------------------------- */

void td_state_refund_add(td_state *s, int64_t gas) {
    if (s->error < 0 || gas == 0 ||
        !td_state_journal(s, (undo){.kind = UNDO_REFUND, .old.number = s->refund}))
        return;
    s->refund += gas;
}

int64_t td_state_refund(const td_state *s) {
    return s->refund;
}

void td_state_log_add(td_state *s, const td_log_entry *log) {
    TD_ASSERT(log->topic_count <= TD_COUNT(log->topics));
    if (s->error < 0)
        return;
    const uint8_t *data = td_arena_copy(&s->log_bytes, log->data.ptr, log->data.len);
    if (data == NULL) {
        (void)td_state_fail(s, TD_ERR_NOMEM);
        return;
    }
    td_log_entry *entry = td_state_list_add(s, &s->logs);
    if (entry == NULL)
        return;
    *entry = *log;
    entry->data.ptr = data;
    if (!td_state_journal(s, (undo){.kind = UNDO_LOG}))
        s->logs.count--;
}

const td_log_entry *td_state_logs(const td_state *s, size_t *count) {
    *count = s->logs.count;
    return s->logs.items;
}
