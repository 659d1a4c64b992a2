/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs tests/vec/evm/: one case a line,
 *   NAME fork code input gas static | exit gas_used output refund
 * The world of a case: the code runs at 0xc0de (balance 1000000; slot 1 is 1, slot 2 is 2), called
 * by 0xca11 with value 7, origin 0x0419; 0xee has balance 5 and code that stops at once, 0xdd
 * delegates to 0xee, nothing else exists, everything is cold. Block 1000 by 0xc01b. Calls and
 * creates are answered at once with all their gas.
 */
#include "base/test.h"
#include "evm/evm_private.h"
#include "evm/mock_host.h"

#include <stdlib.h>

enum { CODE_LEN_MAX = 8192, GAS_OF_STIPEND = 2300 };

static td_addr addr_of(uint16_t n) {
    td_addr a = {0};
    a.b[18] = (uint8_t)(n >> 8), a.b[19] = (uint8_t)n;
    return a;
}

static void add_account(td_ctx *c, uint16_t n, uint64_t balance, td_bytes code) {
    td_addr a = addr_of(n);
    mock_account *acc = mock_account_at(c, &a);
    acc->exists = true;
    acc->balance = td_u256_from(balance);
    acc->code = code;
}

static void make_world(td_ctx *c) {
    static const uint8_t stops[] = {0x00, 0x60, 0x01, 0x60, 0x02, 0x01, 0x00};
    static const uint8_t delegates[23] = {0xef, 0x01, 0x00, [22] = 0xee};
    td_addr dd = addr_of(0xdd);
    *c = (td_ctx){0};
    add_account(c, 0xc0de, 1000000, TD_BYTES(NULL, 0));
    add_account(c, 0xee, 5, TD_BYTES(stops, sizeof stops));
    add_account(c, 0xdd, 0, TD_BYTES(delegates, sizeof delegates));
    mock_account_at(c, &dd)->has_delegate = true;
    mock_account_at(c, &dd)->delegate = addr_of(0xee);
    for (uint64_t i = 1; i <= 2; i++) {
        td_u256 key = td_u256_from(i);
        mock_slot *s = mock_slot_at(c, &key, false);
        s->value = s->original = key;
    }
}

static td_env make_env(td_fork fork, const td_hash blobs[2]) {
    td_env env = {.fork = fork, .chain_id = 1, .number = 1000, .timestamp = 1700000000};
    env.gas_limit = 30000000;
    env.base_fee = td_u256_from(9);
    env.blob_base_fee = td_u256_from(3);
    env.gas_price = td_u256_from(10);
    env.coinbase = addr_of(0xc01b);
    env.origin = addr_of(0x0419);
    env.prevrandao.b[30] = 0x12, env.prevrandao.b[31] = 0x34;
    env.blob_hashes = blobs;
    env.blob_hash_count = 2;
    return env;
}

/* What the frame loop would do: the callee takes the value and nothing else. */
static void answer(td_frame *f, td_ctx *c, td_act act) {
    td_addr self = addr_of(0xc0de);
    bool sends = act == TD_ACT_CALL && f->request.kind <= TD_CALLCODE;
    if (sends && !td_u256_is_zero(&f->request.value)) {
        f->gas += GAS_OF_STIPEND;
        if (f->request.kind == TD_CALL) {
            mock_account *from = mock_account_at(c, &self);
            td_u256_sub(&from->balance, &from->balance, &f->request.value);
            mock_account *to = mock_account_at(c, &f->request.addr);
            td_u256_add(&to->balance, &to->balance, &f->request.value);
        }
    }
    if (act == TD_ACT_CALL && f->request.kind == TD_CALL)
        mock_account_at(c, &f->request.addr)->exists = true;
    f->return_data = TD_BYTES(NULL, 0);
    f->reply = (td_reply){TD_EXIT_RETURN, true, addr_of(0xbeef)};
}

static bool find_exit(const char *name, td_exit *out) {
    static const char *const names[] = {
#define TD_EXIT(NAME, kind, text) #NAME,
#include "vm/exits.def"
#undef TD_EXIT
    };
    for (unsigned i = 0; i < TD_EXIT_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (td_exit)i;
            return true;
        }
    return false;
}

typedef struct vector {
    char name[20], fork[20], code[2 * CODE_LEN_MAX + 1], input[1024], exit[32], output[1024];
    long long gas, used, refund;
    int is_static;
} vector;

/* Runs one line; returns false and says how it differs. With `loose` any halt is as good as
 * another: random programs break more than one rule at once. */
static bool run_line(td_region *region, const char *line, bool loose) {
    static vector v;
    static uint8_t code_bytes[CODE_LEN_MAX], input[512], expected[512];
    static td_ctx ctx;
    assert_int_equal(sscanf(line, "%19s %19s %16384s %1023s %lld %d | %31s %lld %1023s %lld",
                            v.name, v.fork, v.code, v.input, &v.gas, &v.is_static, v.exit, &v.used,
                            v.output, &v.refund),
                     10);
    size_t code_len = td_test_unhex(v.code, code_bytes, sizeof code_bytes);
    size_t input_len = td_test_unhex(v.input, input, sizeof input);
    size_t expected_len = td_test_unhex(v.output, expected, sizeof expected);
    td_hash hash = {0}, blobs[2];
    td_fork fork;
    td_exit exit;
    td_code *code;
    memset(blobs[0].b, 0xaa, 32), memset(blobs[1].b, 0xbb, 32);
    blobs[0].b[0] = blobs[1].b[0] = 1;
    assert_int_equal(td_fork_find(&fork, v.fork), 0);
    assert_true(find_exit(v.exit, &exit));
    assert_int_equal(TD_EVM.prepare(&code, TD_BYTES(code_bytes, code_len), &hash, fork), 0);
    td_env env = make_env(fork, blobs);
    make_world(&ctx);
    td_frame f = {.code = code, .env = &env, .gas = v.gas, .is_static = v.is_static != 0};
    f.self = f.code_addr = addr_of(0xc0de);
    f.caller = addr_of(0xca11);
    f.value = td_u256_from(7);
    f.input = TD_BYTES(input, input_len);
    f.memory = region;
    f.memory_max = region->len_max;
    memset(region->base, 0xa5, 65536); /* memory comes with old contents */
    for (td_act act; (act = TD_EVM.run(&f, &MOCK_HOST, &ctx)) != TD_ACT_DONE;)
        answer(&f, &ctx, act);
    long long used = v.gas - f.gas;
    bool halts = td_exit_kind_of(exit) == TD_EXIT_KIND_HALT;
    bool ok = f.exit == exit || (loose && halts && td_exit_kind_of(f.exit) == TD_EXIT_KIND_HALT);
    ok = ok && used == v.used && td_bytes_eq(f.output, TD_BYTES(expected, expected_len));
    ok = ok && (exit != TD_EXIT_RETURN || ctx.refund == v.refund);
    if (!ok) {
        printf("%.300s\n  got exit %d (%s) used %lld refund %lld output ", line, f.exit,
               td_exit_text(f.exit), used, (long long)ctx.refund);
        for (size_t i = 0; i < f.output.len && i < 96; i++)
            printf("%02x", f.output.ptr[i]);
        printf("\n");
    }
    TD_EVM.release(code);
    return ok;
}

/* Runs a file's lines; marks in `seen` the opcodes they name. Returns the lines that fail. */
static int run_lines(const char *path, bool loose, bool seen[256]) {
    int failed = 0;
    td_region region;
    assert_int_equal(td_region_init(&region, 64 << 20), 0);
    char *text = (char *)td_test_read(path, NULL);
    for (char *line = text, *end; *line != '\0'; line = end) {
        end = line + strcspn(line, "\n");
        if (*end != '\0')
            *end++ = '\0';
        if (*line == '#' || *line == '\0')
            continue;
        failed += !run_line(&region, line, loose);
        for (int i = 0; i < 256; i++) {
            const char *name = td_evm_op_info[i].name;
            if (name != NULL && strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ' ')
                seen[i] = true;
        }
    }
    td_test_free(text);
    td_region_fini(&region);
    return failed;
}

#ifndef EVM_VECTORS_ONLY
static const char *const families[] = {"arith",  "bits",    "stack", "env",
                                       "memory", "storage", "flow",  "call"};

TEST(evm_vectors, give_the_exit_the_gas_and_the_output_of_their_line_and_cover_each_opcode) {
    bool seen[256] = {0};
    int failed = 0;
    for (size_t i = 0; i < TD_COUNT(families); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "tests/vec/evm/%s.vec", families[i]);
        failed += run_lines(path, false, seen);
    }
    assert_int_equal(failed, 0);
    for (int i = 0; i < 256; i++)
        if (td_evm_op_info[i].name != NULL && !seen[i])
            fail_msg("opcode %s has no vector", td_evm_op_info[i].name);
}
#endif
