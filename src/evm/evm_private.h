/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the EVM engine share: the tables made from the rows, the
 * form of prepared code, and the state of a running frame.
 *
 * Threads: tables and prepared code are immutable; a run is confined to one thread.
 */
#ifndef TD_EVM_EVM_PRIVATE_H
#define TD_EVM_EVM_PRIVATE_H

#include "evm/evm.h"
#include "evm/limits.h"

/* --- tables ------------------------------------------------------------------------------------
 */

typedef enum evm_gas {
#define GAS(NAME, since, value) GAS_##NAME,
#define GAS_FROM(NAME, since, value)
#include "evm/gas.def"
#undef GAS
#undef GAS_FROM
    GAS_COUNT
} evm_gas;

typedef enum evm_opcode {
#define OP(code, NAME, fn, immediate, pops, pushes, base_gas, since) OP_##NAME = (code),
#define FLOW                                                         OP
#define CODED                                                        OP
#include "evm/opcodes.def"
#undef OP
#undef FLOW
#undef CODED
} evm_opcode;

typedef struct evm_op_info {
    const char *name; /* NULL: no such opcode in any fork */
    uint8_t immediate, pops, pushes;
    uint8_t base_gas; /* evm_gas */
    uint8_t since;    /* td_fork */
} evm_op_info;

extern const evm_op_info td_evm_op_info[256];
extern const uint32_t td_evm_prices[TD_FORK_COUNT][GAS_COUNT];

/* Whether `code` is an opcode under `fork`. */
TD_INLINE bool evm_op_defined(uint8_t code, td_fork fork) {
    return td_evm_op_info[code].name != NULL && td_evm_op_info[code].since <= fork;
}

/* --- prepared code -----------------------------------------------------------------------------
 */

/* How handlers are entered. clang makes each a function that ends in a tail call, which keeps pc,
 * sp and gas in registers and gives each its own indirect jump; clang 19 does not split the jumps
 * of one large computed-goto loop any more (llvm issue 78582). gcc 12 has no sure tail calls, but
 * splits: there the same bodies are labels of one function. */
#if defined(__clang__)
#define EVM_TAIL_CALLS 1
#else
#define EVM_TAIL_CALLS 0
#endif

typedef struct evm_run evm_run;
typedef struct evm_insn evm_insn;
#if EVM_TAIL_CALLS
typedef void (*evm_handler)(const evm_insn *ip, td_u256 *sp, int64_t gas, evm_run *r);
#else
typedef const void *evm_handler;
#endif

/* Facts of a basic block, checked once at its head. */
typedef struct evm_head {
    uint32_t gas;  /* static price of the whole block */
    uint16_t need; /* bytes of stack it takes from below */
    uint16_t span; /* the height may be `need` to `need + span` bytes, or it overflows on the way */
} evm_head;

/* One instruction of the stream. Jumps only lead to heads. */
struct evm_insn {
    evm_handler handler;
    union {
        uint64_t imm;
        evm_head head;
        const td_u256 *word;
        const evm_insn *target;
    };
};

/* Handlers that no single opcode has; they follow the 256 opcodes in the table of handlers. */
enum {
    EVM_HEAD = 256,   /* head of a block */
    EVM_PUSH_SMALL,   /* push of imm */
    EVM_PUSH_WORD,    /* push of *word */
    EVM_JUMP_STATIC,  /* to target */
    EVM_JUMPI_STATIC, /* to target if the top is not zero */
    EVM_JUMPZ_STATIC, /* to target if the top is zero: ISZERO, PUSH, JUMPI */
    EVM_ADD_SMALL,    /* adds imm: PUSH, ADD */
    EVM_BAD_JUMP,
    EVM_SKIP, /* on at target: from a JUMPDEST past those that follow it, which are paid */
    EVM_HANDLER_COUNT
};

typedef struct evm_code {
    td_code head;
    td_fork fork;
    evm_insn *insns;
    td_u256 *words;
    /* By pc: index of the insn there; with EVM_NO_TARGET where no jump may lead. Non-decreasing
     * without that bit. One more entry than the code has bytes. */
    uint32_t *map;
} evm_code;
#define EVM_NO_TARGET 0x80000000u

/* The handlers by opcode, then the ones above. */
const evm_handler *td_evm_handlers(void);
int td_evm_prepare(td_code **out, td_bytes code, const td_hash *hash, td_fork fork);
void td_evm_release(td_code *code);
/* Which rule the block whose head is `insn` breaks first, entered with `gas` and `height` words;
 * dynamic prices do not count. */
td_exit td_evm_block_failure(const evm_code *code, const evm_insn *insn, int64_t gas,
                             size_t height);

/* --- a running frame ---------------------------------------------------------------------------
 */

/* Lies in the frame's memory: this, the stack, then the EVM's memory. */
struct evm_run {
    td_frame *f;
    const td_host *host;
    td_ctx *ctx;
    const uint32_t *price; /* by evm_gas, of the code's fork */
    uint8_t *mem;
    uint64_t mem_len;      /* multiple of 32 */
    uint64_t mem_word_end; /* below it a word may start: mem_len - 31, or 0 without memory */
    uint64_t mem_clear;    /* bytes that hold what the frame wrote or zeros: mem_len and ahead */
    int64_t mem_price;     /* paid so far */
    td_u256 *stack;
    const evm_code *code;
    /* What is kept while the frame waits for another. */
    const evm_insn *ip;
    td_u256 *sp;
    uint64_t out_offset, out_len;
    /* Why it stops. */
    td_exit exit; /* of a halt; OUT_OF_GAS unless an operation says otherwise */
    td_act act;
} TD_ALIGNED(64);

#endif
