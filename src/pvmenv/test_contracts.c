/* SPDX-License-Identifier: Apache-2.0
 *
 * Contracts compiled by resolc against the mock host: their answers, reverts and logs must be those
 * of the same Solidity on an EVM (tests/vec/pvmenv/contracts.vec tells the form). Also: the same
 * run twice takes the same gas.
 */
#include "pvmenv/test_mock.h"

static const td_addr SENDER = {{0xf3, 0x9f, 0xd6, 0xe5, 0x1a, 0xad, 0x88, 0xf6, 0xf4, 0xce,
                                0x6a, 0xb8, 0x82, 0x72, 0x79, 0xcf, 0xff, 0xb9, 0x22, 0x66}};

static td_bytes read_blob(const char *name) {
    static uint8_t blob[1 << 17];
    char path[128];
    (void)snprintf(path, sizeof path, "tests/contracts/%s.pvm.hex", name);
    char *text = (char *)td_test_read(path, NULL);
    size_t len = td_test_unhex(text, blob, sizeof blob);
    td_test_free(text);
    return TD_BYTES(blob, len);
}

/* A little frame loop for contracts that call themselves: 63/64 of the gas, no checkpoints. */
static void run_frame(mock_run *r, td_frame *f) {
    static uint8_t returned[4096];
    while (TD_PVMENV.run(f, &MOCK_HOST, r->ctx) != TD_ACT_DONE) {
        const td_request *q = &f->request;
        assert_int_equal(q->kind, TD_CALL);
        assert_true(td_addr_eq(&q->addr, &f->self));
        td_frame callee = *f;
        callee.caller = f->self;
        callee.value = q->value;
        callee.input = q->input;
        callee.gas = f->gas - f->gas / 64;
        callee.state = NULL;
        callee.resources = (td_resources){0};
        callee.depth++;
        callee.memory_base = (r->memory.len + 63) / 64 * 64;
        f->gas -= callee.gas;
        run_frame(r, &callee);
        assert_true(callee.output.len <= sizeof returned);
        if (callee.output.len != 0)
            memcpy(returned, callee.output.ptr, callee.output.len);
        f->return_data = TD_BYTES(returned, callee.output.len);
        f->gas += callee.gas;
        f->reply = (td_reply){.exit = callee.exit, .pending = true};
        r->memory.len = callee.memory_base;
    }
}

static void message(mock_run *r, td_bytes input, bool is_constructor) {
    mock_transaction(r->ctx);
    td_addr self = r->f.self;
    mock_run_reset(r);
    r->f.self = r->f.code_addr = self;
    r->f.caller = SENDER;
    r->f.value = TD_U256_ZERO;
    r->f.input = input;
    r->f.is_constructor = is_constructor;
    run_frame(r, &r->f);
}

static td_bytes field(char **line, uint8_t *room, size_t room_len) {
    const char *word = strsep(line, " ");
    return TD_BYTES(room, strcmp(word, "-") == 0 ? 0 : mock_bytes(&word, room, room_len));
}

static void check_logs(const td_ctx *c, char *logs) {
    static uint8_t data[4096];
    size_t index = 0;
    for (char *word; logs != NULL && (word = strsep(&logs, " ")) != NULL; index++) {
        assert_true(index < c->log_count);
        const mock_log *log = &c->logs[index];
        const char *at = word;
        size_t topic = 0;
        for (; strchr(at, '/') != NULL; topic++, at++) {
            uint8_t want[32];
            assert_int_equal(mock_bytes(&at, want, sizeof want), 32);
            assert_memory_equal(log->topics[topic].b, want, 32);
        }
        assert_int_equal(log->topic_count, topic);
        size_t len = *at == '-' ? 0 : mock_bytes(&at, data, sizeof data);
        assert_int_equal(log->data_len, len);
        assert_memory_equal(log->data, data, len);
    }
    assert_int_equal(c->log_count, index);
}

static void check_call(mock_run *r, char *line) {
    static uint8_t input[4096], want[4096];
    td_bytes data = field(&line, input, sizeof input);
    message(r, data, false);
    int64_t gas = r->f.gas;
    assert_string_equal(strsep(&line, " "), "=>");
    if (strcmp(line, "revert") == 0) {
        assert_int_not_equal(r->f.exit, TD_EXIT_RETURN);
    } else {
        td_bytes output = field(&line, want, sizeof want);
        assert_int_equal(r->f.exit, TD_EXIT_RETURN);
        assert_int_equal(r->f.output.len, output.len);
        assert_memory_equal(r->f.output.ptr, output.ptr, output.len);
    }
    message(r, data, false);
    assert_true(r->f.gas == gas); /* a call changes nothing, so it costs the same again */
}

static void check_tx(mock_run *r, char *line) {
    static uint8_t input[4096];
    td_bytes data = field(&line, input, sizeof input);
    (void)strsep(&line, " "); /* the value: none of these sends any */
    assert_string_equal(strsep(&line, " "), "=>");
    td_ctx *before = td_mem_alloc(sizeof *before);
    assert_non_null(before);
    *before = *r->ctx;
    message(r, data, false);
    bool ok = *strsep(&line, " ") == '1';
    assert_int_equal(r->f.exit == TD_EXIT_RETURN, ok);
    if (ok)
        check_logs(r->ctx, line);
    else
        *r->ctx = *before;
    td_mem_free(before);
}

static void deploy(mock_run *r, char *line) {
    static uint8_t input[4096];
    const char *name = strsep(&line, " ");
    uint8_t self[20];
    (void)field(&line, self, sizeof self);
    mock_run_init(r, read_blob(name));
    memcpy(r->f.self.b, self, sizeof self);
    message(r, field(&line, input, sizeof input), true);
    if (r->f.exit != TD_EXIT_RETURN)
        fail_msg("%s: deploy ended with %d at pc %u", name, r->f.exit, r->f.trap_pc);
}

TEST(contracts, answer_as_on_the_evm) {
    mock_run r;
    bool live = false;
    char *text = (char *)td_test_read("tests/vec/pvmenv/contracts.vec", NULL), *at = text, *line;
    size_t count = 0;
    while ((line = strsep(&at, "\n")) != NULL) {
        if (*line == '#' || *line == 0)
            continue;
        const char *what = strsep(&line, " ");
        if (strcmp(what, "deploy") == 0) {
            if (live)
                mock_run_fini(&r);
            live = true;
            deploy(&r, line);
        } else if (strcmp(what, "call") == 0) {
            check_call(&r, line);
        } else {
            check_tx(&r, line);
        }
        count++;
    }
    mock_run_fini(&r);
    td_test_free(text);
    assert_int_equal(count, 58);
}
