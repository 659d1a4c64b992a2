/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this folder share: the chain object, the rows of the store
 * and the state base over it.
 */
#ifndef TD_CHAIN_PRIVATE_H
#define TD_CHAIN_PRIVATE_H

#include "chain/chain.h"
#include "chain/limits.h"
#include "db/db.h"
#include "trie/trie.h"

typedef struct chain_head {
    td_header header;
    td_hash hash;
    td_hash state_root; /* the header's, unless development controls changed the state since */
} chain_head;

typedef struct chain_clock {
    int64_t offset_s;      /* added to the wall clock */
    uint64_t next_s;       /* exact timestamp of the next block; 0: by the clock */
    td_u256 next_base_fee; /* of the next block */
    bool has_next_base_fee;
} chain_clock;

typedef struct chain_snapshot {
    uint64_t id;
    uint64_t number;
    td_hash state_root;
    chain_clock clock;
} chain_snapshot;

/* A base for td_state over the store at one root. */
typedef struct chain_base {
    td_db_snap *snap; /* borrowed */
    td_hash root;
    td_arena arena; /* scratch of one read */
} chain_base;

struct td_chain {
    td_db *db;
    td_db_snap *snap; /* of the head; reopened after every batch */
    td_exec *exec;
    td_pool *pool;
    td_state *view, *work; /* for questions, for building */
    chain_base view_base, work_base;
    td_arena scratch; /* of the call in progress */
    chain_head head;
    td_hash genesis_hash;
    uint64_t id;
    td_profile profile;
    td_fork fork;
    td_addr coinbase;
    chain_clock clock;
    bool automine;
    uint64_t block_time_s, next_seal_ns;
    chain_snapshot *snapshots;
    size_t snapshot_count;
    uint64_t snapshot_id;
    td_log *log;
    void (*on_news)(void *ctx, const td_news *news);
    void *news_ctx;
};

/* --- store.c: rows ------------------------------------------------------------------------------
 */

typedef struct chain_meta {
    uint64_t id;
    td_profile profile;
    td_fork fork;
    td_hash genesis_hash;
} chain_meta;
TD_MUST_USE
int chain_meta_put(td_db_batch *b, const chain_meta *meta);
TD_MUST_USE
int chain_meta_get(td_db_snap *s, chain_meta *meta);
TD_MUST_USE
int chain_head_put(td_db_batch *b, uint64_t number, const td_hash *hash, const td_hash *state_root);
/* Reads the head pointer and its header; TD_ERR_CORRUPT when they disagree. */
TD_MUST_USE
int chain_head_get(td_db_snap *s, td_fork fork, chain_head *head);
TD_MUST_USE
int chain_header_get(td_db_snap *s, td_fork fork, uint64_t number, td_header *header,
                     td_hash *hash);
/* All rows of a block. */
TD_MUST_USE
int chain_block_put(td_db_batch *b, const td_header *header, const td_hash *hash,
                    const td_tx *const *txs, size_t tx_count, const td_receipt *receipts);
/* Removes them again. */
TD_MUST_USE
int chain_block_del(td_chain *c, td_db_batch *b, uint64_t number);
/* A node store over a batch; nodes read are copied to the arena, since a write may move what a
 * batch gave. */
typedef struct chain_batch_nodes {
    td_db_batch *batch;
    td_arena *arena;
} chain_batch_nodes;
td_node_store chain_nodes_of_batch(chain_batch_nodes *nodes);
/* A node store over a snapshot: reads only, without copies. */
td_node_store chain_nodes_of_snap(td_db_snap *s);

/* --- base.c: state over the store
 * ----------------------------------------------------------------- */

void chain_base_init(chain_base *base, td_db_snap *snap, const td_hash *root);
void chain_base_fini(chain_base *base);
td_state_base chain_base_of(chain_base *base);
/* Writes the changes of `s` (made over `root`) and gives the new root. */
TD_MUST_USE
int chain_state_write(td_db_batch *b, td_arena *a, td_state *s, const td_hash *root,
                      td_hash *new_root);

/* --- chain.c
 * -------------------------------------------------------------------------------------- */

/* Opens a new snapshot after a batch; the old one's borrows end. */
TD_MUST_USE
int chain_resnap(td_chain *c);
/* The work state over the head, ready for changes. */
TD_MUST_USE
td_state *chain_work(td_chain *c);
void chain_news(td_chain *c, td_news_kind kind, const td_hash *hash);
td_hash chain_block_hash(void *chain, uint64_t number);
/* Facts of block `header` for its transactions. */
td_exec_block chain_exec_block(td_chain *c, const td_header *header);

/* --- seal.c
 * --------------------------------------------------------------------------------------- */

/* The header the next block starts from: all but roots, bloom and gas used. */
void chain_header_next(td_chain *c, td_header *header);
TD_MUST_USE
int chain_seal(td_chain *c, uint64_t timestamp_s, td_diag *diag);

#endif
