#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks the map: ARCHITECTURE.md names every folder, every path it names exists, and its table of
layers says which layer includes which."""

import re

import check_layers
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


ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\|")


def layer_named(layer):
    return "holdfast" if layer == "root" else layer


def includes_between_layers(tree):
    """{layer: the other layers that its files include}."""
    edges = {}
    for name in tree.below("include", "src"):
        layer = check_layers.layer_of(name)
        if layer is None:
            continue
        edges.setdefault(layer_named(layer), set())
        for match in check_layers.INCLUDE.finditer(tree.read(name)):
            path = check_layers.resolve(tree, name, match[2])
            other = check_layers.layer_of(path) if path else None
            if other is not None and other != layer:
                edges[layer_named(layer)].add(layer_named(other))
    return edges


def check_layer_table(tree, problems):
    rows = {}
    for number, line in enumerate(tree.lines(MAP), 1):
        if match := ROW.match(line):
            rows[match[1]] = (number, set(re.findall(r"\w+", match[2])))
    for layer, others in sorted(includes_between_layers(tree).items()):
        if layer not in rows:
            problems.add(MAP, 0, f"the layer `{layer}` is not in the table of layers",
                         f"add the row | `{layer}` | {', '.join(sorted(others))} | what it is |")
        elif rows[layer][1] != others:
            problems.add(MAP, rows[layer][0], f"layer `{layer}` includes {', '.join(sorted(others)) or 'none'}",
                         "correct the row, or the includes")


def check(tree, problems):
    if not tree.exists(MAP):
        problems.add(MAP, 0, "there is no map", "write it: every folder in backticks, with one sentence")
        return
    check_layer_table(tree, problems)
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
GOOD_MAP = "| `base` | | the lowest |\n`include/` `include/holdfast/base/` `include/holdfast/` `src/base` `src` `tests/{unit,unit/base}/` `tests/`"
CASES = [
    ("a true map", {**GOOD, MAP: GOOD_MAP}, None),
    ("no map", GOOD, "there is no map"),
    ("a folder that is missing", {**GOOD, "tools/x.sh": "", MAP: GOOD_MAP}, "`tools/` is not on the map"),
    ("a deep folder that is missing", {**GOOD, "docs/a/b/x.md": "", MAP: GOOD_MAP + " `docs/` `docs/a/`"},
     "`docs/a/b/` is not on the map"),
    ("a path that is not there", {**GOOD, MAP: GOOD_MAP + "\n`src/park/`"}, "ARCHITECTURE.md:3: `src/park/`"),
    ("a header that is not there", {**GOOD, MAP: GOOD_MAP + " `<holdfast/base/y.hpp>`"}, "does not exist"),
    ("a layer that is missing", {**GOOD, MAP: GOOD_MAP[GOOD_MAP.index("\n"):]}, "`base` is not in the table"),
    ("an include that the table does not tell",
     {**GOOD, "src/lock/y.cpp": '#include "holdfast/base/x.hpp"\n',
      MAP: GOOD_MAP + " `src/lock/`\n| `lock` | wait | |"}, "ARCHITECTURE.md:3: layer `lock` includes base"),
    ("words that are no paths", {**GOOD, MAP: GOOD_MAP + " `a::b` `lock/unlock` `make test`"}, None),
]

if __name__ == "__main__":
    checklib.main("architecture", check, CASES)
