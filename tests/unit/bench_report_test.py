#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""holdfast-bench report: the goals that a run reaches, and its page."""

import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

COMMAND = os.environ.get("HOLDFAST_BENCH", "")
WITHOUT_PAGE = "was built without the page"
HOSTILE = 'a </script><!-- "name" & <b>'


def pairs(contender, *nanoseconds):
    return [{"contender": contender, "distance": distance, "offset_in_page": 64, "ns": [each + 1.5, each]}
            for each in nanoseconds for distance in (0, 64)]


def together(contender, threads, *rates, shape="empty section"):
    return [{"contender": contender, "shape": shape, "threads": threads, "million_a_second": rate, "jain": 0.9375,
             "cpus": 1.0} for rate in rates]


REPORT = {
    "machine": {"date": "2026-11-22 11:05 UTC", "cpu": HOSTILE, "cpus": 2, "checked": False},
    "seed": 1, "rounds": 3, "quick": False,
    "workloads": {
        "sizes": {"parking_lock": 2, "std::mutex": 40},
        "pair": {"samples": pairs("(compare-and-swap + store)", 10.0, 10.0, 10.0) + pairs("std::mutex", 20.0, 40.0, 80.0)
                 + pairs("parking_lock", 8.0, 18.0, 32.0)},
        "contended": {"samples": together("std::mutex", 4, 1.0, 1.0, 1.0) + together("a fast one", 4, 2.0, 4.0, 8.0)
                      + together("(nobody's)", 4, 99.0, 99.0, 99.0) + together("parking_lock", 4, 9.0, 10.0, 12.0)
                      + together("spin_lock", 4, 50.0, 50.0, 50.0)
                      + together("std::mutex", 8, 1.0, 1.0, 1.0) + together("parking_lock", 8, 3.0, 3.0, 3.0)},
        "latency": {"samples": [
            {"contender": name, "shape": "empty section", "threads": 2, "wait_p50_ns": wait}
            for name, wait in (("std::mutex", 100.0), ("pthread_spinlock_t", 10.0), ("parking_lock", 50.0))]},
        "made_up": {"samples": [{"contender": "who knows", "weather": "fog", "litres": 1.0}]},
    },
}


class Report(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.file = pathlib.Path(place.name, "run.json")
        self.page = pathlib.Path(place.name, "page.html")
        self.report = copy.deepcopy(REPORT)

    def run_report(self, text=None):
        self.file.write_text(json.dumps(self.report) if text is None else text, encoding="utf-8")
        return subprocess.run([COMMAND, "report", str(self.file), "-o", str(self.page)], capture_output=True, text=True,
                              timeout=60)

    def goals(self):
        """The lines of the goals of each workload, and the whole result."""
        result = self.run_report()
        found, workload = {}, None
        for line in result.stdout.splitlines():
            if line.startswith("goals of "):
                workload = line.removeprefix("goals of ")
            elif line.startswith("  "):
                found.setdefault(workload, []).append(" ".join(line.split()))
        return found, result

    def json_of_page(self):
        result = self.run_report()
        if WITHOUT_PAGE in result.stderr:
            self.assertEqual(result.returncode, 2)
            self.assertIn("install nodejs and npm", result.stderr)
            self.skipTest("this build has no page")
        self.assertEqual(result.returncode, 0, result.stderr)
        page = self.page.read_text(encoding="utf-8")
        self.assertNotIn("@REPORT@", page)
        self.assertEqual(len(re.findall("</script>", page)), 2)
        return page, json.loads(re.search(r'<script type="application/json" id="report">(.*?)</script>', page, re.DOTALL)[1])

    def test_ratios_are_of_the_same_round(self):
        # 8 / 20, 18 / 40, 32 / 80; of several tries the best one counts
        self.assertIn("reached 0.4 time of parking_lock <= 0.45 x std::mutex", self.goals()[0]["pair"])
        self.assertIn("NOT REACHED 1.8 time of parking_lock <= 1.1 x (compare-and-swap + store)", self.goals()[0]["pair"])

    def test_the_best_rival_is_neither_ours_nor_a_floor(self):
        del self.report["workloads"]["contended"]["samples"][-6:]
        self.assertIn("reached 2.5 empty section, 4 to 64 threads: throughput of parking_lock >= 2 x the best rival "
                      "(a fast one, 4 threads)", self.goals()[0]["contended"])

    def test_the_worst_number_of_threads_decides(self):
        self.report["workloads"]["contended"]["samples"] += together("slow", 16, 2.0) + together("parking_lock", 16, 1.0)
        self.assertIn("NOT REACHED 0.5 empty section, 4 to 64 threads: throughput of parking_lock >= 2 x the best rival "
                      "(slow, 16 threads)", self.goals()[0]["contended"])

    def test_a_lock_that_spins_is_no_rival_of_waits(self):
        self.assertIn("reached 0.5 empty section, 2 and 4 threads: median wait of parking_lock <= 1 x the best rival that "
                      "sleeps (std::mutex, 2 threads)", self.goals()[0]["latency"])

    def test_the_limit_is_what_one_thread_makes_in_the_same_round(self):
        self.report["workloads"]["contended"]["samples"] += (
            together("parking_lock", 1, 1.0, 2.0, 4.0, shape="1 us inside")
            + together("parking_lock", 4, 0.5, 1.5, 2.0, shape="1 us inside"))
        self.assertIn("NOT REACHED 0.5 1 us inside, 4 to 64 threads: throughput of parking_lock >= 0.95 x that of one "
                      "thread alone (4 threads)", self.goals()[0]["contended"])

    def test_says_what_was_not_measured(self):
        found, result = self.goals()
        self.assertIn("not measured 1 producers, 1 consumers: throughput of bounded_queue >= 1 x the best rival",
                      found["queue"])
        self.assertRegex(result.stdout, r"3 of \d+ goals reached, \d+ not measured")

    def test_the_page_has_the_report_and_the_goals(self):
        page, found = self.json_of_page()
        goals = found.pop("goals")
        self.assertEqual(found.pop("ours"), ["parking_lock", "spin_lock"])
        self.assertEqual(found.pop("about")["sizes"], "bytes of each lock")
        self.assertEqual(found, REPORT)
        self.assertIn('"litres":1.0', page)  # a fraction stays one
        decided = [goal for goal in goals if goal["reached"] is not None]
        self.assertEqual(decided[0], {"row": "pair", "goal": "time of parking_lock <= 0.45 x std::mutex", "limit": 0.45,
                                      "figure": 0.4, "rival": "std::mutex", "reached": True, "load": "",
                                      "cells": [{"load": "", "figure": 0.4, "rival": "std::mutex", "reached": True}]})
        self.assertEqual({goal["figure"] for goal in goals if goal["reached"] is None}, {None})

    def test_the_page_needs_nothing_else(self):
        page, _ = self.json_of_page()
        self.assertNotRegex(page, r"<(link|img|iframe)\b|\bsrc=|@import|url\(")

    def test_a_page_of_a_page_s_report_is_the_same(self):
        page, found = self.json_of_page()
        self.report = found
        self.assertEqual(self.json_of_page()[0], page)

    def test_refuses_what_is_no_report(self):
        for text in ("", "{}", "[1]", "not JSON", '{"machine": {}, "workloads": {"x": {"s": [{"contender": 3}]}}}'):
            result = self.run_report(text)
            self.assertEqual(result.returncode, 2, text)
            self.assertIn("run.json", result.stderr)
            self.assertEqual(result.stdout, "")
            self.assertFalse(self.page.exists())

    def test_refuses_a_missing_file(self):
        result = subprocess.run([COMMAND, "report", "/nonexistent/a.json"], capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 2)
        self.assertIn("cannot read /nonexistent/a.json", result.stderr)

    def test_says_where_the_page_cannot_be_written(self):
        self.json_of_page()
        self.page = pathlib.Path("/nonexistent/page.html")
        result = self.run_report()
        self.assertEqual(result.returncode, 2)
        self.assertIn("cannot write /nonexistent/page.html", result.stderr)


if __name__ == "__main__":
    if not COMMAND:
        print("needs the benchmarks (HOLDFAST_BENCH)")
        sys.exit(77)
    unittest.main()
