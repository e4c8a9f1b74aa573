# SPDX-License-Identifier: BSL-1.0
"""What the check_*.py scripts share: the tree of files, problems, code without comments, self-tests."""

import pathlib
import re
import subprocess
import sys
import tempfile


class Tree:
    """The files of the repository (or of a self-test's folder), as paths relative to its root."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        listed = []
        if (self.root / ".git").exists():
            listed = subprocess.run(
                ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                cwd=self.root, capture_output=True, text=True, check=False).stdout.split("\0")
        if not any(listed):  # an unpacked archive, or a clone that git distrusts
            listed = [str(path.relative_to(self.root)) for path in self.root.rglob("*")]
        self.files = sorted({name for name in listed if name and (self.root / name).is_file()
                             and not name.startswith(("build/", ".git/"))
                             and "__pycache__" not in name})
        self.folders = sorted({str(parent) for name in self.files
                               for parent in pathlib.PurePath(name).parents if str(parent) != "."})
        self._known = set(self.files) | set(self.folders)

    def exists(self, name):
        return name.rstrip("/") in self._known

    def read(self, name):
        return (self.root / name).read_text(encoding="utf-8")

    def lines(self, name):
        return self.read(name).splitlines()

    def below(self, *folders, suffixes=(".hpp", ".cpp")):
        return [name for name in self.files
                if name.endswith(suffixes) and name.startswith(tuple(f"{top}/" for top in folders))]


class Problems:
    """What is wrong, where, and how to mend it."""

    def __init__(self):
        self.found = []

    def add(self, name, line, what, mend):
        place = f"{name}:{line}" if line else name
        self.found.append(f"{place}: {what}\n    to mend: {mend}")


def code_of(text):
    """The text with comments and the insides of string literals blanked; lines keep their numbers."""
    def blank(match):
        token = match.group(0)
        if token.startswith("/"):
            return re.sub(r"[^\n]", " ", token)
        return token[0] + " " * (len(token) - 2) + token[-1]

    pattern = r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'"
    return re.sub(pattern, blank, text, flags=re.DOTALL)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def self_test(name, check, cases):
    """Each case: (what it shows, {path: text}, part of the expected problem or None)."""
    for what, files, expected in cases:
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                target = pathlib.Path(folder, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            problems = Problems()
            check(Tree(folder), problems)
        found = "\n".join(problems.found)
        if (expected is None and found) or (expected is not None and expected not in found):
            print(f"{name}: self-test '{what}': expected {expected!r}, found:\n{found or 'nothing'}")
            return 1
    print(f"{name}: self-test passed ({len(cases)} cases)")
    return 0


def main(name, check, cases):
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test(name, check, cases))
    if len(sys.argv) > 1:
        sys.exit(f"usage: tools/check_{name}.py [--self-test]")
    tree = Tree(pathlib.Path(__file__).resolve().parent.parent)
    problems = Problems()
    check(tree, problems)
    for problem in problems.found:
        print(problem)
    if problems.found:
        print(f"{name}: {len(problems.found)} problem{'s' * (len(problems.found) > 1)}")
        sys.exit(1)
    print(f"{name}: ok")
