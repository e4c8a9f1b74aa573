#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Who gets in beside whom: alone, shared, slots, flock(1) on the same file, and what a command leaves running."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import lock_command  # noqa: E402
from lock_command import COMMAND, SCALE, LockTest, eventually, is_alive  # noqa: E402


class Waiting(LockTest):
    def test_without_waiting_a_lock_that_is_held_is_busy(self):
        wrapper, _ = self.start_holding("--label", "nightly", "x")
        result = self.assert_locked("x", 75)
        self.assertIn("x is busy: held by pid", result.stderr)
        self.assertIn("nightly", result.stderr)
        self.assertEqual(self.assert_locked("x", 75, "-q").stderr, "")
        self.assertEqual(self.run_command("lock", "-n", "-E", "9", "x", "true").returncode, 9)
        self.assertEqual(self.run_command("lock", "-w", "20ms", "x", "true").returncode, 75)
        self.kill(wrapper, signal.SIGTERM)

    def test_who_waits_gets_it_when_it_is_free(self):
        for name in ("x", self.folder / "file"):
            wrapper, _ = self.start_holding(name)
            waiters = [self.start("lock", *options, name, "true") for options in ([], ["-w", "60"], ["-s"])]
            self.wait_for_waiters(name, 3)
            self.kill(wrapper, signal.SIGTERM)
            for waiter in waiters:
                self.assertEqual(waiter.wait(timeout=60), 0, waiter.stderr.read())

    def test_a_waiter_dies_of_a_signal_as_any_command_does(self):
        self.start_holding("x")
        waiter = self.start("lock", "-w", "1h", "x", "true")
        self.wait_for_waiters("x", 1)
        self.assertEqual(self.kill(waiter, signal.SIGINT), -signal.SIGINT)

    def test_only_one_is_in_at_a_time(self):
        for name in ("x", self.folder / "file"):
            script = 'mkdir "$0" || exit 9; rmdir "$0"'
            users = [self.start("lock", name, "sh", "-c", script, str(self.folder / "alone"))
                     for _ in range(8 * min(SCALE, 4))]
            for user in users:
                self.assertEqual(user.wait(timeout=60), 0, user.stderr.read())


class Sharing(LockTest):
    def test_shared_ones_are_in_together_and_exclude_one_that_is_not(self):
        for name in ("x", self.folder / "file"):
            readers = [self.start_holding("-s", name)[0] for _ in range(3)]
            state = self.who(name)
            self.assertEqual(state["state"], "shared")
            self.assertEqual({each["pid"] for each in state["holders"]}, {reader.pid for reader in readers})
            self.assert_locked(name, 75)
            for reader in readers:
                self.kill(reader, signal.SIGTERM)
            self.start_holding(name)
            self.assert_locked(name, 75, "-s")

    def test_who_shares_does_not_overtake_one_that_waits_to_be_alone(self):
        reader, _ = self.start_holding("-s", "x")
        mark = self.folder / "mark"
        writer = self.start("lock", "x", "touch", mark)
        self.wait_for_waiters("x", 1)
        late = self.start("lock", "-s", "x", "test", "-e", mark)
        self.wait_for_waiters("x", 2)
        self.kill(reader, signal.SIGTERM)
        self.assertEqual(writer.wait(timeout=60), 0)
        self.assertEqual(late.wait(timeout=60), 0, "it came in before the writer")

    def test_as_many_as_there_are_slots_are_in(self):
        holders = [self.start_holding("--slots", "3", "x")[0] for _ in range(3)]
        self.assert_locked("x", 75, "--slots", "3")
        self.assert_locked("x", 75)
        state = self.who("x")
        self.assertEqual((state["state"], sorted(each["slot"] for each in state["holders"])), ("slots", [0, 1, 2]))
        waiters = [self.start("lock", "--slots", "3", "x", "true") for _ in range(4)]
        self.wait_for_waiters("x", 4)
        self.kill(holders[1], signal.SIGTERM)
        for waiter in waiters:
            self.assertEqual(waiter.wait(timeout=60), 0, waiter.stderr.read())
        self.assert_locked("x", 0, "--slots", "3")

    def test_never_more_are_in_than_there_are_slots(self):
        script = ('cd "$0"; mkdir "in.$$"; set -- in.*; [ $# -le 3 ] || echo "$@" >> too-many; rmdir "in.$$"')
        users = [self.start("lock", "--slots", "3", "x", "sh", "-c", script, str(self.folder))
                 for _ in range(12 * min(SCALE, 4))]
        for user in users:
            self.assertEqual(user.wait(timeout=60), 0, user.stderr.read())
        self.assertFalse((self.folder / "too-many").exists())

    def test_a_deadline_ends_the_wait_for_a_slot(self):
        self.start_holding("--slots", "1", "x")
        self.assertEqual(self.run_command("lock", "--slots", "1", "-w", "30ms", "x", "true").returncode, 75)
        self.assertEqual(self.who("x")["waiters"], [])


@unittest.skipUnless(shutil.which("flock"), "there is no flock(1) here")
class WithFlock(LockTest):
    def flock(self, *arguments):
        return subprocess.run(["flock", *map(str, arguments)], check=False, timeout=100).returncode

    def test_each_excludes_the_other(self):
        (self.folder / "folder").mkdir()
        for path in (self.folder / "file", self.folder / "folder"):
            wrapper, _ = self.start_holding(path)
            self.assertEqual(self.flock("-n", path, "true"), 1)
            self.assertEqual(self.flock("-n", "-s", path, "true"), 1)
            self.kill(wrapper, signal.SIGTERM)
            self.assertEqual(self.flock("-n", path, "true"), 0)
            theirs = self.start("-n", path, "sh", "-c", "echo in; exec sleep 1000", program="flock")
            self.assertEqual(theirs.stdout.readline(), "in\n")
            self.assert_locked(path, 75)
            self.assert_locked(path, 75, "-s")
            self.assertEqual(self.who(path)["holders"][0]["pid"], theirs.pid)
            # flock(1) leaves its command behind when it is killed, and `who` names it.
            self.kill(theirs)
            keepers = self.who(path)["keepers"]
            self.assertEqual([each["command"] for each in keepers], ["sleep 1000"])
            os.kill(keepers[0]["pid"], signal.SIGKILL)
            eventually(lambda pid=keepers[0]["pid"]: not is_alive(pid), "its end")

    def test_shared_ones_are_in_together(self):
        path = self.folder / "file"
        self.start_holding("-s", path)
        self.assertEqual(self.flock("-n", "-s", path, "true"), 0)
        self.assertEqual(self.flock("-n", path, "true"), 1)

    def test_each_waits_for_the_other(self):
        path = self.folder / "file"
        wrapper, _ = self.start_holding(path)
        theirs = self.start(path, "true", program="flock")
        self.wait_for_waiters(path, 1)
        self.kill(wrapper, signal.SIGTERM)
        self.assertEqual(theirs.wait(timeout=60), 0)
        holder = self.start(path, "sh", "-c", "echo in; exec sleep 1000", program="flock")
        self.assertEqual(holder.stdout.readline(), "in\n")
        ours = self.start("lock", path, "true")
        self.wait_for_waiters(path, 1)
        for each in self.who(path)["keepers"]:
            os.kill(each["pid"], signal.SIGKILL)
        self.assertEqual(ours.wait(timeout=60), 0)

    def test_a_file_that_was_replaced_while_one_waited_is_locked_anew(self):
        path = self.folder / "file"
        wrapper, _ = self.start_holding(path)
        waiter = self.start("lock", path, "sh", "-c", 'flock -n "$0" true; test $? = 1', str(path))
        self.wait_for_waiters(path, 1)
        path.unlink()
        path.write_text("")
        self.kill(wrapper, signal.SIGTERM)
        self.assertEqual(waiter.wait(timeout=60), 0, "it held the lock of a file that nobody can name")


class LeftRunning(LockTest):
    DAEMON = 'setsid sleep 1000 > /dev/null 2>&1 < /dev/null & echo $!'

    def leave_daemon(self, *arguments):
        """A command that leaves something running: its pid."""
        result = self.run_command("lock", *arguments, "sh", "-c", self.DAEMON)
        self.assertEqual(result.returncode, 0, result.stderr)
        pid = int(result.stdout)
        self.addCleanup(lambda: is_alive(pid) and os.kill(pid, signal.SIGKILL))
        return pid

    def test_what_a_command_leaves_running_keeps_the_lock_and_is_named(self):
        for name in ("x", self.folder / "file"):
            daemon = self.leave_daemon(name)
            eventually(lambda pid=daemon: self.command_of(pid) == "sleep 1000", "the daemon")
            self.assert_locked(name, 75)
            state = self.who(name)
            self.assertEqual([(each["pid"], each["command"]) for each in state["keepers"]], [(daemon, "sleep 1000")])
            text = self.run_command("who", name).stdout
            self.assertIn(f"kept by surviving descendant pid {daemon} (sleep 1000)", text)
            os.kill(daemon, signal.SIGKILL)
            eventually(lambda pid=daemon: not is_alive(pid), "the end of the daemon")
            self.assert_locked(name)

    def command_of(self, pid):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()

    def test_who_says_that_the_owner_is_gone(self):
        self.leave_daemon("--label", "nightly", "x")
        holder = self.who("x")["holders"][0]
        self.assertEqual((holder["label"], holder["finished"]), ("nightly", True))
        self.assertIn("its command is done", self.run_command("who", "x").stdout)

    def test_with_close_the_lock_is_free_and_the_daemon_lives(self):
        for name in ("x", self.folder / "file"):
            daemon = self.leave_daemon("--close", name)
            self.assert_locked(name)
            self.assertTrue(is_alive(daemon))
            self.assertEqual(self.who(name)["keepers"], [])

    def test_a_daemon_in_a_slot_keeps_that_slot_alone(self):
        daemon = self.leave_daemon("--slots", "2", "x")
        self.assert_locked("x", 0, "--slots", "2")
        self.assert_locked("x", 75, "--slots", "1")
        self.assertEqual([each["pid"] for each in self.who("x")["keepers"]], [daemon])

    def test_who_says_when_it_may_not_see_all(self):
        options = self.as_nobody()
        if not options:
            self.skipTest("there is nobody whose processes could be hidden")
        path = self.folder / "file"
        self.start_holding(path)
        state = self.who(path, **options)
        self.assertTrue(state["some_unseen"])
        self.assertEqual(state["state"], "exclusive")
        self.assertIn("want of permission", self.run_command("who", path, **options).stdout)


if __name__ == "__main__":
    lock_command.main()
