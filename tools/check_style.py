#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks what a formatter cannot: licence line, file length, atomic orders and their labels, words."""

import re

import checklib

LICENCE = "SPDX-License-Identifier: BSL-1.0"
LIMIT = 400
ORDERS_PAGE = "docs/design/memory_ordering.md"

SPELLED = r"(?:\bmemory_order(?:_|::)|\border::|\b__ATOMIC_)"
LABELLED_ORDER = re.compile(SPELLED + r"(?:acquire|release|acq_rel|ACQUIRE|RELEASE|ACQ_REL)\b")
SEQ_CST = re.compile(SPELLED + r"(?:seq_cst|SEQ_CST)\b")
LABEL = re.compile(r"\[([A-Z]+[0-9]+)\]")
# A call of an atomic's member; without an order it would be seq_cst.
ACCESS = re.compile(r"(?:\.|->)(load|store|exchange|compare_exchange(?:_weak|_strong)?"
                    r"|fetch_(?:add|sub|and|or|xor)|test_and_set)\(")
# Lines that name an order without being an access: the platform's own definition of the orders.
DEFINES_ORDERS = {"include/holdfast/platform/atomic.hpp", "include/holdfast/platform/atomic_change.hpp",
                  "include/holdfast/model/atomic.hpp",
                  "include/holdfast/model/platform.hpp", "src/model/memory.hpp",
                  "src/model/memory.cpp", "src/model/operations.cpp", "src/model/text.hpp"}
# "timeout" where an interface that is not ours says it.
TIMEOUT_ALLOWED = re.compile(r"\bcv_status::timeout\b|\b_POSIX_TIMEOUTS\b")


def check_licence(tree, problems):
    for name in tree.files:
        if name.endswith((".hpp", ".cpp", ".py", ".sh", ".cmake", "CMakeLists.txt")):
            lines = tree.lines(name)
            first = lines[1:2] if lines and lines[0].startswith("#!") else lines[:1]
            if not first or not re.fullmatch(rf"(//|#) {re.escape(LICENCE)}", first[0]):
                problems.add(name, 1, "the first line (after #!) is not the licence",
                             f"begin with '// {LICENCE}' ('#' in scripts)")


def check_length(tree, problems):
    for name in tree.files:
        if name.endswith((".hpp", ".cpp", ".py", ".sh", ".cmake", "CMakeLists.txt", "Makefile")):
            length = len(tree.lines(name))
            if length > LIMIT:
                problems.add(name, LIMIT, f"{length} lines, the limit is {LIMIT}", "split it by concept")


def arguments_of(code, start):
    """The text from `start` (behind a parenthesis) to the matching one."""
    depth = 1
    for position in range(start, len(code)):
        depth += {"(": 1, ")": -1}.get(code[position], 0)
        if depth == 0:
            return code[start:position]
    return code[start:]


def labels_near(lines, code_lines, index):
    """Labels in the comments of this line, the line above, and the rest of the statement."""
    last = index
    while last < len(lines) - 1 and last < index + 3 and not re.search(r"[;{]", code_lines[last]):
        last += 1
    near = " ".join(line.partition("//")[2] for line in lines[max(0, index - 1):last + 1])
    return LABEL.findall(near)


def check_orders(tree, problems):
    """Returns {label: number of accesses that carry it}."""
    uses = {}
    for name in tree.below("include", "src", "preload"):
        text = tree.read(name)
        code = checklib.code_of(text)
        lines, code_lines = text.splitlines(), code.splitlines()
        for match in ACCESS.finditer(code):
            arguments = arguments_of(code, match.end())
            if name not in DEFINES_ORDERS and not re.search(r"\bmemory_order|\border\b|\border_", arguments):
                problems.add(name, checklib.line_of(code, match.start()),
                             f"{match[1]} without an order is seq_cst", "spell the order out")
        for index, line in enumerate(code_lines):
            if name in DEFINES_ORDERS:
                continue
            if SEQ_CST.search(line) and "fence" not in lines[index]:
                problems.add(name, index + 1, "a seq_cst access", "use acquire and release, or a fence")
            if LABELLED_ORDER.search(line):
                found = labels_near(lines, code_lines, index)
                for label in found:
                    uses[label] = uses.get(label, 0) + 1
                if not found:
                    problems.add(name, index + 1, "an order without a label",
                                 f"say which access it pairs with, '// [M1] why'; list it in {ORDERS_PAGE}")
    return uses


def check_labels(tree, problems, uses):
    page = tree.read(ORDERS_PAGE) if tree.exists(ORDERS_PAGE) else ""
    listed, single = set(LABEL.findall(page)), set()
    for line in page.splitlines():
        if re.search(r"\bsingle\b", line):
            single.update(LABEL.findall(line))
    for label, count in sorted(uses.items()):
        if label not in listed:
            problems.add(ORDERS_PAGE, 0, f"label [{label}] of the code is not explained", "add it")
        if count < 2 and label not in single:
            problems.add(ORDERS_PAGE, 0, f"label [{label}] stands at one access only",
                         "label its partner, or say why it is 'single' in its line of this page")
    everywhere = "\n".join(tree.read(name) for name in tree.below("include", "src", "preload"))
    for label in sorted(listed - set(LABEL.findall(everywhere))):
        problems.add(ORDERS_PAGE, 0, f"label [{label}] is not in the code", "remove or rename it")


def check_words(tree, problems):
    for name in tree.below("include", "src", "preload"):
        for number, line in enumerate(tree.lines(name), 1):
            if re.search("timeout", TIMEOUT_ALLOWED.sub("", line), re.IGNORECASE):
                problems.add(name, number, "the word 'timeout'", "say deadline (a point in time)")


def check(tree, problems):
    check_licence(tree, problems)
    check_length(tree, problems)
    check_labels(tree, problems, check_orders(tree, problems))
    check_words(tree, problems)


HEAD = f"// {LICENCE}\n"
PAIR = HEAD + "a.store(1, std::memory_order_release); // [M1]\n// [M1] reads\na.load(order::acquire);\n"
PAGE = {ORDERS_PAGE: "[M1] hands over\n"}
CASES = [
    ("a labelled pair", {"src/a.cpp": PAIR, **PAGE, "t.sh": f"#!/bin/sh\n# {LICENCE}\n"}, None),
    ("no licence", {"a.py": "import x\n"}, "is not the licence"),
    ("no licence after #!", {"a.sh": "#!/bin/sh\nls\n"}, "is not the licence"),
    ("a long file", {"a.cpp": HEAD + "\n" * 400}, "401 lines"),
    ("an order without a label", {"src/a.cpp": PAIR + "a.load(order::acquire);\n", **PAGE},
     "src/a.cpp:5: an order without"),
    ("a label that is not explained", {"src/a.cpp": PAIR}, "[M1] of the code is not explained"),
    ("a label without a partner",
     {"src/a.cpp": HEAD + "a.load(order::acquire); // [M1]\n", **PAGE}, "at one access only"),
    ("a single label, explained", {"src/a.cpp": HEAD + "a.load(order::acquire); // [M1]\n",
                                   ORDERS_PAGE: "[M1] single: pairs with the kernel\n"}, None),
    ("a label behind the statement's break", {"src/a.cpp": PAIR + "a.compare_exchange(b, 1, order::acquire,\n"
                                              "  order::relaxed); // [M1]\n", **PAGE}, None),
    ("a stale label", {"src/a.cpp": PAIR, ORDERS_PAGE: "[M1] [M2]\n"}, "[M2] is not in the code"),
    ("seq_cst by name", {"src/a.cpp": HEAD + "a.load(std::memory_order_seq_cst);\n"}, "a seq_cst access"),
    ("seq_cst by silence", {"src/a.cpp": HEAD + "a->fetch_add(\n  g(1));\n"}, "fetch_add without an order"),
    ("a fence may be", {"src/a.cpp": HEAD + "atomic_thread_fence(std::memory_order_seq_cst);\n"}, None),
    ("the word", {"src/a.cpp": HEAD + "// waits for the Timeout\n"}, "the word 'timeout'"),
    ("their word", {"src/a.cpp": HEAD + "if (s == std::cv_status::timeout) f();\n"}, None),
]

if __name__ == "__main__":
    checklib.main("style", check, CASES)
