# SPDX-License-Identifier: Apache-2.0
"""Rules over the whole tree: tables and their vectors, orphans, headings, what must not be named."""
import os
import re

from rules_code import INCLUDE
from tree import CONFIG, is_test, line_at

# In two parts, so that this file does not hold them itself.
OPEN_END = re.compile(r"\bTO" r"DO\b(?!\(#\d+\))|\bFIX" r"ME\b|\bXX" r"X\b")
SPDX = "SPDX-License-Identifier: Apache-2.0"


def vectors(tree):
    """house.md 4: a row without a vector. tables.txt says where the names of a table must occur."""
    for number, words, _ in tree.rows("tables.txt"):
        if len(words) < 4 or words[1] not in NAMES_IN or words[0] not in tree.files:
            yield f"{CONFIG}/tables.txt", number, "write: table, how, pattern of a row, files with its vectors"
            continue
        table, how, row, places = words[0], words[1], words[2], words[3:]
        text, names = tree.uncommented(table), set()
        rows = list(re.finditer(r"^[ \t]*" + row, text, re.M))
        if not rows:
            yield f"{CONFIG}/tables.txt", number, f"the pattern finds no row in {table}"
        for path in tree.match(*places):
            names.update(NAMES_IN[how](path, tree.text(path)))
        for m in rows:
            name = m[1].lower() if how == "prefix" else m[1]
            seen = any(n == name or n.startswith(name + "_") for n in names) if how == "prefix" else name in names
            if not seen and not tree.excepted("vectors", table, m[1]):
                yield table, line_at(text, m.start()), f"add a vector for {m[1]} in {' '.join(places)}"


# What of a vector file names rows: its own name, the first word of its lines, any word in it.
# `prefix` are words, too: row LEGACY is in case legacy_create.
NAMES_IN = {
    "file": lambda path, text: [os.path.basename(path).split(".")[0]],
    "first": lambda path, text: re.findall(r"^(\w+)", text, re.M),
    "word": lambda path, text: re.findall(r"\w+", text),
    "prefix": lambda path, text: re.findall(r"\w+", text),
}


def files(tree):
    """Headers and tables nobody includes; missing headings; open ends (house.md 6)."""
    included = {"src/" + m[1] for path in tree.match("src/*", "tests/*.c", "tests/*.h", "bench/*.c")
                if path.endswith((".c", ".h", ".def")) for m in INCLUDE.finditer(tree.uncommented(path))}
    for path in tree.match("src/*.h", "src/*.def"):
        if path not in included and not tree.excepted("files", path, "unused"):
            yield path, 1, "nobody includes it: use it or drop it"
    for path in tree.c_files():
        m = re.match(r"/\*(.*?)\*/", tree.text(path), re.S)
        if not m or SPDX not in m[1]:
            yield path, 1, f"open with /* {SPDX}"
        elif not is_test(path) and len(re.findall(r"\w+", m[1].replace(SPDX, ""))) < 5:
            yield path, 1, "say in the opening comment what the file does and must not know"
    for path in tree.match("src/*", "tests/*", "tools/*", "bench/*", "CMakeLists.txt", "run", "test"):
        if path.startswith("tests/vec/") or not re.search(r"(^|/)[^.]+$|\.([ch]|def|py|m?js|sh|rs|go|txt)$", path):
            continue
        for m in OPEN_END.finditer(tree.text(path)):
            if not tree.excepted("files", path, m[0]):
                yield path, line_at(tree.text(path), m.start()), f"{m[0]} needs an open issue: TO" "DO(#123)"


# The brackets keep this file from naming them itself.
NAMED = [(re.compile(r"\b(registry[.]npmjs[.]org|registry[.]yarnpkg[.]com|(?:static[.]|index[.])?crates[.]io|"
                     r"pypi[.]org|files[.]pythonhosted[.]org|(?:proxy|sum)[.]golang[.]org|rubygems[.]org|"
                     r"(?:deb|security|ftp|snapshot)[.]debian[.]org|(?:archive|security)[.]ubuntu[.]com|"
                     r"hub[.]docker[.]com|docker[.]io|ghcr[.]io|quay[.]io)\b"),
          "name no package host: the machine's package managers know theirs"),
         (re.compile(r"(?<![\w./-])(/work/\w+)"), "no path of one machine: write it from the repository's root")]


def hosts(tree):
    for path in tree.files:
        if path.endswith((".png", ".xz", ".gz", ".zip", ".wasm", ".pvm", ".polkavm")):
            continue
        for pattern, what in NAMED:
            for m in pattern.finditer(tree.text(path)):
                if not tree.excepted("hosts", path, m[1]):
                    yield path, line_at(tree.text(path), m.start()), f"{m[1]}: {what}"
