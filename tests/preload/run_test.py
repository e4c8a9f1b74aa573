#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""`holdfast run`: what it refuses, what it passes on, what it tells."""

import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

COMMAND = os.environ["HOLDFAST_CLI"]
CONFORMANCE = os.environ["HOLDFAST_CONFORMANCE"]
PATIENCE = 120  # seconds
ASK = "import os; print(os.environ.get('LD_PRELOAD'), os.environ.get('HOLDFAST_RUN'))"
MAPPED = "grep -c libholdfast-pthread /proc/self/maps"


def run(*words, **environment):
    return subprocess.run([COMMAND, "run", *map(str, words)], env={**os.environ, **environment}, text=True,
                          capture_output=True, timeout=PATIENCE, check=False)


def runs_alone(path):
    try:
        return subprocess.run([path], capture_output=True, timeout=PATIENCE, check=False).returncode == 0
    except OSError:
        return False


LOADED, DYNAMIC = 1, 2  # parts of an ELF file
STRINGS = 5  # an entry of the dynamic part: where the strings are


def parts_of(program):
    """The parts of an ELF file: (where its header is, kind, may be written, where it begins)."""
    first, = struct.unpack_from("<Q", program, 32)
    size, count = struct.unpack_from("<HH", program, 54)
    for place in range(first, first + count * size, size):
        kind, flags, offset = struct.unpack_from("<IIQ", program, place)
        yield place, kind, bool(flags & 2), offset


def offset_of_data(program):
    """Where the part of an ELF file that is loaded to be written begins."""
    return next(offset for _, kind, written, offset in parts_of(program) if kind == LOADED and written)


def with_strings_beyond_its_end(program):
    """An ELF file that says it is a terabyte, with its dynamic strings in the middle."""
    changed = bytearray(program)
    header = next(place for place, kind, _, _ in parts_of(program) if kind == LOADED)
    struct.pack_into("<Q", changed, header + 32, 1 << 40)
    entry = next(offset for _, kind, _, offset in parts_of(program) if kind == DYNAMIC)
    while struct.unpack_from("<Q", program, entry)[0] != STRINGS:
        entry += 16
    struct.pack_into("<Q", changed, entry + 8, 1 << 39)
    return bytes(changed)


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def assert_refused(self, code, reason, *words):
        result = run(*words)
        self.assertEqual(result.returncode, code, result)
        self.assertIn(reason, result.stderr)
        self.assertEqual(result.stdout, "")

    def patched(self, offset, replacement):
        """A copy of a program with other bytes at `offset`."""
        path = self.folder / f"program-{offset}"
        shutil.copy("/bin/true", path)
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(replacement)
        return path

    def test_output_and_exit_code_are_the_programs(self):
        result = run("--", sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (7, "out\n", "err\n"))
        self.assertEqual(run("sh", "-c", "exit 3").returncode, 3)

    def test_a_signal_that_ends_the_program_is_told(self):
        self.assertEqual(run("--", "sh", "-c", "kill -KILL $$").returncode, 128 + signal.SIGKILL)

    def test_a_signal_that_is_sent_to_us_is_the_programs(self):
        script = "trap 'echo got; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
        with subprocess.Popen([COMMAND, "run", "--", "sh", "-c", script], text=True,
                              stdout=subprocess.PIPE) as process:
            self.assertEqual(process.stdout.readline(), "ready\n")
            process.terminate()
            self.assertEqual(process.stdout.read(), "got\n")
            self.assertEqual(process.wait(timeout=PATIENCE), 5)

    def test_what_the_program_starts_is_left_alone(self):
        self.assertEqual(run("sh", "-c", f"{MAPPED}; true").stdout, "0\n")
        self.assertEqual(run(sys.executable, "-c", ASK, LD_PRELOAD="").stdout, "None None\n")

    def test_what_stood_in_LD_PRELOAD_stays(self):
        other = next(pathlib.Path("/lib/x86_64-linux-gnu").glob("libutil.so.1"))
        self.assertEqual(run(sys.executable, "-c", ASK, LD_PRELOAD=str(other)).stdout, f"{other} None\n")

    def test_following_reaches_what_the_program_starts(self):
        self.assertNotEqual(run("--follow", "sh", "-c", f"{MAPPED}; true").stdout, "0\n")

    def test_the_program_has_no_descriptor_more(self):
        listing = "import os; print(sorted(os.listdir('/proc/self/fd')))"
        plain = subprocess.run([sys.executable, "-c", listing], text=True, capture_output=True, check=True)
        self.assertEqual(run(sys.executable, "-c", listing).stdout, plain.stdout)

    def test_it_counts_what_was_replaced_and_what_was_passed_through(self):
        cases = ["a_mutex_of_every_type_excludes_others_until_it_is_unlocked",
                 "robust_mutexes_tell_of_a_dead_owner", "a_signal_wakes_one_who_waits",
                 "a_shared_spin_lock_excludes_another_process", "readers_share_a_lock_and_a_writer_excludes_all",
                 "a_post_wakes_one_who_waits", "a_function_is_called_once_and_has_returned_for_all",
                 "all_leave_a_barrier_together_and_one_is_told", "a_shared_reader_writer_lock_excludes_another_process",
                 "a_named_semaphore_counts", "a_shared_barrier_waits_for_another_process"]
        table = run("--stats", CONFORMANCE, *cases).stderr
        for row in ("recursive mutex", "errorcheck mutex", "adaptive mutex", "condition variable", "reader-writer lock",
                    "semaphore", "once", "barrier"):
            self.assertRegex(table, rf"(?m)^{row} +[1-9].*replaced$")
        for row in ("robust mutex", "process-shared spin lock", "process-shared reader-writer lock",
                    "process-shared barrier"):
            self.assertRegex(table, rf"(?m)^{row} +[1-9].*passed through$")
        self.assertRegex(table, r"(?m)^[1-9]\d* times with the library$")

    def test_it_tells_the_same_in_JSON(self):
        result = run("--json", "--stats", CONFORMANCE, "a_mutex_of_every_type_excludes_others_until_it_is_unlocked")
        told = json.loads(result.stderr)  # nothing else is there
        self.assertEqual(list(told), ["processes", "used"])
        self.assertGreater(told["processes"], 1)
        rows = {row.pop("kind"): row for row in told["used"]}
        self.assertEqual(set(rows["mutex"]), {"replaced", "objects", "acquired", "released", "waits", "signals"})
        self.assertTrue(rows["recursive mutex"]["replaced"])
        self.assertGreater(rows["recursive mutex"]["acquired"], 0)

    def test_programs_that_cannot_have_it_are_refused(self):
        self.assert_refused(127, "there is no program", "no-such-program-anywhere")
        self.assert_refused(127, "there is no", "./no-such-program")
        self.assert_refused(126, "no program that may be run", self.folder)
        self.assert_refused(126, "statically linked", "/sbin/ldconfig", "-p")
        self.assert_refused(126, "setuid", "/bin/su")
        self.assert_refused(126, "64 bits", self.patched(4, b"\x01"))
        self.assert_refused(126, "64 bits", self.patched(18, b"\xb7"))
        script = self.folder / "script"
        script.write_text("#!/sbin/ldconfig\n", encoding="utf-8")
        script.chmod(0o755)
        self.assert_refused(126, "statically linked", script)

    def test_another_C_library_go_and_sanitizers_are_refused(self):
        content = pathlib.Path("/bin/true").read_bytes()
        loader = b"/lib64/ld-linux-x86-64.so.2\0"
        symbol = b"\0__libc_start_main\0"  # in the dynamic strings
        self.assertIn(loader, content)
        self.assertIn(symbol, content)
        data = offset_of_data(content)
        mark_of_go = b"\xff Go buildinf:\x08"
        for reason, changed in (
                ("another C library", content.replace(loader, b"/lib/ld-musl-x86_64.so.1\0\0\0\0")),
                ("written in Go", content[:data] + mark_of_go + content[data + len(mark_of_go):]),
                ("sanitizer", content.replace(symbol, b"\0__tsan_init\0".ljust(len(symbol), b"\0")))):
            path = self.folder / "changed"
            path.write_bytes(changed)
            path.chmod(0o755)
            self.assert_refused(126, reason, path)

    def script(self, name, *lines):
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def test_scripts_are_run_with_the_library_also_by_env(self):
        show = "print('libholdfast-pthread' in open('/proc/self/maps').read(), end=' ')"
        shell = pathlib.Path(shutil.which("env")).parent
        for first in (f"#!{sys.executable}", "#!/usr/bin/env python3", "#!/usr/bin/env -S A=1 python3",
                      "#!/usr/bin/env -S -u A python3"):
            path = f"{pathlib.Path(sys.executable).parent}:{shell}"
            with self.subTest(first):
                result = run(self.script("direct", first, show, ASK), PATH=path, LD_PRELOAD="")
                self.assertEqual((result.stdout, result.returncode), ("True None None\n", 0), result)
        indirect = self.script("indirect", f"#!/usr/bin/env -S {self.folder / 'direct'}")
        self.assertEqual(run(indirect, PATH=path, LD_PRELOAD="").stdout, "True None None\n")

    def test_an_empty_place_of_PATH_is_the_current_folder(self):
        shutil.copy("/bin/true", self.folder / "mine")
        for places in ("/nowhere:", "", ":/nowhere"):
            result = subprocess.run([COMMAND, "run", "--", "mine"], env={**os.environ, "PATH": places}, text=True,
                                    cwd=self.folder, capture_output=True, timeout=PATIENCE, check=False)
            self.assertEqual(result.returncode, 0, result)

    def test_with_standard_error_closed_the_exit_code_is_still_the_programs(self):
        for option in ("--stats", "--json"):
            words = f'"{COMMAND}" run {option} -- sh -c "exit 5" 2>&-'
            self.assertEqual(subprocess.run(["sh", "-c", words], check=False, timeout=PATIENCE).returncode, 5)

    def test_a_damaged_program_fails_as_it_would_alone(self):
        content = pathlib.Path("/bin/true").read_bytes()
        damaged = [with_strings_beyond_its_end(content)]
        damaged += [content[:size] for size in range(1, len(content), len(content) // 23)]
        for each in damaged:
            path = self.folder / f"damaged-{len(each)}"
            path.write_bytes(each)
            path.chmod(0o755)
            result = run(path)
            self.assertEqual(result.returncode == 0, runs_alone(path), result)
            self.assertNotIn("terminate called", result.stderr)

    def test_wrong_usage_runs_nothing(self):
        self.assert_refused(64, "say which program")
        self.assert_refused(64, "unknown argument", "--folow", "true")


if __name__ == "__main__":
    unittest.main(verbosity=2)
