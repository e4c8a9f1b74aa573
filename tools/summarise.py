#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Counts test cases: ctest's JUnit file, with each GoogleTest executable's cases in place of itself.

Usage: summarise.py SUITE JUNIT_FILE GTEST_RESULTS_FOLDER
Prints "SUITE: N passed, M failed" last; what was skipped or failed is named before. Exit 1 on failures.
       summarise.py --self-test
"""

import contextlib
import io
import pathlib
import sys
import tempfile
import xml.etree.ElementTree as xml


def read_gtest(path):
    """Names of the passed, failed and skipped cases of one GoogleTest executable."""
    passed, failed, skipped = [], [], []
    for case in xml.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            failed.append(name)
        elif case.find("skipped") is not None or case.get("result") == "skipped":
            skipped.append(name)
        elif case.get("status") == "run":
            passed.append(name)
    return passed, failed, skipped


def summarise(junit, gtest_folder):
    """Names of the passed, failed and skipped cases of one ctest run."""
    passed, failed, skipped = [], [], []
    for case in xml.parse(junit).getroot().iter("testcase"):
        name, status = case.get("name"), case.get("status")
        cases_file = pathlib.Path(gtest_folder, f"{name}.xml")
        inner = ([], [], [])
        if cases_file.exists():
            with contextlib.suppress(xml.ParseError):  # a crash may leave half a file
                inner = read_gtest(cases_file)
        for into, names in zip((passed, failed, skipped), inner):
            into.extend(f"{name}: {one}" for one in names)
        if status == "fail" and not inner[1]:
            failed.append(name)  # crashed, took too long, or a sanitizer spoke at its end
        elif status == "run" and not any(inner):
            passed.append(name)
        elif status not in ("run", "fail") and not any(inner):
            skipped.append(name)
    return passed, failed, skipped


def report(suite, junit, gtest_folder):
    if not pathlib.Path(junit).exists():
        print(f"{suite}: 0 passed, 1 failed")
        return 1
    passed, failed, skipped = summarise(junit, gtest_folder)
    for name in skipped:
        print(f"  skipped: {name}")
    for name in failed:
        print(f"  FAILED:  {name}")
    if not passed and not failed:
        failed.append("no test ran")
    print(f"{suite}: {len(passed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def self_test():
    junit = """<testsuite><testcase name="a" status="run"/><testcase name="b" status="fail"/>
      <testcase name="c" status="fail"/><testcase name="d" status="notrun"/>
      <testcase name="e" status="run"/></testsuite>"""
    gtest = """<testsuites><testsuite><testcase name="x" classname="s" status="run"/>
      <testcase name="y" classname="s" status="run">{inner}</testcase></testsuite></testsuites>"""
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "junit.xml").write_text(junit, encoding="utf-8")
        for name, inner in (("a", ""), ("b", "<failure/>"), ("e", "<skipped/>")):
            pathlib.Path(folder, f"{name}.xml").write_text(gtest.format(inner=inner), encoding="utf-8")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = report("self", f"{folder}/junit.xml", folder)
            missing = report("none", f"{folder}/no.xml", folder)
    lines = output.getvalue().splitlines()
    wanted = ["self: 4 passed, 2 failed", "none: 0 passed, 1 failed"]
    if code != 1 or missing != 1 or not all(line in lines for line in wanted):
        print("self-test: expected", wanted, "and got", lines)
        return 1
    print("summarise: self-test passed")
    return 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(report(*sys.argv[1:]))
