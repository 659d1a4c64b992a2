/* SPDX-License-Identifier: Apache-2.0
 *
 * Every operation against the vectors of tests/vec/num, whose oracle is
 * Python, in every way outputs can alias inputs; then laws that tie operations
 * together over random and extreme numbers.
 */
#include "base/test.h"
#include "num/u256.h"

#include <stdlib.h>

typedef void (*op_fn)(td_u256 *r, const td_u256 *a, const td_u256 *b, const td_u256 *c);

/* OP(name in the vectors, count of operands, statement) */
#define OPS(OP)                                                                                    \
    OP(add, 2, (void)td_u256_add(r, a, b))                                                         \
    OP(carry, 2, *r = td_u256_from(td_u256_add(&t, a, b)))                                         \
    OP(sub, 2, (void)td_u256_sub(r, a, b))                                                         \
    OP(borrow, 2, *r = td_u256_from(td_u256_lt(a, b)))                                             \
    OP(slt, 2, *r = td_u256_from(td_u256_slt(a, b)))                                               \
    OP(cmp, 2, from_signed(r, td_u256_cmp(a, b)))                                                  \
    OP(mul, 2, td_u256_mul(r, a, b))                                                               \
    OP(mulhi, 2, td_u256_mul_wide(r, &t, a, b))                                                    \
    OP(overflow, 2, *r = td_u256_from(td_u256_mul_overflow(&t, a, b)))                             \
    OP(div, 2, td_u256_div(r, a, b))                                                               \
    OP(mod, 2, td_u256_mod(r, a, b))                                                               \
    OP(sdiv, 2, td_u256_sdiv(r, a, b))                                                             \
    OP(smod, 2, td_u256_smod(r, a, b))                                                             \
    OP(addmod, 3, td_u256_addmod(r, a, b, c))                                                      \
    OP(mulmod, 3, td_u256_mulmod(r, a, b, c))                                                      \
    OP(exp, 2, td_u256_exp(r, a, b))                                                               \
    OP(shl, 2, td_u256_shl(r, a, td_u256_sat_u64(b)))                                              \
    OP(shr, 2, td_u256_shr(r, a, td_u256_sat_u64(b)))                                              \
    OP(sar, 2, td_u256_sar(r, a, td_u256_sat_u64(b)))                                              \
    OP(signextend, 2, td_u256_signextend(r, a, td_u256_sat_u64(b)))                                \
    OP(byte, 2, *r = td_u256_from(td_u256_byte(a, td_u256_sat_u64(b))))                            \
    OP(bits, 1, *r = td_u256_from(td_u256_bit_len(a)))                                             \
    OP(bytes, 1, *r = td_u256_from(td_u256_byte_len(a)))

static void from_signed(td_u256 *r, int value) {
    uint64_t fill = value < 0 ? UINT64_MAX : 0;
    *r = (td_u256){{(uint64_t)(int64_t)value, fill, fill, fill}};
}

#define OP(name, operands, statement)                                                              \
    static void op_##name(td_u256 *r, const td_u256 *a, const td_u256 *b, const td_u256 *c) {      \
        td_u256 t;                                                                                 \
        (void)b, (void)c, (void)t;                                                                 \
        statement;                                                                                 \
    }
OPS(OP)
#undef OP

static const struct {
    const char *name;
    unsigned operands;
    op_fn run;
} ops[] = {
#define OP(name, operands, statement) {#name, operands, op_##name},
    OPS(OP)
#undef OP
};

static td_u256 from_hex(const char *s) {
    td_u256 r = TD_U256_ZERO;
    for (; *s != '\0'; s++) {
        td_u256_shl(&r, &r, 4);
        r.w[0] |= (uint64_t)(*s <= '9' ? *s - '0' : *s - 'a' + 10);
    }
    return r;
}

static bool expect(const char *line, const char *how, const td_u256 *got, const td_u256 *want) {
    if (td_u256_eq(got, want))
        return true;
    print_error("%s (%s): got %016lx%016lx%016lx%016lx\n", line, how, got->w[3], got->w[2],
                got->w[1], got->w[0]);
    return false;
}

/* The operation with its result apart, over each operand, and over equal operands at one place. */
static bool holds(const char *line, size_t op, const td_u256 in[3], const td_u256 *want) {
    op_fn run = ops[op].run;
    td_u256 r = TD_U256_MAX;
    run(&r, &in[0], &in[1], &in[2]);
    bool ok = expect(line, "apart", &r, want);
    for (unsigned i = 0; i < ops[op].operands; i++) {
        td_u256 v[3] = {in[0], in[1], in[2]};
        run(&v[i], &v[0], &v[1], &v[2]);
        ok &= expect(line, "over an operand", &v[i], want);
    }
    for (unsigned i = 0; i < ops[op].operands; i++)
        for (unsigned j = 0; j < i; j++) {
            if (!td_u256_eq(&in[i], &in[j]))
                continue;
            td_u256 v[3] = {in[0], in[1], in[2]};
            const td_u256 *p[3] = {&v[0], &v[1], &v[2]};
            p[j] = p[i];
            run(&v[i], p[0], p[1], p[2]);
            ok &= expect(line, "over equal operands", &v[i], want);
        }
    return ok;
}

static bool check_line(char *line) {
    char copy[512], *save = NULL;
    (void)snprintf(copy, sizeof copy, "%s", line);
    char *word = strtok_r(line, " ", &save);
    size_t op = 0;
    while (op < TD_COUNT(ops) && strcmp(ops[op].name, word) != 0)
        op++;
    if (op == TD_COUNT(ops))
        fail_msg("unknown operation in: %s", copy);
    td_u256 in[3] = {TD_U256_ZERO, TD_U256_ZERO, TD_U256_ZERO};
    for (unsigned i = 0; i < ops[op].operands; i++)
        in[i] = from_hex(strtok_r(NULL, " ", &save));
    assert_string_equal(strtok_r(NULL, " ", &save), "=");
    td_u256 want = from_hex(strtok_r(NULL, " ", &save));
    return holds(copy, op, in, &want);
}

static void check_file(const char *name, size_t lines_min) {
    char *text = (char *)td_test_read(name, NULL), *save = NULL;
    size_t lines = 0, failed = 0;
    for (char *l = strtok_r(text, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save))
        if (l[0] != '#')
            lines++, failed += !check_line(l);
    td_test_free(text);
    assert_int_equal(failed, 0);
    assert_true(lines >= lines_min);
}

TEST(u256, adds_multiplies_and_compares_as_the_vectors) {
    check_file("tests/vec/num/arith.vec", 800);
}
TEST(u256, divides_as_the_vectors) {
    check_file("tests/vec/num/div.vec", 700);
}
TEST(u256, reduces_and_raises_as_the_vectors) {
    check_file("tests/vec/num/modular.vec", 600);
}
TEST(u256, shifts_and_extends_as_the_vectors) {
    check_file("tests/vec/num/shift.vec", 500);
}

static uint64_t next(uint64_t *x) {
    *x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
    return *x;
}

/* Random limbs, often full, empty or with one bit, and often few of them. */
static td_u256 number(uint64_t *seed) {
    td_u256 r = TD_U256_ZERO;
    unsigned len = (unsigned)(next(seed) >> 33) % 5;
    for (unsigned i = 0; i < len; i++) {
        uint64_t kind = next(seed) >> 61, x = next(seed);
        r.w[i] = kind == 0 ? 0 : kind == 1 ? UINT64_MAX : kind == 2 ? 1ull << (x >> 58) : x;
    }
    return r;
}

TEST(u256, division_is_undone_by_multiplication) {
    uint64_t seed = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < 50000; i++) {
        td_u256 a = number(&seed), b = number(&seed), q, rem, q1, rem1, back;
        td_u256_divmod(&q, &rem, &a, &b);
        td_u256_div(&q1, &a, &b);
        td_u256_mod(&rem1, &a, &b);
        assert_true(td_u256_eq(&q, &q1) && td_u256_eq(&rem, &rem1));
        td_u256_divmod(&q1, NULL, &a, &b);
        td_u256_divmod(NULL, &rem1, &a, &b);
        assert_true(td_u256_eq(&q, &q1) && td_u256_eq(&rem, &rem1));
        if (td_u256_is_zero(&b)) {
            assert_true(td_u256_is_zero(&q) && td_u256_is_zero(&rem));
            continue;
        }
        assert_true(td_u256_lt(&rem, &b));
        assert_false(td_u256_mul_overflow(&back, &q, &b));
        assert_false(td_u256_add(&back, &back, &rem));
        assert_true(td_u256_eq(&back, &a));
    }
}

TEST(u256, divmod_may_write_over_its_inputs) {
    uint64_t seed = 77;
    for (int i = 0; i < 2000; i++) {
        td_u256 a = number(&seed), b = number(&seed), q, rem, x = a, y = b;
        td_u256_divmod(&q, &rem, &a, &b);
        td_u256_divmod(&x, &y, &x, &y);
        assert_true(td_u256_eq(&x, &q) && td_u256_eq(&y, &rem));
        x = a, y = b;
        td_u256_divmod(&y, &x, &x, &y);
        assert_true(td_u256_eq(&y, &q) && td_u256_eq(&x, &rem));
        x = a, y = b;
        td_u256_mul_wide(&q, &rem, &a, &b);
        td_u256_mul_wide(&y, &x, &x, &y);
        assert_true(td_u256_eq(&y, &q) && td_u256_eq(&x, &rem));
    }
}

/* (a mod m) by doubling and subtracting, bit by bit: shares no code with the division. */
static td_u256 slow_mulmod(const td_u256 *a, const td_u256 *b, const td_u256 *m) {
    td_u256 r = TD_U256_ZERO;
    for (int step = 0; step < 256; step++) {
        unsigned i = 255 - (unsigned)step;
        bool bit = b->w[i / 64] >> (i % 64) & 1;
        for (int k = 0; k < 2; k++) { /* r = 2r, then r = r + a where the bit is set */
            td_u256 add = k == 0 ? r : bit ? *a : TD_U256_ZERO, t;
            bool carry = td_u256_add(&r, &r, &add);
            while (carry || !td_u256_lt(&r, m))
                carry = td_u256_sub(&t, &r, m) ? false : carry, r = t;
        }
    }
    return r;
}

TEST(u256, mulmod_agrees_with_doubling_and_subtracting) {
    uint64_t seed = 4242;
    for (int i = 0; i < 3000; i++) {
        td_u256 a = number(&seed), b = number(&seed), m = number(&seed), r;
        m.w[3] |= m.w[3] == 0 ? 0 : 1ull << 63;
        if (td_u256_is_zero(&m))
            m = td_u256_from(1);
        td_u256_mod(&a, &a, &m);
        td_u256_mulmod(&r, &a, &b, &m);
        td_u256 want = slow_mulmod(&a, &b, &m);
        assert_true(td_u256_eq(&r, &want));
    }
}

TEST(u256, modular_laws_hold) {
    uint64_t seed = 31337;
    for (int i = 0; i < 20000; i++) {
        td_u256 a = number(&seed), b = number(&seed), c = number(&seed), m = number(&seed);
        td_u256 x, y, z;
        /* (a + b) c = ac + bc mod m */
        td_u256_addmod(&x, &a, &b, &m);
        td_u256_mulmod(&x, &x, &c, &m);
        td_u256_mulmod(&y, &a, &c, &m);
        td_u256_mulmod(&z, &b, &c, &m);
        td_u256_addmod(&y, &y, &z, &m);
        assert_true(td_u256_eq(&x, &y));
        /* hi * 2^256 + lo = a b, seen modulo m */
        td_u256_mul_wide(&x, &y, &a, &b);
        td_u256_mulmod(&z, &x, &TD_U256_MAX, &m);
        td_u256_addmod(&z, &z, &x, &m);
        td_u256_addmod(&z, &z, &y, &m);
        td_u256_mulmod(&x, &a, &b, &m);
        assert_true(td_u256_eq(&x, &z));
    }
}

TEST(u256, powers_add_their_exponents) {
    uint64_t seed = 5;
    for (int i = 0; i < 3000; i++) {
        td_u256 a = number(&seed), m = number(&seed), n = number(&seed), sum, x, y, z;
        m.w[3] >>= 1, n.w[3] >>= 1; /* the exponents' sum must not wrap */
        (void)td_u256_add(&sum, &m, &n);
        td_u256_exp(&x, &a, &m);
        td_u256_exp(&y, &a, &n);
        td_u256_mul(&x, &x, &y);
        td_u256_exp(&z, &a, &sum);
        assert_true(td_u256_eq(&x, &z));
    }
}

TEST(u256, shifts_are_powers_of_two) {
    uint64_t seed = 99;
    for (int i = 0; i < 20000; i++) {
        td_u256 a = number(&seed), p, x, y;
        uint64_t n = next(&seed) >> 55;
        td_u256_exp(&p, &(td_u256){{2, 0, 0, 0}}, &(td_u256){{n, 0, 0, 0}});
        td_u256_shl(&x, &a, n);
        td_u256_mul(&y, &a, &p);
        assert_true(td_u256_eq(&x, &y));
        td_u256_shr(&x, &a, n);
        td_u256_div(&y, &a, &p);
        assert_true(td_u256_eq(&x, &y));
        /* a >> n with the sign = ~(~a >> n) for a negative a */
        td_u256_sar(&x, &a, n);
        if ((int64_t)a.w[3] < 0) {
            (void)td_u256_sub(&y, &TD_U256_MAX, &a);
            td_u256_shr(&y, &y, n);
            (void)td_u256_sub(&y, &TD_U256_MAX, &y);
        }
        assert_true(td_u256_eq(&x, &y));
    }
}

TEST(u256, the_smallest_number_divided_by_minus_one_is_itself) {
    td_u256 min = {{0, 0, 0, 1ull << 63}}, r;
    td_u256_sdiv(&r, &min, &TD_U256_MAX);
    assert_true(td_u256_eq(&r, &min));
    td_u256_smod(&r, &min, &TD_U256_MAX);
    assert_true(td_u256_is_zero(&r));
}

TEST(u256, saturates_to_64_bits) {
    assert_int_equal(td_u256_sat_u64(&(td_u256){{5, 0, 0, 0}}), 5);
    for (int i = 1; i < 4; i++) {
        td_u256 a = {{5, 0, 0, 0}};
        a.w[i] = 1;
        assert_true(td_u256_sat_u64(&a) == UINT64_MAX && !td_u256_fits_u64(&a));
    }
}
