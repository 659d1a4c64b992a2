/* SPDX-License-Identifier: Apache-2.0
 *
 * The head's state, whole: two nested walks over the tries, with names from the
 * preimage column.
 */
#include "chain/chain_private.h"

#include "codec/rlp.h"

typedef struct dump {
    td_chain *chain;
    const td_dump_visitor *visitor;
} dump;

static int preimage(td_chain *c, td_bytes hash, td_bytes *name) {
    int err = td_db_get(c->snap, TD_DB_PREIMAGE, hash, name);
    return err == TD_ERR_NOT_FOUND ? TD_ERR_CORRUPT : err;
}

static int visit_slot(void *ctx, td_bytes key, td_bytes value) {
    dump *d = ctx;
    td_bytes name, plain;
    td_rlp r = td_rlp_over(value);
    int err = preimage(d->chain, key, &name);
    if (err == TD_OK)
        err = td_rlp_bytes(&r, &plain);
    return err != TD_OK ? err : d->visitor->slot(d->visitor->ctx, name, plain);
}

static int visit_account(void *ctx, td_bytes key, td_bytes value) {
    dump *d = ctx;
    td_bytes name, code = {0};
    td_trie_account row;
    int err = preimage(d->chain, key, &name);
    if (err == TD_OK && (name.len != 20 || td_trie_account_decode(&row, value) != TD_OK))
        err = TD_ERR_CORRUPT;
    if (err == TD_OK && !td_hash_eq(&row.code_hash, &TD_KECCAK_EMPTY))
        err = td_db_get(d->chain->snap, TD_DB_CODE, TD_BYTES_OF(row.code_hash), &code);
    if (err != TD_OK)
        return err;
    td_account account = {row.nonce, td_u256_load_be(row.balance_be.b), row.storage_root,
                          row.code_hash};
    td_addr addr;
    memcpy(addr.b, name.ptr, 20);
    err = d->visitor->account(d->visitor->ctx, &addr, &account, code);
    if (err != TD_OK)
        return err;
    td_arena scratch; /* the outer walk keeps its place in the chain's */
    td_arena_init(&scratch, 1 << 14, TD_CHAIN_ARENA_MAX);
    td_node_store nodes = chain_nodes_of_snap(d->chain->snap);
    err = td_trie_walk(&nodes, &scratch, &row.storage_root, visit_slot, d);
    td_arena_fini(&scratch);
    return err;
}

int td_chain_dump(td_chain *c, const td_dump_visitor *visitor) {
    dump d = {c, visitor};
    td_node_store nodes = chain_nodes_of_snap(c->snap);
    int err = td_trie_walk(&nodes, &c->scratch, &c->head.state_root, visit_account, &d);
    td_arena_reset(&c->scratch);
    return err;
}
