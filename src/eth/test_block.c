/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers, fees, receipts and blooms against tests/vec/eth, which ethereumjs made.
 */
#include "base/test.h"
#include "codec/test_vec.h"
#include "crypto/crypto.h"
#include "eth/block.h"

static td_fork fork_of(const char *name) {
    td_fork fork;
    assert_int_equal(td_fork_find(&fork, name), 0);
    return fork;
}

TEST(header, vectors_decode_hash_and_encode) {
    td_test_vec v = td_test_vec_open("tests/vec/eth/headers.vec");
    unsigned count = 0;
    while (td_test_vec_next(&v)) {
        if (strcmp(v.word[0], "header") != 0)
            continue;
        count++;
        td_header h;
        td_bytes rlp = td_test_vec_bytes(&v, 4);
        assert_int_equal(td_header_decode(&h, rlp), 0);
        td_fork fork = fork_of(v.word[1]);
        assert_int_equal(h.fork, fork == TD_FORK_PARIS   ? TD_FORK_LONDON
                                 : fork == TD_FORK_OSAKA ? TD_FORK_PRAGUE
                                                         : fork);
        h.fork = fork;
        td_hash hash = td_header_hash(&h);
        assert_true(td_bytes_eq(TD_BYTES_OF(hash), td_test_vec_bytes(&v, 2)));
        td_out out;
        td_out_init(&out, 4096);
        td_header_encode(&out, &h);
        assert_true(td_bytes_eq(td_out_peek(&out), rlp));
        td_out_fini(&out);
        td_u256 fee = td_base_fee_next(&h), want = td_test_vec_u256(&v, 3);
        if (!td_u256_eq(&fee, &want))
            fail_msg("%s:%u: next base fee", v.name, v.line);
    }
    assert_true(count >= 40);
    td_test_vec_close(&v);
}

TEST(header, damaged_vectors_are_refused) {
    td_test_vec v = td_test_vec_open("tests/vec/eth/headers.vec");
    while (td_test_vec_next(&v)) {
        if (strcmp(v.word[0], "header") != 0)
            continue;
        td_header h;
        td_bytes rlp = td_test_vec_bytes(&v, 4);
        assert_int_equal(td_header_decode(&h, (td_bytes){rlp.ptr, rlp.len - 1}), TD_ERR_FORMAT);
        uint8_t longer[2048];
        memcpy(longer, rlp.ptr, rlp.len);
        longer[rlp.len] = 0x80;
        assert_int_equal(td_header_decode(&h, (td_bytes){longer, rlp.len + 1}), TD_ERR_FORMAT);
    }
    td_test_vec_close(&v);
}

/* The header `h` with its items after `keep` cut off and `extra_items` empty strings behind. */
static int decode_with(const td_header *h, size_t keep, size_t extra_items) {
    td_out whole, cut;
    td_out_init(&whole, 4096);
    td_out_init(&cut, 4096);
    td_header_encode(&whole, h);
    td_rlp r = td_rlp_over(td_out_peek(&whole)), items;
    assert_int_equal(td_rlp_list(&r, &items), 0);
    size_t begin = td_rlp_begin(&cut);
    for (size_t i = 0; i < keep; i++) {
        td_rlp_item item;
        assert_int_equal(td_rlp_next(&items, &item), 0);
        td_out_put(&cut, item.whole.ptr, item.whole.len);
    }
    for (size_t i = 0; i < extra_items; i++)
        td_rlp_put_bytes(&cut, "", 0);
    td_rlp_end(&cut, begin);
    td_header out;
    int err = td_header_decode(&out, td_out_peek(&cut));
    if (err == 0)
        err = (int)out.fork;
    td_out_fini(&whole);
    td_out_fini(&cut);
    return err;
}

TEST(header, only_the_field_counts_of_forks_are_taken) {
    td_header h = {.fork = TD_FORK_NEWEST};
    for (size_t keep = 0; keep <= 21; keep++) {
        int want = keep == 15   ? (int)TD_FORK_FRONTIER
                   : keep == 16 ? (int)TD_FORK_LONDON
                   : keep == 17 ? (int)TD_FORK_SHANGHAI
                   : keep == 20 ? (int)TD_FORK_CANCUN
                   : keep == 21 ? (int)TD_FORK_PRAGUE
                                : (int)TD_ERR_FORMAT;
        assert_int_equal(decode_with(&h, keep, 0), want);
    }
    assert_int_equal(decode_with(&h, 21, 1), TD_ERR_FORMAT);
}

TEST(header, constants_are_the_hashes_they_say) {
    td_hash trie = td_keccak(TD_BYTES("\x80", 1)), list = td_keccak(TD_BYTES("\xc0", 1)), requests;
    td_sha256(requests.b, "", 0);
    assert_true(td_hash_eq(&trie, &TD_EMPTY_TRIE_ROOT));
    assert_true(td_hash_eq(&list, &TD_EMPTY_LIST_HASH));
    assert_true(td_hash_eq(&requests, &TD_EMPTY_REQUESTS_HASH));
}

TEST(fees, vectors_agree) {
    td_test_vec v = td_test_vec_open("tests/vec/eth/headers.vec");
    unsigned count = 0;
    while (td_test_vec_next(&v)) {
        if (strcmp(v.word[0], "excess") == 0) {
            td_header parent = {.fork = TD_FORK_CANCUN,
                                .excess_blob_gas = td_test_vec_u64(&v, 2),
                                .blob_gas_used = td_test_vec_u64(&v, 3),
                                .base_fee = td_test_vec_u256(&v, 4)};
            if (td_excess_blob_gas_next(&parent, fork_of(v.word[1])) != td_test_vec_u64(&v, 5))
                fail_msg("%s:%u: excess", v.name, v.line);
            count++;
        } else if (strcmp(v.word[0], "price") == 0) {
            td_u256 want = td_test_vec_u256(&v, 3);
            td_u256 got = td_blob_base_fee(td_test_vec_u64(&v, 2), fork_of(v.word[1]));
            if (!td_u256_eq(&want, &got))
                fail_msg("%s:%u: price", v.name, v.line);
            count++;
        }
    }
    assert_true(count > 200);
    td_test_vec_close(&v);
}

TEST(fees, edges_stay_in_their_range) {
    td_header h = {.fork = TD_FORK_LONDON, .base_fee = TD_U256_MAX, .gas_limit = 2, .gas_used = 2};
    td_u256 fee = td_base_fee_next(&h);
    assert_true(td_u256_eq(&fee, &TD_U256_MAX));
    h.gas_limit = 1; /* target 0 */
    fee = td_base_fee_next(&h);
    assert_true(td_u256_eq(&fee, &TD_U256_MAX));
    h = (td_header){.fork = TD_FORK_LONDON, .gas_limit = 30000000, .gas_used = 15000001};
    fee = td_base_fee_next(&h);
    assert_int_equal(fee.w[0], 1); /* at least 1 more, also from 0 */
    h.gas_used = 0;
    fee = td_base_fee_next(&h);
    assert_true(td_u256_is_zero(&fee));
    fee = td_blob_base_fee(UINT64_MAX, TD_FORK_CANCUN);
    assert_true(td_u256_eq(&fee, &TD_U256_MAX));
    fee = td_blob_base_fee(5, TD_FORK_SHANGHAI);
    assert_true(td_u256_is_zero(&fee));
    h.excess_blob_gas = UINT64_MAX;
    h.blob_gas_used = UINT64_MAX;
    assert_int_equal(td_excess_blob_gas_next(&h, TD_FORK_SHANGHAI), 0);
    assert_true(td_excess_blob_gas_next(&h, TD_FORK_OSAKA) == UINT64_MAX - 6 * 131072);
}

/* --- receipts -----------------------------------------------------------------------------------
 */

static size_t unhex_until(char **at, char stop, uint8_t *out, size_t out_len) {
    char *end = *at + strcspn(*at, ":;,");
    size_t len = **at == '-' ? 0 : td_test_unhex(*at, out, out_len);
    *at = *end == stop ? end + 1 : end;
    return len;
}

/* "addr:topic,topic:data;…" into logs; returns their count. */
static size_t parse_logs(char *text, td_log_entry *logs, uint8_t data[][256]) {
    size_t count = 0;
    if (strcmp(text, "-") == 0)
        return 0;
    for (char *at = text; *at != 0; count++) {
        td_log_entry *log = &logs[count];
        *log = (td_log_entry){0};
        assert_int_equal(unhex_until(&at, ':', log->addr.b, 20), 20);
        for (bool more = *at != '-'; more; log->topic_count++) {
            assert_int_equal(unhex_until(&at, ',', log->topics[log->topic_count].b, 32), 32);
            more = *at != ':';
        }
        at += strcspn(at, ":") + 1;
        log->data = (td_bytes){data[count], unhex_until(&at, ';', data[count], 256)};
    }
    return count;
}

static void assert_same_receipt(const td_receipt *a, const td_receipt *b) {
    td_out x, y;
    td_out_init(&x, 1 << 16);
    td_out_init(&y, 1 << 16);
    td_receipt_encode(&x, a);
    td_receipt_encode(&y, b);
    assert_true(td_bytes_eq(td_out_peek(&x), td_out_peek(&y)));
    td_out_fini(&x);
    td_out_fini(&y);
    assert_true(a->type == b->type && a->machines == b->machines && a->status == b->status);
    assert_true(a->has_contract == b->has_contract && td_addr_eq(&a->contract, &b->contract));
    assert_true(a->gas_used == b->gas_used && a->cumulative_gas == b->cumulative_gas);
    assert_true(td_u256_eq(&a->effective_price, &b->effective_price));
    assert_true(a->resources.ref_time == b->resources.ref_time);
    assert_true(a->resources.proof_size == b->resources.proof_size);
    assert_true(a->resources.deposit == b->resources.deposit);
    assert_true(a->has_post_state == b->has_post_state);
    assert_memory_equal(&a->bloom, &b->bloom, sizeof a->bloom);
}

/* Stored and loaded, it is the same; cut anywhere, it is damaged. */
static void check_store(const td_receipt *r) {
    td_out out;
    td_arena a;
    td_receipt back;
    td_out_init(&out, 1 << 16);
    td_arena_init(&a, 1 << 14, 1 << 20);
    td_receipt_store(&out, r);
    td_rlp items = td_rlp_over(td_out_peek(&out));
    assert_int_equal(td_receipt_load(&back, &a, &items), 0);
    assert_true(td_rlp_done(&items));
    assert_same_receipt(r, &back);
    for (size_t len = 0; len < out.len; len += 7) {
        items = td_rlp_over((td_bytes){out.ptr, len});
        assert_int_equal(td_receipt_load(&back, &a, &items), TD_ERR_CORRUPT);
    }
    td_arena_fini(&a);
    td_out_fini(&out);
}

TEST(receipt, vectors_encode_and_come_back_from_the_store) {
    td_test_vec v = td_test_vec_open("tests/vec/eth/receipts.vec");
    unsigned count = 0;
    static const int64_t deposits[] = {0, 1, -1, INT64_MAX, INT64_MIN};
    for (; td_test_vec_next(&v); count++) {
        td_log_entry logs[8];
        static uint8_t data[8][256];
        td_receipt r = {.type = (uint8_t)td_test_vec_u64(&v, 1),
                        .machines = count % 4,
                        .gas_used = 21000 + count,
                        .cumulative_gas = td_test_vec_u64(&v, 3),
                        .effective_price = {{count, 0, 0, count}},
                        .resources = {count, UINT64_MAX, deposits[count % 5]},
                        .has_contract = count % 2,
                        .logs = logs};
        if (r.has_contract)
            r.contract.b[0] = 0xcc;
        td_bytes outcome = {0};
        if (strlen(v.word[2]) == 64) {
            outcome = td_test_vec_bytes(&v, 2);
            r.has_post_state = true;
            memcpy(r.post_state.b, outcome.ptr, 32);
        } else {
            r.status = v.word[2][0] == '1';
        }
        r.log_count = parse_logs(v.word[4], logs, data);
        for (size_t i = 0; i < r.log_count; i++)
            td_bloom_add_log(&r.bloom, &logs[i]);
        assert_true(td_bytes_eq(TD_BYTES_OF(r.bloom), td_test_vec_bytes(&v, 5)));
        td_out out;
        td_out_init(&out, 1 << 16);
        td_receipt_encode(&out, &r);
        assert_true(td_bytes_eq(td_out_peek(&out), td_test_vec_bytes(&v, 6)));
        td_out_fini(&out);
        check_store(&r);
    }
    assert_true(count > 12);
    td_test_vec_close(&v);
}

TEST(receipt, a_stored_one_with_wrong_numbers_is_damaged) {
    td_arena a;
    td_arena_init(&a, 1 << 14, 1 << 20);
    td_receipt good = {.type = 2, .machines = 3, .status = true}, back;
    td_out out;
    td_out_init(&out, 4096);
    td_receipt_store(&out, &good);
    static const uint8_t wrong[3] = {0, 4, 2}; /* machines above 3, a status above 1 */
    for (size_t field = 1; field < 3; field++) {
        uint8_t copy[256];
        memcpy(copy, out.ptr, out.len);
        copy[1 + field] = wrong[field];
        td_rlp items = td_rlp_over((td_bytes){copy, out.len});
        assert_int_equal(td_receipt_load(&back, &a, &items), TD_ERR_CORRUPT);
    }
    td_out_fini(&out);
    td_arena_fini(&a);
}

TEST(bloom, has_what_was_added) {
    td_bloom bloom = {0};
    for (uint32_t i = 0; i < 20; i++)
        td_bloom_add(&bloom, &i, 4);
    unsigned others = 0;
    for (uint32_t i = 0; i < 20; i++)
        assert_true(td_bloom_has(&bloom, &i, 4));
    for (uint32_t i = 20; i < 1020; i++)
        others += td_bloom_has(&bloom, &i, 4);
    assert_true(others < 5);
}

TEST(fork, is_found_by_name_and_alias) {
    td_fork fork;
    for (unsigned i = 0; i < TD_FORK_COUNT; i++) {
        assert_int_equal(td_fork_find(&fork, td_fork_name((td_fork)i)), 0);
        assert_int_equal(fork, i);
    }
    assert_int_equal(td_fork_find(&fork, "oSAKA"), 0);
    assert_int_equal(fork, TD_FORK_OSAKA);
    assert_int_equal(td_fork_find(&fork, "merge"), 0);
    assert_int_equal(fork, TD_FORK_PARIS);
    assert_int_equal(td_fork_find(&fork, "SpuriousDragon"), 0);
    assert_int_equal(fork, TD_FORK_SPURIOUS);
    assert_int_equal(td_fork_find(&fork, "Petersburg"), 0);
    assert_int_equal(fork, TD_FORK_PETERSBURG);
    assert_int_equal(td_fork_find(&fork, "Osaka2"), TD_ERR_NOT_FOUND);
    assert_int_equal(td_fork_find(&fork, ""), TD_ERR_NOT_FOUND);
}
