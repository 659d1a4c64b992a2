#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the *.vec files beside it with Python's integers as the oracle: `op a b c = result`, hex
without prefix, weighted to edges. Run by hand after a change here; the output is committed."""
import pathlib
import random

R = random.Random(0x7A4DE3)
N, MAX, MIN = 1 << 256, (1 << 256) - 1, 1 << 255
HERE = pathlib.Path(__file__).parent


def signed(x):
    return x - N if x >= MIN else x


def edge():
    k = R.randrange(257)
    if R.random() < 0.5:
        k = 64 * R.randrange(5)
    return R.choice([0, 1, 2, 3, MAX, MAX - 1, MIN, MIN - 1, MIN + 1, 10, 10**18,
                     1 << k, (1 << k) - 1, (1 << k) + 1, N - (1 << k), MIN - (1 << k)]) % N


def limbs():  # limbs of all zeros, all ones, a lone top bit, or random
    x = 0
    for _ in range(R.randrange(1, 5)):
        x = x << 64 | R.choice([0, (1 << 64) - 1, 1 << 63, 1, R.getrandbits(64)])
    return x


def number():
    p = R.random()
    return edge() if p < 0.55 else limbs() if p < 0.8 else R.getrandbits(R.randrange(1, 257))


def trunc_div(a, b):
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def signextend(a, i):
    if i > 30:
        return a
    x = a & ((1 << (8 * i + 8)) - 1)
    return x - (1 << (8 * i + 8)) if x >> (8 * i + 7) else x


OPS = {
    "add": lambda a, b: a + b, "carry": lambda a, b: int(a + b > MAX),
    "sub": lambda a, b: a - b, "borrow": lambda a, b: int(a < b),
    "slt": lambda a, b: int(signed(a) < signed(b)), "cmp": lambda a, b: (a > b) - (a < b),
    "mul": lambda a, b: a * b, "mulhi": lambda a, b: a * b >> 256,
    "overflow": lambda a, b: int(a * b > MAX),
    "div": lambda a, b: a // b if b else 0, "mod": lambda a, b: a % b if b else 0,
    "sdiv": lambda a, b: trunc_div(signed(a), signed(b)) if b else 0,
    "smod": lambda a, b: signed(a) - signed(b) * trunc_div(signed(a), signed(b)) if b else 0,
    "addmod": lambda a, b, c: (a + b) % c if c else 0,
    "mulmod": lambda a, b, c: a * b % c if c else 0,
    "exp": lambda a, b: pow(a, b, N),
    "shl": lambda a, b: a << b if b < 256 else 0, "shr": lambda a, b: a >> b if b < 256 else 0,
    "sar": lambda a, b: signed(a) >> min(b, 256),
    "signextend": signextend,
    "byte": lambda a, i: a >> (8 * (31 - i)) & 0xFF if i < 32 else 0,
    "bits": lambda a: a.bit_length(), "bytes": lambda a: (a.bit_length() + 7) // 8,
}


def knuth_hard():
    """Operands on which the estimated digit of algorithm D is one too large after its correction
    (add back), found by trying divisors with a full or empty low part."""
    B = 1 << 64
    while True:
        n = R.choice([3, 4])
        v = R.choice([B >> 1, B - 1, (B >> 1) + 1])
        v0 = R.choice([0, 1, B - 1, B - 2])
        low = R.choice([B ** (n - 2) - 1, B ** (n - 2) - R.getrandbits(20) - 1])
        b = (v * B + v0) * B ** (n - 2) + low
        q = R.choice([B - 1, B - 2, R.getrandbits(64), 1, 2])
        u = q * b - R.choice([1, B ** (n - 3), R.getrandbits(64)])  # just below a multiple
        if u < 0 or u >= N * N:
            continue
        top, second = u >> (64 * (n - 1)), u >> (64 * (n - 2))
        guess = min(top // v, B - 1)
        while guess * v0 > ((top - guess * v) << 64 | second & (B - 1)) and top - guess * v < B:
            guess -= 1
        if guess * b > u:
            return u, b, guess


def line(name, *args):
    return f"{name} {' '.join(f'{x:x}' for x in args)} = {OPS[name](*args) % N:x}"


def pairs(name, count, fixed=()):
    out = [line(name, *f) for f in fixed]
    while len(out) < count:
        a, b = number(), number()
        if R.random() < 0.1:
            b = a
        out.append(line(name, a, b))
    return out


def write(file, lines):
    lines = list(dict.fromkeys(lines))
    head = "# SPDX-License-Identifier: Apache-2.0\n# op a b c = result; made by generate.py\n"
    (HERE / file).write_text(head + "\n".join(lines) + "\n")


arith = []
for op, count in dict(add=120, carry=50, sub=120, borrow=50, slt=90, cmp=50, mul=135, mulhi=80,
                      overflow=80).items():
    arith += pairs(op, count)
for op in "bits", "bytes":
    arith += [line(op, x) for x in [0, 1, MAX] + [number() for _ in range(40)]]
write("arith.vec", arith)

div = []
for op in "div", "mod", "sdiv", "smod":
    fixed = [(MIN, MAX), (MIN, 1), (MIN, MIN), (MAX, MIN), (MIN, 2), (0, 0), (7, 0), (MAX, 0),
             (N - 7, 2), (7, N - 2), (N - 7, N - 2)]
    for _ in range(60):  # every pair of lengths, with a multiple, one less, one more
        b = R.getrandbits(R.randrange(1, 257)) | 1
        q = R.getrandbits(max(1, 256 - b.bit_length()))
        fixed.append(((b * q + R.choice([0, -1, 1, b - 1])) % N, b))
    div += pairs(op, 180, fixed)
for _ in range(40):
    u, b, _ = knuth_hard()
    if u < N:
        div += [line("div", u, b), line("mod", u, b)]
write("div.vec", div)

modular = []
for op in "addmod", "mulmod":
    for _ in range(220):
        a, b, c = number(), number(), number()
        if R.random() < 0.3 and c:
            a, b = a % c, b % c
        if R.random() < 0.1:
            b = c
        modular.append(line(op, a, b, c))
    modular += [line(op, MAX, MAX, m) for m in (0, 1, 2, 3, MAX, MAX - 1, MIN, 1 << 64, 1 << 128)]
for _ in range(60):  # the product equals a hard dividend
    u, b, _ = knuth_hard()
    for x in (1, 2, 3, 5, 7, 1 << 64, (1 << 64) - 1):
        if u % x == 0 and u // x < N:
            modular.append(line("mulmod", u // x, x, b))
            break
for _ in range(105):
    modular.append(line("exp", number(), R.choice([0, 1, 2, 3, 255, 256, 257, R.randrange(400)])))
    modular.append(line("exp", R.choice([0, 1, 2, 3, 4, 6, 10, 256, MAX, number()]), number()))
write("modular.vec", modular)

shift = []
for op in "shl", "shr", "sar":
    for n in [0, 1, 2, 31, 32, 63, 64, 65, 127, 128, 129, 191, 192, 193, 254, 255, 256, 257, 511,
              1 << 32, 1 << 63, (1 << 64) - 1]:
        shift += [line(op, x, n) for x in (MAX, MIN, R.getrandbits(256), number())]
    shift += [line(op, number(), R.randrange(260)) for _ in range(60)]
for op in "signextend", "byte":
    for i in list(range(34)) + [255, 256, 1 << 32, (1 << 64) - 1]:
        shift += [line(op, x, i) for x in (R.getrandbits(256), number())]
        if i < 32:
            shift.append(line(op, R.getrandbits(256) ^ 1 << (8 * i + 7), i))
write("shift.vec", shift)
