/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "base/test.h"
#include "chain/chain.h"

#include <stdlib.h>
#include <unistd.h>

/* The first development account. */
static const uint8_t key[32] = {0xac, 0x09, 0x74, 0xbe, 0xc3, 0x9a, 0x17, 0xe3, 0x6b, 0xa4, 0xa6,
                                0xb4, 0xd2, 0x38, 0xff, 0x94, 0x4b, 0xac, 0xb4, 0x78, 0xcb, 0xed,
                                0x5e, 0xfc, 0xae, 0x78, 0x4d, 0x7b, 0xf4, 0xf2, 0xff, 0x80};
static const td_addr bob = {{0xb0, [19] = 0x0b}};

typedef struct fixture {
    td_arena arena;
    td_addr alice;
    td_genesis genesis;
    td_chain *chain;
} fixture;

static void open_chain(fixture *f, const char *datadir) {
    td_chain_config config = {
        .datadir = datadir, .genesis = &f->genesis, .profile = TD_PROFILE_DUAL, .automine = true};
    td_diag diag = {""};
    int err = td_chain_open(&f->chain, &diag, &config);
    if (err != TD_OK)
        fail_msg("%s", diag.text);
}

static void setup(fixture *f, const char *datadir) {
    *f = (fixture){0};
    td_arena_init(&f->arena, 4096, 1 << 26);
    assert_int_equal(td_secp256k1_addr(&f->alice, key), 0);
    td_genesis_account *account = td_arena_zalloc(&f->arena, sizeof *account);
    account->addr = f->alice;
    account->balance = (td_u256){{0, 1 << 20, 0, 0}};
    f->genesis = (td_genesis){.chain_id = 7,
                              .fork = TD_FORK_NEWEST,
                              .gas_limit = 30000000,
                              .accounts = account,
                              .account_count = 1};
    open_chain(f, datadir);
}

static void teardown(fixture *f) {
    td_chain_close(f->chain);
    td_arena_fini(&f->arena);
}

static td_tx make_tx(fixture *f, uint64_t nonce, uint64_t value) {
    td_tx tx = {.type = TD_TX_DYNAMIC_FEE,
                .is_protected = true,
                .chain_id = 7,
                .nonce = nonce,
                .gas_limit = 100000,
                .fee_max = td_u256_from(4000000000),
                .tip_max = td_u256_from(1000000000),
                .to = bob,
                .value = td_u256_from(value)};
    assert_int_equal(td_tx_sign(&tx, &f->arena, key), 0);
    return tx;
}

static td_hash send(fixture *f, uint64_t nonce, uint64_t value) {
    td_tx tx = make_tx(f, nonce, value);
    td_diag diag = {""};
    if (td_chain_submit(f->chain, &tx, &diag) != TD_OK)
        fail_msg("%s", diag.text);
    return tx.hash;
}

static uint64_t balance_at(fixture *f, const td_addr *addr, uint64_t number) {
    td_state *s;
    assert_int_equal(td_chain_state(f->chain, number, &s), 0);
    td_u256 balance = td_state_balance(s, addr);
    assert_int_equal(td_state_error(s), 0);
    return balance.w[0];
}

static uint64_t head(fixture *f) {
    return td_chain_head_peek(f->chain)->number;
}

TEST(chain, seals_a_block_a_transaction_and_keeps_history) {
    fixture f;
    setup(&f, NULL);
    td_hash hash = send(&f, 0, 5);
    (void)send(&f, 1, 7);
    assert_int_equal(head(&f), 2);
    assert_int_equal(balance_at(&f, &bob, 0), 0);
    assert_int_equal(balance_at(&f, &bob, 1), 5);
    assert_int_equal(balance_at(&f, &bob, 2), 12);
    uint64_t number;
    uint32_t index;
    assert_int_equal(td_chain_tx_find(f.chain, &hash, &number, &index), 0);
    assert_int_equal(number, 1);
    td_block block;
    td_receipt *receipts;
    size_t count;
    assert_int_equal(td_chain_block(f.chain, &f.arena, 1, &block), 0);
    assert_int_equal(td_chain_receipts(f.chain, &f.arena, 1, &receipts, &count), 0);
    assert_int_equal(count, 1);
    assert_true(receipts[0].status && receipts[0].gas_used == 21000);
    assert_true(td_hash_eq(&block.txs[0].hash, &hash) &&
                td_addr_eq(&block.txs[0].sender, &f.alice));
    td_hash computed = td_header_hash(&block.header);
    assert_true(td_hash_eq(&computed, &block.hash));
    teardown(&f);
}

TEST(chain, takes_a_queue_in_one_block_without_automine) {
    fixture f;
    setup(&f, NULL);
    td_chain_automine_set(f.chain, false);
    (void)send(&f, 1, 2); /* ahead of its turn: waits */
    (void)send(&f, 0, 1);
    assert_int_equal(head(&f), 0);
    assert_int_equal(td_chain_mine(f.chain, 1, 0, NULL), 0);
    td_block block;
    assert_int_equal(td_chain_block(f.chain, &f.arena, 1, &block), 0);
    assert_int_equal(block.tx_count, 2);
    assert_int_equal(block.txs[0].nonce, 0);
    assert_int_equal(td_pool_count(td_chain_pool(f.chain)), 0);
    teardown(&f);
}

TEST(chain, seals_nothing_for_a_transaction_that_must_wait) {
    fixture f;
    setup(&f, NULL);
    (void)send(&f, 1, 2);
    assert_int_equal(head(&f), 0);
    (void)send(&f, 0, 1); /* closes the gap: both go */
    assert_int_equal(head(&f), 1);
    assert_int_equal(balance_at(&f, &bob, 1), 3);
    assert_int_equal(td_pool_count(td_chain_pool(f.chain)), 0);
    teardown(&f);
}

TEST(chain, says_in_geths_words_why_a_transaction_is_refused) {
    fixture f;
    td_diag diag;
    setup(&f, NULL);
    (void)send(&f, 0, 1);
    td_tx low = make_tx(&f, 0, 2);
    assert_int_equal(td_chain_submit(f.chain, &low, &diag), TD_ERR_NONCE_LOW);
    assert_non_null(strstr(diag.text, "nonce too low"));
    td_tx poor = make_tx(&f, 1, 0);
    poor.value = TD_U256_MAX;
    assert_int_equal(td_tx_sign(&poor, &f.arena, key), 0);
    assert_int_equal(td_chain_submit(f.chain, &poor, &diag), TD_ERR_FUNDS);
    assert_non_null(strstr(diag.text, "insufficient funds for gas * price + value"));
    td_tx tight = make_tx(&f, 1, 0);
    tight.gas_limit = 20999;
    assert_int_equal(td_tx_sign(&tight, &f.arena, key), 0);
    assert_int_equal(td_chain_submit(f.chain, &tight, &diag), TD_ERR_GAS_INTRINSIC);
    td_tx foreign = make_tx(&f, 1, 0);
    foreign.chain_id = 8;
    assert_int_equal(td_tx_sign(&foreign, &f.arena, key), 0);
    assert_int_equal(td_chain_submit(f.chain, &foreign, &diag), TD_ERR_CHAIN_ID);
    assert_int_equal(head(&f), 1);
    teardown(&f);
}

TEST(chain, undoes_blocks_and_controls_by_snapshot_once) {
    fixture f;
    setup(&f, NULL);
    (void)send(&f, 0, 5);
    uint64_t outer, inner;
    assert_int_equal(td_chain_snapshot(f.chain, &outer), 0);
    td_u256 rich = td_u256_from(1000);
    assert_int_equal(td_chain_set_balance(f.chain, &bob, &rich), 0);
    assert_int_equal(td_chain_snapshot(f.chain, &inner), 0);
    td_hash hash = send(&f, 1, 1);
    assert_int_equal(balance_at(&f, &bob, head(&f)), 1001);
    assert_int_equal(td_chain_revert(f.chain, inner), 0);
    assert_int_equal(balance_at(&f, &bob, head(&f)), 1000);
    assert_int_equal(td_chain_revert(f.chain, outer), 0);
    assert_int_equal(balance_at(&f, &bob, head(&f)), 5);
    assert_int_equal(td_chain_revert(f.chain, inner), TD_ERR_NOT_FOUND);
    uint64_t number;
    uint32_t index;
    assert_int_equal(td_chain_tx_find(f.chain, &hash, &number, &index), TD_ERR_NOT_FOUND);
    (void)send(&f, 1, 2); /* the nonce is free again */
    assert_int_equal(head(&f), 2);
    teardown(&f);
}

TEST(chain, moves_time_strictly_forward) {
    fixture f;
    setup(&f, NULL);
    assert_int_equal(td_chain_mine(f.chain, 3, 0, NULL), 0);
    td_header at[4];
    td_hash hash;
    for (uint64_t n = 0; n < 4; n++)
        assert_int_equal(td_chain_header(f.chain, n, &at[n], &hash), 0);
    for (size_t n = 1; n < 4; n++)
        assert_true(at[n].timestamp > at[n - 1].timestamp);
    td_diag diag;
    uint64_t then = at[3].timestamp + 1000;
    assert_int_equal(td_chain_next_timestamp_set(f.chain, at[3].timestamp, &diag), TD_ERR_RANGE);
    assert_int_equal(td_chain_next_timestamp_set(f.chain, then, &diag), 0);
    assert_int_equal(td_chain_mine(f.chain, 1, 0, NULL), 0);
    assert_int_equal(td_chain_head_peek(f.chain)->timestamp, then);
    (void)td_chain_time_increase(f.chain, 500);
    assert_int_equal(td_chain_mine(f.chain, 1, 0, NULL), 0);
    assert_true(td_chain_head_peek(f.chain)->timestamp >= then + 500);
    assert_int_equal(td_chain_mine(f.chain, 2, 60, NULL), 0);
    uint64_t last = td_chain_head_peek(f.chain)->timestamp;
    assert_int_equal(td_chain_header(f.chain, head(&f) - 1, &at[0], &hash), 0);
    assert_int_equal(last - at[0].timestamp, 60);
    teardown(&f);
}

/* CALLER's balance of ether is not needed: returns SLOAD(0) + 1. */
static const uint8_t adder[] = {0x5f, 0x54, 0x60, 0x01, 0x01, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3};

TEST(chain, calls_with_overrides_leave_nothing_behind) {
    fixture f;
    setup(&f, NULL);
    td_override_slot slot = {td_u256_from(0), td_u256_from(41)};
    td_override override = {.addr = bob,
                            .has_code = true,
                            .code = TD_BYTES(adder, sizeof adder),
                            .slots = &slot,
                            .slot_count = 1};
    td_call call = {.tx = {.to = bob, .gas_limit = 100000, .type = TD_TX_DYNAMIC_FEE},
                    .overrides = &override,
                    .override_count = 1};
    td_exec_result result;
    td_diag diag = {""};
    assert_int_equal(td_chain_call(f.chain, &call, &result, &diag), 0);
    assert_true(result.status && result.output.len == 32 && result.output.ptr[31] == 42);
    call.override_count = 0;
    assert_int_equal(td_chain_call(f.chain, &call, &result, &diag), 0);
    assert_int_equal(result.output.len, 0);
    call.number = 99;
    assert_int_equal(td_chain_call(f.chain, &call, &result, &diag), TD_ERR_NOT_FOUND);
    assert_string_equal(diag.text, "header not found");
    teardown(&f);
}

/* Reverts unless more than 50 000 gas are left when it looks. */
static const uint8_t greedy[] = {0x61, 0xc3, 0x50, 0x5a, 0x11, 0x60,
                                 0x0b, 0x57, 0x5f, 0x5f, 0xfd, 0x5b};

TEST(chain, estimates_are_executed_bounds) {
    fixture f;
    setup(&f, NULL);
    td_call call = {.tx = {.to = bob, .sender = f.alice, .type = TD_TX_DYNAMIC_FEE}};
    td_exec_result result;
    td_diag diag = {""};
    uint64_t gas;
    assert_int_equal(td_chain_estimate(f.chain, &call, &gas, &result, &diag), 0);
    assert_int_equal(gas, 21000);
    assert_int_equal(td_chain_set_code(f.chain, &bob, TD_BYTES(greedy, sizeof greedy)), 0);
    assert_int_equal(td_chain_estimate(f.chain, &call, &gas, &result, &diag), 0);
    assert_true(gas > 71000 && gas < 73000);
    call.tx.gas_limit = gas;
    assert_int_equal(td_chain_call(f.chain, &call, &result, &diag), 0);
    assert_true(result.status);
    call.tx.gas_limit = 60000;
    assert_true(td_chain_estimate(f.chain, &call, &gas, &result, &diag) < 0);
    teardown(&f);
}

static void remove_dir(const char *dir) {
    char command[256];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

TEST(chain, goes_on_from_its_data_directory) {
    fixture f;
    char dir[] = "/tmp/tandem-chain-XXXXXX";
    assert_non_null(mkdtemp(dir));
    setup(&f, dir);
    (void)send(&f, 0, 5);
    td_u256 rich = td_u256_from(77);
    assert_int_equal(td_chain_set_balance(f.chain, &bob, &rich), 0);
    td_hash hash = td_chain_head_hash(f.chain);
    for (uint64_t round = 1; round < 4; round++) {
        td_chain_close(f.chain);
        open_chain(&f, dir);
        assert_int_equal(head(&f), round);
        td_hash now = td_chain_head_hash(f.chain);
        assert_true(td_hash_eq(&now, &hash));
        assert_int_equal(balance_at(&f, &bob, round), 76 + round);
        (void)send(&f, round, 1);
        hash = td_chain_head_hash(f.chain);
    }
    td_chain_close(f.chain);
    f.chain = NULL;
    td_diag diag = {""};
    f.genesis.chain_id = 8;
    td_chain_config other = {
        .datadir = dir, .genesis = &f.genesis, .profile = TD_PROFILE_DUAL, .automine = true};
    td_chain *chain;
    assert_int_equal(td_chain_open(&chain, &diag, &other), TD_ERR_INVALID);
    assert_non_null(strstr(diag.text, "holds chain 7"));
    teardown(&f);
    remove_dir(dir);
}

TEST(chain, refuses_a_genesis_it_cannot_seal_on) {
    fixture f;
    setup(&f, NULL);
    td_chain_close(f.chain);
    f.chain = NULL;
    f.genesis.fork = TD_FORK_LONDON;
    td_chain_config config = {.genesis = &f.genesis, .profile = TD_PROFILE_ETHEREUM};
    td_diag diag = {""};
    td_chain *chain;
    assert_int_equal(td_chain_open(&chain, &diag, &config), TD_ERR_UNSUPPORTED);
    assert_non_null(strstr(diag.text, "London"));
    teardown(&f);
}

TEST(chain, keeps_the_system_account_from_controls_and_genesis) {
    fixture f;
    setup(&f, NULL);
    td_u256 one = td_u256_from(1);
    assert_int_equal(td_chain_set_balance(f.chain, &TD_SYSTEM_ADDR, &one), TD_ERR_INVALID);
    assert_int_equal(td_chain_set_nonce(f.chain, &TD_SYSTEM_ADDR, 1), TD_ERR_INVALID);
    assert_int_equal(td_chain_set_slot(f.chain, &TD_SYSTEM_ADDR, &one, &one), TD_ERR_INVALID);
    (void)send(&f, 0, 1);
    td_chain_close(f.chain);
    f.chain = NULL;
    f.genesis.accounts[0].addr = TD_SYSTEM_ADDR;
    td_chain_config config = {.genesis = &f.genesis, .profile = TD_PROFILE_DUAL};
    td_chain *chain;
    assert_int_equal(td_chain_open(&chain, NULL, &config), TD_ERR_INVALID);
    teardown(&f);
}

typedef struct tally {
    size_t accounts, slots;
} tally;
static int count_account(void *ctx, const td_addr *addr, const td_account *account, td_bytes code) {
    (void)addr, (void)account, (void)code;
    ((tally *)ctx)->accounts++;
    return 0;
}
static int count_slot(void *ctx, td_bytes name, td_bytes value) {
    assert_int_equal(name.len, 32);
    assert_int_equal(value.len, 1);
    ((tally *)ctx)->slots++;
    return 0;
}

TEST(chain, dumps_accounts_and_slots_with_their_names) {
    fixture f;
    setup(&f, NULL);
    td_u256 one = td_u256_from(1), two = td_u256_from(2);
    assert_int_equal(td_chain_set_code(f.chain, &bob, TD_BYTES(adder, sizeof adder)), 0);
    assert_int_equal(td_chain_set_slot(f.chain, &bob, &one, &two), 0);
    assert_int_equal(td_chain_set_slot(f.chain, &bob, &two, &two), 0);
    tally t = {0};
    assert_int_equal(td_chain_dump(f.chain, &(td_dump_visitor){count_account, count_slot, &t}), 0);
    assert_true(t.accounts >= 2);
    assert_int_equal(t.slots, 2);
    teardown(&f);
}
