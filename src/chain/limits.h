/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounds of the chain module, each with its reason.
 */
#ifndef TD_CHAIN_LIMITS_H
#define TD_CHAIN_LIMITS_H

enum {
    TD_CHAIN_SNAPSHOTS_MAX = 4096,    /* evm_snapshot calls not yet reverted; 100 bytes each */
    TD_CHAIN_MINE_MAX = 100000,       /* blocks of one *_mine call: minutes of work, not hours */
    TD_CHAIN_BLOCK_TXS_MAX = 20000,   /* 21000 gas each at 400 Mgas */
    TD_CHAIN_ARENA_MAX = 1 << 30,     /* scratch of one block */
    TD_CHAIN_VERIFY_NODES_MAX = 4096, /* trie nodes re-hashed at start: a few milliseconds */
    TD_CHAIN_HASH_WINDOW = 256,       /* BLOCKHASH reaches this far (yellow paper 9.4.2) */
};

#endif
