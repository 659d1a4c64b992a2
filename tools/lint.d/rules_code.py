# SPDX-License-Identifier: Apache-2.0
"""Rules that read C: layers, banned calls, documented prototypes."""
import os
import re

from tree import folder_of, is_test, line_at

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)


def layers(tree):
    """house.md 1: who may include whom; private and test headers stay where they belong."""
    table = tree.layers()
    for folder in sorted({folder_of(f) for f in tree.files if folder_of(f)} - set(table)):
        yield "LAYERS", 1, f"add a row for src/{folder}"
    for path in tree.c_files():
        folder = folder_of(path)
        if folder is not None and folder not in table:
            continue
        text = tree.uncommented(path)
        for m in INCLUDE.finditer(text):
            what = _include_fault(table, path, folder, m[1])
            if what and not tree.excepted("layers", path, m[1]):
                yield path, line_at(text, m.start()), what


def _include_fault(table, path, folder, name):
    to = name.split("/")[0]
    if "/" not in name or name.startswith("."):
        return f'write "{name}" from src/: "folder/{os.path.basename(name)}"'
    if to not in table:
        return f'"{name}" is in no folder of LAYERS'
    if is_test("src/" + name) and not is_test(path):
        return f'shipped code must not include the test header "{name}"'
    if name.endswith("_private.h") and to != folder:
        return f'"{name}" is for src/{to} alone: use its front door'
    testing = is_test(path) and name == "base/test.h"
    if folder is not None and to != folder and to not in table[folder][1] and not testing:
        return f"LAYERS does not let {folder} include {to}: turn the need into an interface of the lower one"
    return None


# what must not be called, the folders or files where it may be, what to do instead
MEMORY = r"malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|strdup|strndup|v?asprintf|getline"
BANNED = [
    (MEMORY, ("src/base/mem.c",), True, "take memory from an arena or td_mem_*"),
    (r"v?sprintf|strcpy|stpcpy|strcat|strncat|gets|alloca", (), False, "write with a bound: snprintf, memcpy or td_out"),
    (r"strtok", (), False, "it keeps a global: walk a td_bytes, or strtok_r in tests"),
    (r"strtok_r", (), True, "walk a td_bytes"),
    (r"atoi|atol|atoll|atof|strtod|strtof|sscanf", (), True, "parse with td_u256_parse or td_hex_*: this hides bad input"),
    (r"rand|srand|random|srandom|drand48", (), False, "use a seeded generator of your own or getrandom"),
    (r"time|clock|clock_gettime|gettimeofday|localtime|gmtime", ("src/base/clock.c", "src/base/log.c"), True,
     "take the time from base/clock.h"),
    (r"getenv|secure_getenv|setenv|putenv", ("src/app/*",), True, "read the environment in app and pass the value"),
    (r"setlocale|uselocale|newlocale", (), True, "tandem runs in the C locale"),
]
CALLS = [(re.compile(rf"(?<![\w.>])({names})\s*\("), where, tests_may, hint)
         for names, where, tests_may, hint in BANNED]
FLOATS = re.compile(r"\b(float|double|long double|_Float\d+)\b")
FLOAT_LEVELS, FLOAT_FREE = range(1, 7), ("db", "pool")


def banned(tree):
    """Calls with a better way, and floats where a block's outcome is decided (house.md 1, 5)."""
    for path in tree.match("src/*.c", "src/*.h"):
        text, test, folder = tree.code(path), is_test(path), folder_of(path)
        found = []
        for pattern, where, tests_may, hint in CALLS:
            if not (test and tests_may) and not any(re.fullmatch(w.replace("*", ".*"), path) for w in where):
                found += [(m, f"{m[1]}(): {hint}") for m in pattern.finditer(text)]
        level = tree.layers().get(folder, (0, ()))[0]
        if level in FLOAT_LEVELS and folder not in FLOAT_FREE and not test:
            found += [(m, f"{m[1]}: no floating point in consensus code") for m in FLOATS.finditer(text)]
        for m, what in found:
            if not tree.excepted("banned", path, m[1]):
                yield path, line_at(text, m.start()), what


NOT_A_FUNCTION = re.compile(r"(typedef|struct|union|enum|extern|_Static_assert|static_assert|#)\b")
PROTOTYPE = re.compile(r"\b(\w+)\s*\([^;{]*\)[\s\w(),]*[;{]", re.S)


def _statements(code):
    """(first line, last line, text) of what stands at the outermost level, 0-based lines."""
    lines, start, depth, directive = code.split("\n"), None, 0, False
    for number, line in enumerate(lines):
        if directive or (start is None and line.startswith("#")):
            directive = line.endswith("\\")
            continue
        if start is None and re.match(r"[A-Z_0-9]+\([^()]*\)$", line):
            continue  # a macro that makes functions
        if start is None and line.strip():
            start = number
        depth += line.count("{") - line.count("}")
        if start is not None and depth == 0 and re.search(r"[;}]\s*$", line):
            yield start, number, "\n".join(lines[start:number + 1])
            start = None


def _public_headers(tree):
    """The front doors of folders, and what another folder includes (a header alone counts too)."""
    users = {}
    for path in tree.c_files():
        for m in INCLUDE.finditer(tree.uncommented(path)):
            users.setdefault("src/" + m[1], set()).add(folder_of(path))
    for path in tree.match("src/*.h"):
        folder, base = folder_of(path), os.path.basename(path)
        if is_test(path) or base.endswith("_private.h"):
            continue
        if base == f"{folder}.h" or users.get(path, {None}) != {folder}:
            yield path


def prototypes(tree):
    """house.md 6: a comment above each prototype, or above the group that it closes up to."""
    for path in _public_headers(tree):
        lines, documented_to = tree.text(path).split("\n"), -2
        for first, last, text in _statements(tree.code(path)):
            above = lines[first - 1].rstrip() if first > 0 else ""
            documented = above.endswith("*/") or documented_to == first - 1 or "/*" in lines[last]
            if documented:
                documented_to = last
            m = PROTOTYPE.search(text)
            trivial = text.rstrip().endswith("}") and text.count("\n") < 4
            if m and not documented and not trivial and not NOT_A_FUNCTION.match(text) \
                    and not tree.excepted("prototypes", path, m[1]):
                yield path, first + 1, f"say above {m[1]} what it returns, takes and may refuse"
