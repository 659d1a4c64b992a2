# SPDX-License-Identifier: Apache-2.0
"""Rules that ask other programs: clang-format for layout, llvm-dis or nm for globals."""
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess

from tree import CONFIG

JOBS = os.cpu_count() or 1


def formatted(tree):
    """One line a file, at the first place that clang-format would change."""
    if shutil.which("clang-format-19") is None:
        yield ".clang-format", 1, "install clang-format-19"
        return
    files = tree.c_files()
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for found in pool.map(lambda part: _format_faults(tree, part), [files[i::JOBS] for i in range(JOBS)]):
            yield from found


def _format_faults(tree, files):
    if not files:
        return []
    run = subprocess.run(["clang-format-19", "--dry-run", *files], cwd=tree.root, capture_output=True, text=True)
    first = {}
    for m in re.finditer(r"^(.+?):(\d+):\d+: (?:warning|error)", run.stderr, re.M):
        first.setdefault(m[1], int(m[2]))
    if run.returncode != 0 and not first:
        return [(".clang-format", 1, f"clang-format-19 fails: {run.stderr.strip()[:200]}")]
    return [(path, line, f"run clang-format-19 -i {path}") for path, line in first.items()]


# `@name = internal thread_local global …` in bitcode; constants say `constant`
GLOBAL = re.compile(r'^@"?([^" ]+)"? = (?:(?!constant|external|global)\w+(?:\([^)]*\))? )*global ', re.M)


def _bitcode_globals(member):
    text = subprocess.run(["llvm-dis-19", "-o", "-", "-"], input=member, capture_output=True, check=True).stdout
    return [m[1] for m in GLOBAL.finditer(text.decode(errors="replace")) if not m[1].startswith("llvm.")]


def _elf_globals(archive):
    """{object: names}: writable data outside .data.rel.ro, which only the loader writes."""
    text = subprocess.run(["nm", "-f", "sysv", archive], capture_output=True, text=True, check=True).stdout
    found, member = {}, ""
    for line in text.splitlines():
        m = re.match(r"Symbols from .*\[(.+)\]:$", line)
        member = m[1] if m else member
        columns = [c.strip() for c in line.split("|")]
        if len(columns) == 7 and columns[2] in "bBdDC" and columns[2] and ".data.rel.ro" not in columns[6]:
            found.setdefault(member, []).append(columns[0])
    return found


def _members(archive):
    """(name, bytes) of a System V archive."""
    with open(archive, "rb") as f:
        data = f.read()
    at, long_names = 8, b""
    while at + 60 <= len(data):
        name, size = data[at:at + 16].rstrip(), int(data[at + 48:at + 58])
        body = data[at + 60:at + 60 + size]
        if name == b"//":
            long_names = body
        elif name != b"/" and name != b"/SYM64/":
            if name[:1] == b"/":
                name = long_names[int(name[1:]):].split(b"\n")[0]
            yield name.rstrip(b"/").decode(), body
        at += 60 + size + size % 2


def _archive_globals(archive):
    """(object, symbol) of writable globals; objects are ELF or, with ThinLTO, bitcode."""
    elf, found = False, []
    for name, body in _members(archive):
        if body[:4] in (b"BC\xc0\xde", b"\xde\xc0\x17\x0b"):
            found += [(name, symbol) for symbol in _bitcode_globals(body)]
        else:
            elf = True
    if elf:
        found += [(name, symbol) for name, symbols in _elf_globals(archive).items() for symbol in symbols]
    return found


def globals_(tree):
    """house.md 5: no mutable globals; the few in globals.txt say why they are safe."""
    listed, used = {}, set()
    for number, words, reason in tree.rows("globals.txt"):
        listed[tuple(words)] = (number, reason)
    archives = sorted(glob.glob(os.path.join(tree.build, "libtd_*.a")))
    if not archives:
        yield "CMakeLists.txt", 1, f"no libtd_*.a in {tree.build}: build first, or tell --build DIR"
        return
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for archive, found in zip(archives, pool.map(_archive_globals, archives)):
            folder = os.path.basename(archive)[6:-2]
            for member, symbol in found:
                source = f"src/{folder}/{member.removesuffix('.o')}"
                symbol = re.sub(r"\.\d+$", "", symbol).rpartition(".")[2]  # of a static in a function
                used.add((source, symbol))
                if not listed.get((source, symbol), (0, ""))[1]:
                    yield source, 1, f"mutable global {symbol}: put it in an object, or list it in {CONFIG}/globals.txt"
    built = {os.path.basename(a)[6:-2] for a in archives}
    for (source, symbol), (number, _) in listed.items():
        if (source, symbol) not in used and source.split("/")[1] in built:
            yield f"{CONFIG}/globals.txt", number, f"drop the row: {source} has no mutable {symbol}"
