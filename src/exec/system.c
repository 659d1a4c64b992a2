/* SPDX-License-Identifier: Apache-2.0
 *
 * The system account 0x…0910 (rulings.md 2): code registry, immutables and the
 * deposit ledger, each record one extended slot of its storage, so that all of
 * it is under the state root and reverts with the frame that wrote it. The
 * layout is docs/decisions/system-account.md; all integers are big-endian.
 */
#include "exec/exec_private.h"

const td_addr TD_SYSTEM_ADDR = {{[18] = 0x09, [19] = 0x10}};

/* The first byte of a key says what the record is; the rest is a hash or an address. */
enum kind {
    KIND_BLOB = 'C',       /* code hash: the blob */
    KIND_CODE = 'I',       /* code hash: td_code_info */
    KIND_IMMUTABLES = 'M', /* address: bytes */
    KIND_LEDGER = 'D',     /* address: ledger */
    KIND_TOTAL = 'S',      /* a zero byte: wei held in all */
    KIND_ENDED = 'T',      /* address, transient: terminated in this transaction */
};

enum { CODE_INFO_LEN = 20 + 8 + 4 + 32, LEDGER_LEN = 32 + 32 + 2 * (8 + 32) };

typedef struct key {
    uint8_t b[33];
    uint8_t len;
} key;

static key key_of(enum kind kind, const void *ptr, size_t len) {
    key k = {.b = {(uint8_t)kind}, .len = (uint8_t)(1 + len)};
    memcpy(k.b + 1, ptr, len);
    return k;
}
static key key_hash(enum kind kind, const td_hash *hash) {
    return key_of(kind, hash->b, 32);
}
static key key_addr(enum kind kind, const td_addr *addr) {
    return key_of(kind, addr->b, 20);
}
static key key_total(void) {
    return key_of(KIND_TOTAL, "", 1);
}

static bool get(td_state *s, key k, td_bytes *value) {
    return td_state_ext(s, &TD_SYSTEM_ADDR, TD_BYTES(k.b, k.len), false, value);
}

static void put(td_state *s, key k, td_bytes value) {
    /* With nonce 0 and no balance the account would be empty and cleared away with its storage
     * (EIP-161). */
    if (td_state_nonce(s, &TD_SYSTEM_ADDR) == 0)
        td_state_nonce_set(s, &TD_SYSTEM_ADDR, 1);
    td_state_ext_set(s, &TD_SYSTEM_ADDR, TD_BYTES(k.b, k.len), false, value, value.len == 0);
}

static void del(td_state *s, key k) {
    put(s, k, (td_bytes){NULL, 0});
}

/* --- the money ------------------------------------------------------------------------------- */

static td_u256 total_get(td_state *s) {
    td_bytes v;
    return get(s, key_total(), &v) && v.len == 32 ? td_u256_load_be(v.ptr) : TD_U256_ZERO;
}

static void total_put(td_state *s, const td_u256 *total) {
    uint8_t word[32];
    td_u256_store_be(word, total);
    put(s, key_total(), TD_BYTES(word, td_u256_is_zero(total) ? 0 : 32));
}

bool td_exec_ledger_balanced(td_state *s) {
    td_u256 total = total_get(s), balance = td_state_balance(s, &TD_SYSTEM_ADDR);
    return td_u256_eq(&total, &balance);
}

static void total_add(td_state *s, const td_u256 *wei) {
    td_u256 total = total_get(s);
    (void)td_u256_add(&total, &total, wei);
    total_put(s, &total);
}

/* Deposit gas becomes wei held by the system account: the sender paid for it when gas was bought,
 * and the fee at the end of the transaction leaves it out. Returns the wei. */
static td_u256 hold(td_ctx *c, uint64_t gas) {
    td_u256 wei = td_u256_from(gas);
    td_u256_mul(&wei, &wei, &c->deposit_price);
    c->deposit_gas = td_add_sat(c->deposit_gas, gas);
    c->deposit_net += (int64_t)gas;
    if (!td_u256_is_zero(&wei)) {
        td_state_balance_add(c->s, &TD_SYSTEM_ADDR, &wei);
        total_add(c->s, &wei);
    }
    return wei;
}

/* Held wei goes back. */
static void give_back(td_ctx *c, const td_addr *to, const td_u256 *wei) {
    if (td_u256_is_zero(wei) || !td_state_balance_take(c->s, &TD_SYSTEM_ADDR, wei))
        return;
    td_u256 total = total_get(c->s);
    (void)td_u256_sub(&total, &total, wei);
    total_put(c->s, &total);
    td_state_balance_add(c->s, to, wei);
}

/* --- the ledger: what is held for a contract -------------------------------------------------- */

/* Storage of one sort: how much there is and the wei held for it in all. */
typedef struct pot {
    uint64_t count;
    td_u256 wei;
} pot;

typedef struct ledger {
    td_hash code_hash; /* of an instantiated contract, else zeros */
    td_u256 base;      /* wei for the contract's record, until it ends */
    pot bytes, items;
} ledger;

static const uint8_t *pot_load(pot *p, const uint8_t *at) {
    *p = (pot){td_load_be64(at), td_u256_load_be(at + 8)};
    return at + 40;
}

static uint8_t *pot_store(uint8_t *at, const pot *p) {
    td_store_be64(at, p->count);
    td_u256_store_be(at + 8, &p->wei);
    return at + 40;
}

static bool ledger_get(td_state *s, const td_addr *addr, ledger *l) {
    td_bytes v;
    *l = (ledger){0};
    if (!get(s, key_addr(KIND_LEDGER, addr), &v) || v.len != LEDGER_LEN)
        return false;
    memcpy(l->code_hash.b, v.ptr, 32);
    l->base = td_u256_load_be(v.ptr + 32);
    (void)pot_load(&l->items, pot_load(&l->bytes, v.ptr + 64));
    return true;
}

static void ledger_put(td_state *s, const td_addr *addr, const ledger *l) {
    uint8_t v[LEDGER_LEN];
    memcpy(v, l->code_hash.b, 32);
    td_u256_store_be(v + 32, &l->base);
    (void)pot_store(pot_store(v + 64, &l->bytes), &l->items);
    put(s, key_addr(KIND_LEDGER, addr), TD_BYTES(v, td_bytes_zero(v, sizeof v) ? 0 : sizeof v));
}

/* floor(wei * part / whole) for part <= whole, without a 512-bit product. */
static td_u256 share(const td_u256 *wei, uint64_t part, uint64_t whole) {
    td_u256 w = td_u256_from(whole), p = td_u256_from(part), q, r;
    td_u256_divmod(&q, &r, wei, &w); /* wei = q * whole + r, r < 2^64 */
    td_u256_mul(&q, &q, &p);
    td_u256_mul(&r, &r, &p);
    td_u256_div(&r, &r, &w);
    (void)td_u256_add(&q, &q, &r);
    return q;
}

/* Grows or shrinks a pot at `price` gas a unit. Returns the gas due, and in *back the wei that
 * comes free, pro rata (contracts-runtime.md 2.5). */
static uint64_t pot_move(td_ctx *c, pot *p, int64_t delta, uint64_t price, td_u256 *back) {
    if (delta > 0) {
        uint64_t gas = td_mul_sat((uint64_t)delta, price);
        td_u256 wei = hold(c, gas);
        (void)td_u256_add(&p->wei, &p->wei, &wei);
        p->count = td_add_sat(p->count, (uint64_t)delta);
        return gas;
    }
    /* Slots the EVM wrote in a delegate call hold no deposit, so less may be there than goes. */
    uint64_t gone = td_min_u64((uint64_t)-delta, p->count);
    if (gone == 0)
        return 0;
    td_u256 wei = share(&p->wei, gone, p->count);
    (void)td_u256_sub(&p->wei, &p->wei, &wei);
    p->count -= gone;
    c->deposit_net -= (int64_t)(gone * price);
    (void)td_u256_add(back, back, &wei);
    return 0;
}

uint64_t td_exec_deposit(td_ctx *c, const td_addr *addr, int64_t byte_delta, int64_t item_delta) {
    td_bytes ended;
    key k = key_addr(KIND_ENDED, addr);
    if ((byte_delta == 0 && item_delta == 0) ||
        td_state_ext(c->s, &TD_SYSTEM_ADDR, TD_BYTES(k.b, k.len), true, &ended))
        return 0; /* storage of a contract that has ended goes with it */
    ledger l;
    td_u256 back = TD_U256_ZERO;
    (void)ledger_get(c->s, addr, &l);
    uint64_t gas = pot_move(c, &l.bytes, byte_delta, TD_EXEC_DEPOSIT_STORAGE_BYTE, &back);
    gas = td_add_sat(gas, pot_move(c, &l.items, item_delta, TD_EXEC_DEPOSIT_ITEM, &back));
    ledger_put(c->s, addr, &l);
    give_back(c, &c->env.origin, &back);
    return gas;
}

void td_exec_unowned_add(td_ctx *c, const td_u256 *wei) {
    if (td_u256_is_zero(wei))
        return;
    ledger l;
    (void)ledger_get(c->s, &TD_SYSTEM_ADDR, &l);
    (void)td_u256_add(&l.base, &l.base, wei);
    ledger_put(c->s, &TD_SYSTEM_ADDR, &l);
    total_add(c->s, wei);
}

/* --- code ------------------------------------------------------------------------------------ */

bool td_exec_code_info(td_state *s, const td_hash *hash, td_code_info *out) {
    td_bytes v;
    *out = (td_code_info){0};
    if (!get(s, key_hash(KIND_CODE, hash), &v) || v.len != CODE_INFO_LEN)
        return false;
    memcpy(out->owner.b, v.ptr, 20);
    out->refcount = td_load_be64(v.ptr + 20);
    out->code_len = td_load_be32(v.ptr + 28);
    out->deposit = td_u256_load_be(v.ptr + 32);
    return true;
}

static void code_info_put(td_state *s, const td_hash *hash, const td_code_info *info) {
    uint8_t v[CODE_INFO_LEN];
    memcpy(v, info->owner.b, 20);
    td_store_be64(v + 20, info->refcount);
    td_store_be32(v + 28, info->code_len);
    td_u256_store_be(v + 32, &info->deposit);
    put(s, key_hash(KIND_CODE, hash), TD_BYTES(v, sizeof v));
}

td_bytes td_exec_code_blob(td_state *s, const td_hash *hash) {
    td_bytes v;
    return get(s, key_hash(KIND_BLOB, hash), &v) ? v : (td_bytes){NULL, 0};
}

void td_exec_code_upload(td_ctx *c, const td_hash *hash, td_bytes blob, const td_addr *owner,
                         uint64_t *gas_due) {
    uint64_t gas = (uint64_t)blob.len * TD_EXEC_DEPOSIT_CODE_BYTE +
                   TD_EXEC_DEPOSIT_UPLOAD_ITEMS * TD_EXEC_DEPOSIT_ITEM;
    td_code_info info = {.owner = *owner, .code_len = (uint32_t)blob.len, .deposit = hold(c, gas)};
    put(c->s, key_hash(KIND_BLOB, hash), blob);
    code_info_put(c->s, hash, &info);
    *gas_due = td_add_sat(*gas_due, gas);
}

void td_exec_code_remove(td_ctx *c, const td_hash *hash) {
    td_code_info info;
    if (!td_exec_code_info(c->s, hash, &info))
        return;
    del(c->s, key_hash(KIND_BLOB, hash));
    del(c->s, key_hash(KIND_CODE, hash));
    give_back(c, &info.owner, &info.deposit);
}

/* --- contracts ------------------------------------------------------------------------------- */

uint64_t td_exec_contract_added(td_ctx *c, const td_addr *addr, const td_hash *code_hash) {
    td_code_info info;
    if (td_exec_code_info(c->s, code_hash, &info)) {
        info.refcount++;
        code_info_put(c->s, code_hash, &info);
    }
    ledger l;
    (void)ledger_get(c->s, addr, &l);
    td_u256 wei = hold(c, TD_EXEC_DEPOSIT_ITEM);
    (void)td_u256_add(&l.base, &l.base, &wei);
    l.code_hash = *code_hash;
    ledger_put(c->s, addr, &l);
    return TD_EXEC_DEPOSIT_ITEM;
}

void td_exec_contract_ended(td_ctx *c, const td_addr *addr) {
    ledger l;
    key ended = key_addr(KIND_ENDED, addr);
    if (!ledger_get(c->s, addr, &l))
        return; /* nothing was ever held: an EVM contract, or one that has ended already */
    td_state_ext_set(c->s, &TD_SYSTEM_ADDR, TD_BYTES(ended.b, ended.len), true, TD_BYTES("\1", 1),
                     false);
    del(c->s, key_addr(KIND_LEDGER, addr));
    del(c->s, key_addr(KIND_IMMUTABLES, addr));
    td_u256 wei = l.base;
    (void)td_u256_add(&wei, &wei, &l.bytes.wei);
    (void)td_u256_add(&wei, &wei, &l.items.wei);
    give_back(c, &c->env.origin, &wei);
    bool is_contract = !td_bytes_zero(l.code_hash.b, 32);
    c->deposit_net -= (int64_t)(l.bytes.count * TD_EXEC_DEPOSIT_STORAGE_BYTE +
                                (l.items.count + is_contract) * TD_EXEC_DEPOSIT_ITEM);
    td_code_info info;
    if (!is_contract || !td_exec_code_info(c->s, &l.code_hash, &info))
        return;
    if (info.refcount > 1) {
        info.refcount--;
        code_info_put(c->s, &l.code_hash, &info);
    } else {
        td_exec_code_remove(c, &l.code_hash);
    }
}

/* --- immutables ------------------------------------------------------------------------------ */

td_bytes td_exec_immutables(td_state *s, const td_addr *addr) {
    td_bytes v;
    return get(s, key_addr(KIND_IMMUTABLES, addr), &v) ? v : (td_bytes){NULL, 0};
}

void td_exec_immutables_set(td_ctx *c, const td_addr *addr, td_bytes data) {
    put(c->s, key_addr(KIND_IMMUTABLES, addr), data);
}
