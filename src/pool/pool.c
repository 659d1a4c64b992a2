/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool: one record a sender with its transactions in nonce order, and a
 * map from hash to transaction. Everything an outsider can grow is counted.
 */
#include "pool/pool.h"

#include "base/map.h"

typedef struct entry {
    td_tx tx;
    td_arena arena; /* owns what tx borrows */
    uint64_t arrival;
} entry;

typedef struct sender {
    td_addr addr;
    entry **entries; /* ascending nonce */
    size_t count, capacity;
    bool skipped; /* left out of the block being built */
} sender;

struct td_pool {
    td_map by_hash;   /* td_hash -> entry * */
    td_map by_sender; /* td_addr -> index into senders */
    sender *senders;
    size_t sender_count, sender_capacity;
    size_t count, bytes;
    uint64_t arrivals;
};

int td_pool_new(td_pool **out) {
    td_pool *p = td_mem_alloc(sizeof *p);
    if (p == NULL)
        return TD_ERR_NOMEM;
    td_map_init(&p->by_hash, sizeof(td_hash), sizeof(entry *));
    td_map_init(&p->by_sender, sizeof(td_addr), sizeof(size_t));
    *out = p;
    return TD_OK;
}

void td_pool_free(td_pool *p) {
    if (p == NULL)
        return;
    td_pool_clear(p);
    td_map_fini(&p->by_hash);
    td_map_fini(&p->by_sender);
    td_mem_free(p->senders);
    td_mem_free(p);
}

static void entry_free(entry *e) {
    td_arena_fini(&e->arena);
    td_mem_free(e);
}

static entry *entry_new(const td_tx *tx, uint64_t arrival) {
    entry *e = td_mem_alloc(sizeof *e);
    if (e == NULL)
        return NULL;
    td_arena_init(&e->arena, 1024, SIZE_MAX / 2);
    e->arrival = arrival;
    if (td_tx_copy(&e->tx, &e->arena, tx) != TD_OK) {
        entry_free(e);
        return NULL;
    }
    return e;
}

static sender *sender_find(const td_pool *p, const td_addr *addr) {
    const size_t *index = td_map_get(&p->by_sender, addr);
    return index == NULL ? NULL : &p->senders[*index];
}

static sender *sender_add(td_pool *p, const td_addr *addr) {
    if (p->sender_count == p->sender_capacity) {
        size_t capacity = p->sender_capacity ? p->sender_capacity * 2 : 16;
        sender *grown = td_mem_realloc(p->senders, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        p->senders = grown;
        p->sender_capacity = capacity;
    }
    size_t *index = td_map_put(&p->by_sender, addr, NULL);
    if (index == NULL)
        return NULL;
    *index = p->sender_count;
    p->senders[p->sender_count] = (sender){.addr = *addr};
    return &p->senders[p->sender_count++];
}

/* The last sender takes the place of one without transactions. */
static void sender_drop(td_pool *p, sender *s) {
    size_t at = (size_t)(s - p->senders), last = p->sender_count - 1;
    (void)td_map_del(&p->by_sender, &s->addr);
    td_mem_free(s->entries);
    if (at != last) {
        p->senders[at] = p->senders[last];
        size_t *index = td_map_get(&p->by_sender, &p->senders[at].addr);
        TD_ASSERT(index != NULL);
        *index = at;
    }
    p->sender_count = last;
}

/* The place of `nonce` among the sender's entries: of the first one not below it. */
static size_t place_of(const sender *s, uint64_t nonce) {
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (s->entries[mid]->tx.nonce < nonce)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void remove_at(td_pool *p, sender *s, size_t at) {
    entry *e = s->entries[at];
    (void)td_map_del(&p->by_hash, &e->tx.hash);
    memmove(s->entries + at, s->entries + at + 1, (s->count - at - 1) * sizeof *s->entries);
    s->count--;
    p->count--;
    p->bytes -= e->tx.raw.len;
    entry_free(e);
    if (s->count == 0)
        sender_drop(p, s);
}

/* floor(old * (100 + bump) / 100) + 1 at most: whether `price` is a real raise. */
static bool raises(const td_u256 *price, const td_u256 *old) {
    td_u256 factor = td_u256_from(100 + TD_POOL_PRICE_BUMP_PERCENT), hundred = td_u256_from(100);
    td_u256 needed, offered;
    bool over = td_u256_mul_overflow(&needed, old, &factor);
    if (td_u256_mul_overflow(&offered, price, &hundred))
        return !over || td_u256_lt(old, price);
    return !over && !td_u256_lt(&offered, &needed) && td_u256_lt(old, price);
}

static int check_room(const td_pool *p, const sender *s, const td_tx *tx, td_diag *diag) {
    if (p->count >= TD_POOL_COUNT_MAX || p->bytes + tx->raw.len > TD_POOL_BYTES_MAX)
        return td_diag_set(diag, TD_ERR_POOL_FULL,
                           "txpool is full: %zu transactions of %zu bytes (limits %d and %d)",
                           p->count, p->bytes, TD_POOL_COUNT_MAX, TD_POOL_BYTES_MAX);
    if (s != NULL && s->count >= TD_POOL_SENDER_COUNT_MAX)
        return td_diag_set(diag, TD_ERR_POOL_FULL,
                           "txpool is full: the account has %zu pending transactions (limit %d)",
                           s->count, TD_POOL_SENDER_COUNT_MAX);
    return TD_OK;
}

/* Puts `e` among the sender's entries at `at`. */
static int insert_at(td_pool *p, sender *s, size_t at, entry *e) {
    if (s->count == s->capacity) {
        size_t capacity = s->capacity ? s->capacity * 2 : 4;
        entry **grown = td_mem_realloc(s->entries, capacity * sizeof(entry *));
        if (grown == NULL)
            return TD_ERR_NOMEM;
        s->entries = grown;
        s->capacity = capacity;
    }
    entry **slot = td_map_put(&p->by_hash, &e->tx.hash, NULL);
    if (slot == NULL)
        return TD_ERR_NOMEM;
    *slot = e;
    memmove(s->entries + at + 1, s->entries + at, (s->count - at) * sizeof *s->entries);
    s->entries[at] = e;
    s->count++;
    p->count++;
    p->bytes += e->tx.raw.len;
    return TD_OK;
}

int td_pool_add(td_pool *p, const td_tx *tx, uint64_t state_nonce, td_diag *diag) {
    if (td_map_get(&p->by_hash, &tx->hash) != NULL)
        return td_diag_set(diag, TD_ERR_ALREADY_KNOWN, "already known");
    if (tx->nonce < state_nonce)
        return td_diag_set(diag, TD_ERR_NONCE_LOW, "nonce too low: next nonce %llu, tx nonce %llu",
                           (unsigned long long)state_nonce, (unsigned long long)tx->nonce);
    sender *s = sender_find(p, &tx->sender);
    size_t at = s == NULL ? 0 : place_of(s, tx->nonce);
    bool replaces = s != NULL && at < s->count && s->entries[at]->tx.nonce == tx->nonce;
    if (replaces) {
        const td_tx *old = &s->entries[at]->tx;
        if (!raises(&tx->fee_max, &old->fee_max) || !raises(&tx->tip_max, &old->tip_max))
            return td_diag_set(
                diag, TD_ERR_UNDERPRICED,
                "replacement transaction underpriced: both fees must rise by %d percent",
                TD_POOL_PRICE_BUMP_PERCENT);
    } else {
        int err = check_room(p, s, tx, diag);
        if (err != TD_OK)
            return err;
    }
    entry *e = entry_new(tx, p->arrivals);
    if (e == NULL)
        return TD_ERR_NOMEM;
    if (s == NULL && (s = sender_add(p, &tx->sender)) == NULL) {
        entry_free(e);
        return TD_ERR_NOMEM;
    }
    if (insert_at(p, s, at, e) != TD_OK) {
        entry_free(e);
        if (s->count == 0)
            sender_drop(p, s);
        return TD_ERR_NOMEM;
    }
    p->arrivals++;
    if (replaces)
        remove_at(p, s, at + 1);
    return TD_OK;
}

const td_tx *td_pool_get(const td_pool *p, const td_hash *hash) {
    entry **e = td_map_get(&p->by_hash, hash);
    return e == NULL ? NULL : &(*e)->tx;
}

bool td_pool_del(td_pool *p, const td_hash *hash) {
    const td_tx *tx = td_pool_get(p, hash);
    if (tx == NULL)
        return false;
    sender *s = sender_find(p, &tx->sender);
    TD_ASSERT(s != NULL);
    remove_at(p, s, place_of(s, tx->nonce));
    return true;
}

void td_pool_settle(td_pool *p, const td_addr *addr, uint64_t state_nonce) {
    sender *s = sender_find(p, addr);
    while (s != NULL && s->entries[0]->tx.nonce < state_nonce) {
        bool last = s->count == 1; /* then the sender goes with it */
        remove_at(p, s, 0);
        if (last)
            return;
    }
}

void td_pool_clear(td_pool *p) {
    while (p->sender_count != 0)
        remove_at(p, &p->senders[0], p->senders[0].count - 1);
}

uint64_t td_pool_next_nonce(const td_pool *p, const td_addr *addr, uint64_t state_nonce) {
    const sender *s = sender_find(p, addr);
    uint64_t next = state_nonce;
    if (s != NULL)
        for (size_t i = place_of(s, next); i < s->count && s->entries[i]->tx.nonce == next; i++)
            next++;
    return next;
}

size_t td_pool_count(const td_pool *p) {
    return p->count;
}

/* What the block's producer earns a gas: price - base fee; false when the cap is below the base
 * fee. */
static bool tip_at(td_u256 *tip, const td_tx *tx, const td_u256 *base_fee) {
    td_u256 price = td_tx_price(tx, base_fee);
    return !td_u256_sub(tip, &price, base_fee);
}

const td_tx *td_pool_pick(td_pool *p, const td_u256 *base_fee,
                          uint64_t (*nonce_of)(void *ctx, const td_addr *addr), void *ctx) {
    const entry *best = NULL;
    td_u256 best_tip = TD_U256_ZERO;
    for (size_t i = 0; i < p->sender_count; i++) {
        sender *s = &p->senders[i];
        if (s->skipped)
            continue;
        uint64_t nonce = nonce_of(ctx, &s->addr);
        size_t at = place_of(s, nonce);
        td_u256 tip;
        if (at == s->count || s->entries[at]->tx.nonce != nonce ||
            !tip_at(&tip, &s->entries[at]->tx, base_fee)) {
            s->skipped = true; /* a gap or a low fee cap does not heal within a block */
            continue;
        }
        const entry *e = s->entries[at];
        int order = best == NULL ? 1 : td_u256_cmp(&tip, &best_tip);
        if (order > 0 || (order == 0 && e->arrival < best->arrival)) {
            best = e;
            best_tip = tip;
        }
    }
    return best == NULL ? NULL : &best->tx;
}

void td_pool_skip(td_pool *p, const td_addr *addr) {
    sender *s = sender_find(p, addr);
    if (s != NULL)
        s->skipped = true;
}

void td_pool_unskip(td_pool *p) {
    for (size_t i = 0; i < p->sender_count; i++)
        p->senders[i].skipped = false;
}

const td_tx *td_pool_walk(const td_pool *p, size_t *at) {
    size_t skip = *at;
    for (size_t i = 0; i < p->sender_count; i++) {
        if (skip < p->senders[i].count) {
            (*at)++;
            return &p->senders[i].entries[skip]->tx;
        }
        skip -= p->senders[i].count;
    }
    return NULL;
}
