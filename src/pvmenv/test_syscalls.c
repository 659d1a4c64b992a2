/* SPDX-License-Identifier: Apache-2.0
 *
 * Every row of syscalls.def by its vectors, tests/vec/sys/<name>.vec. A line is one case:
 *
 *   sentence_with_underscores: SETTINGS => WANTED
 *
 * A case runs a program that loads a0..a5, makes the host call, stores a0 at @0 and returns the
 * first 2048 bytes of its rw memory, so a host call that comes back shows all it did. Values are
 * decimal or 0x numbers, @N (the guest address of byte N of rw memory), `none` (SENTINEL), `max`
 * (u64 max), or two of them packed HIGH:LOW. Bytes are hex, in pieces joined by commas, each
 * repeatable: 00*31,05. Settings: aN=value, @N=bytes, static, deploy, delegate, gas=n, input=,
 * fixed.KEY=, var.KEY=, tfixed.KEY=, tvar.KEY=, immutables=, returned=, denied, full, empty,
 * reply=EXIT, data=, moved. Wanted: exit=NAME (the call ends the frame; `gas` is then what is
 * left), out=, a0=, @N=bytes, the four slot forms (`-` is absence), bytes=n items=n (deposit),
 * logs=n, topics=n, topic=, log=, dead=address, immutables=, kind=, rgas=, value=, addr=, rinput=,
 * rstatic, salt=, code=, locked.
 */
#include "pvmenv/test_mock.h"

#include <stdlib.h>

enum { DUMP_LEN = 2048, BYTES_MAX = 140000 };

typedef struct setup {
    uint64_t args[6];
    uint8_t *rw; /* DUMP_LEN bytes */
    bool is_static, is_constructor, is_delegate, has_reply, move_input;
    uint64_t gas;
    uint8_t *input, *data; /* BYTES_MAX each */
    size_t input_len, data_len;
    td_exit reply;
} setup;

static const char *where; /* the case running, for messages */

static uint64_t number(const char *s) {
    if (*s == '@')
        return MOCK_RW + strtoull(s + 1, NULL, 0);
    if (strncmp(s, "none", 4) == 0)
        return TD_SYS_SENTINEL;
    return strncmp(s, "max", 3) == 0 ? UINT64_MAX : strtoull(s, NULL, 0);
}

static uint64_t value_of(const char *s) {
    const char *colon = strchr(s, ':');
    return colon == NULL ? number(s) : number(s) << 32 | (uint32_t)number(colon + 1);
}

static bool starts(const char **s, const char *word) {
    size_t len = strlen(word);
    if (strncmp(*s, word, len) != 0)
        return false;
    *s += len;
    return true;
}

static td_exit exit_of(const char *s) {
    static const char *const names[] = {
#define TD_EXIT(NAME, kind, text) #NAME,
#include "vm/exits.def"
#undef TD_EXIT
    };
    for (size_t i = 0; i < TD_COUNT(names); i++)
        if (strncmp(s, names[i], strlen(names[i])) == 0 && strchr(" ", s[strlen(names[i])]) != NULL)
            return (td_exit)i;
    fail_msg("%s: no exit is called %s", where, s);
    return TD_EXIT_COUNT;
}

/* The four forms of a slot's name; false for another word. */
static bool slot_key(const char **s, td_ext_key *key, uint8_t *room) {
    if (starts(s, "fixed."))
        *key = (td_ext_key){.is_fixed = true};
    else if (starts(s, "var."))
        *key = (td_ext_key){0};
    else if (starts(s, "tfixed."))
        *key = (td_ext_key){.is_fixed = true, .is_transient = true};
    else if (starts(s, "tvar."))
        *key = (td_ext_key){.is_transient = true};
    else
        return false;
    key->bytes = TD_BYTES(room, mock_bytes(s, room, TD_EXT_KEY_LEN_MAX));
    assert_true(starts(s, "="));
    return true;
}

static void setting(td_ctx *c, setup *u, const char *s) {
    uint8_t room[TD_EXT_KEY_LEN_MAX];
    td_ext_key key;
    if (slot_key(&s, &key, room)) {
        mock_slot *slot = mock_slot_find(c, &key, true);
        slot->value_len = mock_bytes(&s, slot->value, sizeof slot->value);
        slot->present = true;
        slot->original = slot->value_len == 32 ? td_u256_load_be(slot->value) : TD_U256_ZERO;
    } else if (s[0] == '@') {
        char *end;
        size_t at = strtoull(s + 1, &end, 0);
        s = end + 1;
        (void)mock_bytes(&s, u->rw + at, DUMP_LEN - at);
    } else if (s[0] == 'a' && s[2] == '=') {
        u->args[s[1] - '0'] = value_of(s + 3);
    } else if (starts(&s, "static")) {
        u->is_static = true;
    } else if (starts(&s, "deploy")) {
        u->is_constructor = true;
    } else if (starts(&s, "delegate")) {
        u->is_delegate = true;
    } else if (starts(&s, "moved")) {
        u->move_input = true;
    } else if (starts(&s, "denied")) {
        c->denied = true;
    } else if (starts(&s, "full")) {
        c->transient_full = true;
    } else if (starts(&s, "empty")) {
        c->callee_empty = true;
    } else if (starts(&s, "gas=")) {
        u->gas = number(s);
    } else if (starts(&s, "input=")) {
        u->input_len = mock_bytes(&s, u->input, BYTES_MAX);
    } else if (starts(&s, "data=") || starts(&s, "returned=")) {
        u->data_len = mock_bytes(&s, u->data, BYTES_MAX);
    } else if (starts(&s, "immutables=")) {
        c->immutables_len = mock_bytes(&s, c->immutables, sizeof c->immutables);
        c->has_immutables = true;
    } else if (starts(&s, "reply=")) {
        u->reply = exit_of(s);
        u->has_reply = true;
    } else {
        fail_msg("%s: unknown setting %s", where, s);
    }
}

static void same(const char *what, td_bytes got, const char *wanted) {
    static uint8_t want[BYTES_MAX];
    size_t len = mock_bytes(&wanted, want, sizeof want);
    if (got.len == len && (len == 0 || memcmp(got.ptr, want, len) == 0))
        return;
    print_error("%s: %s has %zu bytes, wanted %zu\n", where, what, got.len, len);
    for (size_t i = 0; i < got.len && i < 64; i++)
        print_error("%02x", got.ptr[i]);
    print_error("\n");
    fail();
}

static void equal(const char *what, uint64_t got, uint64_t want) {
    if (got != want)
        fail_msg("%s: %s is %llu, wanted %llu", where, what, (unsigned long long)got,
                 (unsigned long long)want);
}

static bool wanted_request(const mock_run *r, const td_request *q, const char *s) {
    static const char *const kinds[] = {"CALL",   "CALLCODE", "DELEGATECALL", "STATICCALL",
                                        "CREATE", "CREATE2",  "INSTANTIATE"};
    if (starts(&s, "kind="))
        assert_string_equal(kinds[q->kind], s);
    else if (starts(&s, "rgas="))
        equal("request gas", q->gas, value_of(s));
    else if (starts(&s, "value="))
        equal("request value", q->value.w[0], value_of(s));
    else if (starts(&s, "addr="))
        same("request address", TD_BYTES_OF(q->addr), s);
    else if (starts(&s, "rinput="))
        same("request input", q->input, s);
    else if (starts(&s, "rstatic"))
        equal("request is_static", q->is_static, 1);
    else if (starts(&s, "salt="))
        same("salt", q->has_salt ? TD_BYTES_OF(q->salt) : (td_bytes){NULL, 0}, s);
    else if (starts(&s, "code="))
        same("code hash", TD_BYTES_OF(q->code_hash), s);
    else if (starts(&s, "locked"))
        equal("was locked and is no more", r->ctx->was_locked && !r->ctx->locked, 1);
    else
        return false;
    return true;
}

static bool wanted_effect(const mock_run *r, const char *s) {
    td_ctx *c = r->ctx;
    const mock_log *log = &c->logs[c->log_count == 0 ? 0 : c->log_count - 1];
    uint8_t room[TD_EXT_KEY_LEN_MAX];
    td_ext_key key;
    if (slot_key(&s, &key, room)) {
        const mock_slot *slot = mock_slot_find(c, &key, false);
        bool present = slot != NULL && slot->present;
        equal("slot is there", present, *s != '-');
        if (present)
            same("slot", TD_BYTES(slot->value, slot->value_len), s);
    } else if (starts(&s, "bytes=")) {
        equal("deposit bytes", (uint64_t)c->deposit_bytes, (uint64_t)strtoll(s, NULL, 0));
    } else if (starts(&s, "items=")) {
        equal("deposit items", (uint64_t)c->deposit_items, (uint64_t)strtoll(s, NULL, 0));
    } else if (starts(&s, "logs=")) {
        equal("logs", c->log_count, number(s));
    } else if (starts(&s, "topics=")) {
        equal("topics", log->topic_count, number(s));
    } else if (starts(&s, "topic=")) {
        same("last topic", TD_BYTES_OF(log->topics[log->topic_count - 1]), s);
    } else if (starts(&s, "log=")) {
        same("log data", TD_BYTES(log->data, log->data_len), s);
    } else if (starts(&s, "dead=")) {
        assert_memory_equal(c->dead.b, MOCK_SELF.b, 20);
        same("beneficiary", TD_BYTES_OF(c->beneficiary), s);
    } else if (starts(&s, "immutables=")) {
        same("immutables", TD_BYTES(c->immutables, c->immutables_len), s);
    } else {
        return false;
    }
    return true;
}

/* Bytes of memory are compared at their place in the dump. */
static void wanted(const mock_run *r, const td_request *q, const char *s) {
    const td_frame *f = &r->f;
    if (starts(&s, "exit=")) {
        equal("exit", f->exit, exit_of(s));
    } else if (starts(&s, "out=")) {
        same("output", f->output, s);
    } else if (starts(&s, "gas=")) {
        equal("gas", (uint64_t)f->gas, number(s));
    } else if (starts(&s, "a0=")) {
        equal("a0", td_load_le64(f->output.ptr), value_of(s));
    } else if (s[0] == '@') {
        char *end;
        size_t at = strtoull(s + 1, &end, 0);
        const char *probe = end + 1;
        static uint8_t scratch[DUMP_LEN];
        same("memory", TD_BYTES(f->output.ptr + at, mock_bytes(&probe, scratch, sizeof scratch)),
             end + 1);
    } else if (!wanted_request(r, q, s) && !wanted_effect(r, s)) {
        fail_msg("%s: unknown expectation %s", where, s);
    }
}

/* The program of a case. Import 2 gives the input away first, where a case asks for it. */
static size_t make_blob(uint8_t *out, const char *name, const setup *u) {
    const char *const imports[] = {name, "seal_return", "call_evm"};
    mock_asm m = {0};
    if (u->move_input) {
        mock_load(&m, TD_PVM_A0, 1);
        mock_load(&m, TD_PVM_A1, MOCK_RW + DUMP_LEN);
        mock_load(&m, TD_PVM_A2, MOCK_RW + DUMP_LEN);
        mock_load(&m, TD_PVM_A5, UINT64_MAX);
        mock_ecalli(&m, 2);
    }
    for (unsigned i = 0; i < 6; i++)
        mock_load(&m, TD_PVM_A0 + i, u->args[i]);
    mock_ecalli(&m, 0);
    mock_store(&m, TD_PVM_A0, MOCK_RW);
    mock_load(&m, TD_PVM_A0, 0);
    mock_load(&m, TD_PVM_A1, MOCK_RW);
    mock_load(&m, TD_PVM_A2, DUMP_LEN);
    mock_ecalli(&m, 1);
    mock_op(&m, 0);
    return mock_blob(
        out, &m,
        &(mock_image){.imports = imports, .import_count = 3, .rw_data = TD_BYTES(u->rw, DUMP_LEN)});
}

/* Runs to the end; a frame asked for is answered as the case says, the first one of `moved` well.
 */
static void run_case(mock_run *r, const setup *u, td_request *q) {
    r->f.is_static = u->is_static;
    r->f.is_constructor = u->is_constructor;
    r->f.input = TD_BYTES(u->input, u->input_len);
    r->f.gas = (int64_t)u->gas;
    if (u->is_delegate)
        r->f.code_addr = MOCK_OTHER;
    if (!u->has_reply)
        r->f.return_data = TD_BYTES(u->data, u->data_len);
    bool moved = u->move_input;
    while (mock_step(r) != TD_ACT_DONE) {
        if (!moved && !u->has_reply)
            fail_msg("%s: asks for a frame", where);
        *q = r->f.request;
        r->f.reply = (td_reply){
            .exit = moved ? TD_EXIT_RETURN : u->reply, .pending = true, .created = MOCK_CREATED};
        r->f.return_data = moved ? (td_bytes){NULL, 0} : TD_BYTES(u->data, u->data_len);
        moved = false;
    }
}

/* Splits at blanks; calls back for each word. Returns whether a word is `exit=`. */
static void one_case(const char *name, char *settings, char *wants, setup *u) {
    static uint8_t blob[1 << 19];
    td_ctx *c = mock_new();
    for (char *at = settings, *word; (word = strsep(&at, " ")) != NULL;)
        if (*word != 0)
            setting(c, u, word);
    size_t len = make_blob(blob, name, u);
    mock_run r;
    mock_run_init(&r, TD_BYTES(blob, len));
    td_mem_free(r.ctx);
    r.ctx = c;
    td_request q = {0};
    run_case(&r, u, &q);
    if (strstr(wants, "exit=") == NULL) {
        equal("exit", r.f.exit, TD_EXIT_RETURN);
        equal("dump", r.f.output.len, DUMP_LEN);
    }
    size_t checks = 0;
    for (char *at = wants, *word; (word = strsep(&at, " ")) != NULL;)
        if (*word != 0) {
            wanted(&r, &q, word);
            checks++;
        }
    assert_true(checks != 0);
    mock_run_fini(&r);
}

static size_t one_row(const char *name) {
    static uint8_t rw[DUMP_LEN], input[BYTES_MAX], data[BYTES_MAX];
    char path[128], title[256];
    (void)snprintf(path, sizeof path, "tests/vec/sys/%s.vec", name);
    char *text = (char *)td_test_read(path, NULL), *at = text, *line;
    size_t cases = 0;
    while ((line = strsep(&at, "\n")) != NULL) {
        if (*line == '#' || *line == 0)
            continue;
        char *settings = strstr(line, ": "), *wants = strstr(line, "=> ");
        if (settings == NULL || wants == NULL)
            fail_msg("%s: not a case: %s", path, line);
        *settings = 0, *wants = 0;
        (void)snprintf(title, sizeof title, "%s: %s", name, line);
        where = title;
        memset(rw, 0, sizeof rw);
        setup u = {.rw = rw, .input = input, .data = data, .gas = 100000000};
        one_case(name, settings + 2, wants + 3, &u);
        cases++;
    }
    td_test_free(text);
    return cases;
}

TEST(syscalls, do_what_their_vectors_say) {
    for (size_t i = 0; i < td_pvmenv_syscall_count(); i++)
        if (one_row(td_pvmenv_syscall_name(i)) == 0)
            fail_msg("%s has no vector", td_pvmenv_syscall_name(i));
}
