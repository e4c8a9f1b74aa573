#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""holdfast heal and rm for data with their lock: while programs use them, and after one has died."""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import lock_command  # noqa: E402
from lock_command import LockTest  # noqa: E402

PROGRAM = os.environ.get("HOLDFAST_DATA_PROGRAM", "")


class Data(LockTest):
    def run_program(self, what):
        subprocess.run([PROGRAM, "orders", what], check=True, env=self.environment, timeout=lock_command.PATIENCE)

    def start_program(self, what):
        """Returns when it has the data open, or owns them."""
        process = subprocess.Popen([PROGRAM, "orders", what], env=self.environment, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "here\n")
        return process

    @staticmethod
    def end(process):
        process.stdin.close()
        process.wait(timeout=lock_command.PATIENCE)

    def segments(self):
        return [each.name for each in self.runtime.glob("holdfast/*.segment")]

    def assert_refused(self, code, *words):
        result = self.run_command(*words)
        self.assertEqual(result.returncode, code, result)
        return result.stderr

    def test_heal_tells_who_died_and_that_the_data_are_as_they_were_left(self):
        self.run_program("make")
        self.assertIn("was not poisoned", self.run_command("heal", "orders").stdout)
        self.run_program("die")
        result = self.run_command("heal", "orders")
        self.assertEqual(result.returncode, 0)
        self.assertIn("as they were left", result.stdout)
        self.assertIn("the program", result.stdout)
        self.assertFalse(self.who("orders")["poisoned"])
        self.assertEqual(json.loads(self.run_command("heal", "--json", "orders").stdout),
                         {"name": "orders", "healed": False})

    def test_heal_waits_for_an_owner_only_if_told(self):
        owner = self.start_program("own")
        self.assertIn("busy", self.assert_refused(75, "heal", "orders"))
        self.assert_refused(75, "heal", "-w", "0.01", "orders")
        self.end(owner)
        self.assertEqual(self.run_command("heal", "-w", "60", "orders").returncode, 0)

    def test_rm_leaves_data_that_a_program_has_open_and_says_which(self):
        user = self.start_program("use")
        problem = self.assert_refused(75, "rm", "orders")
        self.assertIn(f"pid {user.pid}", problem)
        self.assertEqual(self.segments(), ["orders.segment"])
        self.end(user)
        result = self.run_command("rm", "-w", "60", "--json", "orders")
        self.assertEqual(json.loads(result.stdout), {"name": "orders", "removed": True})
        self.assertEqual(self.segments(), [])
        self.assertIn("no lock", self.assert_refused(69, "rm", "orders"))

    def test_a_lock_of_the_same_name_comes_first_and_data_if_asked_for(self):
        self.run_program("die")
        self.run_command("lock", "orders", "true")
        self.assertEqual(self.run_command("rm", "--data", "orders").returncode, 0)
        self.assertEqual(self.segments(), [])
        self.assert_refused(69, "rm", "--data", "orders")
        self.assert_refused(69, "heal", "--data", "orders")
        self.run_program("make")
        self.assertEqual(self.run_command("rm", "orders").returncode, 0)
        self.assertEqual(self.segments(), ["orders.segment"], "only the lock is gone")
        self.assertEqual(self.run_command("rm", "orders").returncode, 0)
        self.assertEqual(self.segments(), [])


if __name__ == "__main__":
    lock_command.main()
