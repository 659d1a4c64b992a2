# SPDX-License-Identifier: Apache-2.0
"""What is run: workloads, commands, and what their results must be."""
import json
import os
import re
import subprocess
import tempfile

WORD = 2**64 - 1


def alu(n):
    """a0 of kernel `alu`: n steps of the xorshift in pvm_kernels.txt."""
    x = 0x12345678
    for _ in range(n):
        x ^= x << 13 & WORD
        x ^= x >> 7
        x ^= x << 17 & WORD
    return x


def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b & WORD
    return a


def run_json(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return json.loads(done.stdout)


def version(tandem):
    done = subprocess.run([tandem, "help"], capture_output=True, text=True, check=True)
    return done.stdout.split(":")[0].removeprefix("tandem ")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = re.search(r"^model name\s*: (.*)$", f.read(), re.M)
    return f"{model[1] if model else 'unknown processor'}, {os.cpu_count()} CPUs"


def _hex(path):
    with open(path, encoding="ascii") as f:
        return f.read().strip().removeprefix("0x")


def evm_workloads(folder):
    """The rows of INDEX.md: name, label, files, gas, and the first bytes of the output."""
    with open(os.path.join(folder, "INDEX.md"), encoding="utf-8") as f:
        for line in f:
            m = re.match(r"\| ((?:main|micro)\.\w+) \| (\w+) \| \d+ \| \d+ \| (\d+) \|", line)
            if m:
                stem = os.path.join(folder, f"{m[1]}.{m[2]}")
                expected = stem + ".expected.hex"
                yield {"name": m[1], "label": m[2], "gas": int(m[3]), "input": stem + ".input.hex",
                       "code": os.path.join(folder, m[1] + ".runtime.hex"),
                       "output": _hex(expected) if os.path.exists(expected) else None}


def evm_command(tandem, row, rounds):
    return [tandem, "run", "--code", row["code"], "--input", row["input"], "--fork", "Cancun", "--bench", str(rounds)]


def pvm_command(tandem, blob, entry, arg, rounds):
    return [tandem, "pvm", "run", blob, "--entry", entry, "--arg", str(arg), "--bench", str(rounds)]


def evm_faults(row, result):
    """Sentences about what is wrong; a workload without expected output must give none."""
    faults, output = [], result["output"].removeprefix("0x")
    if result["status"] != "success":
        faults.append(f"ended with {result['status']}")
    if result["gasUsed"] != row["gas"]:
        faults.append(f"gas {result['gasUsed']}, not {row['gas']}")
    if output[:len(row["output"])] != row["output"] if row["output"] is not None else output:
        faults.append(f"output 0x{output[:64]}, not 0x{(row['output'] or '')[:64]}")
    return faults


def _collected(command, folder):
    """Debian 12's valgrind gives up on clang's debug information: it gets a stripped copy."""
    copy = os.path.join(folder, "stripped")
    subprocess.run(["strip", "-g", "-o", copy, command[0]], check=True)
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", copy, *command[1:]],
                          capture_output=True, text=True, check=False)
    m = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not m:
        raise SystemExit(f"bench: valgrind {' '.join(command)}: {done.stderr.strip()[-300:]}")
    return int(m[1])


def instructions(command):
    """Machine instructions of one round: three rounds less one, halved, so that start and end cancel out."""
    with tempfile.TemporaryDirectory() as folder:
        return (_collected(command(3), folder) - _collected(command(1), folder)) // 2
