#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The command holdfast as a user meets it: results, messages, exit codes."""

import collections
import json
import os
import pathlib
import pty
import random
import re
import signal
import subprocess
import sys
import tempfile
import unittest

COMMAND = os.environ.get("HOLDFAST_CLI", "")
LICENCES = pathlib.Path("/usr/share/common-licenses")
LOCKS = {"none", "spin_lock", "ticket_lock", "mcs_lock", "peterson_lock", "parking_lock", "parking_lock_cas",
         "native_lock", "mutex<long>", "std::mutex"}


def run(*arguments, **options):
    """Runs the command; stdout and stderr are text unless the caller says where they go."""
    for stream in ("stdout", "stderr"):
        options.setdefault(stream, subprocess.PIPE)
    options.setdefault("stdin", subprocess.DEVNULL)
    if "input" in options:
        del options["stdin"]
    return subprocess.run([COMMAND, *map(str, arguments)], text=True, check=False, timeout=100, **options)


def on_terminal(*arguments, **environment):
    """What a terminal as standard output gets to see."""
    ours, theirs = pty.openpty()
    run(*arguments, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm", **environment})
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 65536):
            seen += part
    except OSError:
        pass  # the end of a terminal
    os.close(ours)
    return seen.decode()


class CommandLine(unittest.TestCase):
    def assert_refused(self, message, *arguments):
        result = run(*arguments)
        self.assertEqual(result.returncode, 2, result)
        self.assertEqual(result.stdout, "")
        self.assertIn(message, result.stderr)

    def test_version_and_help_go_to_standard_output(self):
        self.assertRegex(run("--version").stdout, r"^holdfast \d+\.\d+\.\d+\n$")
        for arguments in (["--help"], ["demo", "--help"], ["demo", "words", "--help"]):
            result = run(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("Usage: holdfast", result.stdout)
            self.assertLessEqual(max(map(len, result.stdout.splitlines())), 110)

    def test_no_subcommand_is_wrong_usage(self):
        self.assert_refused("holdfast demo")

    def test_a_typo_gets_a_suggestion(self):
        self.assert_refused("did you mean 'demo'?", "dmeo")
        self.assert_refused("did you mean 'words'?", "demo", "wrods")
        self.assert_refused("did you mean '--increments'?", "demo", "--incremets=5")
        self.assert_refused("did you mean 'spin_lock'?", "demo", "--lock", "spin_lok")
        self.assert_refused("--list names them", "demo", "--lock", "futex")

    def test_absurd_numbers_are_refused_with_the_range(self):
        for arguments in (["-t", "0"], ["-t", "99999"], ["-t", "-1"], ["-t", "x"]):
            self.assert_refused("not in range 1 to 1024", "demo", *arguments)
        for number in ("0", "1e6", "99999999999999999999"):
            self.assert_refused("not in range 1 to 1000000000", "demo", "-n", number)
        self.assert_refused("not in range 1 to 1024", "demo", "words", "-j", "0")
        self.assert_refused("not in range 0 to", "demo", "words", "--top", "-1")

    def test_options_of_the_counter_are_not_dropped_before_words(self):
        self.assert_refused("--json", "demo", "--json", "words")


class Counter(unittest.TestCase):
    def rows(self, *arguments):
        result = run("demo", "--json", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertTrue(report["ok"])
        return {row["lock"]: row for row in report["rows"]}

    def test_every_lock_counts_right(self):
        rows = self.rows("-t", 4, "-n", 3000)
        self.assertEqual(set(rows), LOCKS)
        for name, row in rows.items():
            self.assertEqual(row["expected"], row["threads"] * row["increments"])
            self.assertEqual(row["lost"], row["expected"] - row["final"])
            self.assertGreater(row["ns_per_increment"], 0)
            if name != "none":
                self.assertEqual(row["lost"], 0, name)
                self.assertGreaterEqual(row["worst_wait_ns"], 0)
        self.assertIsNone(rows["none"]["worst_wait_ns"])
        self.assertEqual(rows["parking_lock"]["expected"], 12000)

    def test_a_lock_for_two_parties_gets_two_threads_and_says_so(self):
        row = self.rows("-t", 4, "-n", 100, "--lock", "peterson_lock")["peterson_lock"]
        self.assertEqual(row["threads"], 2)
        self.assertIn("two parties", row["note"])
        self.assertEqual(self.rows("-t", 1, "-n", 9, "--lock", "peterson_lock")["peterson_lock"]["final"], 9)

    def test_the_table_has_a_row_for_each_lock_and_no_colours_in_a_file(self):
        result = run("demo", "-n", 500, "-t", 2)
        self.assertEqual(result.returncode, 0, result.stderr)
        names = {line.split()[0] for line in result.stdout.splitlines()[3:] if line and line[0] != "*"}
        self.assertEqual(names, LOCKS)
        self.assertNotIn("\033", result.stdout)

    def test_list_names_what_lock_takes(self):
        self.assertEqual({line.split()[0] for line in run("demo", "--list").stdout.splitlines()}, LOCKS)
        self.assertEqual({row["lock"] for row in json.loads(run("demo", "--list", "--json").stdout)}, LOCKS)

    def test_a_terminal_gets_colours_unless_it_says_no(self):
        arguments = ("demo", "-n", 10, "--lock", "parking_lock")
        self.assertIn("\033[32m", on_terminal(*arguments))
        self.assertNotIn("\033", on_terminal(*arguments, NO_COLOR="1"))
        self.assertNotIn("\033", on_terminal(*arguments, TERM="dumb"))


class Words(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def counts(self, *arguments, code=0, **options):
        result = run("demo", "words", "--json", "--top", 100000, *arguments, **options)
        self.assertEqual(result.returncode, code, result.stderr)
        report = json.loads(result.stdout)
        for row in report["rows"]:
            self.assertTrue(row["same"], row)
        top = {each["word"]: each["count"] for each in report["top"]}
        self.assertEqual(sum(top.values()), report["words"])
        self.assertEqual(len(top), report["different"])
        return top, result.stderr

    def test_a_text_of_many_chunks_is_counted_as_python_counts_it(self):
        source = random.Random(7)
        words = ["".join(source.choices("abcXYZ", k=source.randint(1, 9))) for _ in range(500)]
        text = "".join(source.choice(words) + source.choice([" ", "\n", ", ", "1"]) for _ in range(60000))
        expected = collections.Counter(word.lower() for word in re.findall("[A-Za-z]+", text))
        self.assertEqual(self.counts(self.file("a", text), "-j", 5)[0], expected)

    def test_letters_beyond_ascii_are_letters_and_their_punctuation_is_not(self):
        text = "\ufeffStraße \u201cÉté\u201d ÉTÉ\u2014été \u65e5\u672c\u3002 naïve\u00a0word"
        self.assertEqual(self.counts(self.file("a", text))[0],
                         {"straße": 1, "Été": 1, "ÉtÉ": 1, "été": 1, "\u65e5\u672c": 1, "naïve": 1, "word": 1})

    def test_bytes_that_are_not_utf_8_do_not_break_anything(self):
        top, _ = self.counts(self.file("a", b"caf\xe9 caf\xe9 \xff\xe2\x82"))
        self.assertEqual(top["caf\ufffd"], 2)

    def test_a_word_longer_than_a_chunk_stays_one(self):
        self.assertEqual(self.counts(self.file("a", "x" * 50000 + " y"))[0], {"x" * 50000: 1, "y": 1})

    def test_what_cannot_be_counted_is_named_and_the_rest_counted(self):
        good = self.file("good", "one two two")
        binary = self.file("binary", b"one\0two")
        missing = self.folder / "missing"
        top, messages = self.counts(missing, binary, good, self.folder, code=1)
        self.assertEqual(top, {"one": 1, "two": 2})
        self.assertIn(f"{missing}: No such file or directory; not counted", messages)
        self.assertIn(f"{binary}: binary, not text (a NUL byte at offset 3); not counted", messages)
        self.assertIn(f"{self.folder}: Is a directory; not counted", messages)
        self.assertNotIn(str(good), messages)

    def test_an_unreadable_file_is_a_failure(self):
        self.folder.chmod(0o755)
        secret = self.file("secret", "x")
        secret.chmod(0)
        options = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
        try:
            if run("--version", **options).returncode != 0:
                self.skipTest("nobody cannot run the command here")
        except PermissionError:
            self.skipTest("nobody cannot reach the command here")
        _, messages = self.counts(secret, code=1, **options)
        self.assertIn("secret: Permission denied; not counted", messages)

    def test_an_empty_file_is_noted_and_no_failure(self):
        top, messages = self.counts(self.file("empty", ""), self.file("good", "word"))
        self.assertEqual(top, {"word": 1})
        self.assertIn("empty: empty", messages)
        self.assertEqual(self.counts(self.folder / "empty")[0], {})

    def test_a_dash_is_standard_input(self):
        self.assertEqual(self.counts("-", input="a b a")[0], {"a": 2, "b": 1})
        _, messages = self.counts("-", code=1, stdin=None, preexec_fn=lambda: os.close(0))
        self.assertIn("standard input: Bad file descriptor", messages)

    def test_odd_names_neither_break_lines_nor_command_the_terminal(self):
        _, messages = self.counts(self.folder / "a\n\033[31m%s", code=1)
        self.assertIn("a\\x0a\\x1b[31m%s: No such file", messages)
        self.assertEqual(self.counts("--", self.file("-dash", "w"))[0], {"w": 1})
        self.file("words", "w")
        self.assertEqual(self.counts("words", cwd=self.folder)[0], {"w": 1})

    def test_the_text_shows_the_top_words_and_a_row_for_each_lock(self):
        result = run("demo", "words", "--top", 2, self.file("a", "c b a b a a"))
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"count +word\n +3  a\n +2  b\n\n")
        for lock in ("none, 1 thread", "parking_lock", "parking_lock_cas", "spin_lock", "native_lock", "std::mutex"):
            self.assertRegex(result.stdout, rf"(?m)^{lock} +\d")

    @unittest.skipUnless(LICENCES.is_dir(), "no licence texts here")
    def test_without_files_it_counts_each_licence_text_once(self):
        result = run("demo", "words", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        names = [each["name"] for each in json.loads(result.stdout)["inputs"]]
        self.assertEqual(len(names), len({path.resolve() for path in LICENCES.iterdir()}))
        self.assertEqual(names, sorted(names))


class Output(unittest.TestCase):
    JOBS = (["--help"], ["--version"], ["demo", "--list"], ["demo", "-n", "10"], ["demo", "-n", "10", "--json"],
            ["demo", "words", "-"], ["demo", "words", "--json", "-"])

    def test_a_full_disk_is_a_failure_with_a_message(self):
        for job in self.JOBS:
            with open("/dev/full", "w", encoding="ascii") as full:
                result = run(*job, stdout=full)
            self.assertEqual(result.returncode, 1, job)
            self.assertIn("cannot write to standard output: No space left on device", result.stderr)

    def test_a_closed_standard_output_is_a_failure_with_a_message(self):
        for job in self.JOBS:
            result = run(*job, stdout=None, preexec_fn=lambda: os.close(1))
            self.assertEqual(result.returncode, 1, job)
            self.assertIn("cannot write to standard output: Bad file descriptor", result.stderr)

    def test_a_reader_that_goes_away_is_no_news(self):
        for keep_ignored, code in ((False, -signal.SIGPIPE), (True, 1)):
            reader, writer = os.pipe()
            os.close(reader)
            result = run("demo", "--list", stdout=writer, restore_signals=not keep_ignored)
            os.close(writer)
            self.assertEqual((result.returncode, result.stderr), (code, ""))


if __name__ == "__main__":
    if not COMMAND:
        print("HOLDFAST_CLI is not set: the command was not built")
        sys.exit(77)
    unittest.main(verbosity=2)
