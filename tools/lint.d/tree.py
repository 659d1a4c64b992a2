# SPDX-License-Identifier: Apache-2.0
"""The tree that rules look at: its files, C without comments or strings, and the exceptions."""
import fnmatch
import functools
import os
import re
import shutil
import subprocess

SKIPPED = {".git", "build", "node_modules", "target", "__pycache__"}
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
CONFIG = "tools/lint.d"


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


class Tree:
    def __init__(self, root, build):
        self.root = os.path.abspath(root)
        self.build = os.path.join(self.root, build)
        self.files = sorted(self._list())
        self._used = set()

    def _list(self):
        """What git tracks or would; every file where git knows no repository."""
        if os.path.exists(os.path.join(self.root, ".git")) and shutil.which("git"):
            git = subprocess.run(["git", "-C", self.root, "ls-files", "-co", "--exclude-standard", "-z"],
                                 check=False, capture_output=True)
            if git.returncode == 0:
                names = {f for f in git.stdout.decode().split("\0") if f}
                return [f for f in names if os.path.isfile(os.path.join(self.root, f))]
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [d for d in folders if d not in SKIPPED]
            found += [os.path.relpath(os.path.join(folder, n), self.root) for n in names]
        return found

    def match(self, *patterns):
        return [f for f in self.files if any(fnmatch.fnmatchcase(f, p) for p in patterns)]

    def c_files(self):
        """The C of src and tests."""
        return self.match("src/*.c", "src/*.h", "tests/*.c", "tests/*.h")

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as f:
            return f.read()

    @functools.lru_cache(maxsize=None)
    def uncommented(self, path):
        """C with comments blanked; lines and columns stay."""
        return TOKEN.sub(lambda m: m[0] if m[0][0] in "\"'" else _blank(m[0]), self.text(path))

    @functools.lru_cache(maxsize=None)
    def code(self, path):
        """C with comments and the insides of strings blanked."""
        return TOKEN.sub(
            lambda m: m[0][0] + _blank(m[0][1:-1]) + m[0][0] if m[0][0] in "\"'" else _blank(m[0]),
            self.text(path))

    @functools.lru_cache(maxsize=None)
    def layers(self):
        """folder -> (level, folders it may include besides itself), from LAYERS."""
        rows = {}
        for line in self.text("LAYERS").splitlines():
            words = line.split("#")[0].split()
            if words:
                rows[words[0]] = (int(words[1]), set(rows) if words[2:] == ["*"] else set(words[2:]))
        return rows

    @functools.lru_cache(maxsize=None)
    def rows(self, name):
        """(line number, words, reason) of a config file; `#` begins a comment, `--` the reason."""
        path = f"{CONFIG}/{name}"
        if path not in self.files:
            return []
        rows = []
        for number, line in enumerate(self.text(path).splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                facts, _, reason = line.partition(" -- ")
                rows.append((number, facts.split(), reason.strip()))
        return rows

    def excepted(self, rule, path, what):
        """Whether exceptions.txt has `rule path what -- reason`."""
        for number, words, reason in self.rows("exceptions.txt"):
            if words == [rule, path, what] and reason:
                self._used.add(number)
                return True
        return False

    def exceptions_unused(self, rule):
        """Rows of exceptions.txt for `rule` that no check asked for; call after the rule."""
        path = f"{CONFIG}/exceptions.txt"
        for number, words, reason in self.rows("exceptions.txt"):
            if words[0] == rule and number not in self._used:
                yield path, number, "drop the row: nothing needs it" if reason else "give a reason after ` -- `"


def folder_of(path):
    """`evm` of src/evm/loop.c; None outside src."""
    parts = path.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def is_test(path):
    """Whether the file is left out of what ships (CMakeLists.txt: test_, fuzz_, bench_), or is a
    header for such files."""
    return not path.startswith("src/") or bool(re.match(r"(test|fuzz|bench)_|(mock_\w+|test)\.h$", os.path.basename(path)))


def line_at(text, at):
    return text.count("\n", 0, at) + 1
