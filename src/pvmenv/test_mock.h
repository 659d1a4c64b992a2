/* SPDX-License-Identifier: Apache-2.0
 *
 * For the tests of this folder: a host that is a few arrays, a writer of ReviveV1 containers, and a
 * frame over both.
 */
#ifndef TD_PVMENV_TEST_MOCK_H
#define TD_PVMENV_TEST_MOCK_H

#include "base/test.h"
#include "pvmenv/pvmenv_private.h"
#include "vm/host.h"

enum { MOCK_SLOT_MAX = 512, MOCK_LOG_MAX = 64, MOCK_ACCESS_MAX = 512 };

typedef struct mock_slot {
    bool is_fixed, is_transient, present;
    uint8_t key[TD_EXT_KEY_LEN_MAX], value[TD_EXT_VALUE_LEN_MAX];
    size_t key_len, value_len;
    td_u256 original; /* at the start of the transaction, for the EVM's slots */
} mock_slot;

typedef struct mock_log {
    td_addr addr;
    td_hash topics[4];
    size_t topic_count, data_len;
    uint8_t data[1024];
} mock_log;

struct td_ctx {
    mock_slot slots[MOCK_SLOT_MAX];
    size_t slot_count;
    mock_log logs[MOCK_LOG_MAX];
    size_t log_count;
    td_hash accessed[MOCK_ACCESS_MAX];
    size_t accessed_count;
    uint8_t immutables[TD_SYS_IMMUTABLES_LEN_MAX];
    size_t immutables_len;
    bool has_immutables, transient_full, denied, locked, was_locked, callee_empty;
    td_addr dead, beneficiary;
    int64_t guest_bytes, guest_bytes_max, deposit_bytes, deposit_items;
    td_resources used;
    size_t frames_ended;
};

extern const td_host MOCK_HOST;
extern const td_env MOCK_ENV;
extern const td_addr MOCK_SELF, MOCK_CALLER, MOCK_OTHER, MOCK_CREATED;
/* The code of MOCK_OTHER. */
extern const uint8_t MOCK_OTHER_CODE[5];

/* A fresh host; freed with td_mem_free. */
td_ctx *mock_new(void);
/* Forgets what lives for one transaction: warmth, transient slots, logs. */
void mock_transaction(td_ctx *c);
mock_slot *mock_slot_find(td_ctx *c, const td_ext_key *key, bool add);

/* --- text ---------------------------------------------------------------------------------------
 */
/* Reads bytes written in pieces, 00*31,05, up to a blank, '=', '/' or the end, and moves *s there.
 * `-` is for the caller. Returns their count; fails the test past `out_max`. */
size_t mock_bytes(const char **s, uint8_t *out, size_t out_max);

/* --- blobs --------------------------------------------------------------------------------------
 */
/* Where the regions of mock_blob's containers start (polkavm.md 6.1, with one page of ro). */
enum { MOCK_RO = 0x10000, MOCK_RW = 0x30000, MOCK_RW_LEN = 0x40000 };

typedef struct mock_asm {
    uint8_t code[512], mask[64];
    size_t len;
} mock_asm;
void mock_emit(mock_asm *m, const uint8_t *bytes, size_t len);
void mock_load(mock_asm *m, unsigned reg, uint64_t value); /* load_imm64 */
void mock_ecalli(mock_asm *m, uint8_t index);
void mock_store(mock_asm *m, unsigned reg, uint32_t address); /* store_u64 */
void mock_op(mock_asm *m, uint8_t opcode);                    /* no operands */
void mock_ret(mock_asm *m);                                   /* jump_indirect ra */

typedef struct mock_image {
    const char *const *imports;
    size_t import_count;
    td_bytes rw_data;
    bool no_deploy, no_call;
    uint8_t isa;
} mock_image;
/* Writes the container; `out` holds at least 300 KiB. Returns its length. */
size_t mock_blob(uint8_t *out, const mock_asm *m, const mock_image *image);

/* --- frames -------------------------------------------------------------------------------------
 */
typedef struct mock_run {
    td_ctx *ctx;
    td_region memory;
    td_frame f;
    td_code *code;
} mock_run;
/* Prepares `blob` (asserted to succeed) and a frame of MOCK_SELF over a new host with 100 M gas. */
void mock_run_init(mock_run *r, td_bytes blob);
void mock_run_fini(mock_run *r);
/* A frame as mock_run_init left it, keeping the host. */
void mock_run_reset(mock_run *r);
td_act mock_step(mock_run *r);

#endif
