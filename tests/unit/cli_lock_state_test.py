#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""holdfast lock, who, ls, heal, rm: poison, what is shown, and places where a lock cannot be."""

import json
import os
import pathlib
import resource
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import lock_command  # noqa: E402
from lock_command import COMMAND, LockTest  # noqa: E402


class Poison(LockTest):
    def poison(self):
        result = self.run_command("lock", "--poison-on-failure", "--label", "nightly", "x", "false")
        self.assertEqual(result.returncode, 1)

    def test_a_failure_poisons_only_if_asked(self):
        self.run_command("lock", "x", "false")
        self.assert_locked("x")
        self.poison()
        result = self.assert_locked("x", 78)
        for part in ("poisoned", "nightly", "did not finish", "holdfast heal x"):
            self.assertIn(part, result.stderr)
        self.assert_locked("x", 78)
        self.assertEqual(self.run_command("lock", "-q", "-E", "9", "x", "true").stderr, "")

    def test_a_command_that_is_killed_poisons_and_one_that_ends_for_its_reader_does_not(self):
        self.run_command("lock", "x", "sh", "-c", "kill -PIPE $$")
        self.assert_locked("x")
        for name in ("KILL", "SEGV", "TERM"):
            self.run_command("lock", "x", "sh", "-c", f"kill -{name} $$")
            self.assert_locked("x", 78)
            self.assertEqual(self.run_command("heal", "x").returncode, 0)

    def test_run_tells_the_command_and_leaves_the_poison(self):
        self.poison()
        told = self.run_command("lock", "--on-poison=run", "x", "sh", "-c", "echo $HOLDFAST_POISONED")
        self.assertEqual((told.returncode, told.stdout), (0, "1\n"))
        self.assert_locked("x", 78)
        self.assert_locked("x", 78, "-s")

    def test_the_command_may_heal_its_own_lock(self):
        self.poison()
        result = self.run_command("lock", "--on-poison=run", "x", "sh", "-c", '"$HOLDFAST" heal x')
        self.assertEqual((result.returncode, result.stdout), (0, "x is healed\n"))
        self.assert_locked("x")

    def test_a_name_with_its_engine_is_healed_and_removed(self):
        self.poison()
        told = self.run_command("lock", "--on-poison=run", "local://x", "sh", "-c", '"$HOLDFAST" heal x')
        self.assertEqual((told.returncode, told.stdout), (0, "x is healed\n"))
        self.poison()
        self.assertEqual(self.run_command("heal", "local://x").returncode, 0)
        self.assert_locked("x")
        self.assertEqual(self.run_command("rm", "local://x").returncode, 0)
        self.assertEqual(self.run_command("rm", "local://x").returncode, 69)

    def test_without_a_process_for_the_command_the_lock_stays_clean(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody who may have no process")
        nobody = 65534
        program = self.folder / "holdfast"
        shutil.copy(COMMAND, program)
        for each in (self.folder, self.runtime, program):
            os.chown(each, nobody, nobody)

        def become_nobody():
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
            os.setgroups([])
            os.setgid(nobody)
            os.setuid(nobody)

        def run(*words):
            process = self.start(*words, program=program, preexec_fn=become_nobody)
            output, _ = process.communicate(timeout=100)
            return process.returncode, output

        self.assertEqual(run("lock", "x", "true")[0], 126)
        code, output = run("who", "--json", "x")
        self.assertEqual((code, json.loads(output)["poisoned"]), (0, False))

    def test_clean_tells_the_command_and_mends_when_it_ends_well(self):
        self.poison()
        self.assertEqual(self.run_command("lock", "--on-poison=clean", "x", "no-such-command").returncode, 127)
        self.assert_locked("x", 78)
        failed = self.run_command("lock", "--on-poison=clean", "--poison-on-failure", "x", "false")
        self.assertEqual(failed.returncode, 1)
        self.assert_locked("x", 78)
        told = self.run_command("lock", "--on-poison=clean", "x", "sh", "-c", "echo $HOLDFAST_POISONED")
        self.assertEqual((told.returncode, told.stdout), (0, "1\n"))
        self.assert_locked("x")

    def test_a_slot_that_was_not_finished_poisons_the_lock_for_all(self):
        self.run_command("lock", "--slots", "3", "--poison-on-failure", "x", "false")
        for options in ([], ["-s"], ["--slots", "3"], ["--slots", "1"]):
            self.assert_locked("x", 78, *options)
        self.assertEqual(self.run_command("lock", "--slots", "3", "--on-poison=clean", "x", "true").returncode, 0)
        for options in ([], ["-s"], ["--slots", "3"]):
            self.assert_locked("x", 0, *options)

    def test_heal_says_what_it_did(self):
        self.assertEqual(self.run_command("heal", "x").returncode, 69)
        self.run_command("lock", "x", "true")
        self.assertEqual(json.loads(self.run_command("heal", "--json", "x").stdout), {"name": "x", "healed": False})
        self.poison()
        self.assertIn("nightly", self.run_command("heal", "x").stdout)
        self.assert_locked("x")

    def test_heal_and_rm_do_not_touch_a_lock_that_is_held(self):
        self.start_holding("x")
        for command in ("heal", "rm"):
            self.assertEqual(self.run_command(command, "x").returncode, 75)
            self.assertEqual(self.run_command(command, "-w", "20ms", "x").returncode, 75)
        self.assertTrue((self.runtime / "holdfast" / "x.lock").exists())

    def test_rm_removes_the_file_and_its_poison(self):
        self.poison()
        self.assertEqual(json.loads(self.run_command("rm", "--json", "x").stdout), {"name": "x", "removed": True})
        self.assertEqual(list((self.runtime / "holdfast").iterdir()), [])
        self.assertEqual(self.run_command("rm", "x").returncode, 69)
        self.assert_locked("x")


class Showing(LockTest):
    def test_a_lock_that_nobody_used_is_free(self):
        self.assertEqual(self.who("x")["state"], "missing")
        self.assertIn("free", self.run_command("who", "x").stdout)
        self.assertEqual(list(self.runtime.glob("holdfast/*")), [])

    def test_ls_lists_each_lock_with_its_state(self):
        self.assertEqual(json.loads(self.run_command("ls", "--json").stdout), [])
        self.assertIn("no locks", self.run_command("ls").stdout)
        self.run_command("lock", "clean", "true")
        self.run_command("lock", "--poison-on-failure", "dirty", "false")
        self.start_holding("held")
        states = {each["name"]: (each["state"], each["poisoned"])
                  for each in json.loads(self.run_command("ls", "--json").stdout)}
        self.assertEqual(states, {"clean": ("free", False), "dirty": ("free", True), "held": ("exclusive", False)})
        text = self.run_command("ls").stdout
        self.assertRegex(text, r"(?m)^clean +free$")
        self.assertRegex(text, r"(?m)^dirty +free, poisoned +pid \d+")
        self.assertRegex(text, r"(?m)^held +held +pid \d+ \(sh\)")

    def test_ls_shows_files_that_cannot_be_used_and_leaves_them(self):
        self.run_command("lock", "good", "true")
        folder = self.runtime / "holdfast"
        (folder / "bad.lock").write_bytes(b"no lock at all")
        (folder / "short.segment").write_bytes(b"")
        (folder / "note.txt").write_text("none of ours")
        states = {each["name"]: each["problem"] for each in json.loads(self.run_command("ls", "--json").stdout)}
        self.assertEqual(set(states), {"good", "bad", "short"})
        self.assertIn("not a file of holdfast", states["bad"])
        for command in (["who", "bad"], ["heal", "bad"], ["rm", "bad"], ["lock", "bad", "true"]):
            result = self.run_command(*command)
            self.assertEqual(result.returncode, 69, result)
            self.assertIn("not a file of holdfast", result.stderr)
        self.assertEqual((folder / "bad.lock").read_bytes(), b"no lock at all")

    def test_odd_labels_neither_break_lines_nor_command_the_terminal(self):
        self.start_holding("--label", "a\n\033[31mb\xff", "x")
        for command in (["who", "x"], ["ls"], ["lock", "-n", "x", "true"]):
            result = self.run_command(*command)
            self.assertNotIn("\033", result.stdout + result.stderr)
            self.assertNotIn("\n[31m", result.stdout + result.stderr)

    def test_a_long_label_is_cut_by_columns_and_never_inside_a_character(self):
        label = "a" + "\u00e9" * 31  # 63 bytes, in 32 columns
        self.start_holding("--label", label, "x")
        self.assertIn(label, self.run_command("ls").stdout)


class Paths(LockTest):
    def test_a_missing_file_is_made_as_flock_makes_it(self):
        for name, command in (("ours", COMMAND), ("theirs", "flock")):
            words = [command, "lock"] if command == COMMAND else [command]
            subprocess.run([*words, str(self.folder / name), "true"], check=True, env=self.environment,
                           umask=0o027, timeout=100)
        modes = {name: stat.S_IMODE((self.folder / name).stat().st_mode) for name in ("ours", "theirs")}
        self.assertEqual(modes["ours"], modes["theirs"])
        self.assertEqual((self.folder / "ours").read_bytes(), b"")

    def test_the_content_of_a_file_is_left_alone(self):
        path = self.folder / "file"
        path.write_text("content")
        self.assertEqual(self.run_command("lock", path, "true").returncode, 0)
        self.assertEqual(path.read_text(), "content")

    def test_a_directory_can_be_locked(self):
        self.start_holding(self.folder)
        self.assert_locked(self.folder, 75)
        self.assertEqual(self.who(self.folder)["state"], "exclusive")

    def test_a_missing_directory_is_unreachable(self):
        result = self.run_command("lock", self.folder / "no" / "file", "true")
        self.assertEqual(result.returncode, 69)
        self.assertIn("No such file or directory", result.stderr)

    def test_a_pipe_does_not_make_it_wait(self):
        os.mkfifo(self.folder / "pipe")
        self.assertEqual(self.run_command("lock", self.folder / "pipe", "true").returncode, 0)

    def test_without_permission_it_is_77(self):
        secret = self.folder / "secret"
        secret.write_text("")
        secret.chmod(0)
        closed = self.folder / "closed"
        closed.mkdir(mode=0o755)
        closed.chmod(0o555)
        options = self.as_nobody()
        for path in (secret, closed / "file"):
            result = self.run_command("lock", path, "true", **options)
            self.assertEqual(result.returncode, 77, result)
            self.assertIn("Permission denied", result.stderr)


class Directory(LockTest):
    def test_a_directory_that_may_not_be_written_is_77(self):
        options = self.as_nobody()
        self.runtime.chmod(0o500)
        for command in (["lock", "x", "true"], ["ls"]):
            result = self.run_command(*command, **options)
            self.assertEqual(result.returncode, 77, result)
            self.assertIn("Permission denied", result.stderr)

    def test_a_directory_that_is_open_to_others_is_refused(self):
        (self.runtime / "holdfast").mkdir(mode=0o700)
        (self.runtime / "holdfast").chmod(0o777)
        result = self.run_command("lock", "x", "true")
        self.assertEqual(result.returncode, 77)
        self.assertIn("open to other users", result.stderr)

    def test_a_file_too_large_to_make_is_69_and_leaves_nothing(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # noqa: E731
        result = self.run_command("lock", "x", "true", preexec_fn=limit)
        self.assertEqual(result.returncode, 69, result)
        self.assertEqual(list((self.runtime / "holdfast").iterdir()), [])

    def in_mount_of_its_own(self, script):
        """The script with a mount table of its own, if we may have one."""
        if os.geteuid() != 0:
            self.skipTest("only root may mount")
        probe = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", str(self.runtime)], check=False,
                               capture_output=True)
        if probe.returncode != 0:
            self.skipTest("no mounts here")
        return subprocess.run(["unshare", "-m", "sh", "-c", script, COMMAND, str(self.runtime)], check=False,
                              capture_output=True, text=True, env=self.environment, timeout=100)

    def test_a_full_disk_is_69_and_leaves_nothing(self):
        result = self.in_mount_of_its_own(
            'mount -t tmpfs -o size=16k,mode=700 tmpfs "$1"; "$0" lock x true; echo $?; ls "$1"/holdfast')
        self.assertEqual(result.stdout, "69\n", result)
        self.assertIn("No space left on device", result.stderr)

    def test_a_file_system_that_is_read_only_is_77(self):
        result = self.in_mount_of_its_own(
            'mount -t tmpfs -o ro,mode=700 tmpfs "$1"; "$0" lock x true; echo $?; "$0" lock "$1/file" true; echo $?')
        self.assertEqual(result.stdout, "77\n77\n", result)
        self.assertIn("Read-only file system", result.stderr)


if __name__ == "__main__":
    lock_command.main()
