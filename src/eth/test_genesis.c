/* SPDX-License-Identifier: Apache-2.0 */
#include "base/test.h"
#include "eth/genesis.h"

static td_arena arena;
static td_diag diag;

static int parse(td_genesis *g, const char *text) {
    td_json *j;
    td_arena_init(&arena, 1 << 14, 1 << 24);
    diag = (td_diag){0};
    assert_int_equal(td_json_parse(&j, &diag, TD_BYTES_STR(text), 1 << 23), 0);
    int err = td_genesis_parse(g, &arena, &diag, j);
    td_json_free(j);
    return err;
}

#define A1 "0x00112233445566778899aabbccddeeff00112233"

TEST(genesis, reads_a_whole_file) {
    td_genesis g;
    assert_int_equal(
        parse(&g,
              "{\"config\":{\"chainId\":420,\"homesteadBlock\":0,\"londonBlock\":\"0x0\","
              "\"terminalTotalDifficulty\":0,\"shanghaiTime\":0,\"cancunTime\":\"100\","
              "\"pragueTime\":101,"
              "\"other\":[1],\"tandem\":{\"profile\":\"dual\"}},\"timestamp\":\"0x64\","
              "\"gasLimit\":30000000,"
              "\"number\":0,\"difficulty\":\"0x0\",\"baseFeePerGas\":\"1000000000\",\"nonce\":"
              "\"0x42\","
              "\"extraData\":\"0x0102\",\"coinbase\":\"" A1 "\",\"excessBlobGas\":null,"
              "\"mixhash\":\"0x1111111111111111111111111111111111111111111111111111111111111111\","
              "\"alloc\":{\"" A1 "\":{\"balance\":\"1000000000000000000000\",\"nonce\":\"0x2\"},"
              "\"FF112233445566778899aabbccddeeff00112233\":{\"balance\":7,\"code\":\"0x6000\","
              "\"storage\":{\"0x01\":\"0x2\",\"ff\":"
              "\"0x00000000000000000000000000000000000000000000000000000000000000aa\"}}}}"),
        0);
    assert_int_equal(g.chain_id, 420);
    assert_true(g.has_profile && g.profile == TD_PROFILE_DUAL);
    assert_int_equal(g.fork, TD_FORK_CANCUN);
    assert_int_equal(g.fork_last, TD_FORK_PRAGUE);
    assert_int_equal(g.timestamp, 100);
    assert_int_equal(g.gas_limit, 30000000);
    assert_true(g.has_base_fee && g.base_fee.w[0] == 1000000000);
    assert_memory_equal(g.nonce, "\0\0\0\0\0\0\0\x42", 8);
    assert_int_equal(g.extra.len, 2);
    assert_int_equal(g.coinbase.b[1], 0x11);
    assert_int_equal(g.mix_hash.b[31], 0x11);
    assert_int_equal(g.account_count, 2);
    td_u256 balance;
    assert_int_equal(td_u256_parse(&balance, "1000000000000000000000", 22), 0);
    assert_true(td_u256_eq(&g.accounts[0].balance, &balance));
    assert_int_equal(g.accounts[0].nonce, 2);
    assert_int_equal(g.accounts[1].addr.b[0], 0xff);
    assert_int_equal(g.accounts[1].code.len, 2);
    assert_int_equal(g.accounts[1].slot_count, 2);
    assert_int_equal(g.accounts[1].slots[0].value.w[0], 2);
    assert_int_equal(g.accounts[1].slots[1].key.w[0], 255);
    assert_int_equal(g.accounts[1].slots[1].value.w[0], 0xaa);
    td_arena_fini(&arena);
}

TEST(genesis, fork_is_the_newest_one_reached) {
    static const struct {
        const char *config;
        td_fork fork, last;
    } rows[] = {
        {"", TD_FORK_FRONTIER, TD_FORK_FRONTIER},
        {",\"homesteadBlock\":0", TD_FORK_HOMESTEAD, TD_FORK_HOMESTEAD},
        {",\"homesteadBlock\":1", TD_FORK_FRONTIER, TD_FORK_HOMESTEAD},
        {",\"constantinopleBlock\":0", TD_FORK_PETERSBURG, TD_FORK_PETERSBURG},
        {",\"constantinopleBlock\":0,\"petersburgBlock\":5", TD_FORK_CONSTANTINOPLE,
         TD_FORK_PETERSBURG},
        {",\"londonBlock\":0,\"terminalTotalDifficulty\":18", TD_FORK_LONDON, TD_FORK_PARIS},
        {",\"londonBlock\":0,\"terminalTotalDifficulty\":17", TD_FORK_PARIS, TD_FORK_PARIS},
        {",\"osakaTime\":9", TD_FORK_OSAKA, TD_FORK_OSAKA},
        {",\"osakaTime\":10", TD_FORK_FRONTIER, TD_FORK_OSAKA},
    };
    for (size_t i = 0; i < TD_COUNT(rows); i++) {
        td_genesis g;
        char text[400];
        snprintf(text, sizeof text,
                 "{\"config\":{\"chainId\":1%s},\"timestamp\":9,\"difficulty\":17,\"gasLimit\":1,"
                 "\"alloc\":{}}",
                 rows[i].config);
        assert_int_equal(parse(&g, text), 0);
        if (g.fork != rows[i].fork || g.fork_last != rows[i].last)
            fail_msg("row %zu: %s, %s", i, td_fork_name(g.fork), td_fork_name(g.fork_last));
        assert_false(g.has_profile);
        td_arena_fini(&arena);
    }
}

#define BASE "\"config\":{\"chainId\":1},\"gasLimit\":1"

TEST(genesis, refusals_name_the_path) {
    static const struct {
        const char *text;
        int err;
        const char *says;
    } rows[] = {
        {"[]", TD_ERR_FORMAT, "not a JSON object"},
        {"{\"gasLimit\":1,\"alloc\":{}}", TD_ERR_NOT_FOUND, "config: missing"},
        {"{\"config\":1,\"gasLimit\":1,\"alloc\":{}}", TD_ERR_FORMAT, "config: not an object"},
        {"{\"config\":{},\"gasLimit\":1,\"alloc\":{}}", TD_ERR_NOT_FOUND,
         "config.chainId: missing"},
        {"{\"config\":{\"chainId\":\"x\"},\"gasLimit\":1}", TD_ERR_FORMAT,
         "config.chainId: not a number"},
        {"{\"config\":{\"chainId\":1,\"londonBlock\":[]},\"gasLimit\":1}", TD_ERR_FORMAT,
         "config.londonBlock: not a number"},
        {"{\"config\":{\"chainId\":1,\"tandem\":{\"profile\":\"hub\"}},\"gasLimit\":1}",
         TD_ERR_UNSUPPORTED, "config.tandem.profile: neither \"ethereum\" nor \"dual\""},
        {"{\"config\":{\"chainId\":1,\"tandem\":{\"profile\":3}},\"gasLimit\":1}",
         TD_ERR_UNSUPPORTED, "config.tandem.profile"},
        {"{\"config\":{\"chainId\":1,\"tandem\":7},\"gasLimit\":1}", TD_ERR_FORMAT,
         "config.tandem: not"},
        {"{\"config\":{\"chainId\":1},\"alloc\":{}}", TD_ERR_NOT_FOUND, "gasLimit: missing"},
        {"{" BASE "}", TD_ERR_NOT_FOUND, "alloc: missing"},
        {"{" BASE ",\"alloc\":[]}", TD_ERR_FORMAT, "alloc: not an object"},
        {"{" BASE ",\"timestamp\":-1}", TD_ERR_RANGE, "timestamp: not in the range"},
        {"{" BASE ",\"nonce\":\"0x10000000000000000\"}", TD_ERR_RANGE,
         "nonce: does not fit 64 bits"},
        {"{" BASE
         ",\"extraData\":\"0x000000000000000000000000000000000000000000000000000000000000000000\"}",
         TD_ERR_LIMIT, "extraData: longer than 32 bytes"},
        {"{" BASE ",\"extraData\":\"0x0\"}", TD_ERR_FORMAT, "extraData: not hex data"},
        {"{" BASE ",\"coinbase\":\"0x12\"}", TD_ERR_FORMAT, "coinbase: not 0x and 40"},
        {"{" BASE ",\"mixHash\":\"0x12\"}", TD_ERR_FORMAT, "mixHash: not 0x and 64"},
        {"{" BASE ",\"alloc\":{\"0x12\":{}}}", TD_ERR_FORMAT,
         "alloc.0x12: the key is not 40 hex digits"},
        {"{" BASE ",\"alloc\":{\"" A1 "\":7}}", TD_ERR_FORMAT, "alloc." A1 ": not an object"},
        {"{" BASE ",\"alloc\":{\"" A1 "\":{\"balance\":\"lots\"}}}", TD_ERR_FORMAT,
         "alloc." A1 ".balance: not a number"},
        {"{" BASE ",\"alloc\":{\"" A1 "\":{\"code\":\"0xzz\"}}}", TD_ERR_FORMAT,
         "alloc." A1 ".code: not hex"},
        {"{" BASE ",\"alloc\":{\"" A1 "\":{\"storage\":{\"0x1\":2}}}}", TD_ERR_FORMAT,
         "alloc." A1 ".storage.0x1: "},
        {"{" BASE ",\"alloc\":{\"" A1 "\":{\"storage\":{\"\":\"0x1\"}}}}", TD_ERR_FORMAT,
         ".storage"},
        {"{" BASE ",\"alloc\":{\"" A1 "\":{},\"00112233445566778899AABBCCDDEEFF00112233\":{}}}",
         TD_ERR_FORMAT, "the address is there twice"},
    };
    for (size_t i = 0; i < TD_COUNT(rows); i++) {
        td_genesis g;
        int err = parse(&g, rows[i].text);
        if (err != rows[i].err || strstr(diag.text, rows[i].says) == NULL)
            fail_msg("%s: %d, %s", rows[i].text, err, diag.text);
        td_arena_fini(&arena);
    }
}

TEST(genesis, code_ends_at_its_limit) {
    static char text[2 * TD_GENESIS_CODE_LEN_MAX + 256];
    for (size_t over = 0; over < 2; over++) {
        td_genesis g;
        int at = snprintf(text, sizeof text, "{" BASE ",\"alloc\":{\"" A1 "\":{\"code\":\"0x");
        size_t digits = 2 * (TD_GENESIS_CODE_LEN_MAX + over);
        memset(text + at, 'e', digits);
        memcpy(text + at + digits, "\"}}}", 5);
        assert_int_equal(parse(&g, text), over == 0 ? TD_OK : TD_ERR_LIMIT);
        if (over != 0)
            assert_non_null(strstr(diag.text, ".code: longer than 1048576 bytes"));
        td_arena_fini(&arena);
    }
}

TEST(genesis, a_full_arena_is_no_memory) {
    static const char text[] =
        "{" BASE ",\"alloc\":{\"" A1 "\":{\"code\":\"0x60\",\"storage\":{\"1\":\"2\"}}}}";
    unsigned refused = 0;
    for (size_t limit = 0; limit < 400; limit += 16) {
        td_json *j;
        td_genesis g;
        td_arena a;
        assert_int_equal(td_json_parse(&j, NULL, TD_BYTES_STR(text), 4096), 0);
        td_arena_init(&a, 16, limit);
        int err = td_genesis_parse(&g, &a, NULL, j);
        assert_true(err == TD_OK || err == TD_ERR_NOMEM);
        refused += err == TD_ERR_NOMEM;
        td_arena_fini(&a);
        td_json_free(j);
    }
    assert_true(refused > 0 && refused < 25);
}
