#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Signals that are sent to holdfast lock without a terminal, as under cron: they are the command's."""

import json
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import lock_command  # noqa: E402
from lock_command import LockTest, eventually, is_alive, state_letter  # noqa: E402

# Says which signals it gets, and ends by SIGTERM with 7.
LISTENER = """
import os, signal, sys
def say(number, frame):
    print(signal.Signals(number).name, flush=True)
    if number == signal.SIGTERM:
        os._exit(7)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2,
               signal.SIGCONT):
    signal.signal(number, say)
print(os.getpid(), os.getpgrp(), flush=True)
while True:
    signal.pause()
"""


class Signals(LockTest):
    def setUp(self):
        super().setUp()
        self.session = {"start_new_session": True}  # without a terminal, whoever runs the tests

    def start_listener(self, *arguments):
        wrapper = self.start("lock", *arguments, "x", sys.executable, "-c", LISTENER, **self.session)
        pid, group = map(int, wrapper.stdout.readline().split())
        return wrapper, pid, group

    def test_each_is_passed_on_once_and_the_last_exit_code_is_the_commands(self):
        wrapper, _, _ = self.start_listener()
        for name in ("SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGUSR1"):
            wrapper.send_signal(signal.Signals[name])
            self.assertEqual(wrapper.stdout.readline(), name + "\n")
        wrapper.send_signal(signal.SIGTERM)
        self.assertEqual(wrapper.stdout.read(), "SIGTERM\n")
        self.assertEqual(wrapper.wait(timeout=60), 7)
        self.assert_locked("x")

    def test_the_command_has_a_group_of_its_own(self):
        wrapper, pid, group = self.start_listener()
        self.assertEqual(group, pid)
        self.kill(wrapper, signal.SIGTERM)

    def test_descendants_get_it_too(self):
        script = 'sleep 1000 & echo $!; wait'
        wrapper = self.start("lock", "x", "sh", "-c", script, **self.session)
        child = int(wrapper.stdout.readline())
        self.assertEqual(self.kill(wrapper, signal.SIGTERM), 128 + signal.SIGTERM)
        eventually(lambda: not is_alive(child), "the end of the descendant")
        self.assert_locked("x")

    def test_a_stop_stops_the_command_and_a_continuation_continues_it(self):
        wrapper, pid, _ = self.start_listener()
        wrapper.send_signal(signal.SIGTSTP)
        eventually(lambda: state_letter(pid) == "T", "the stop of the command")
        wrapper.send_signal(signal.SIGCONT)
        self.assertEqual(wrapper.stdout.readline(), "SIGCONT\n")
        self.assertEqual(self.kill(wrapper, signal.SIGTERM), 7)

    def test_a_command_that_outlives_its_grace_is_killed_and_has_not_finished(self):
        script = "trap '' TERM; echo in; while :; do sleep 0.05; done"
        wrapper = self.start("lock", "--grace", "50ms", "x", "sh", "-c", script, **self.session)
        self.assertEqual(wrapper.stdout.readline(), "in\n")
        self.assertEqual(self.kill(wrapper, signal.SIGTERM), 128 + signal.SIGKILL)
        self.assert_locked("x", 78)

    def test_without_grace_it_may_take_its_time(self):
        script = "trap 'echo asked' TERM; echo in; read line; sleep 0.1 & wait; exit 4"
        wrapper = self.start("lock", "x", "sh", "-c", script, stdin=subprocess.PIPE, **self.session)
        self.assertEqual(wrapper.stdout.readline(), "in\n")
        wrapper.send_signal(signal.SIGTERM)
        wrapper.stdin.write("\n")
        wrapper.stdin.flush()
        self.assertEqual(wrapper.wait(timeout=60), 4)
        self.assertEqual(wrapper.stdout.read(), "asked\n")


class Inheritance(LockTest):
    STATUS = ("grep", "-E", "^Sig(Blk|Ign|Cgt):", "/proc/self/status")

    def status(self, words, **options):
        return subprocess.run(words, check=True, capture_output=True, text=True, timeout=100, env=self.environment,
                              restore_signals=False, **options).stdout

    def test_mask_and_dispositions_are_those_we_were_given(self):
        def plain():
            pass

        def ignoring():
            for number in (signal.SIGINT, signal.SIGCHLD, signal.SIGALRM, signal.SIGTSTP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_IGN)

        def blocking():
            signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD, signal.SIGUSR2})

        for given in (plain, ignoring, blocking):
            expected = self.status(self.STATUS, preexec_fn=given)
            for name in ("x", self.folder / "file"):
                for options in ([], ["-w", "60"]):
                    words = [os.environ["HOLDFAST_CLI"], "lock", *options, str(name), *self.STATUS]
                    self.assertEqual(self.status(words, preexec_fn=given), expected, given.__name__)

    def test_a_wait_with_a_deadline_leaves_no_alarm_behind(self):
        for given in (lambda: None, lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})):
            holder, _ = self.start_holding("x")
            waiter = self.start("lock", "-w", "100s", "x", *self.STATUS, preexec_fn=given, restore_signals=False)
            self.wait_for_waiters("x", 1)
            self.kill(holder, signal.SIGTERM)
            self.assertEqual(waiter.wait(timeout=60), 0)
            self.assertEqual(waiter.stdout.read(), self.status(self.STATUS, preexec_fn=given))

    def test_a_parent_that_ignores_its_children_is_no_trouble(self):
        ignore = lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # noqa: E731
        result = self.run_command("lock", "x", "sh", "-c", "exit 5", preexec_fn=ignore)
        self.assertEqual(result.returncode, 5)

    def test_a_signal_that_is_blocked_still_reaches_a_wrapper_with_a_deadline(self):
        self.start_holding("x")
        block = lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})  # noqa: E731
        self.assertEqual(self.run_command("lock", "-w", "30ms", "x", "true", preexec_fn=block).returncode, 75)


if __name__ == "__main__":
    lock_command.main()
