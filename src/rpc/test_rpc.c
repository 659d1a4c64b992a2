/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "base/test.h"
#include "codec/json.h"
#include "rpc/rpc.h"

#include <stdlib.h>

typedef struct fixture {
    td_arena arena;
    td_rpc_account account;
    td_genesis_account funded;
    td_genesis genesis;
    td_chain *chain;
    td_rpc *rpc;
    td_out reply;
} fixture;

static void setup(fixture *f) {
    *f = (fixture){0};
    td_arena_init(&f->arena, 4096, 1 << 26);
    f->account.secret_key[31] = 1;
    assert_int_equal(td_secp256k1_addr(&f->account.addr, f->account.secret_key), 0);
    f->funded =
        (td_genesis_account){.addr = f->account.addr, .balance = (td_u256){{0, 1 << 20, 0, 0}}};
    f->genesis = (td_genesis){.chain_id = 7,
                              .fork = TD_FORK_NEWEST,
                              .gas_limit = 30000000,
                              .accounts = &f->funded,
                              .account_count = 1};
    td_chain_config config = {.genesis = &f->genesis, .profile = TD_PROFILE_DUAL, .automine = true};
    td_diag diag = {""};
    if (td_chain_open(&f->chain, &diag, &config) != TD_OK)
        fail_msg("%s", diag.text);
    td_rpc_config rpc = {.chain = f->chain,
                         .accounts = &f->account,
                         .account_count = 1,
                         .client_version = "tandem/test",
                         .commit = "test"};
    assert_int_equal(td_rpc_new(&f->rpc, &rpc), 0);
    td_out_init(&f->reply, 1 << 24);
}

static void teardown(fixture *f) {
    td_rpc_free(f->rpc);
    td_chain_close(f->chain);
    td_out_fini(&f->reply);
    td_arena_fini(&f->arena);
}

/* The answer to `body` as text; lives until the next one. */
static const char *ask(fixture *f, const char *body) {
    f->reply.len = 0;
    assert_int_equal(td_rpc_handle(f->rpc, TD_BYTES_STR(body), &f->reply), 200);
    td_out_byte(&f->reply, 0);
    return (const char *)f->reply.ptr;
}

/* One request a row, and a part its answer must have. */
static const struct {
    const char *body, *part;
} frames[] = {
    {"{", "\"code\":-32700"},
    {"", "\"code\":-32700"},
    {"[]", "\"message\":\"empty batch\""},
    {"{}", "\"code\":-32600"},
    {"7", "\"code\":-32600"},
    {"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"eth_chainId\"}", "\"code\":-32600"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\"}", "\"id\":1,\"result\":\"0x7\""},
    {"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"eth_chainId\",\"params\":[]}", "\"id\":\"a\""},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[1]}",
     "too many arguments, want at most 0"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":{}}", "non-array args"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no_such\"}",
     "\"code\":-32601,\"message\":\"the method no_such does not exist/is not available\""},
    {"{\"jsonrpc\":2.0,\"id\":1,\"method\":\"eth_chainId\"}", "\"code\":-32600"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}", "\"code\":-32600"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\\u0000\"}", "\"code\":-32601"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBalance\",\"params\":[]}",
     "\"code\":-32602,\"message\":\"missing value for required argument 0\""},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBalance\",\"params\":[\"0x12\"]}",
     "\"code\":-32602"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBalance\",\"params\":"
     "[\"0x0000000000000000000000000000000000000001\",\"0x99\"]}",
     "\"code\":-32000,\"message\":\"header not found\""},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBlockByNumber\",\"params\":[\"0x99\",false]"
     "}",
     "\"result\":null"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getFilterChanges\",\"params\":[\"0x99\"]}",
     "\"code\":-32000,\"message\":\"filter not found\""},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_sendRawTransaction\",\"params\":[\"0x\"]}",
     "\"code\":-32000"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_call\",\"params\":[{\"data\":\"0x01\","
     "\"input\":"
     "\"0x02\"},\"latest\"]}",
     "both \\\"data\\\" and \\\"input\\\" are set"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_call\",\"params\":[{\"gasPrice\":\"0x1\","
     "\"maxFeePerGas\":\"0x1\"},\"latest\"]}",
     "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified"},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_sendTransaction\",\"params\":[{\"from\":"
     "\"0x0000000000000000000000000000000000000001\",\"to\":"
     "\"0x0000000000000000000000000000000000000002\"}]}",
     "\"message\":\"unknown account\""},
};

TEST(rpc, frames_every_request_and_error) {
    fixture f;
    setup(&f);
    for (size_t i = 0; i < TD_COUNT(frames); i++) {
        const char *answer = ask(&f, frames[i].body);
        if (strstr(answer, frames[i].part) == NULL)
            fail_msg("row %zu: %s\nanswered %s\nwithout %s", i, frames[i].body, answer,
                     frames[i].part);
        td_json *json;
        assert_int_equal(td_json_parse(&json, NULL, TD_BYTES_STR(answer), 1 << 20), 0);
        td_json_free(json);
    }
    teardown(&f);
}

TEST(rpc, answers_batches_and_not_notifications) {
    fixture f;
    setup(&f);
    assert_string_equal(ask(&f, "{\"jsonrpc\":\"2.0\",\"method\":\"eth_chainId\"}"), "");
    assert_string_equal(ask(&f, "[{\"jsonrpc\":\"2.0\",\"method\":\"eth_chainId\"},"
                                "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_chainId\"},"
                                "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"net_version\"}]"),
                        "[{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"0x7\"},"
                        "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":\"7\"}]");
    td_out batch;
    td_out_init(&batch, 1 << 20);
    td_out_byte(&batch, '[');
    for (int i = 0; i <= TD_RPC_BATCH_MAX; i++)
        td_out_printf(&batch, "%s1", i ? "," : "");
    td_out_put(&batch, "]", 2);
    assert_non_null(
        strstr(ask(&f, (const char *)batch.ptr), "batch too large: 1001 requests (limit 1000)"));
    td_out_fini(&batch);
    teardown(&f);
}

TEST(rpc, tells_reverts_with_reason_and_data) {
    fixture f;
    setup(&f);
    const char *answer =
        ask(&f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_call\",\"params\":[{\"data\":"
                "\"0x6308c379a060e01b5f526020600452600260245261"
                "6e6f60f01b60445260645ffd\"},\"latest\"]}");
    assert_non_null(strstr(answer, "\"code\":3,\"message\":\"execution reverted: no\""));
    assert_non_null(strstr(answer, "\"data\":\"0x08c379a0"));
    answer = ask(&f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_call\",\"params\":[{\"data\":"
                     "\"0x634e487b7160e01b5f52601160045260245ffd\"},\"latest\"]}");
    assert_non_null(strstr(answer, "execution reverted: arithmetic underflow or overflow"));
    answer = ask(&f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_call\",\"params\":[{\"data\":"
                     "\"0xfe\"},\"latest\"]}");
    assert_non_null(strstr(answer, "\"code\":-32000,\"message\":\"invalid opcode"));
    teardown(&f);
}

TEST(rpc, every_method_answers_bad_parameters_with_an_error_or_a_value) {
    static const char *const params[] = {"[]",
                                         "[null]",
                                         "[1,2,3]",
                                         "[\"x\",\"y\"]",
                                         "[{}]",
                                         "[[],[]]",
                                         "[{\"a\":1},\"latest\",{}]",
                                         "[true]"};
    fixture f;
    setup(&f);
    for (size_t m = 0; m < td_rpc_method_count(); m++)
        for (size_t p = 0; p < TD_COUNT(params); p++) {
            char body[256];
            (void)snprintf(body, sizeof body,
                           "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}",
                           td_rpc_method_name(m), params[p]);
            td_json *json;
            const char *answer = ask(&f, body);
            if (td_json_parse(&json, NULL, TD_BYTES_STR(answer), 1 << 24) != TD_OK)
                fail_msg("%s answered %s", body, answer);
            assert_int_equal(td_json_get(json, "result") == NULL,
                             td_json_get(json, "error") != NULL);
            td_json_free(json);
        }
    teardown(&f);
}

TEST(rpc, filters_tell_each_block_once_and_again_after_a_revert) {
    fixture f;
    char body[256];
    setup(&f);
    const char *answer =
        ask(&f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_newBlockFilter\",\"params\":[]}");
    td_json *json;
    assert_int_equal(td_json_parse(&json, NULL, TD_BYTES_STR(answer), 1 << 20), 0);
    (void)snprintf(
        body, sizeof body,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getFilterChanges\",\"params\":[\"%s\"]}",
        td_json_text(td_json_get(json, "result"), &(size_t){0}));
    td_json_free(json);
    uint64_t id;
    assert_int_equal(td_chain_snapshot(f.chain, &id), 0);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(td_chain_mine(f.chain, 1, 0, NULL), 0);
        assert_non_null(strstr(ask(&f, body), "\"result\":[\"0x"));
        assert_non_null(strstr(ask(&f, body), "\"result\":[]"));
        if (round == 0)
            assert_int_equal(td_chain_revert(f.chain, id), 0);
    }
    teardown(&f);
}

/* --- transcripts ------------------------------------------------------------------------------ */

enum { NAMES_MAX = 32 };

typedef struct transcript {
    fixture *f;
    const char *file;
    unsigned line;
    const char *answer;
    char names[NAMES_MAX][16], values[NAMES_MAX][140];
    size_t count;
} transcript;

/* `text` with each $name replaced by what was kept. */
static void expand(const transcript *t, char *out, size_t len, const char *text) {
    size_t n = 0;
    while (*text != 0 && n + 141 < len) {
        size_t i = 0, name_len = 0;
        if (*text == '$') {
            name_len = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz");
            while (i < t->count && (strlen(t->names[i]) != name_len ||
                                    memcmp(t->names[i], text + 1, name_len) != 0))
                i++;
        }
        if (name_len == 0 || i == t->count) {
            out[n++] = *text++;
            continue;
        }
        n += (size_t)snprintf(out + n, len - n, "%s", t->values[i]);
        text += 1 + name_len;
    }
    out[n] = 0;
}

/* Keeps the answer's result, when it is text. */
static void keep(transcript *t, const char *name) {
    td_json *json;
    size_t len = 0;
    assert_int_equal(td_json_parse(&json, NULL, TD_BYTES_STR(t->answer), 1 << 24), 0);
    const char *text = td_json_text(td_json_get(json, "result"), &len);
    assert_true(t->count < NAMES_MAX);
    if (td_json_get(json, "error") != NULL)
        fail_msg("%s:%u: answered %s", t->file, t->line, t->answer);
    (void)snprintf(t->names[t->count], sizeof t->names[0], "%.15s", name);
    (void)snprintf(t->values[t->count++], sizeof t->values[0], "%.139s", text ? text : "");
    td_json_free(json);
}

static void step(transcript *t, const char *line) {
    char text[4096], body[4300];
    expand(t, text, sizeof text, line + 2);
    if (line[0] == '>') {
        char *params = strchr(text, ' ');
        assert_non_null(params);
        *params = 0;
        (void)snprintf(body, sizeof body,
                       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", text,
                       params + 1);
        t->answer = ask(t->f, body);
    } else if (line[0] == '=') {
        keep(t, text);
    } else if (line[0] == '<' && strstr(t->answer, text) == NULL) {
        fail_msg("%s:%u: answered %s\nwithout %s", t->file, t->line, t->answer, text);
    }
}

static void play(const char *file) {
    fixture f;
    setup(&f);
    transcript t = {.f = &f, .file = file};
    char *text = (char *)td_test_read(file, NULL), *rest = text, *line;
    while ((line = strsep(&rest, "\n")) != NULL) {
        t.line++;
        if (line[0] != '#' && strlen(line) > 2)
            step(&t, line);
    }
    td_test_free(text);
    teardown(&f);
}

TEST(rpc, plays_the_transcript_of_development_controls) {
    play("tests/rpc/dev.io");
}

TEST(rpc, plays_the_transcript_of_clients) {
    play("tests/rpc/eth.io");
}
