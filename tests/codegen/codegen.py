#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Compares the atomic instructions and barriers of the fast paths with docs/design/generated_code.md.

Usage: codegen.py COLUMN    compiles fast_paths.cpp and compares this column of the table
       codegen.py --write   puts what is found into the table
       codegen.py --self-test
Exit code 77: the compiler of this column is not there.
"""

import collections
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs/design/generated_code.md"
CROSS = "aarch64-linux-gnu-"
# Column: the compiler with its options, and its disassembler. Without outline atomics, which hide both
# forms of the CPU behind a call.
COLUMNS = {
    "x86-64": ([os.environ.get("CXX") or "g++"], "objdump"),
    "aarch64": ([f"{CROSS}g++", "-mno-outline-atomics"], f"{CROSS}objdump"),
    "aarch64 with LSE": ([f"{CROSS}g++", "-march=armv8.1-a"], f"{CROSS}objdump"),
}

FUNCTION = re.compile(r"^[0-9a-f]+ <(\w+)__(\w+)>:$")
OTHER = re.compile(r"^[0-9a-f]+ <.*>:$")
LINE = re.compile(r"^\s*[0-9a-f]+:\s+(.*)$")
X86_LOCKED = re.compile(r"^lock (\w+)")
X86_BARRIER = re.compile(r"^([mls]fence)\b")
X86_EXCHANGE = re.compile(r"^xchg\w?\s.*\(")
ARM = re.compile(r"^(?:(ld(?:a|ap|x|ax)r|st(?:l|x|lx)r)[bh]?|(ldaxp|ldxp|stlxp|stxp)"
                 r"|((?:cas|swp|ld(?:add|clr|eor|set)|st(?:add|clr|eor|set))(?:al|a|l)?)[bh]?"
                 r"|(dmb|dsb)\b\s*(\w*)|(isb))(?:\s|$)")


def atomic_of(instruction):
    """The name of an atomic instruction or barrier, without its size; None for any other."""
    if match := X86_LOCKED.match(instruction):
        return f"lock {re.sub(r'^(add|and|or|xor|inc|dec|sub)[bwlq]$', chr(92) + '1', match[1])}"
    if match := X86_BARRIER.match(instruction):
        return match[1]
    if X86_EXCHANGE.match(instruction):
        return "xchg"
    if match := ARM.match(instruction):
        if match[4]:
            return f"{match[4]} {match[5]}"
        return next(group for group in match.groups() if group)
    return None


def count(disassembly):
    """{(lock, operation): cell of the table} for each function of fast_paths.cpp."""
    found, current = {}, None
    for line in disassembly.splitlines():
        if match := FUNCTION.match(line):
            current = found[(match[1], match[2])] = collections.Counter()
        elif OTHER.match(line):
            current = None
        elif current is not None and (match := LINE.match(line)):
            if name := atomic_of(match[1]):
                current[name] += 1
    return {where: ", ".join(f"{number} `{name}`" for name, number in sorted(names.items())) or "none"
            for where, names in found.items()}


def measure(column):
    """What count() finds in a column; None if its compiler is not there."""
    compiler, disassembler = COLUMNS[column]
    if column == "x86-64" and platform.machine() != "x86_64":
        return None
    if not shutil.which(compiler[0]) or not shutil.which(disassembler):
        return None
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*compiler, "-std=c++20", "-O2", f"-I{ROOT}/include", f"-I{ROOT}/src", "-c",
                        str(HERE / "fast_paths.cpp"), "-o", f"{folder}/fast_paths.o"], check=True)
        return count(subprocess.run([disassembler, "-d", "--no-show-raw-insn", f"{folder}/fast_paths.o"],
                                    capture_output=True, text=True, check=True).stdout)


def table(text):
    """{(lock, operation): {column: cell}} of the page."""
    rows, columns = {}, None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if cells[:2] == ["lock", "operation"]:
            columns = cells[2:]
        elif columns and len(cells) == 2 + len(columns) and cells[0].startswith("`"):
            rows[(cells[0].strip("`"), cells[1].strip("`"))] = dict(zip(columns, cells[2:]))
        elif not cells:
            columns = None
    return rows


def compare(column, found, rows):
    problems = [f"{lock} {operation}: {found.get((lock, operation), 'no such function')}, "
                f"but {PAGE.name} says {cells.get(column, 'nothing')}"
                for (lock, operation), cells in rows.items()
                if found.get((lock, operation)) != cells.get(column)]
    problems += [f"{lock} {operation}: not in {PAGE.name}" for lock, operation in found.keys() - rows.keys()]
    return problems


def write():
    measured = {column: measure(column) for column in COLUMNS}
    if None in measured.values():
        sys.exit("codegen: a compiler is missing")
    lines = ["| lock | operation | " + " | ".join(COLUMNS) + " |", "|---|---|" + "---|" * len(COLUMNS)]
    lines += [f"| `{lock}` | `{operation}` | " + " | ".join(measured[column][(lock, operation)] for column in COLUMNS)
              + " |" for lock, operation in measured["x86-64"]]
    text = PAGE.read_text(encoding="utf-8")
    text = re.sub(r"^\| lock \| operation.*?(?=\n\n|\Z)", lambda _: "\n".join(lines), text, flags=re.M | re.S)
    PAGE.write_text(text, encoding="utf-8")


def self_test():
    code = """0 <a__lock>:
   0:\tlock cmpxchg %dl,(%rdi)
   4:\txchg   %ax,%ax
   6:\txchg   %al,(%rdi)
   8:\tlock orl $0x0,(%rsp)
0 <a__lock.cold>:
   0:\tmfence
0 <a__unlock>:
   0:\tldaxrb w1, [x0]
   4:\tstlxrb w2, w1, [x0]
   8:\tldr w1, [x0]
   c:\tcasab w1, w2, [x0]
  10:\tdmb ish
0 <a__none>:
   0:\tret
"""
    found = count(code)
    assert found[("a", "lock")] == "1 `lock cmpxchg`, 1 `lock or`, 1 `xchg`", found
    assert found[("a", "unlock")] == "1 `casa`, 1 `dmb ish`, 1 `ldaxr`, 1 `stlxr`", found
    assert found[("a", "none")] == "none", found
    rows = table("| lock | operation | x |\n|---|---|---|\n| `a` | `none` | none |\n| `a` | `lock` | none |\n")
    problems = compare("x", found, rows)
    assert len(problems) == 2 and "a lock: 1 `lock" in problems[0] and "a unlock: not in" in problems[1], problems
    print("codegen: self-test passed")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if sys.argv[1:] == ["--write"]:
        return write()
    if len(sys.argv) != 2 or sys.argv[1] not in COLUMNS:
        sys.exit(__doc__)
    column = sys.argv[1]
    found = measure(column)
    if found is None:
        print(f"codegen: {column} is skipped: no {COLUMNS[column][0][0]} for it here")
        sys.exit(77)
    problems = compare(column, found, table(PAGE.read_text(encoding="utf-8")))
    for problem in problems:
        print(problem)
    print(f"codegen: {column}: {len(found)} functions, {len(problems)} problems")
    sys.exit(1 if problems or not found else 0)


if __name__ == "__main__":
    main()
