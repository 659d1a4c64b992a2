/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounds of tries, each with its reason.
 */
#ifndef TD_TRIE_LIMITS_H
#define TD_TRIE_LIMITS_H

enum {
    TD_TRIE_KEY_LEN_MAX = 128, /* bytes; secure keys have 32, list keys up to 9 */
    TD_TRIE_NIBBLES_MAX = 2 * TD_TRIE_KEY_LEN_MAX, /* bounds paths and every recursion */
    TD_TRIE_INLINE_LEN_MAX = 31,    /* longer nodes are named by hash (yellow paper D.1) */
    TD_TRIE_REF_LEN_MAX = 33,       /* a hash as an RLP string */
    TD_TRIE_VALUE_LEN_MAX = 1 << 24 /* a receipt of a block's whole gas is far below */
};

#endif
