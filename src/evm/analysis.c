/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes EVM code ready: decodes it once into a stream of instructions in basic
 * blocks, each with its static price and its needs of the stack, resolves
 * jumps to constants, and leaves out what no jump can reach. It knows the
 * tables and no world.
 *
 * A block ends where control may leave it or where gas is seen from outside
 * (GAS, SSTORE, calls, creates): so the gas an observer sees is exact though a
 * block is paid for at its head.
 *
 * JUMPDESTs in a row are entries into one block: each head has the price from there on, so that
 * going through a row is one step (micro.loop_with_many_jumpdests: 111.8 M machine instructions to
 * 0.06 M).
 *
 * PUSH with ADD, and ISZERO with PUSH and JUMPI, become one instruction: 5 % on snailtracer
 * (bench_evm, best of 15: 28.3 to 26.9 ms).
 */
#include "evm/evm_private.h"

typedef struct builder {
    const uint8_t *bytes;
    size_t len;
    td_fork fork;
    const evm_handler *handlers;
    evm_code *code;
    evm_insn *next; /* where the stream ends */
    td_u256 *word;
    /* The open block; head is NULL between an end of control flow and the next JUMPDEST. */
    evm_insn *head;
    uint64_t gas;
    int height, height_min, height_max; /* words, relative to the block's start */
    /* Heads, each with a skip, of the JUMPDESTs right before the block's own. */
    evm_insn *entries;
    size_t entry_count;
} builder;

/* Static jumps hold the pc of their target until all indices are known. */

static evm_insn *emit(builder *b, unsigned handler) {
    b->next->handler = b->handlers[handler];
    return b->next++;
}

static void open_block(builder *b) {
    b->head = emit(b, EVM_HEAD);
    b->entry_count = 0;
    b->gas = 0;
    b->height = b->height_min = b->height_max = 0;
}

static void close_block(builder *b) {
    if (b->head == NULL)
        return;
    int need = -b->height_min, span = EVM_STACK_MAX - need - b->height_max;
    /* A block that can never run passes no height. */
    b->head->head = span < 0 ? (evm_head){(uint32_t)b->gas, UINT16_MAX, 0}
                             : (evm_head){(uint32_t)b->gas, (uint16_t)(need * (int)sizeof(td_u256)),
                                          (uint16_t)(span * (int)sizeof(td_u256))};
    uint32_t each = td_evm_prices[b->fork][td_evm_op_info[OP_JUMPDEST].base_gas];
    for (size_t i = 0; i < b->entry_count; i++) {
        evm_insn *entry = b->entries + 2 * i;
        entry[0].head = b->head->head;
        entry[0].head.gas += (uint32_t)(b->entry_count - i) * each;
        entry[1].target = b->head + 1;
    }
    b->head = NULL;
}

/* Counts an operation's price and stack needs into the open block. */
static void account(builder *b, uint8_t op) {
    const evm_op_info *info = &td_evm_op_info[op];
    b->gas += td_evm_prices[b->fork][info->base_gas];
    if (b->height - info->pops < b->height_min)
        b->height_min = b->height - info->pops;
    b->height += info->pushes - info->pops;
    if (b->height > b->height_max)
        b->height_max = b->height;
}

static bool ends_control(uint8_t op, td_fork fork) {
    return !evm_op_defined(op, fork) || op == OP_STOP || op == OP_JUMP || op == OP_RETURN ||
           op == OP_REVERT || op == OP_INVALID || op == OP_SELFDESTRUCT;
}

/* Whether a new block starts after `op`, as gas is observed or control may branch there. */
static bool splits_block(uint8_t op) {
    switch (op) {
    case OP_JUMPI:
    case OP_GAS:
    case OP_SSTORE:
    case OP_CREATE:
    case OP_CREATE2:
    case OP_CALL:
    case OP_CALLCODE:
    case OP_DELEGATECALL:
    case OP_STATICCALL: return true;
    default: return false;
    }
}

/* The constant a PUSH at `pc` holds: bytes past the end of the code are zeros. */
static td_u256 push_value(const builder *b, size_t pc, size_t count) {
    uint8_t t[32] = {0};
    size_t have = b->len - pc - 1 < count ? b->len - pc - 1 : count;
    memcpy(t + 32 - count, b->bytes + pc + 1, have);
    return td_u256_load_be(t);
}

/* Emits ISZERO at `pc` together with a push and a JUMPI that follow it; returns the pc after them,
 * or 0, having done nothing, when they do not. */
static size_t emit_jump_if_zero(builder *b, size_t pc) {
    size_t push = pc + 1, count = push < b->len ? td_evm_op_info[b->bytes[push]].immediate : 0;
    size_t jump = push + 1 + count;
    if (count == 0 || jump >= b->len || b->bytes[jump] != OP_JUMPI)
        return 0;
    td_u256 target = push_value(b, push, count);
    account(b, OP_ISZERO);
    account(b, b->bytes[push]);
    account(b, OP_JUMPI);
    emit(b, EVM_JUMPZ_STATIC)->imm = td_u256_sat_u64(&target);
    close_block(b);
    open_block(b);
    return jump + 1;
}

/* Emits a push at `pc`, together with an addition or a jump that follows it; returns the pc after
 * what was emitted. */
static size_t emit_push(builder *b, size_t pc) {
    uint8_t op = b->bytes[pc];
    size_t count = td_evm_op_info[op].immediate, after = pc + 1 + count;
    td_u256 value = push_value(b, pc, count);
    uint8_t follower = after < b->len ? b->bytes[after] : OP_STOP;
    account(b, op);
    if (follower == OP_JUMP || follower == OP_JUMPI) {
        account(b, follower);
        emit(b, follower == OP_JUMP ? EVM_JUMP_STATIC : EVM_JUMPI_STATIC)->imm =
            td_u256_sat_u64(&value);
        close_block(b);
        if (follower == OP_JUMPI)
            open_block(b);
        return after + 1;
    }
    if (follower == OP_ADD && td_u256_fits_u64(&value)) {
        account(b, OP_ADD);
        emit(b, EVM_ADD_SMALL)->imm = value.w[0];
        return after + 1;
    }
    if (td_u256_fits_u64(&value)) {
        emit(b, EVM_PUSH_SMALL)->imm = value.w[0];
    } else {
        *b->word = value;
        emit(b, EVM_PUSH_WORD)->word = b->word++;
    }
    return after;
}

/* Emits the operation at `pc` into the open block; returns the pc after it. */
static size_t emit_op(builder *b, size_t pc) {
    uint8_t op = b->bytes[pc];
    if (ends_control(op, b->fork)) {
        if (evm_op_defined(op, b->fork))
            account(b, op);
        emit(b, evm_op_defined(op, b->fork) ? op : (unsigned)OP_INVALID);
        close_block(b);
        return pc + 1;
    }
    if (op == OP_PUSH0 || td_evm_op_info[op].immediate > 0)
        return emit_push(b, pc);
    size_t after_jump = op == OP_ISZERO ? emit_jump_if_zero(b, pc) : 0;
    if (after_jump != 0)
        return after_jump;
    account(b, op);
    if (op == OP_PC)
        emit(b, EVM_PUSH_SMALL)->imm = pc;
    else
        emit(b, op);
    if (splits_block(op) || b->gas > EVM_BLOCK_GAS_MAX) {
        close_block(b);
        open_block(b);
    }
    return pc + 1;
}

/* Opens the block of a JUMPDEST, or takes the open one when that is still empty; returns the index
 * of its head. */
static uint32_t open_target(builder *b) {
    if (b->head == NULL || b->next != b->head + 1 || b->gas != 0) {
        close_block(b);
        open_block(b);
    }
    return (uint32_t)(b->head - b->code->insns);
}

/* Opens the block of the JUMPDESTs in a row at `pc`; returns the pc after them. */
static size_t emit_targets(builder *b, size_t pc) {
    uint32_t index = open_target(b);
    evm_insn *entries = b->head;
    size_t count = 0;
    for (; pc + 1 < b->len && b->bytes[pc + 1] == OP_JUMPDEST; pc++, count++, index += 2) {
        b->code->map[pc] = index;
        (void)emit(b, EVM_SKIP);
        open_block(b);
    }
    b->code->map[pc] = index;
    b->entries = entries;
    b->entry_count = count;
    account(b, OP_JUMPDEST);
    return pc + 1;
}

static void build_stream(builder *b) {
    uint32_t *map = b->code->map;
    open_block(b);
    for (size_t pc = 0; pc < b->len;) {
        uint8_t op = b->bytes[pc];
        if (op == OP_JUMPDEST) {
            pc = emit_targets(b, pc);
            continue;
        }
        size_t start = pc;
        uint32_t index = (uint32_t)(b->next - b->code->insns);
        map[pc] = index | EVM_NO_TARGET;
        if (b->head != NULL) {
            pc = emit_op(b, pc);
        } else {
            pc += 1u + (evm_op_defined(op, b->fork) ? td_evm_op_info[op].immediate : 0u);
        }
        for (size_t i = start + 1; i < pc && i < b->len; i++)
            map[i] = index | EVM_NO_TARGET;
    }
    map[b->len] = (uint32_t)(b->next - b->code->insns) | EVM_NO_TARGET;
    (void)emit(b, OP_STOP); /* yellow paper 9.4.1: code ends with zeros */
    close_block(b);
}

/* Turns the targets of static jumps from pc to instruction. */
static void resolve_jumps(builder *b) {
    evm_code *code = b->code;
    evm_insn *end = b->next, *bad = end;
    b->head = NULL;
    open_block(b);
    (void)emit(b, EVM_BAD_JUMP);
    close_block(b);
    for (evm_insn *i = code->insns; i < end; i++) {
        if (i->handler != b->handlers[EVM_JUMP_STATIC] &&
            i->handler != b->handlers[EVM_JUMPI_STATIC] &&
            i->handler != b->handlers[EVM_JUMPZ_STATIC])
            continue;
        bool ok = i->imm < b->len && (code->map[i->imm] & EVM_NO_TARGET) == 0;
        i->target = ok ? code->insns + code->map[i->imm] : bad;
    }
}

/* Upper bounds of the instructions and of the long constants that `code` makes. */
static void count_parts(td_bytes code, td_fork fork, size_t *insn_count, size_t *word_count) {
    /* The first head, the last STOP, the bad jump with its head; and a head where a block is cut
     * for its price, which with at most 1875 an operation (LOG4) takes over 2^19 of them. */
    size_t insns = 4, words = 0;
    for (size_t pc = 0; pc < code.len;) {
        uint8_t op = code.ptr[pc];
        bool in_row = op == OP_JUMPDEST && pc + 1 < code.len && code.ptr[pc + 1] == OP_JUMPDEST;
        insns += splits_block(op) || in_row ? 2 : 1;
        if (!evm_op_defined(op, fork)) {
            pc++;
            continue;
        }
        words += td_evm_op_info[op].immediate > 8;
        pc += 1u + td_evm_op_info[op].immediate;
    }
    *insn_count = insns + code.len / 65536;
    *word_count = words;
}

int td_evm_prepare(td_code **out, td_bytes bytes, const td_hash *hash, td_fork fork) {
    if (bytes.len > EVM_CODE_LEN_MAX)
        return TD_ERR_INVALID;
    size_t insn_count, word_count;
    count_parts(bytes, fork, &insn_count, &word_count);
    size_t words_at = (sizeof(evm_code) + 63) & ~(size_t)63;
    size_t insns_at = words_at + word_count * sizeof(td_u256);
    size_t map_at = insns_at + insn_count * sizeof(evm_insn);
    size_t bytes_at = map_at + (bytes.len + 1) * sizeof(uint32_t);
    uint8_t *block = td_mem_alloc(bytes_at + bytes.len);
    if (block == NULL)
        return TD_ERR_NOMEM;
    evm_code *code = (evm_code *)(void *)block;
    if (bytes.len > 0)
        memcpy(block + bytes_at, bytes.ptr, bytes.len);
    *code = (evm_code){
        .head = {&TD_EVM, *hash, TD_BYTES(block + bytes_at, bytes.len), bytes_at + bytes.len},
        .fork = fork,
        .insns = (evm_insn *)(void *)(block + insns_at),
        .words = (td_u256 *)(void *)(block + words_at),
        .map = (uint32_t *)(void *)(block + map_at),
    };
    builder b = {.bytes = code->head.bytes.ptr,
                 .len = bytes.len,
                 .fork = fork,
                 .handlers = td_evm_handlers(),
                 .code = code,
                 .next = code->insns,
                 .word = code->words};
    build_stream(&b);
    resolve_jumps(&b);
    TD_ASSERT(b.next <= code->insns + insn_count && b.word <= code->words + word_count);
    *out = &code->head;
    return TD_OK;
}

void td_evm_release(td_code *code) {
    td_mem_free(code);
}

/* The pc of the block whose head is at `index`: the first one mapped there or past it. */
static size_t block_pc(const evm_code *code, uint32_t index) {
    size_t low = 0, high = code->head.bytes.len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if ((code->map[mid] & ~EVM_NO_TARGET) < index)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

td_exit td_evm_block_failure(const evm_code *code, const evm_insn *insn, int64_t gas,
                             size_t height) {
    td_bytes bytes = code->head.bytes;
    /* The head of a block that no JUMPDEST opens stands before the first instruction mapped. */
    size_t pc = block_pc(code, (uint32_t)(insn - code->insns));
    while (pc < bytes.len && evm_op_defined(bytes.ptr[pc], code->fork)) {
        const evm_op_info *info = &td_evm_op_info[bytes.ptr[pc]];
        if (height < info->pops)
            return TD_EXIT_STACK_UNDERFLOW;
        height = height + info->pushes - info->pops;
        if (height > EVM_STACK_MAX)
            return TD_EXIT_STACK_OVERFLOW;
        gas -= td_evm_prices[code->fork][info->base_gas];
        if (gas < 0)
            break;
        pc += 1u + info->immediate;
    }
    return TD_EXIT_OUT_OF_GAS;
}
