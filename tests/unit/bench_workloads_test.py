#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""holdfast-bench: what the workloads on mutual exclusion, fibers and processes write for --json, and the options that
restrict them."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMMAND = os.environ.get("HOLDFAST_BENCH", "")

# What says what was measured, and what came out.
TOGETHER = {"million_a_second", "jain", "cpus"}
FIELDS = {
    "contended": ({"shape": str, "threads": int}, TOGETHER),
    "latency": ({"shape": str, "threads": int}, {"wait_p50_ns", "wait_p99_ns", "wait_p999_ns", "wait_max_ns"}),
    "length": ({"ns_inside": int, "threads": int}, TOGETHER),
    "locks": ({"locks": int, "threads": int}, TOGETHER),
    "words": ({"shards": int, "threads": int}, TOGETHER),
    "memory": ({"mutexes": int}, {"bytes_made", "bytes_locked", "make_ns", "destroy_ns"}),
    "startup": ({"processes": int}, {"process_us", "first_pair_ns"}),
}


def run(*arguments):
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=100, check=False)


class Workloads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.place.cleanup)
        cls.file = str(pathlib.Path(cls.place.name, "report.json"))
        cls.result = run(*FIELDS, "--quick", "--rounds", "1", "--threads", "2", "--contenders", "parking_lock",
                         "--shapes", "empty section,1 us inside?*outside", "--json", cls.file)
        cls.report = json.loads(pathlib.Path(cls.file).read_text(encoding="utf-8"))

    def samples(self, workload):
        return self.report["workloads"][workload]["samples"]

    def test_all_counters_are_right(self):
        self.assertEqual(self.result.returncode, 0, self.result.stderr)
        self.assertTrue(self.report["correct"])

    def test_samples_have_their_fields(self):
        for workload, (load, figures) in FIELDS.items():
            for sample in self.samples(workload):
                self.assertEqual(set(sample), {"contender", *load, *figures}, workload)
                for name, kind in load.items():
                    self.assertIs(type(sample[name]), kind, (workload, name))
                for name in figures:
                    self.assertIs(type(sample[name]), float, (workload, name))

    def test_only_who_was_asked_for_takes_part_and_the_yardstick(self):
        for workload in FIELDS:
            self.assertEqual({sample["contender"] for sample in self.samples(workload)}, {"std::mutex", "parking_lock"},
                             workload)

    def test_only_what_was_asked_for_is_measured(self):
        for workload, shapes in (("latency", {"empty section"}),
                                 ("contended", {"empty section", "1 us inside, 1 us outside"})):
            self.assertEqual({sample["shape"] for sample in self.samples(workload)}, shapes)
        for workload in ("contended", "latency", "locks", "words"):
            self.assertEqual({sample["threads"] for sample in self.samples(workload)}, {2}, workload)

    def test_says_where_the_cpus_were(self):
        kinds = {"near", "middle", "far", "mixed", "unknown"}
        self.assertIn(self.report["placement"]["kind"], kinds)
        for workload in FIELDS:
            self.assertIn(self.report["workloads"][workload]["samples_taken"]["placement"]["kind"], kinds)

    def test_quantiles_are_in_order(self):
        for sample in self.samples("latency"):
            figures = [sample[f"wait_{name}_ns"] for name in ("p50", "p99", "p999", "max")]
            self.assertEqual(figures, sorted(figures))

    def test_can_be_compared(self):
        result = run("compare", self.file, self.file)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(", 0 changed", result.stdout)


class Fibers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as place:
            file = pathlib.Path(place, "report.json")
            cls.result = run("fibers", "--quick", "--rounds", "1", "--json", str(file))
            cls.report = json.loads(file.read_text(encoding="utf-8"))
        cls.left_out = " ".join(cls.report["left_out"])
        cls.results = cls.report["workloads"]["fibers"]

    def setUp(self):
        if "workload fibers" in self.left_out:
            self.skipTest("this build has no fibers")

    def contenders(self, form):
        return [sample["contender"] for sample in self.results["samples"] if sample["form"] == form]

    def with_boost(self, ours, *boost):
        return ours if "boost::fibers" in self.left_out else [*ours, *boost]

    def test_all_counts_are_right(self):
        self.assertEqual(self.result.returncode, 0, self.result.stderr)
        self.assertTrue(self.report["correct"])

    def test_samples_have_their_fields(self):
        for sample in self.results["samples"]:
            self.assertEqual({name: type(value) for name, value in sample.items()},
                             {"contender": str, "form": str, "ns": float})
            self.assertGreater(sample["ns"], 0)

    def test_each_form_has_its_contenders(self):
        locks = self.with_boost(["fiber_lock", "parking_lock", "mutex<long>", "mutex<long, fiber_lock>"],
                                "boost::fibers::mutex")
        for fibers in (2, 16):
            self.assertEqual(self.contenders(f"yield, {fibers} fibers"),
                             self.with_boost(["(bare Boost.Context switch)", "holdfast::fiber"], "boost::fibers"))
            self.assertEqual(self.contenders(f"lock, yield, unlock, {fibers} fibers"), locks)
        self.assertEqual(self.contenders("spawn, run, join"), self.with_boost(["holdfast::fiber"], "boost::fibers"))
        self.assertEqual(len(self.contenders("wake across threads")), 3)
        self.assertEqual(set(self.results["pair in a fiber"]["contenders"]),
                         {"(no lock: the loop alone)", "parking_lock, on a thread", *locks})

    def test_every_goal_is_measured(self):
        with_boost = len(self.with_boost([], "boost")) == 1
        decided = [goal["goal"] for goal in self.report["goals"] if goal["reached"] is not None]
        self.assertEqual(len(decided), 5 if with_boost else 2, decided)


class Options(unittest.TestCase):
    def test_wildcards_choose_contenders(self):
        with tempfile.TemporaryDirectory() as place:
            file = pathlib.Path(place, "report.json")
            run("memory", "--quick", "--rounds", "1", "--contenders", "spin*,no such lock,*_cas", "--json", str(file))
            samples = json.loads(file.read_text(encoding="utf-8"))["workloads"]["memory"]["samples"]
        chosen = [sample["contender"] for sample in samples]
        self.assertEqual(chosen[0], "std::mutex")
        self.assertEqual(set(chosen), {"std::mutex", "spin_lock", "parking_lock_cas"})

    def test_a_process_for_an_unknown_first_lock_fails(self):
        self.assertEqual(run("--first-lock", "no such lock").returncode, 2)


class Processes(unittest.TestCase):
    def test_pairs_and_deaths_are_measured_and_every_death_is_told(self):
        with tempfile.TemporaryDirectory() as place:
            file = pathlib.Path(place, "report.json")
            result = run("processes", "--quick", "--rounds", "1", "--json", str(file))
            self.assertEqual(result.returncode, 0, result.stderr)
            report = json.loads(file.read_text(encoding="utf-8"))
        if any("workload processes" in line for line in report["left_out"]):
            self.skipTest("this build has no locks between processes")
        self.assertTrue(report["correct"])
        samples = report["workloads"]["processes"]["samples"]
        ours = {"process::mutex<long>", "process::mutex<long>, kernel", "process::mutex<long>, file"}
        for form, figures in (("uncontended pair", {"ns"}), ("death to next owner", {"us_p50", "us_p99"})):
            of_form = [sample for sample in samples if sample["form"] == form]
            self.assertLessEqual(ours, {sample["contender"] for sample in of_form})
            for sample in of_form:
                self.assertEqual(set(sample), {"contender", "form", *figures})


if __name__ == "__main__":
    if not COMMAND:
        print("needs the benchmarks (HOLDFAST_BENCH)")
        sys.exit(77)
    unittest.main()
