#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the *.vec files beside it: `op arguments = result`, hex, `-` for no bytes, `refused` for an
error. The oracles are hashlib, hmac, and the curve and keccak written out below from their papers.
Run by hand after a change here; the output is committed."""
import hashlib
import hmac
import pathlib
import random

R = random.Random(0xC0FFEE)
HERE = pathlib.Path(__file__).parent
P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)


def keccak256(data):
    lanes = [[0] * 5 for _ in range(5)]
    rol = lambda v, n: (v << n % 64 | v >> (64 - n % 64)) % 2**64 if n % 64 else v

    def permute(a):
        lfsr = 1
        for _ in range(24):
            c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
            a = [[a[x][y] ^ c[x - 1] ^ rol(c[(x + 1) % 5], 1) for y in range(5)] for x in range(5)]
            x, y, lane = 1, 0, a[1][0]
            for t in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                a[x][y], lane = rol(lane, (t + 1) * (t + 2) // 2), a[x][y]
            a = [[a[x][y] ^ (~a[(x + 1) % 5][y] & a[(x + 2) % 5][y]) for y in range(5)]
                 for x in range(5)]
            for j in range(7):
                lfsr = (lfsr << 1 ^ (lfsr >> 7) * 0x171) % 256
                if lfsr & 2:
                    a[0][0] ^= 1 << ((1 << j) - 1)
        return a

    data = bytearray(data) + b"\x01" + bytes(-(len(data) + 1) % 136)
    data[-1] |= 0x80
    for at in range(0, len(data), 136):
        for i in range(17):
            lanes[i % 5][i // 5] ^= int.from_bytes(data[at + 8 * i:at + 8 * i + 8], "little")
        lanes = permute(lanes)
    return b"".join(lanes[i][0].to_bytes(8, "little") for i in range(4))


def add(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and (p[1] + q[1]) % P == 0:
        return None
    if p == q:
        m = 3 * p[0] * p[0] * pow(2 * p[1], -1, P)
    else:
        m = (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (m * m - p[0] - q[0]) % P
    return x, (m * (p[0] - x) - p[1]) % P


def mul(k, p):
    r = None
    while k:
        if k & 1:
            r = add(r, p)
        p, k = add(p, p), k >> 1
    return r


def b32(x):
    return x.to_bytes(32, "big")


def recover(z, r, s, v):
    if v > 1 or not 0 < r < N or not 0 < s < N:
        return None
    y = pow(r**3 + 7, (P + 1) // 4, P)
    if y * y % P != (r**3 + 7) % P:
        return None
    y = y if y & 1 == v else P - y
    i = pow(r, -1, N)
    return add(mul(s * i % N, (r, y)), mul(-z * i % N, G))


def rfc6979(key, digest):
    v, k = b"\1" * 32, b"\0" * 32
    mac = lambda k, m: hmac.new(k, m, "sha256").digest()
    digest = b32(int.from_bytes(digest, "big") % N)  # bits2octets
    for tag in b"\0", b"\1":
        k = mac(k, v + tag + b32(key) + digest)
        v = mac(k, v)
    while True:
        v = mac(k, v)
        if 0 < int.from_bytes(v, "big") < N:
            return int.from_bytes(v, "big")
        k = mac(k, v + b"\0")
        v = mac(k, v)


def sign(key, digest):
    k = rfc6979(key, digest)
    x, y = mul(k, G)
    s = pow(k, -1, N) * (int.from_bytes(digest, "big") + x * key) % N
    return (x, N - s, y & 1 ^ 1) if s > N // 2 else (x, s, y & 1)


def text(b):
    return b.hex() or "-"


hashes, curve = [], []
for n in [0, 1, 3, 8, 20, 32, 55, 56, 63, 64, 65, 119, 120, 127, 128, 134, 135, 136, 137, 200, 271,
          272, 273, 300, 408]:
    m = b"abc" if n == 3 else R.randbytes(n)
    hashes += [f"keccak256 {text(m)} = {keccak256(m).hex()}",
               f"sha256 {text(m)} = {hashlib.sha256(m).hexdigest()}",
               f"ripemd160 {text(m)} = {hashlib.new('ripemd160', m).hexdigest()}"]
for n in [0, 1, 31, 32, 64, 127, 128, 129, 200]:
    k, m = R.randbytes(n), R.randbytes(R.randrange(150))
    hashes.append(f"hmac {text(k)} {text(m)} = {hmac.new(k, m, 'sha512').hexdigest()}")
    for rounds in 1, 2, 17:
        p = hashlib.pbkdf2_hmac("sha512", k, m, rounds).hex()
        hashes.append(f"pbkdf2 {text(k)} {text(m)} {rounds:08x} = {p}")

for i in range(30):
    key = R.choice([1, 2, N - 1, N // 2]) if i < 5 else R.randrange(1, N)
    digest = b32([0, 1, N - 1, N, 2**256 - 1][i]) if i < 5 else R.randbytes(32)
    q = mul(key, G)
    raw = b32(q[0]) + b32(q[1])
    r, s, v = sign(key, digest)
    assert recover(int.from_bytes(digest, "big"), r, s, v) == q
    curve += [f"addr {b32(key).hex()} = {keccak256(raw)[12:].hex()}",
              f"public {b32(key).hex()} = {2 + q[1] % 2:02x}{raw[:32].hex()}",
              f"sign {digest.hex()} {b32(key).hex()} = {b32(r).hex()}{b32(s).hex()}{v:02x}",
              f"recover {digest.hex()} {b32(r).hex()} {b32(s).hex()} {v:02x} = {raw.hex()}",
              f"recover {digest.hex()} {b32(r).hex()} {b32(N - s).hex()} {v ^ 1:02x} = {raw.hex()}"]
for bad in 0, N, N + 1, 2**256 - 1:
    for op in "addr", "public":
        curve.append(f"{op} {b32(bad).hex()} = refused")
    curve.append(f"sign {b32(5).hex()} {b32(bad).hex()} = refused")


def try_recover(z, r, s, v):
    q = recover(z, r, s, v)
    curve.append(f"recover {b32(z).hex()} {b32(r).hex()} {b32(s).hex()} {v:02x} = "
                 f"{(b32(q[0]) + b32(q[1])).hex() if q else 'refused'}")


r, s, v = sign(77, b32(7))
for a in [(0, s, v), (r, 0, v), (N, s, v), (r, N, v), (2**256 - 1, s, v), (r, 2**256 - 1, v),
          (r, s, 2), (r, s, 3), (r, s, 27), (r, s, 255), (N - 1, s, 0), (r, N - 1, v), (r, 1, v),
          (P - N, s, 1), (P - N - 1, s, 1)]:
    try_recover(7, *a)
for i in range(1, 30):  # about half of these are no x of the curve
    try_recover(R.getrandbits(256), i, R.randrange(1, N), i & 1)
try_recover(r, r, r, v)  # the point at infinity is refused: s R = z G needs k s = z
k = 12345
kx, ky = mul(k, G)
try_recover(k * 99 % N, kx, 99, ky & 1)
for a, b in [(1, 1), (N - 1, 2), (N - 1, 1), (1, N - 1), (1, N), (5, 0), (0, 5), (N, 5),
             (N - 2, 1)] + [(R.randrange(N), R.randrange(N)) for _ in range(20)]:
    total = (a + b) % N
    ok = 0 < a < N and b < N and total
    curve.append(f"tweak {b32(a).hex()} {b32(b).hex()} = {b32(total).hex() if ok else 'refused'}")

HEAD = "# SPDX-License-Identifier: Apache-2.0\n# op arguments = result; made by generate.py\n"
(HERE / "hashes.vec").write_text(HEAD + "\n".join(hashes) + "\n")
(HERE / "curve.vec").write_text(HEAD + "\n".join(curve) + "\n")
