# SPDX-License-Identifier: BSL-1.0
"""What the tests of `holdfast lock` share: a directory of locks of their own, and waiting for others."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

COMMAND = os.environ.get("HOLDFAST_CLI", "")
SCALE = int(os.environ.get("HOLDFAST_TEST_SCALE", "1"))
NOBODY = 65534
PATIENCE = 60  # seconds, for what should take none


def eventually(predicate, what="it"):
    """Waits until the predicate holds, and returns what it said."""
    end = time.monotonic() + PATIENCE
    while not (result := predicate()):
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {PATIENCE} s")
        time.sleep(0.005)
    return result


def is_alive(pid):
    """Whether there is such a process that has not ended; one that is not reaped has."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def state_letter(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        return stat.read().rpartition(")")[2].split()[0]


class LockTest(unittest.TestCase):
    """Has locks and files of its own; what it starts is killed at its end."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.runtime = self.folder / "run"
        self.runtime.mkdir(mode=0o700)
        self.started = []
        self.addCleanup(self.end_all)
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.runtime), "HOLDFAST": COMMAND}
        for name in ("NAME", "TOKEN", "POISONED", "ENGINE"):
            self.environment.pop("HOLDFAST_" + name, None)

    def end_all(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()

    def options_for(self, options):
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("env", self.environment)
        for stream in ("stdout", "stderr"):
            options.setdefault(stream, subprocess.PIPE)
        return options

    def run_command(self, *arguments, **options):
        """`holdfast` with these words, to its end."""
        if "input" in options:
            options["stdin"] = None
        options = self.options_for(options)
        if options["stdin"] is None:
            del options["stdin"]
        return subprocess.run([COMMAND, *map(str, arguments)], text=True, check=False, timeout=100, **options)

    def start(self, *arguments, program=None, **options):
        """The same in the background."""
        options = self.options_for(options)
        process = subprocess.Popen([program or COMMAND, *map(str, arguments)], text=True, **options)
        self.started.append(process)
        return process

    def start_holding(self, *arguments, command=("sleep", "1000"), **options):
        """A `holdfast lock` whose command runs: (wrapper, pid of the command)."""
        mark = self.folder / f"runs-{len(self.started)}"
        script = f'echo $$ > "{mark}.new"; mv "{mark}.new" "{mark}"; exec "$@"'
        process = self.start("lock", *arguments, "--", "sh", "-c", script, "sh", *command, **options)
        eventually(lambda: mark.exists() or process.poll() is not None, "the start of the command")
        if not mark.exists():
            self.fail(process.stderr.read())
        return process, int(mark.read_text())

    def who(self, name, **options):
        result = self.run_command("who", "--json", name, **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def wait_for_waiters(self, name, count):
        return eventually(lambda: len(self.who(name)["waiters"]) == count, f"{count} waiting for {name}")

    def assert_locked(self, name, code=0, *options):
        result = self.run_command("lock", "-n", *options, name, "true")
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def kill(self, process, sig=signal.SIGKILL):
        process.send_signal(sig)
        return process.wait(timeout=PATIENCE)

    def as_nobody(self):
        """Options for a process of another user, if we may and it can reach the command."""
        if os.geteuid() != 0:
            return {}
        for folder in (self.folder, self.runtime):
            os.chown(folder, NOBODY, NOBODY)
        options = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        try:
            if self.run_command("--version", **options).returncode == 0:
                return options
        except PermissionError:
            pass
        self.skipTest("nobody cannot run the command here")
        return {}


def main():
    if not COMMAND:
        print("HOLDFAST_CLI is not set: the command was not built")
        sys.exit(77)
    if subprocess.run([COMMAND, "lock", "--help"], capture_output=True, check=False).returncode != 0:
        print("this command has no locks between processes")
        sys.exit(77)
    unittest.main(verbosity=2)
