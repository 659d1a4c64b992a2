/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON-RPC 2.0: parse a body, find each method's row, run its function, frame
 * the answer. Notifications (no id) run and are not answered.
 */
#include "rpc/rpc_private.h"

#include "base/clock.h"

#include <stdio.h>
#include <sys/random.h>

typedef struct row {
    const char *name;
    rpc_function function;
    size_t params_max;
} row;
static const row rows[] = {
#define TD_METHOD(name, function, params_max) {#name, rpc_##function, params_max},
#include "rpc/methods.def"
#undef TD_METHOD
};

size_t td_rpc_method_count(void) {
    return TD_COUNT(rows);
}
const char *td_rpc_method_name(size_t index) {
    return index < TD_COUNT(rows) ? rows[index].name : NULL;
}

typedef struct name_key {
    char b[RPC_METHOD_NAME_MAX];
} name_key;

static bool key_of(name_key *key, const char *name, size_t len) {
    memset(key, 0, sizeof *key);
    if (len >= sizeof key->b || memchr(name, 0, len) != NULL)
        return false;
    memcpy(key->b, name, len);
    return true;
}

static int index_rows(td_rpc *r) {
    td_map_init(&r->by_name, sizeof(name_key), sizeof(size_t));
    for (size_t i = 0; i < TD_COUNT(rows); i++) {
        name_key key;
        TD_ASSERT(key_of(&key, rows[i].name, strlen(rows[i].name)));
        bool added;
        size_t *index = td_map_put(&r->by_name, &key, &added);
        if (index == NULL)
            return TD_ERR_NOMEM;
        TD_ASSERT(added); /* a name stands in the table once */
        *index = i;
    }
    return TD_OK;
}

int td_rpc_new(td_rpc **out, const td_rpc_config *config) {
    enum { REQUEST_ARENA_MAX = 512 << 20 };
    td_rpc *r = td_mem_alloc(sizeof *r);
    if (r == NULL)
        return TD_ERR_NOMEM;
    r->config = *config;
    r->chain = config->chain;
    td_arena_init(&r->arena, 1 << 15, REQUEST_ARENA_MAX);
    td_map_init(&r->impersonated, sizeof(td_addr), 1);
    uint8_t id[32] = {0};
    (void)!getrandom(id, sizeof id, 0);
    memcpy(r->instance_id, "0x", 2);
    td_hex_put(r->instance_id + 2, id, sizeof id);
    if (index_rows(r) != TD_OK) {
        td_rpc_free(r);
        return TD_ERR_NOMEM;
    }
    td_chain_listen(r->chain, rpc_on_news, r);
    *out = r;
    return TD_OK;
}

void td_rpc_free(td_rpc *r) {
    if (r == NULL)
        return;
    td_chain_listen(r->chain, NULL, NULL);
    rpc_filters_free(r);
    td_map_fini(&r->by_name);
    td_map_fini(&r->impersonated);
    td_arena_fini(&r->arena);
    td_mem_free(r);
}

/* --- one request
 * ---------------------------------------------------------------------------------- */

static void write_head(td_jsonw *w, const td_json *id) {
    td_jsonw_object(w);
    td_jsonw_key(w, "jsonrpc");
    td_jsonw_str(w, "2.0");
    td_jsonw_key(w, "id");
    if (id == NULL)
        td_jsonw_null(w);
    else
        td_jsonw_json(w, id);
}

static void write_error(td_out *reply, const td_json *id, int code, const char *text,
                        const td_bytes *data) {
    td_jsonw w;
    td_jsonw_init(&w, reply);
    write_head(&w, id);
    td_jsonw_key(&w, "error");
    td_jsonw_object(&w);
    td_jsonw_key(&w, "code");
    td_jsonw_number(&w, code);
    td_jsonw_key(&w, "message");
    td_jsonw_str(&w, text);
    if (data != NULL) {
        td_jsonw_key(&w, "data");
        td_jsonw_data(&w, data->ptr, data->len);
    }
    td_jsonw_object_end(&w);
    td_jsonw_object_end(&w);
}

/* Checks the frame of a request; NULL and an error text when it is none. */
static const row *find_row(td_rpc *r, const td_json *request, int *code, td_diag *diag) {
    *code = RPC_INVALID_REQUEST;
    size_t version_len, len;
    const char *version = td_json_text(td_json_get(request, "jsonrpc"), &version_len);
    const char *name = td_json_text(td_json_get(request, "method"), &len);
    td_json_type params = td_json_typeof(td_json_get(request, "params"));
    bool texts = td_json_typeof(td_json_get(request, "jsonrpc")) == TD_JSON_STRING &&
                 td_json_typeof(td_json_get(request, "method")) == TD_JSON_STRING;
    if (!texts || version == NULL || version_len != 3 || memcmp(version, "2.0", 3) != 0 ||
        name == NULL) {
        (void)td_diag_set(
            diag, 0, "invalid request: an object with \"jsonrpc\":\"2.0\" and a method is needed");
        return NULL;
    }
    if (params == TD_JSON_OBJECT || params == TD_JSON_STRING || params == TD_JSON_NUMBER ||
        params == TD_JSON_BOOL) {
        *code = RPC_INVALID_PARAMS;
        (void)td_diag_set(diag, 0, "non-array args");
        return NULL;
    }
    name_key key;
    const size_t *index = key_of(&key, name, len) ? td_map_get(&r->by_name, &key) : NULL;
    if (index == NULL) {
        *code = RPC_METHOD_NOT_FOUND;
        (void)td_diag_set(diag, 0, "the method %.60s does not exist/is not available", name);
        return NULL;
    }
    return &rows[*index];
}

static void run_method(td_rpc *r, const td_json *request, const row *method, td_out *reply) {
    const td_json *id = td_json_get(request, "id");
    size_t begin = reply->len;
    td_jsonw w;
    td_jsonw_init(&w, reply);
    write_head(&w, id);
    td_jsonw_key(&w, "result");
    rpc_call q = {.params = td_json_get(request, "params"),
                  .method = method->name,
                  .arena = &r->arena,
                  .w = &w};
    int err;
    if (td_json_count(q.params) > method->params_max)
        err = td_diag_set(&q.diag, TD_ERR_ARGS, "too many arguments, want at most %zu",
                          method->params_max);
    else
        err = method->function(r, &q);
    if (err == TD_OK && !reply->failed) {
        td_jsonw_object_end(&w);
        return;
    }
    if (err == TD_OK)
        err = td_diag_set(&q.diag, TD_ERR_LIMIT, "the answer is longer than %zu bytes (limit)",
                          reply->len_max);
    reply->len = begin;
    reply->failed = false;
    write_error(reply, id, q.code ? q.code : rpc_code_of(err),
                q.diag.text[0] ? q.diag.text : td_err_text(err), q.has_data ? &q.data : NULL);
}

/* Appends the answer, or nothing for a notification. */
static void answer(td_rpc *r, const td_json *request, td_out *reply) {
    int code;
    td_diag diag = {""};
    const row *method = find_row(r, request, &code, &diag);
    size_t begin = reply->len;
    if (method == NULL)
        write_error(reply, td_json_get(request, "id"), code, diag.text, NULL);
    else
        run_method(r, request, method, reply);
    bool is_notification = td_json_typeof(request) == TD_JSON_OBJECT &&
                           td_json_typeof(td_json_get(request, "id")) == TD_JSON_ABSENT;
    if (is_notification && method != NULL)
        reply->len = begin;
    td_arena_reset(&r->arena);
}

static void answer_batch(td_rpc *r, const td_json *batch, td_out *reply) {
    size_t count = td_json_count(batch);
    if (count == 0 || count > TD_RPC_BATCH_MAX) {
        td_diag diag;
        (void)td_diag_set(&diag, 0,
                          count == 0 ? "empty batch" : "batch too large: %zu requests (limit %d)",
                          count, TD_RPC_BATCH_MAX);
        write_error(reply, NULL, RPC_INVALID_REQUEST, diag.text, NULL);
        return;
    }
    size_t begin = reply->len;
    td_out_byte(reply, '[');
    for (size_t i = 0; i < count; i++) {
        size_t before = reply->len;
        if (before != begin + 1)
            td_out_byte(reply, ',');
        size_t start = reply->len;
        const td_json *request = td_json_at(batch, i);
        if (before - begin > TD_RPC_BATCH_REPLY_LEN_MAX)
            write_error(reply, td_json_get(request, "id"), -32003, "response too large", NULL);
        else
            answer(r, request, reply);
        if (reply->len == start)
            reply->len = before; /* a notification leaves no comma */
    }
    td_out_byte(reply, ']');
    if (reply->len == begin + 2)
        reply->len = begin; /* notifications only */
}

int td_rpc_handle(void *rpc, td_bytes body, td_out *reply) {
    td_rpc *r = rpc;
    td_json *json;
    td_diag diag = {""};
    int err = td_json_parse(&json, &diag, body, TD_RPC_BODY_LEN_MAX);
    if (err != TD_OK) {
        write_error(reply, NULL, RPC_PARSE_ERROR, diag.text[0] ? diag.text : "parse error", NULL);
        return 200;
    }
    if (td_json_typeof(json) == TD_JSON_ARRAY)
        answer_batch(r, json, reply);
    else
        answer(r, json, reply);
    td_json_free(json);
    return 200;
}
