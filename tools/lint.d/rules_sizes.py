# SPDX-License-Identifier: Apache-2.0
"""Lengths of functions, files and lines (house.md 5, Sizes), with a ratchet for the long ones."""
import os
import re

from tree import CONFIG

FUNCTION_MAX, FUNCTION_LOOP, FILE_MAX, COLUMN_MAX = 70, 150, 400, 120
LIST = f"{CONFIG}/lengths.txt"
HEAD = """\
# What is longer than house.md likes: functions over 70 lines, files over 400. Numbers may only
# shrink (tools/lint --update); a function over 150 lines must be an interpreter loop and say so.
# lines  path[:function] -- reason
"""


def functions(tree, path):
    """(name, first line, lines) of formatted C: from a line at column 0 to the `}` at column 0."""
    start, inside = None, False
    lines = tree.code(path).split("\n")
    for number, line in enumerate(lines, 1):
        if inside and line.startswith("}"):
            head = "\n".join(lines[start - 1:number]).split("{")[0]
            m = re.search(r"(\w+)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*$", head)
            if m and "=" not in head:
                name = "_".join(re.findall(r"\w+", m[2])) if m[1] == "TEST" else m[1]
                yield name, start, number - start + 1
            start, inside = None, False
        elif not inside:
            if start is None and re.match(r"[A-Za-z_]", line) and not re.match(r"[A-Z_0-9]+\([^()]*\)$", line):
                start = number
            if start is not None and line.endswith("{"):
                inside = True
            elif line.endswith((";", "}")) or not line.strip():
                start = None


def _long(tree):
    """key -> (path, line, lines, what kind)."""
    found = {}
    for path in tree.c_files() + tree.match("tools/lint*", "tools/*.py", "tools/lint.d/*.py"):
        count = tree.text(path).count("\n")
        if count > FILE_MAX:
            found[path] = (path, 1, count, "file")
        for name, line, size in functions(tree, path) if path.endswith((".c", ".h")) else ():
            if size > FUNCTION_MAX:
                found[f"{path}:{name}"] = (path, line, size, "function")
    return found


def _listed(tree):
    return {words[1]: (number, int(words[0]), reason) for number, words, reason in tree.rows("lengths.txt")}


def lengths(tree):
    listed = _listed(tree)
    for key, (path, line, size, kind) in _long(tree).items():
        _, allowed, reason = listed.get(key, (0, 0, ""))
        name = key.partition(":")[2] or "the file"
        limit = FILE_MAX if kind == "file" else FUNCTION_MAX
        if allowed == 0:
            yield path, line, f"{name} has {size} lines, the limit is {limit}: split it, or list it in {LIST}"
        elif size > allowed:
            yield path, line, f"{name} grew to {size} lines from the {allowed} listed: split it"
        if allowed and not reason:
            yield LIST, listed[key][0], f"give a reason for {key} after ` -- `"
        if kind == "function" and size > FUNCTION_LOOP and "loop" not in reason:
            yield path, line, f"{name} has {size} lines: over {FUNCTION_LOOP} only for an interpreter loop"


def update(tree, accept):
    """Rewrites the list: smaller numbers, entries that became short dropped; `accept` adds new ones."""
    listed, rows = _listed(tree), []
    for key, (_, _, size, _) in sorted(_long(tree).items()):
        _, allowed, reason = listed.get(key, (0, 0, ""))
        if allowed and not accept:
            size = min(size, allowed)
        if allowed or accept:
            rows.append(f"{size:5}  {key} -- {reason}\n".replace(" -- \n", "\n"))
    with open(os.path.join(tree.root, LIST), "w", encoding="utf-8") as f:
        f.write(HEAD + "".join(rows))
    print(f"{LIST}: {len(rows)} entries, {len(listed)} before")


def columns(tree):
    """clang-format keeps 100 columns of code; strings may stand out, the rest may not."""
    for path in tree.c_files():
        for number, line in enumerate(tree.code(path).split("\n"), 1):
            bare = re.sub(r'"( *)"', '""', line).rstrip()
            if len(bare) > COLUMN_MAX and not tree.excepted("columns", path, str(number)):
                yield path, number, f"{len(bare)} columns, the limit is {COLUMN_MAX}: break the line"
