#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks one misuse: the file compiles as it stands, and not with MUST_NOT_COMPILE, for its reason.

A file says in comment lines of its own:
  // expect: REGEX     what the error output must match (required; several lines: all must match)
  // compiler: clang   only this compiler can tell; others skip the test (exit code 77)
  // flags: FLAGS      further compiler flags

Usage: must_not_compile.py FILE -- COMPILER FLAGS...
       must_not_compile.py --self-test
"""

import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

SKIPPED = 77


class CaseFailed(Exception):
    """The case does not show what it claims; the text says why and how to mend it."""


def directive(text, name):
    return [found.strip() for found in re.findall(rf"^\s*//\s*{name}:(.*)$", text, re.MULTILINE)]


def is_clang(compiler):
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True)
    return "clang" in version.stdout


def compile_file(command, source, *definitions):
    result = subprocess.run(
        [*command, "-fsyntax-only", *(f"-D{name}" for name in definitions), str(source)],
        capture_output=True, text=True, check=False)
    return result.returncode == 0, result.stderr + result.stdout


def check(source, command):
    """Returns 0 or SKIPPED; raises CaseFailed."""
    text = source.read_text(encoding="utf-8")
    expected = [pattern for pattern in directive(text, "expect") if pattern]
    if not expected:
        raise CaseFailed("no line '// expect: REGEX'; add one that matches the compiler's message")
    if "MUST_NOT_COMPILE" not in text:
        raise CaseFailed("no '#ifdef MUST_NOT_COMPILE'; put the misuse there and its twin in #else")
    wanted = directive(text, "compiler")
    if wanted and (wanted[0] == "clang") != is_clang(command[0]):
        print(f"skipped: needs {wanted[0]}")
        return SKIPPED
    command = [*command, *shlex.split(" ".join(directive(text, "flags")))]

    good, output = compile_file(command, source)
    if not good:
        raise CaseFailed(f"the correct twin must compile, but does not:\n{output}")
    good, output = compile_file(command, source, "MUST_NOT_COMPILE")
    if good:
        raise CaseFailed("the misuse compiles; the library no longer refuses it")
    for pattern in expected:
        if not re.search(pattern, output):
            raise CaseFailed(f"refused, but the message does not match /{pattern}/:\n{output}")
    return 0


def self_test(compiler):
    misuse = "#ifdef MUST_NOT_COMPILE\n{bad}\n#else\n{good}\n#endif\n"
    wrong_type, right_type = "int x = nullptr;", "int* x = nullptr;"
    cases = [
        (True, "// expect: nullptr\n" + misuse.format(bad=wrong_type, good=right_type)),
        (False, misuse.format(bad=wrong_type, good=right_type)),
        (False, "// expect: nullptr\n" + misuse.format(bad=right_type, good=right_type)),
        (False, "// expect: nullptr\n" + misuse.format(bad=wrong_type, good=wrong_type)),
        (False, "// expect: no such text\n" + misuse.format(bad=wrong_type, good=right_type)),
        (False, "// expect: nullptr\n" + right_type),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for number, (passes, text) in enumerate(cases):
            source = pathlib.Path(folder, f"case{number}.cpp")
            source.write_text(text, encoding="utf-8")
            try:
                passed = check(source, [compiler, "-std=c++20"]) == 0
            except CaseFailed:
                passed = False
            if passed != passes:
                print(f"self-test: case {number} should {'pass' if passes else 'fail'}:\n{text}")
                return 1
    print("must_not_compile: self-test passed")
    return 0


def main(arguments):
    if arguments[:1] == ["--self-test"]:
        return self_test(arguments[1] if len(arguments) > 1 else "c++")
    if len(arguments) < 3 or arguments[1] != "--":
        print(__doc__)
        return 2
    source = pathlib.Path(arguments[0])
    try:
        return check(source, arguments[2:])
    except CaseFailed as failure:
        print(f"{source}: {failure}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
