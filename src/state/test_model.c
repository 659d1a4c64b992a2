/* SPDX-License-Identifier: Apache-2.0
 *
 * Random operations on the journaled state against a naive model: plain arrays,
 * copied whole at every mark. The changes of each block, applied to the model's
 * base, must give the model.
 */
#include "base/test.h"
#include "state/state_private.h"

enum { ADDRS = 6, KEYS = 5, EXTS = 4, MARKS = 6, CODES = 4 };

typedef struct m_ext {
    bool present;
    uint8_t len, byte;
} m_ext;

typedef struct m_acct {
    bool exists, touched, warm, created, marked, always, dropped;
    uint64_t nonce, balance;
    uint8_t code;
    bool warm_slot[KEYS];
    uint64_t slot[KEYS], original[KEYS], transient[KEYS];
    m_ext ext[EXTS], text[EXTS];
} m_acct;

typedef struct model {
    m_acct a[ADDRS];
    int64_t refund;
    size_t logs;
} model;

typedef struct world {
    td_state *s;
    model base, now, saved[MARKS];
    size_t mark[MARKS], marks;
    uint64_t seed;
    uint8_t value[32]; /* what the base's reader returned last */
} world;

static uint64_t rnd(world *w, uint64_t below) {
    w->seed ^= w->seed << 13;
    w->seed ^= w->seed >> 7;
    w->seed ^= w->seed << 17;
    return (w->seed >> 11) % below;
}

static td_addr addr_of(size_t i) {
    td_addr a = {{0}};
    a.b[0] = (uint8_t)(0xf0 - 16 * i); /* descending, so that sorting shows */
    a.b[19] = (uint8_t)i;
    return a;
}

/* Keys that order differently as limbs and as bytes. */
static td_u256 key_of(size_t k) {
    return (td_u256){{k * 7, k == 2, 0, k == 3 ? 1u << 31 : 0}};
}

static td_bytes ext_key_of(size_t k) {
    static const uint8_t text[64] = {1, 2, 3, 4};
    static const size_t len[EXTS] = {2, 31, 33, 64};
    return TD_BYTES(text, len[k]);
}

static td_bytes code_of(uint8_t code) {
    static const uint8_t text[CODES + 1] = {0x60, 0x61, 0x62, 0x63, 0x64};
    return TD_BYTES(text, code); /* code 0 is none */
}

static const uint8_t *ext_bytes(m_ext e) {
    static const uint8_t text[3][64] = {{0}, {[0 ... 63] = 1}, {[0 ... 63] = 2}};
    return text[e.byte];
}

static bool has_any(const m_acct *a) {
    for (size_t k = 0; k < KEYS; k++)
        if (a->slot[k] != 0)
            return true;
    for (size_t k = 0; k < EXTS; k++)
        if (a->ext[k].present)
            return true;
    return false;
}

/* --- the base -------------------------------------------------------------------------------- */

static size_t index_of(const td_addr *addr) {
    return addr->b[19];
}

static int base_account(void *ctx, const td_addr *addr, td_account *out) {
    const m_acct *a = &((world *)ctx)->base.a[index_of(addr)];
    if (!a->exists)
        return 0;
    *out = (td_account){.nonce = a->nonce,
                        .balance = td_u256_from(a->balance),
                        .storage_root = TD_EMPTY_TRIE_ROOT,
                        .code_hash = td_keccak(code_of(a->code))};
    if (has_any(a))
        out->storage_root.b[0] ^= 1;
    return 1;
}

static int base_slot(void *ctx, const td_addr *addr, const td_account *account, td_bytes key,
                     td_bytes *value) {
    world *w = ctx;
    const m_acct *a = &w->base.a[index_of(addr)];
    assert_int_equal(account->nonce, a->nonce);
    for (size_t k = 0; k < EXTS; k++)
        if (td_bytes_eq(key, ext_key_of(k)) && a->ext[k].present) {
            *value = TD_BYTES(ext_bytes(a->ext[k]), a->ext[k].len);
            return 1;
        }
    for (size_t k = 0; k < KEYS; k++) {
        td_u256 u = key_of(k), v = td_u256_from(a->slot[k]);
        td_hash h = td_u256_to_hash(&u);
        if (td_bytes_eq(key, TD_BYTES_OF(h)) && a->slot[k] != 0) {
            *value = TD_BYTES(w->value, td_u256_store_be_short(w->value, &v));
            return 1;
        }
    }
    return 0;
}

static int base_code(void *ctx, const td_hash *hash, td_bytes *out) {
    (void)ctx;
    for (uint8_t c = 1; c <= CODES; c++) {
        td_hash h = td_keccak(code_of(c));
        if (td_hash_eq(&h, hash)) {
            *out = code_of(c);
            return 1;
        }
    }
    return 0;
}

/* --- operations on both ---------------------------------------------------------------------- */

static m_acct *own(world *w, size_t i) {
    m_acct *a = &w->now.a[i];
    a->exists = a->touched = true;
    return a;
}

static void drop_storage(m_acct *a) {
    a->dropped = true;
    memset(a->slot, 0, sizeof a->slot);
    memset(a->ext, 0, sizeof a->ext);
}

static void op_account(world *w, size_t i, uint64_t op) {
    td_addr addr = addr_of(i);
    uint64_t n = rnd(w, 4);
    td_u256 amount = td_u256_from(n);
    m_acct *a = &w->now.a[i];
    switch (op) {
    case 0:
        td_state_balance_add(w->s, &addr, &amount);
        own(w, i)->balance += n;
        break;
    case 1:
        assert_int_equal(td_state_balance_take(w->s, &addr, &amount), a->balance >= n);
        if (a->exists && a->balance >= n) {
            a->touched = true;
            a->balance -= n;
        }
        break;
    case 2:
        td_state_balance_set(w->s, &addr, &amount);
        own(w, i)->balance = n;
        break;
    case 3:
        td_state_nonce_set(w->s, &addr, n);
        own(w, i)->nonce = n;
        break;
    case 4: {
        uint8_t code = (uint8_t)rnd(w, CODES + 1);
        td_hash hash = td_keccak(code_of(code));
        td_state_code_set(w->s, &addr, code_of(code), rnd(w, 2) ? &hash : NULL);
        own(w, i)->code = code;
        break;
    }
    case 5:
        if (rnd(w, 3) != 0)
            break;
        td_state_create(w->s, &addr, n);
        a = own(w, i);
        a->nonce = n;
        a->code = 0;
        a->created = true;
        drop_storage(a);
        break;
    case 6:
        td_state_destroy(w->s, &addr);
        a->marked |= a->exists;
        break;
    case 7:
        if (rnd(w, 3) != 0)
            break;
        td_state_destroy_always(w->s, &addr);
        a->marked |= a->exists;
        a->always |= a->exists;
        break;
    default: assert_int_equal(td_state_warm_account(w->s, &addr), !a->warm); a->warm = true;
    }
}

static void op_slot(world *w, size_t i, uint64_t op) {
    td_addr addr = addr_of(i);
    size_t k = rnd(w, KEYS), x = rnd(w, EXTS);
    uint64_t n = rnd(w, 3) * 200;
    td_u256 key = key_of(k), value = td_u256_from(n);
    m_acct *a = &w->now.a[i];
    switch (op) {
    case 0:
    case 1:
        td_state_slot_set(w->s, &addr, &key, &value);
        own(w, i)->slot[k] = n;
        break;
    case 2:
        td_state_transient_set(w->s, &addr, &key, &value);
        a->transient[k] = n;
        break;
    case 3:
        assert_int_equal(td_state_warm_slot(w->s, &addr, &key), !a->warm_slot[k]);
        a->warm_slot[k] = true;
        break;
    default: {
        bool transient = rnd(w, 2), remove = rnd(w, 2);
        m_ext e = {true, (uint8_t)(rnd(w, 3) * 20), (uint8_t)rnd(w, 3)};
        td_state_ext_set(w->s, &addr, ext_key_of(x), transient, TD_BYTES(ext_bytes(e), e.len),
                         remove);
        if (e.len == 0 && remove)
            e = (m_ext){0};
        *(transient ? &a->text[x] : &own(w, i)->ext[x]) = e;
    }
    }
}

static void remove_account(m_acct *a) {
    a->exists = false;
    a->nonce = a->balance = a->code = 0;
    drop_storage(a);
}

static void op_tx_end(world *w) {
    bool clear = rnd(w, 4) != 0;
    td_state_tx_end(w->s, clear);
    for (size_t i = 0; i < ADDRS; i++) {
        m_acct *a = &w->now.a[i];
        bool empty = a->nonce == 0 && a->balance == 0 && a->code == 0;
        if (a->exists &&
            ((a->marked && (a->created || a->always)) || (clear && a->touched && empty)))
            remove_account(a);
        a->touched = a->warm = a->created = a->marked = a->always = false;
        memset(a->warm_slot, 0, sizeof a->warm_slot);
        memset(a->transient, 0, sizeof a->transient);
        memset(a->text, 0, sizeof a->text);
        memcpy(a->original, a->slot, sizeof a->slot);
    }
    w->marks = 0;
}

static void op_tx_begin(world *w) {
    td_state_tx_begin(w->s);
    w->now.refund = 0;
    w->now.logs = 0;
    w->marks = 0;
}

static void op_other(world *w, uint64_t op) {
    if (op == 0) {
        int64_t n = (int64_t)rnd(w, 9) - 4;
        td_state_refund_add(w->s, n);
        w->now.refund += n;
    } else if (op == 1) {
        td_log_entry log = {.addr = addr_of(1), .topic_count = 1, .data = TD_BYTES("abcd", 4)};
        log.topics[0].b[0] = (uint8_t)w->now.logs;
        td_state_log_add(w->s, &log);
        w->now.logs++;
    } else if (op < 6 && w->marks < MARKS) {
        w->saved[w->marks] = w->now;
        w->mark[w->marks++] = td_state_mark(w->s);
    } else if (op < 9 && w->marks != 0) {
        w->marks = rnd(w, w->marks);
        td_state_undo(w->s, w->mark[w->marks]);
        w->now = w->saved[w->marks];
    }
}

/* --- comparisons ----------------------------------------------------------------------------- */

static void compare_storage(world *w, size_t i, const td_addr *addr) {
    const m_acct *a = &w->now.a[i];
    for (size_t k = 0; k < KEYS; k++) {
        td_u256 key = key_of(k);
        assert_int_equal(td_state_slot(w->s, addr, &key).w[0], a->slot[k]);
        assert_int_equal(td_state_slot_original(w->s, addr, &key).w[0],
                         a->created ? 0 : a->original[k]);
        assert_int_equal(td_state_transient(w->s, addr, &key).w[0], a->transient[k]);
    }
    for (size_t k = 0; k < 2 * EXTS; k++) {
        m_ext e = k < EXTS ? a->ext[k] : a->text[k - EXTS];
        td_bytes value;
        assert_int_equal(td_state_ext(w->s, addr, ext_key_of(k % EXTS), k >= EXTS, &value),
                         e.present);
        assert_true(td_bytes_eq(value, TD_BYTES(ext_bytes(e), e.len)));
    }
}

static void compare(world *w, size_t i) {
    const m_acct *a = &w->now.a[i];
    td_addr addr = addr_of(i);
    const td_account *got = td_state_account_peek(w->s, &addr);
    assert_int_equal(got != NULL, a->exists);
    assert_int_equal(td_state_nonce(w->s, &addr), a->nonce);
    assert_int_equal(td_state_balance(w->s, &addr).w[0], a->balance);
    assert_true(td_bytes_eq(td_state_code(w->s, &addr), code_of(a->code)));
    assert_int_equal(td_state_is_empty(w->s, &addr),
                     a->nonce == 0 && a->balance == 0 && a->code == 0);
    assert_int_equal(td_state_created_in_tx(w->s, &addr), a->created);
    assert_int_equal(td_state_has_storage(w->s, &addr),
                     a->exists && ((has_any(&w->base.a[i]) && !a->dropped) || has_any(a)));
    compare_storage(w, i, &addr);
    size_t logs;
    (void)td_state_logs(w->s, &logs);
    assert_int_equal(logs, w->now.logs);
    assert_int_equal(td_state_refund(w->s), w->now.refund);
}

/* Applies a slot's change to `a`, checking that it is one. */
static void apply_slot(m_acct *a, const td_state_slot_change *c) {
    for (size_t k = 0; k < EXTS; k++)
        if (td_bytes_eq(c->key, ext_key_of(k))) {
            m_ext e = {!c->removed, (uint8_t)c->value.len, c->value.len ? c->value.ptr[0] : 0};
            m_ext was = a->ext[k];
            assert_true(was.present != e.present || was.len != e.len ||
                        (e.len != 0 && was.byte != e.byte));
            a->ext[k] = e;
            return;
        }
    for (size_t k = 0; k < KEYS; k++) {
        td_u256 u = key_of(k);
        td_hash h = td_u256_to_hash(&u);
        if (!td_bytes_eq(c->key, TD_BYTES_OF(h)))
            continue;
        td_u256 v = td_u256_load_be_short(c->value.ptr, c->value.len);
        assert_int_not_equal(v.w[0], a->slot[k]);
        assert_int_equal(c->removed, v.w[0] == 0);
        a->slot[k] = v.w[0];
        return;
    }
    fail_msg("a key nobody wrote");
}

static void apply_change(m_acct *a, const td_state_change *c) {
    if (c->deleted) {
        assert_true(a->exists);
        remove_account(a);
        return;
    }
    bool differs = !a->exists || c->storage_reset || c->slot_count != 0;
    differs |= a->nonce != c->account.nonce || a->balance != c->account.balance.w[0];
    differs |= c->code_changed;
    assert_true(differs);
    if (c->storage_reset)
        drop_storage(a);
    a->exists = true;
    a->nonce = c->account.nonce;
    a->balance = c->account.balance.w[0];
    td_hash before = td_keccak(code_of(a->code));
    assert_int_equal(c->code_changed, !td_hash_eq(&before, &c->account.code_hash));
    if (c->code_changed)
        a->code = (uint8_t)c->code.len;
    for (size_t i = 0; i < c->slot_count; i++) {
        if (i != 0) {
            td_bytes x = c->slots[i - 1].key, y = c->slots[i].key;
            int order = memcmp(x.ptr, y.ptr, x.len < y.len ? x.len : y.len);
            assert_true(order < 0 || (order == 0 && x.len < y.len));
        }
        apply_slot(a, &c->slots[i]);
    }
}

/* The changes turn the base into the model. */
static void check_changes(world *w) {
    td_arena arena;
    td_arena_init(&arena, 4096, 1 << 20);
    td_state_change *changes;
    int count = td_state_changes(w->s, &arena, &changes);
    assert_true(count >= 0);
    model built = w->base;
    for (int i = 0; i < count; i++) {
        if (i != 0)
            assert_true(memcmp(&changes[i - 1].addr, &changes[i].addr, sizeof(td_addr)) < 0);
        apply_change(&built.a[index_of(&changes[i].addr)], &changes[i]);
    }
    for (size_t i = 0; i < ADDRS; i++) {
        const m_acct *x = &built.a[i], *y = &w->now.a[i];
        assert_int_equal(x->exists, y->exists);
        assert_int_equal(x->nonce, y->nonce);
        assert_int_equal(x->balance, y->balance);
        assert_int_equal(x->code, y->code);
        if (!y->exists)
            continue;
        assert_memory_equal(x->slot, y->slot, sizeof x->slot);
        for (size_t k = 0; k < EXTS; k++) {
            assert_int_equal(x->ext[k].present, y->ext[k].present);
            assert_int_equal(x->ext[k].len, y->ext[k].len);
        }
    }
    td_arena_fini(&arena);
}

/* What was is the base of the next block. */
static void next_block(world *w) {
    for (size_t i = 0; i < ADDRS; i++) {
        w->now.a[i].dropped = false;
        if (!w->now.a[i].exists)
            w->now.a[i] = (m_acct){0};
    }
    w->base = w->now;
    td_state_base base = {base_account, base_slot, base_code, w};
    td_state_reset(w->s, &base);
    w->now.refund = 0;
    w->now.logs = 0;
    w->marks = 0;
}

static void run(uint64_t seed, int blocks) {
    world *w = td_mem_alloc(sizeof *w);
    assert_non_null(w);
    w->seed = seed;
    td_state_base base = {base_account, base_slot, base_code, w};
    assert_int_equal(td_state_new(&w->s, &base), 0);
    for (int b = 0; b < blocks; b++) {
        int txs = 1 + (int)rnd(w, 4);
        for (int t = 0; t < txs; t++) {
            op_tx_begin(w);
            for (uint64_t n = rnd(w, 120); n > 0; n--) {
                uint64_t kind = rnd(w, 10);
                size_t i = rnd(w, ADDRS);
                if (kind < 4)
                    op_account(w, i, rnd(w, 9));
                else if (kind < 8)
                    op_slot(w, i, rnd(w, 6));
                else
                    op_other(w, rnd(w, 9));
                compare(w, rnd(w, ADDRS));
            }
            op_tx_end(w);
            for (size_t i = 0; i < ADDRS; i++)
                compare(w, i);
            if (rnd(w, 2))
                check_changes(w);
        }
        check_changes(w);
        assert_int_equal(td_state_error(w->s), 0);
        next_block(w);
    }
    td_state_free(w->s);
    td_mem_free(w);
}

TEST(state_model, random_operations_equal_a_naive_model) {
    for (uint64_t seed = 1; seed <= 40; seed++)
        run(seed * 0x9E3779B97F4A7C15u, 12);
}
