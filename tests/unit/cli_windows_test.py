#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The command demo of Windows, under Wine: every lock counts right, words are counted, wrong usage is told."""
import collections
import json
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from built_command import CLI, run_program  # noqa: E402
from cli_test import LOCKS  # noqa: E402

os.environ.setdefault("LC_ALL", "C.UTF-8")  # by which Wine reads our words


class Demo(unittest.TestCase):
    def succeed(self, *arguments):
        code, output, messages = run_program(CLI, "demo", *arguments)
        self.assertEqual(code, 0, messages)
        return output

    def test_every_lock_counts_right(self):
        report = json.loads(self.succeed("--json", "-t", 4, "-n", 3000))
        rows = {row["lock"]: row for row in report["rows"]}
        self.assertEqual(set(rows), LOCKS)
        for name, row in rows.items():
            self.assertEqual(row["expected"], row["threads"] * row["increments"])
            if name != "none":
                self.assertEqual(row["lost"], 0, name)

    def test_the_table_has_a_row_for_each_lock(self):
        lines = self.succeed("-n", 500, "-t", 2).splitlines()
        self.assertEqual({line.split()[0] for line in lines[3:] if line and line[0] != "*"}, LOCKS)

    def test_words_are_counted_as_python_counts_them(self):
        words = ("one two two three three three " * 2000).split()
        with tempfile.TemporaryDirectory() as folder:
            text = pathlib.Path(folder) / "text"
            text.write_text(" ".join(words), encoding="ascii")
            report = json.loads(self.succeed("words", "--json", "-j", 4, text))
        for row in report["rows"]:
            self.assertTrue(row["same"], row)
        self.assertEqual({each["word"]: each["count"] for each in report["top"]}, collections.Counter(words))

    def count(self, name, content):
        with tempfile.TemporaryDirectory() as folder:
            text = pathlib.Path(folder) / name
            text.write_bytes(content)
            by_name = json.loads(self.succeed("words", "--json", "-j", 2, text))
            with text.open("rb") as opened:
                code, output, messages = run_program(CLI, "demo", "words", "--json", "-j", 2, "-", stdin=opened)
            self.assertEqual(code, 0, messages)
        self.assertEqual(by_name["top"], json.loads(output)["top"])
        return {each["word"]: each["count"] for each in by_name["top"]}

    def test_all_of_a_file_of_any_name_is_counted(self):
        self.assertEqual(self.count("\u00fc\u4e2d", b"one two \x1a two\r\nthree"), {"one": 1, "two": 2, "three": 1})

    def test_wrong_usage_is_told(self):
        code, output, messages = run_program(CLI, "demo", "--lock", "spin_lok")
        self.assertEqual((code, output), (2, ""))
        self.assertIn("did you mean 'spin_lock'?", messages)


if __name__ == "__main__":
    if not CLI:
        print("the command is not built")
        sys.exit(77)
    unittest.main(verbosity=2)
