/* SPDX-License-Identifier: Apache-2.0
 *
 * The two directions between td_state and the store: a base that reads accounts
 * and slots out of the tries, and the writing of a block's changes into them.
 */
#include "chain/chain_private.h"

#include "codec/rlp.h"

enum { READ_ARENA_MAX = 1 << 22 /* one path of a trie needs a few KiB */ };

void chain_base_init(chain_base *base, td_db_snap *snap, const td_hash *root) {
    base->snap = snap;
    base->root = *root;
    if (base->arena.block_size == 0)
        td_arena_init(&base->arena, 8192, READ_ARENA_MAX);
}

void chain_base_fini(chain_base *base) {
    td_arena_fini(&base->arena);
}

static int read_account(void *ctx, const td_addr *addr, td_account *out) {
    chain_base *base = ctx;
    td_node_store nodes = chain_nodes_of_snap(base->snap);
    td_hash key = td_keccak(TD_BYTES_OF(*addr));
    td_bytes value;
    td_trie_account account;
    td_arena_reset(&base->arena);
    int found = td_trie_get(&nodes, &base->arena, &base->root, TD_BYTES_OF(key), &value);
    if (found <= 0)
        return found;
    if (td_trie_account_decode(&account, value) != TD_OK)
        return TD_ERR_CORRUPT;
    out->nonce = account.nonce;
    out->balance = td_u256_load_be(account.balance_be.b);
    out->storage_root = account.storage_root;
    out->code_hash = account.code_hash;
    return 1;
}

static int read_slot(void *ctx, const td_addr *addr, const td_account *account, td_bytes slot,
                     td_bytes *value) {
    (void)addr;
    chain_base *base = ctx;
    td_node_store nodes = chain_nodes_of_snap(base->snap);
    td_hash key = td_keccak(slot);
    td_bytes row;
    td_arena_reset(&base->arena);
    int found = td_trie_get(&nodes, &base->arena, &account->storage_root, TD_BYTES_OF(key), &row);
    if (found <= 0)
        return found;
    td_rlp r = td_rlp_over(row);
    return td_rlp_bytes(&r, value) == TD_OK ? 1 : TD_ERR_CORRUPT;
}

static int read_code(void *ctx, const td_hash *code_hash, td_bytes *out) {
    chain_base *base = ctx;
    int err = td_db_get(base->snap, TD_DB_CODE, TD_BYTES_OF(*code_hash), out);
    return err == TD_OK ? 1 : err == TD_ERR_NOT_FOUND ? 0 : err;
}

td_state_base chain_base_of(chain_base *base) {
    return (td_state_base){read_account, read_slot, read_code, base};
}

/* A slot in the trie is the RLP of its byte string. */
static int slot_value(td_arena *a, td_bytes value, td_bytes *out) {
    td_out buf;
    td_out_init(&buf, value.len + 16);
    td_rlp_put_bytes(&buf, value.ptr, value.len);
    uint8_t *copy = buf.failed ? NULL : td_arena_copy(a, buf.ptr, buf.len);
    *out = TD_BYTES(copy, buf.len);
    td_out_fini(&buf);
    return copy == NULL ? TD_ERR_NOMEM : TD_OK;
}

/* Tries are keyed by hashes; dumps need the names back. */
static int put_preimage(td_db_batch *b, const td_hash *hash, td_bytes name) {
    return td_db_put(b, TD_DB_PREIMAGE, TD_BYTES_OF(*hash), name);
}

static int write_storage(td_db_batch *b, const td_node_store *nodes, td_arena *a,
                         const td_state_change *change, td_hash *root) {
    td_hash from = change->storage_reset ? TD_EMPTY_TRIE_ROOT : change->account.storage_root;
    *root = from;
    if (change->slot_count == 0)
        return TD_OK;
    td_trie_change *rows = td_arena_alloc(a, change->slot_count * sizeof *rows);
    td_hash *keys = td_arena_alloc(a, change->slot_count * sizeof *keys);
    if (rows == NULL || keys == NULL)
        return TD_ERR_NOMEM;
    for (size_t i = 0; i < change->slot_count; i++) {
        keys[i] = td_keccak(change->slots[i].key);
        rows[i] = (td_trie_change){.key = TD_BYTES_OF(keys[i])};
        if (change->slots[i].removed)
            continue;
        int err = slot_value(a, change->slots[i].value, &rows[i].value);
        if (err == TD_OK)
            err = put_preimage(b, &keys[i], change->slots[i].key);
        if (err != TD_OK)
            return err;
    }
    return td_trie_update(nodes, a, &from, rows, change->slot_count, root);
}

/* The account's new value in the trie; empty for a deleted one. */
static int write_account(td_db_batch *b, const td_node_store *nodes, td_arena *a,
                         const td_state_change *change, td_bytes *value) {
    *value = (td_bytes){0};
    if (change->deleted)
        return TD_OK;
    td_trie_account account = {.nonce = change->account.nonce,
                               .code_hash = change->account.code_hash};
    td_u256_store_be(account.balance_be.b, &change->account.balance);
    int err = write_storage(b, nodes, a, change, &account.storage_root);
    if (err == TD_OK && change->code_changed && change->code.len != 0)
        err = td_db_put(b, TD_DB_CODE, TD_BYTES_OF(account.code_hash), change->code);
    return err != TD_OK ? err : td_trie_account_encode(a, &account, value);
}

int chain_state_write(td_db_batch *b, td_arena *a, td_state *s, const td_hash *root,
                      td_hash *new_root) {
    td_state_change *changes;
    int count = td_state_changes(s, a, &changes);
    if (count < 0)
        return count;
    *new_root = *root;
    if (count == 0)
        return TD_OK;
    td_node_store nodes = chain_nodes_of_batch(&(chain_batch_nodes){b, a});
    td_trie_change *rows = td_arena_alloc(a, (size_t)count * sizeof *rows);
    td_hash *keys = td_arena_alloc(a, (size_t)count * sizeof *keys);
    if (rows == NULL || keys == NULL)
        return TD_ERR_NOMEM;
    for (int i = 0; i < count; i++) {
        keys[i] = td_keccak(TD_BYTES_OF(changes[i].addr));
        rows[i].key = TD_BYTES_OF(keys[i]);
        int err = write_account(b, &nodes, a, &changes[i], &rows[i].value);
        if (err == TD_OK)
            err = put_preimage(b, &keys[i], TD_BYTES_OF(changes[i].addr));
        if (err != TD_OK)
            return err;
    }
    return td_trie_update(&nodes, a, root, rows, (size_t)count, new_root);
}
