/* SPDX-License-Identifier: Apache-2.0
 *
 * Receipts: the consensus form, which the receipts trie holds, and the form the
 * store holds, which has all that JSON-RPC tells.
 */
#include "eth/block.h"

enum { TOPICS_MAX = 4, MACHINES_ALL = TD_MACHINE_EVM | TD_MACHINE_PVM };

static void write_log(td_out *out, const td_log_entry *log) {
    TD_ASSERT(log->topic_count <= TOPICS_MAX);
    size_t begin = td_rlp_begin(out);
    td_rlp_put_bytes(out, log->addr.b, sizeof log->addr.b);
    td_rlp_put_list_header(out, (size_t)log->topic_count * (1 + sizeof(td_hash)));
    for (unsigned i = 0; i < log->topic_count; i++)
        td_rlp_put_bytes(out, log->topics[i].b, sizeof log->topics[i].b);
    td_rlp_put_bytes(out, log->data.ptr, log->data.len);
    td_rlp_end(out, begin);
}

static void write_logs(td_out *out, const td_receipt *r) {
    size_t begin = td_rlp_begin(out);
    for (size_t i = 0; i < r->log_count; i++)
        write_log(out, &r->logs[i]);
    td_rlp_end(out, begin);
}

/* Before Byzantium the state root, since then 1 or 0 (EIP-658). */
static void write_outcome(td_out *out, const td_receipt *r) {
    if (r->has_post_state)
        td_rlp_put_bytes(out, r->post_state.b, sizeof r->post_state.b);
    else
        td_rlp_put_u64(out, r->status);
}

void td_receipt_encode(td_out *out, const td_receipt *r) {
    if (r->type != 0)
        td_out_byte(out, r->type);
    size_t begin = td_rlp_begin(out);
    write_outcome(out, r);
    td_rlp_put_u64(out, r->cumulative_gas);
    td_rlp_put_bytes(out, r->bloom.b, sizeof r->bloom.b);
    write_logs(out, r);
    td_rlp_end(out, begin);
}

/* Signed numbers as unsigned ones that are small when the number is near 0. */
static uint64_t zigzag(int64_t v) {
    return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t v) {
    return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

void td_receipt_store(td_out *out, const td_receipt *r) {
    /* Most receipts have no logs, and their bloom is 256 zeros. */
    bool no_bloom = td_bytes_zero(r->bloom.b, sizeof r->bloom.b);
    size_t begin = td_rlp_begin(out);
    td_rlp_put_u64(out, r->type);
    td_rlp_put_u64(out, r->machines);
    td_rlp_put_u64(out, r->status);
    td_rlp_put_bytes(out, r->post_state.b, r->has_post_state ? sizeof r->post_state.b : 0);
    td_rlp_put_bytes(out, r->contract.b, r->has_contract ? sizeof r->contract.b : 0);
    td_rlp_put_u64(out, r->gas_used);
    td_rlp_put_u64(out, r->cumulative_gas);
    td_rlp_put_u256(out, &r->effective_price);
    td_rlp_put_u64(out, r->resources.ref_time);
    td_rlp_put_u64(out, r->resources.proof_size);
    td_rlp_put_u64(out, zigzag(r->resources.deposit));
    td_rlp_put_bytes(out, r->bloom.b, no_bloom ? 0 : sizeof r->bloom.b);
    write_logs(out, r);
    td_rlp_end(out, begin);
}

static int read_log(td_log_entry *out, td_rlp *logs) {
    td_rlp log, topics;
    td_log_entry entry = {0};
    if (td_rlp_list(logs, &log) < 0 || td_rlp_fixed(&log, entry.addr.b, sizeof entry.addr.b) < 0 ||
        td_rlp_list(&log, &topics) < 0 || td_rlp_bytes(&log, &entry.data) < 0 || !td_rlp_done(&log))
        return TD_ERR_CORRUPT;
    for (; !td_rlp_done(&topics); entry.topic_count++)
        if (entry.topic_count == TOPICS_MAX ||
            td_rlp_fixed(&topics, entry.topics[entry.topic_count].b, sizeof(td_hash)) < 0)
            return TD_ERR_CORRUPT;
    *out = entry;
    return TD_OK;
}

static int read_logs(td_receipt *out, td_arena *a, td_rlp *fields) {
    td_rlp logs;
    size_t count;
    if (td_rlp_list(fields, &logs) < 0 || td_rlp_count(logs, &count) < 0)
        return TD_ERR_CORRUPT;
    td_log_entry *entries = td_arena_alloc(a, count * sizeof *entries);
    if (entries == NULL)
        return TD_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        int err = read_log(&entries[i], &logs);
        if (err < 0)
            return err;
    }
    out->logs = entries;
    out->log_count = count;
    return TD_OK;
}

/* A string of `len` bytes or of none; *there says which. */
static int read_optional(td_rlp *fields, void *out, size_t len, bool *there) {
    td_bytes bytes;
    if (td_rlp_bytes(fields, &bytes) < 0 || (bytes.len != 0 && bytes.len != len))
        return TD_ERR_CORRUPT;
    *there = bytes.len != 0;
    if (*there)
        memcpy(out, bytes.ptr, len);
    return TD_OK;
}

/* The three small numbers at the front. */
static int read_flags(td_receipt *out, td_rlp *fields) {
    uint64_t type, machines, status;
    if (td_rlp_u64(fields, &type) < 0 || td_rlp_u64(fields, &machines) < 0 ||
        td_rlp_u64(fields, &status) < 0 || type > UINT8_MAX || machines > MACHINES_ALL ||
        status > 1)
        return TD_ERR_CORRUPT;
    out->type = (uint8_t)type;
    out->machines = (uint8_t)machines;
    out->status = status != 0;
    return TD_OK;
}

int td_receipt_load(td_receipt *out, td_arena *a, td_rlp *items) {
    td_rlp fields;
    td_receipt r = {0};
    uint64_t deposit;
    bool has_bloom;
    if (td_rlp_list(items, &fields) < 0 || read_flags(&r, &fields) < 0 ||
        read_optional(&fields, r.post_state.b, sizeof r.post_state.b, &r.has_post_state) < 0 ||
        read_optional(&fields, r.contract.b, sizeof r.contract.b, &r.has_contract) < 0 ||
        td_rlp_u64(&fields, &r.gas_used) < 0 || td_rlp_u64(&fields, &r.cumulative_gas) < 0 ||
        td_rlp_u256(&fields, &r.effective_price) < 0 ||
        td_rlp_u64(&fields, &r.resources.ref_time) < 0 ||
        td_rlp_u64(&fields, &r.resources.proof_size) < 0 || td_rlp_u64(&fields, &deposit) < 0 ||
        read_optional(&fields, r.bloom.b, sizeof r.bloom.b, &has_bloom) < 0)
        return TD_ERR_CORRUPT;
    r.resources.deposit = unzigzag(deposit);
    int err = read_logs(&r, a, &fields);
    if (err < 0)
        return err;
    if (!td_rlp_done(&fields))
        return TD_ERR_CORRUPT;
    *out = r;
    return TD_OK;
}
