/* SPDX-License-Identifier: Apache-2.0
 *
 * The journaled state's objects and what its files share. Accounts, slots and
 * extended slots are loaded once a block into objects that never move; maps
 * find them, undo records point to them. Facts of one transaction (warm,
 * touched, created, original) are stamps that hold while they equal the
 * transaction's number, so that beginning a transaction clears nothing.
 */
#ifndef TD_STATE_PRIVATE_H
#define TD_STATE_PRIVATE_H

#include "base/map.h"
#include "crypto/crypto.h"
#include "state/limits.h"
#include "state/state.h"

/* Objects of one size in chunks that never move; object `i` is zeroed when it is added. */
typedef struct pool {
    uint8_t **chunks;
    size_t chunk_count, count, item_len;
} pool;

typedef struct slot slot;
typedef struct ext ext;

typedef struct acct {
    td_addr addr;
    bool loaded, base_exists, exists, code_known;
    td_account base, now; /* `now` is an empty account while it does not exist */
    td_bytes code;        /* of now.code_hash, when code_known */
    uint64_t id;          /* in the pool; part of the keys of its slots */
    /* Which storage is current: slots of another generation read as empty. 0 is the base's storage.
     */
    uint64_t generation;
    uint64_t warm_tx, touched_tx, created_tx, marked_tx;
    bool marked_always; /* destroyed also when older than the transaction */
    slot *slots;
    ext *exts;
} acct;

struct slot {
    acct *account;
    slot *next; /* of the account */
    td_u256 key, base, now, original;
    uint64_t generation;  /* of the storage `now` belongs to */
    uint64_t original_tx; /* `original` is of this transaction; else the current value is */
    uint64_t warm_tx;
    bool loaded;
};

typedef struct transient_slot {
    td_u256 value;
    uint64_t tx; /* the value is zero in any other transaction */
} transient_slot;

/* A version of an extended slot. */
typedef struct ext_value {
    td_bytes bytes;
    uint64_t life; /* generation of the storage, or number of the transaction for transient ones */
    bool present;
} ext_value;

struct ext {
    acct *account;
    ext *next;
    td_bytes key;
    ext_value base, now;
    bool is_transient;
};

typedef enum undo_kind {
    UNDO_EXISTS,
    UNDO_NONCE,
    UNDO_BALANCE,
    UNDO_CODE,
    UNDO_TOUCH,
    UNDO_CREATED,
    UNDO_MARKED,
    UNDO_GENERATION,
    UNDO_SLOT,
    UNDO_TRANSIENT,
    UNDO_EXT,
    UNDO_WARM_ACCOUNT,
    UNDO_WARM_SLOT,
    UNDO_REFUND,
    UNDO_LOG,
} undo_kind;

/* What undoing one change needs; `at` is the object. */
typedef struct undo {
    uint8_t kind;
    bool flag;
    uint64_t stamp;
    void *at;
    union {
        td_u256 word;
        td_hash hash;
        td_bytes bytes;
        int64_t number;
    } old;
} undo;

/* A growable array of plain items. */
typedef struct list {
    void *items;
    size_t count, capacity, item_len, count_max;
} list;

struct td_state {
    td_state_base base;
    int error;
    uint64_t tx;              /* number of the transaction; moves at its begin and at its end */
    uint64_t generation_last; /* the newest storage generation given out */
    acct *last;               /* the account looked up last */
    /* Slots looked up of late, each where its key says; NULL or any slot. An SSTORE asks for one
     * four times, a loop for the same few again and again. */
    slot *recent[TD_STATE_RECENT_COUNT];
    td_map account_map, slot_map, transient_map, ext_map, code_map;
    pool accounts, slots, transients, exts;
    list journal, touched, marked, logs;
    int64_t refund;
    td_arena bytes;     /* code and extended values: until the state's reset */
    td_arena log_bytes; /* until the next transaction */
};

/* Makes the error stay; the first one counts. Returns `err`. */
int td_state_fail(td_state *s, int err);
/* Adds an object; NULL with the error set when memory ends. */
void *td_state_pool_add(td_state *s, pool *p);
TD_INLINE void *pool_at(const pool *p, size_t i) {
    return p->chunks[i / TD_STATE_CHUNK_COUNT] + i % TD_STATE_CHUNK_COUNT * p->item_len;
}
/* Room for one more item of a list; NULL with the error set when memory ends. */
void *td_state_list_add(td_state *s, list *l);
/* Adds an undo record; false with the error set when it cannot: the change must not be made then.
 */
TD_MUST_USE
bool td_state_journal(td_state *s, undo record);

/* The account object of `addr`, not necessarily loaded; NULL after an error. */
acct *td_state_account_object(td_state *s, const td_addr *addr);
/* The same, loaded from the base. */
acct *td_state_account_load(td_state *s, const td_addr *addr);
/* The same for writing: exists and is touched. NULL after an error. */
acct *td_state_account_own(td_state *s, const td_addr *addr);
/* Makes the account a storage of its own generation: all slots read as empty. */
void td_state_storage_drop(td_state *s, acct *a);

TD_INLINE td_u256 slot_now(const slot *l) {
    return l->generation == l->account->generation ? l->now : TD_U256_ZERO;
}
/* Whether the extended slot has a value now. */
TD_INLINE bool ext_here(const td_state *s, const ext *e) {
    return e->now.present && e->now.life == (e->is_transient ? s->tx : e->account->generation);
}

#endif
