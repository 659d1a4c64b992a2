/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams accounts to the file; only one account's text is in memory at a time.
 */
#define _GNU_SOURCE
#include "app/state_file.h"

#include "codec/hex.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

typedef struct writer {
    FILE *file;
    bool any_account;
    td_out storage, extended; /* members of the account being written */
} writer;

static void put_hex(FILE *f, td_bytes bytes) {
    (void)fputs("0x", f);
    for (size_t i = 0; i < bytes.len; i++)
        (void)fprintf(f, "%02x", bytes.ptr[i]);
}

static void end_account(writer *w) {
    if (!w->any_account)
        return;
    (void)fprintf(w->file, "\"storage\":{%.*s},\"extended\":{%.*s}}", (int)w->storage.len,
                  (const char *)w->storage.ptr, (int)w->extended.len,
                  (const char *)w->extended.ptr);
    w->storage.len = w->extended.len = 0;
}

static int on_account(void *ctx, const td_addr *addr, const td_account *account, td_bytes code) {
    writer *w = ctx;
    char balance[80];
    end_account(w);
    (void)td_u256_print_dec(balance, &account->balance);
    (void)fputs(w->any_account ? ",\n\"" : "\n\"", w->file);
    put_hex(w->file, TD_BYTES_OF(*addr));
    (void)fprintf(w->file, "\":{\"nonce\":\"0x%llx\",\"balance\":\"%s\",\"code\":\"",
                  (unsigned long long)account->nonce, balance);
    put_hex(w->file, code);
    (void)fputs("\",", w->file);
    w->any_account = true;
    return TD_OK;
}

static void put_member(td_out *out, td_bytes key, td_bytes value, size_t value_len_min) {
    static const uint8_t zeros[32];
    size_t pad = value.len < value_len_min ? value_len_min - value.len : 0;
    uint8_t *at;
    td_out_put(out, out->len ? ",\"0x" : "\"0x", out->len ? 4 : 3);
    if ((at = td_out_room(out, 2 * key.len)) != NULL)
        td_hex_put((char *)at, key.ptr, key.len);
    td_out_put(out, "\":\"0x", 5);
    if ((at = td_out_room(out, 2 * pad)) != NULL)
        td_hex_put((char *)at, zeros, pad);
    if ((at = td_out_room(out, 2 * value.len)) != NULL)
        td_hex_put((char *)at, value.ptr, value.len);
    td_out_byte(out, '"');
}

static int on_slot(void *ctx, td_bytes key, td_bytes value) {
    writer *w = ctx;
    if (key.len == 32)
        put_member(&w->storage, key, value, 32);
    else
        put_member(&w->extended, key, value, 0);
    return w->storage.failed || w->extended.failed ? TD_ERR_NOMEM : TD_OK;
}

static int write_all(td_chain *chain, writer *w) {
    const td_header *head = td_chain_head_peek(chain);
    char base_fee[80];
    (void)td_u256_print_dec(base_fee, &head->base_fee);
    (void)fprintf(w->file,
                  "{\"config\":{\"chainId\":%llu,\"terminalTotalDifficulty\":0,\"shanghaiTime\":0,"
                  "\"cancunTime\":0,"
                  "\"pragueTime\":0,\"osakaTime\":0,\"tandem\":{\"profile\":\"%s\"}},"
                  "\"difficulty\":\"0x0\",\"timestamp\":\"0x%llx\","
                  "\"gasLimit\":\"0x%llx\",\"baseFeePerGas\":\"%s\",\"alloc\":{",
                  (unsigned long long)td_chain_id(chain),
                  td_chain_profile(chain) == TD_PROFILE_DUAL ? "dual" : "ethereum",
                  (unsigned long long)head->timestamp, (unsigned long long)head->gas_limit,
                  base_fee);
    td_dump_visitor visitor = {on_account, on_slot, w};
    int err = td_chain_dump(chain, &visitor);
    end_account(w);
    (void)fputs("\n}}\n", w->file);
    if (err == TD_OK && (fflush(w->file) != 0 || fsync(fileno(w->file)) != 0))
        err = TD_ERR_IO;
    return err;
}

int state_file_save(td_chain *chain, const char *path, td_diag *diag) {
    enum { STORAGE_TEXT_MAX = 1 << 30 };
    char temp[4096];
    if (snprintf(temp, sizeof temp, "%s.tmp", path) >= (int)sizeof temp)
        return td_diag_set(diag, TD_ERR_ARGS, "--state: the path is longer than %zu characters",
                           sizeof temp);
    writer w = {.file = fopen(temp, "w")};
    if (w.file == NULL)
        return td_diag_set(diag, TD_ERR_IO, "--state: cannot write %s: %s", temp, strerror(errno));
    td_out_init(&w.storage, STORAGE_TEXT_MAX);
    td_out_init(&w.extended, STORAGE_TEXT_MAX);
    int err = write_all(chain, &w);
    td_out_fini(&w.storage);
    td_out_fini(&w.extended);
    if (fclose(w.file) != 0 && err == TD_OK)
        err = TD_ERR_IO;
    if (err == TD_OK && rename(temp, path) != 0)
        err = TD_ERR_IO;
    if (err == TD_OK)
        return TD_OK;
    (void)unlink(temp);
    return td_diag_set(diag, err, "--state: %s was not written: %s", path, td_err_text(err));
}
