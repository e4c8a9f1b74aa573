#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks the map: ARCHITECTURE.md names every folder, and every path it names exists."""

import checklib
import pathnames

MAP = "ARCHITECTURE.md"
MAPPED = ["include/holdfast", "src", "tests", "docs"]  # to this depth below:
DEPTH = 3


def folders_to_name(tree):
    for folder in tree.folders:
        depth = folder.count("/")
        if depth == 0:
            yield folder
        for top in MAPPED:
            if folder == top or (folder.startswith(f"{top}/")
                                 and depth - top.count("/") <= DEPTH):
                yield folder


def check(tree, problems):
    if not tree.exists(MAP):
        problems.add(MAP, 0, "there is no map", "write it: every folder in backticks, with one sentence")
        return
    named = set()
    for line, token in pathnames.mentions(tree.read(MAP)):
        matches = pathnames.resolve(tree, MAP, token)
        if matches is None:
            continue  # not a path
        if not matches:
            problems.add(MAP, line, f"`{token}` does not exist", "correct the path or remove the line")
        named.update(matches)
    for folder in sorted(set(folders_to_name(tree))):
        if folder not in named:
            problems.add(MAP, 0, f"the folder `{folder}/` is not on the map",
                         "add a line for it that says what it is for")


GOOD = {"src/base/x.cpp": "", "tests/unit/base/x_test.cpp": "", "include/holdfast/base/x.hpp": ""}
GOOD_MAP = "`include/` `include/holdfast/base/` `include/holdfast/` `src/base` `src` `tests/{unit,unit/base}/` `tests/`"
CASES = [
    ("a true map", {**GOOD, MAP: GOOD_MAP}, None),
    ("no map", GOOD, "there is no map"),
    ("a folder that is missing", {**GOOD, "tools/x.sh": "", MAP: GOOD_MAP}, "`tools/` is not on the map"),
    ("a deep folder that is missing", {**GOOD, "docs/a/b/x.md": "", MAP: GOOD_MAP + " `docs/` `docs/a/`"},
     "`docs/a/b/` is not on the map"),
    ("a path that is not there", {**GOOD, MAP: GOOD_MAP + "\n`src/park/`"}, "ARCHITECTURE.md:2: `src/park/`"),
    ("a header that is not there", {**GOOD, MAP: GOOD_MAP + " `<holdfast/base/y.hpp>`"}, "does not exist"),
    ("words that are no paths", {**GOOD, MAP: GOOD_MAP + " `a::b` `lock/unlock` `make test`"}, None),
]

if __name__ == "__main__":
    checklib.main("architecture", check, CASES)
