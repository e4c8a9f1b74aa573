#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""holdfast lock when it, its command or those who wait are killed: never stuck, never silently clean."""

import json
import os
import pathlib
import random
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import lock_command  # noqa: E402
from lock_command import COMMAND, SCALE, LockTest, eventually, is_alive  # noqa: E402


class Killed(LockTest):
    def test_with_the_wrapper_its_command_dies_and_the_next_is_told(self):
        wrapper, command = self.start_holding("--label", "nightly", "x")
        self.assertEqual(self.kill(wrapper), -signal.SIGKILL)
        eventually(lambda: not is_alive(command), "the end of the command")
        result = self.assert_locked("x", 78)
        for part in (f"pid {wrapper.pid}", "nightly", "since"):
            self.assertIn(part, result.stderr)
        state = self.who("x")
        self.assertEqual((state["state"], state["poisoned"]), ("free", True))
        culprit = state["not_finished_by"]
        self.assertEqual((culprit["pid"], culprit["label"], culprit["ended"]), (wrapper.pid, "nightly", True))

    def test_one_that_waits_gets_the_lock_of_a_killed_wrapper_only_when_the_command_is_dead(self):
        wrapper, command = self.start_holding("x")
        script = f'test -e /proc/{command}/exe && exit 9; exit 0'
        waiter = self.start("lock", "--on-poison=run", "x", "sh", "-c", script)
        self.wait_for_waiters("x", 1)
        self.kill(wrapper)
        self.assertEqual(waiter.wait(timeout=60), 0)

    def test_a_path_is_free_when_wrapper_and_command_are_dead(self):
        path = self.folder / "file"
        wrapper, command = self.start_holding(path)
        self.assert_locked(path, 75)
        self.kill(wrapper)
        eventually(lambda: not is_alive(command), "the end of the command")
        self.assert_locked(path)

    def test_a_command_that_is_killed_is_reported_and_the_next_is_told(self):
        wrapper, command = self.start_holding("x")
        os.kill(command, signal.SIGKILL)
        self.assertEqual(wrapper.wait(timeout=60), 128 + signal.SIGKILL)
        self.assert_locked("x", 78)

    def test_a_signal_through_the_wrapper_is_a_wish_and_poisons_nothing(self):
        wrapper, _ = self.start_holding("x")
        self.assertEqual(self.kill(wrapper, signal.SIGTERM), 128 + signal.SIGTERM)
        self.assert_locked("x")

    def test_a_waiter_that_is_killed_leaves_no_trace(self):
        wrapper, command = self.start_holding("x")
        waiters = [self.start("lock", "x", "true") for _ in range(3)]
        self.wait_for_waiters("x", 3)
        self.kill(waiters[1])
        self.wait_for_waiters("x", 2)
        self.kill(wrapper, signal.SIGTERM)
        for waiter in (waiters[0], waiters[2]):
            self.assertEqual(waiter.wait(timeout=60), 0)
        self.assertEqual(self.who("x")["state"], "free")

    def test_a_killed_owner_of_a_slot_poisons_and_the_others_run_on(self):
        first, command = self.start_holding("--slots", "2", "x")
        second, other = self.start_holding("--slots", "2", "x")
        self.kill(first)
        eventually(lambda: not is_alive(command), "the end of the command")
        self.assert_locked("x", 78, "--slots", "2")
        self.assertTrue(is_alive(other))
        self.assert_locked("x", 0, "--slots", "2", "--on-poison=clean")
        self.assertEqual(self.kill(second, signal.SIGTERM), 128 + signal.SIGTERM)
        self.assert_locked("x", 0, "--slots", "2")

    def test_a_killed_reader_poisons_nothing(self):
        wrapper, command = self.start_holding("-s", "x")
        self.kill(wrapper)
        eventually(lambda: not is_alive(command), "the end of the command")
        self.assert_locked("x")

    def test_a_stopped_holder_keeps_the_lock_and_a_deadline_ends_the_wait(self):
        wrapper, command = self.start_holding("x")
        for pid in (wrapper.pid, command):
            os.kill(pid, signal.SIGSTOP)
        self.assertEqual(self.run_command("lock", "-w", "50ms", "x", "true").returncode, 75)
        for pid in (wrapper.pid, command):
            os.kill(pid, signal.SIGCONT)
        self.assertEqual(self.kill(wrapper, signal.SIGTERM), 128 + signal.SIGTERM)

    def test_random_kills_of_wrappers_and_waiters_lose_no_count_and_no_death(self):
        """A command that counts in a file; a death may fall between its two writes, and must be told."""
        rounds = 40 * SCALE
        seed = int(os.environ.get("HOLDFAST_TEST_SEED", random.randrange(1 << 30)))
        print("HOLDFAST_TEST_SEED =", seed)
        dice = random.Random(seed)
        (self.folder / "a").write_text("0")
        (self.folder / "b").write_text("0")
        # Mends when told; so the two files may differ only if nobody was told.
        script = ('cd "$0"; if [ "$HOLDFAST_POISONED" = 1 ]; then cp a b; fi; '
                  'if [ "$(cat a)" != "$(cat b)" ]; then echo torn >> torn; fi; '
                  'n=$(($(cat a) + 1)); echo $n > a.new; mv a.new a; echo $n > b.new; mv b.new b')
        words = ["lock", "--on-poison=clean", "-w", "60", "x", "sh", "-c", script, str(self.folder)]
        done = 0
        workers = [self.start(*words) for _ in range(3)]
        for _ in range(rounds):
            at = dice.randrange(3)
            if dice.random() < 0.6:
                if dice.random() < 0.5:
                    eventually(lambda: self.folder.joinpath("a").exists(), "a count")
                workers[at].kill()
            code = workers[at].wait(timeout=60)
            self.assertIn(code, (0, -signal.SIGKILL), workers[at].stderr.read())
            done += code == 0
            workers[at] = self.start(*words)
        for worker in workers:
            self.assertEqual(worker.wait(timeout=60), 0, worker.stderr.read())
            done += 1
        self.assertFalse((self.folder / "torn").exists())
        self.assertGreaterEqual(int((self.folder / "a").read_text()), done)
        self.assert_locked("x", 0, "--on-poison=clean")


class FirstUsers(LockTest):
    def test_racing_first_users_make_one_lock(self):
        """Each round begins without a file; all but one try to be first, and some are killed."""
        rounds = 15 * SCALE
        for number in range(rounds):
            name = f"x{number}"
            log = self.folder / f"log{number}"
            # Exclusion: nobody else's "in" between an "in" and its "out".
            script = 'echo "in $$" >> "$0"; echo "out $$" >> "$0"'
            racers = [self.start("lock", "--on-poison=clean", name, "sh", "-c", script, str(log)) for _ in range(4)]
            racers[number % 4].kill()
            codes = [racer.wait(timeout=60) for racer in racers]
            self.assertEqual([code for i, code in enumerate(codes) if i != number % 4], [0, 0, 0])
            lines = log.read_text().split("\n")[:-1]
            ins = [i for i, line in enumerate(lines) if line.startswith("in")]
            for at in ins:
                follows = lines[at + 1] if at + 1 < len(lines) else ""
                self.assertIn(follows.split(" ")[0], ("out", "in", ""), lines)
                if follows.startswith("out"):
                    self.assertEqual(follows.split(" ")[1], lines[at].split(" ")[1], lines)
            self.assertGreaterEqual(sum(line.startswith("out") for line in lines), 3)
            self.assertEqual([each.name for each in (self.runtime / "holdfast").glob(f"*{name}.lock*")], [f"{name}.lock"])
        self.assertEqual([each for each in (self.runtime / "holdfast").iterdir() if each.name.startswith(".")], [])

    def test_a_lock_that_is_removed_while_others_wait_stays_one_lock(self):
        rounds = 10 * SCALE
        log = self.folder / "log"
        script = 'mkdir "$0" || exit 9; rmdir "$0"'
        for _ in range(rounds):
            users = [self.start("lock", "x", "sh", "-c", script, str(self.folder / "alone")) for _ in range(4)]
            removers = [self.start("rm", "-w", "60", "x") for _ in range(2)]
            self.assertEqual([user.wait(timeout=60) for user in users], [0, 0, 0, 0])
            for remover in removers:
                self.assertIn(remover.wait(timeout=60), (0, 69), remover.stderr.read())
        self.assertFalse(log.exists())


if __name__ == "__main__":
    lock_command.main()
