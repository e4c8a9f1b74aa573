#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""holdfast-bench compare: what changed from one report to another."""

import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMMAND = os.environ.get("HOLDFAST_BENCH", "")

REPORT = {
    "machine": {"date": "2026-11-22 11:05 UTC", "cpu": "one", "compiler": "GNU 12"},
    "quick": False,
    "workloads": {
        "sizes": {"parking_lock": 2},
        "pair": {"samples": [{"contender": "parking_lock", "distance": 0, "offset_in_page": 64, "ns": [10.0, 10.2]},
                             {"contender": "parking_lock", "distance": 1, "offset_in_page": 32, "ns": [9.8, 10.0]}]},
        "contended": {"samples": [
            {"contender": "parking_lock", "shape": "empty section", "threads": threads, "million_a_second": rate,
             "jain": 1.0} for threads in (2, 4) for rate in (20.0, 21.0, 22.0)]},
    },
}


class Compare(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.before = copy.deepcopy(REPORT)
        self.after = copy.deepcopy(REPORT)

    def compare(self, *arguments):
        files = []
        for name, report in (("before", self.before), ("after", self.after)):
            files.append(str(pathlib.Path(self.place.name, name + ".json")))
            text = report if isinstance(report, str) else json.dumps(report)
            pathlib.Path(files[-1]).write_text(text, encoding="utf-8")
        return subprocess.run([COMMAND, "compare", *files, *arguments], capture_output=True, text=True, timeout=60)

    def rows(self, result, *words):
        return [line for line in result.stdout.splitlines() if all(word in line for word in words)]

    def test_says_nothing_of_what_did_not_change(self):
        result = self.compare()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, "6 figures in both, 0 changed by more than the spread of their samples\n")

    def test_shows_everything_if_asked(self):
        result = self.compare("--all")
        self.assertEqual(len(self.rows(result, "parking_lock", "1.00")), 6, result.stdout)
        self.assertEqual(len(self.rows(result, "pair", "ns", "10.000")), 1, result.stdout)

    def test_shows_a_change_of_one_load(self):
        for sample in self.after["workloads"]["contended"]["samples"]:
            if sample["threads"] == 4:
                sample["million_a_second"] *= 2
        result = self.compare()
        self.assertEqual(len(self.rows(result, "empty section, 4 threads", "21.000", "42.000", "2.00")), 1, result.stdout)
        self.assertEqual(self.rows(result, "2 threads"), [])
        self.assertIn("1 changed", result.stdout)

    def test_a_change_within_the_spread_is_none(self):
        for sample in self.after["workloads"]["contended"]["samples"]:
            sample["million_a_second"] += 0.5
        self.assertIn("0 changed", self.compare().stdout)

    def test_shows_a_size_that_changed(self):
        self.after["workloads"]["sizes"]["parking_lock"] = 4
        self.assertEqual(len(self.rows(self.compare(), "sizes", "bytes", "2.00")), 1)

    def test_names_what_only_one_of_them_has(self):
        del self.after["workloads"]["pair"]
        self.before["workloads"]["sizes"].clear()
        result = self.compare()
        self.assertEqual(len(self.rows(result, "pair: parking_lock, ns: only in", "before.json")), 1, result.stdout)
        self.assertEqual(len(self.rows(result, "sizes: parking_lock, bytes: only in", "after.json")), 1, result.stdout)

    def test_warns_of_another_machine_and_of_haste(self):
        self.after["machine"]["cpu"] = "another"
        self.after["machine"]["date"] = "2026-11-23 00:00 UTC"
        self.after["quick"] = True
        warnings = self.rows(self.compare(), "The runs are not alike")
        self.assertEqual(len(warnings), 2, warnings)
        self.assertIn('cpu: "one" and "another"', warnings[0])

    def test_refuses_what_is_no_report(self):
        for text in ("", "{}", "[1]", "not JSON", '{"machine": {}, "workloads": {"x": {"s": [{"contender": 3}]}}}'):
            self.after = text
            result = self.compare()
            self.assertEqual(result.returncode, 2, text)
            self.assertIn("after.json", result.stderr)
            self.assertEqual(result.stdout, "")

    def test_refuses_a_missing_file(self):
        result = subprocess.run([COMMAND, "compare", "/nonexistent/a.json", "/nonexistent/b.json"],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 2)
        self.assertIn("cannot read /nonexistent/a.json", result.stderr)


if __name__ == "__main__":
    if not COMMAND:
        print("needs the benchmarks (HOLDFAST_BENCH)")
        sys.exit(77)
    unittest.main()
