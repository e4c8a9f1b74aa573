#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""holdfast lock, who, ls, heal, rm: their options, what they print, and their exit codes."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import lock_command  # noqa: E402
from lock_command import COMMAND, LockTest  # noqa: E402

SUBCOMMANDS = ("lock", "who", "ls", "heal", "rm")
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent


class CommandLine(LockTest):
    def assert_refused(self, message, *arguments, code=64):
        result = self.run_command(*arguments)
        self.assertEqual(result.returncode, code, result)
        self.assertEqual(result.stdout, "")
        self.assertIn(message, result.stderr)

    def test_help_of_each_goes_to_standard_output(self):
        for each in SUBCOMMANDS:
            result = self.run_command(each, "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn(f"Usage: holdfast {each}", result.stdout)
            self.assertIn("Exit code:", result.stdout)
            self.assertLessEqual(max(map(len, result.stdout.splitlines())), 110)

    def test_wrong_usage_has_a_code_of_its_own_and_a_message(self):
        self.assert_refused("say which lock", "lock")
        self.assert_refused("say which command", "lock", "x")
        self.assert_refused("say which command", "lock", "x", "--")
        self.assert_refused("contradict", "lock", "-n", "-w", "1", "x", "true")
        self.assert_refused("contradict", "lock", "-s", "--slots", "2", "x", "true")
        self.assert_refused("not in range 1 to 256", "lock", "--slots", "0", "x", "true")
        self.assert_refused("not in range 0 to 255", "lock", "-E", "256", "x", "true")
        self.assert_refused("fail, run or clean", "lock", "--on-poison", "ignore", "x", "true")
        self.assert_refused("-s", "lock", "-s", "--poison-on-failure", "x", "true")
        self.assert_refused("required", "who")
        self.assert_refused("required", "heal")
        self.assert_refused("required", "rm")

    def test_a_typo_gets_a_suggestion(self):
        self.assert_refused("did you mean '--label'?", "lock", "--lable=a", "x", "true")
        self.assert_refused("did you mean '--slots'?", "lock", "--slot", "3", "x", "true")
        self.assert_refused("did you mean '--json'?", "who", "--jsn", "x")
        self.assert_refused("did you mean 'lock'?", "lokc", "x", "true", code=2)

    def test_a_typo_runs_nothing_and_makes_nothing(self):
        self.run_command("lock", "--lable", "a", "x", "touch", self.folder / "ran")
        self.assertFalse((self.folder / "ran").exists())
        self.assertEqual(list(self.runtime.iterdir()), [])

    def test_options_behind_the_name_are_refused_and_not_run(self):
        self.assert_refused("behind the name", "lock", "x", "-n", "true")
        self.assert_refused("behind the name", "lock", "x", "--wait=3", "true")

    def test_durations_have_units(self):
        for good in ("0", "0.01", "1.5s", "200ms", "1m", "1min", "2h", "1d", "5us", "7ns", "1e400d"[:1]):
            self.assertEqual(self.run_command("lock", "-w", good, "x", "true").returncode, 0, good)
        for bad in ("", "s", "-1", "1x", "1 s", "nan", "inf", "1s2", "1e3"):
            self.assert_refused("is no duration", "lock", "-w", bad, "x", "true")

    def test_poison_and_slots_are_not_for_paths(self):
        path = self.folder / "file"
        self.assert_refused("needs a name", "lock", "--slots", "2", path, "true")
        self.assert_refused("needs a name", "lock", "--on-poison=run", path, "true")
        self.assert_refused("needs a name", "lock", "--poison-on-failure", path, "true")
        self.assertFalse(path.exists())
        self.assert_refused("for names", "heal", path)
        self.assert_refused("for names", "rm", path)

    def test_names_that_are_none_are_refused(self):
        self.assert_refused("'.'", "lock", ".hidden", "true")
        self.assert_refused("name", "lock", "a\nb", "true")
        self.assert_refused("200 bytes", "lock", "a" * 201, "true")

    def test_an_engine_that_is_not_built_in_is_unreachable(self):
        for command in (["lock", "etcd://host:2379/deploy", "true"], ["who", "etcd://host/deploy"]):
            self.assert_refused("the engine 'etcd' is not built in", *command, code=69)

    def test_engines_may_be_named(self):
        self.assertEqual(self.run_command("lock", "local://x", "true").returncode, 0)
        self.assertTrue((self.runtime / "holdfast" / "x.lock").exists())
        self.assertEqual(self.run_command("lock", "flock://here", "true", cwd=self.folder).returncode, 0)
        self.assertTrue((self.folder / "here").exists())


class Running(LockTest):
    def test_the_command_gets_its_words_letter_by_letter(self):
        words = ["--", "-n", "[a,b]", "", "--json", "*", "a b", "--", "++", "demo", "%%", "{x}"]
        script = "import json, sys; print(json.dumps(sys.argv[1:]))"
        for name in ("x", self.folder / "file"):
            for dashes in ([], ["--"]):
                result = self.run_command("lock", "-w", "5", name, *dashes, sys.executable, "-c", script, *words)
                self.assertEqual(json.loads(result.stdout), words)

    def test_its_exit_code_is_ours(self):
        for code in (0, 1, 2, 64, 75, 78, 255):
            self.assertEqual(self.run_command("lock", "x", "sh", "-c", f"exit {code}").returncode, code)
        self.assertEqual(self.run_command("lock", "-E", "9", "x", "sh", "-c", "exit 75").returncode, 75)

    def test_a_signal_that_ends_it_is_128_and_the_signal(self):
        for number in (9, 15, 6):
            result = self.run_command("lock", "--on-poison=run", "x", "sh", "-c", f"kill -{number} $$")
            self.assertEqual(result.returncode, 128 + number)

    def test_a_command_that_cannot_be_run_is_126_or_127_and_leaves_the_lock_clean(self):
        self.assertEqual(self.run_command("lock", "x", "no-such-command").returncode, 127)
        result = self.run_command("lock", "x", self.folder)
        self.assertEqual(result.returncode, 126)
        self.assertIn("cannot run", result.stderr)
        result = self.run_command("lock", "--poison-on-failure", "x", "/etc/passwd")
        self.assertEqual(result.returncode, 126)
        self.assert_locked("x")

    def test_its_environment_tells_of_the_lock(self):
        def environment(*arguments, **options):
            result = self.run_command("lock", *arguments, "env", **options)
            return dict(line.split("=", 1) for line in result.stdout.splitlines() if line.startswith("HOLDFAST_"))

        first = environment("x")
        self.assertEqual({**first, "HOLDFAST_TOKEN": ""},
                         {"HOLDFAST_NAME": "x", "HOLDFAST_ENGINE": "local", "HOLDFAST_POISONED": "0",
                          "HOLDFAST_TOKEN": "", **{k: v for k, v in first.items() if k == "HOLDFAST_CLI"}}
                         | {k: v for k, v in os.environ.items() if k.startswith("HOLDFAST_")})
        second = environment("x")
        self.assertEqual(int(second["HOLDFAST_TOKEN"]), int(first["HOLDFAST_TOKEN"]) + 1)
        # That of a lock around it is not taken for its own.
        path = str(self.folder / "file")
        inner = environment(path, env={**self.environment, "HOLDFAST_TOKEN": "5"})
        self.assertEqual((inner["HOLDFAST_NAME"], inner["HOLDFAST_ENGINE"]), (path, "flock"))
        self.assertNotIn("HOLDFAST_TOKEN", inner)

    def test_tokens_grow_also_when_the_lock_was_removed(self):
        def token():
            return int(self.run_command("lock", "x", "sh", "-c", "echo $HOLDFAST_TOKEN").stdout)

        before = token()
        self.assertEqual(self.run_command("rm", "x").returncode, 0)
        self.assertGreater(token(), before)

    def test_standard_input_is_the_commands(self):
        self.assertEqual(self.run_command("lock", "x", "cat", input="some text").stdout, "some text")

    def test_closed_standard_streams_are_not_mistaken_for_the_lock(self):
        script = 'ls -l /proc/self/fd > "$0" 2>/dev/null; exit 0'
        for name, path in (("x", "/x.lock"), (self.folder / "file", self.folder / "file")):
            seen = self.folder / "seen"
            process = subprocess.run([COMMAND, "lock", str(name), "sh", "-c", script, str(seen)], check=False,
                                     env=self.environment, stdin=None, timeout=100,
                                     preexec_fn=lambda: (os.close(0), os.close(1), os.close(2)))
            self.assertEqual(process.returncode, 0)
            self.assertNotRegex(seen.read_text(), rf" [012] -> .*({path})\n")

    def test_the_lock_is_inherited_unless_close_is_given(self):
        script = "ls -l /proc/$$/fd"
        for name in ("x", self.folder / "file"):
            file = "x.lock" if name == "x" else str(name)
            self.assertIn(file, self.run_command("lock", name, "sh", "-c", script).stdout)
            self.assertNotIn(file, self.run_command("lock", "--close", name, "sh", "-c", script).stdout)

    def test_no_other_descriptor_is_inherited(self):
        script = "echo /proc/$$/fd/*"
        for name in ("x", self.folder / "file"):
            count = len(self.run_command("lock", "--close", name, "sh", "-c", script).stdout.split())
            plain = len(subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True,
                                       stdin=subprocess.DEVNULL).stdout.split())
            self.assertEqual(count, plain)

    def test_json_tells_at_the_end_on_standard_error(self):
        result = self.run_command("lock", "--json", "x", "echo", "out")
        self.assertEqual(result.stdout, "out\n")
        report = json.loads(result.stderr)
        self.assertEqual((report["result"], report["exit_code"], report["name"], report["engine"]),
                         ("ran", 0, "x", "local"))
        self.assertGreater(report["token"], 0)
        report = json.loads(self.run_command("lock", "--json", "x", "sh", "-c", "kill -9 $$").stderr)
        self.assertEqual((report["exit_code"], report["signal"]), (137, 9))
        report = json.loads(self.run_command("lock", "--json", "x", "true").stderr)
        self.assertEqual((report["result"], report["exit_code"], report["poisoned"]), ("poisoned", 78, True))
        report = json.loads(self.run_command("lock", "--json", self.folder / "no" / "file", "true").stderr)
        self.assertEqual((report["result"], report["exit_code"]), ("failed", 69))


class Companions(LockTest):
    """The man page and the completions know every option."""

    def options_of(self, subcommand):
        text = self.run_command(subcommand, "--help").stdout
        return set(re.findall(r"(?m)^  (?:-\w,)?(--[a-z-]+)", text)) - {"--help"}

    def test_they_name_every_option(self):
        page = (SOURCE / "cli/man/holdfast.1").read_text().replace("\\-", "-")
        self.assertIn("--on-poison", self.options_of("lock"))
        for subcommand in SUBCOMMANDS:
            for option in self.options_of(subcommand):
                self.assertIn(option, page, subcommand)
                for shell in ("holdfast.bash", "_holdfast"):
                    self.assertIn(option, (SOURCE / "cli/completions" / shell).read_text(), (shell, subcommand))
                self.assertRegex((SOURCE / "cli/completions/holdfast.fish").read_text(), rf"-l {option[2:]}\b")


    def completed(self, *words):
        """What bash offers for the last word."""
        script = (f'source "{SOURCE}/cli/completions/holdfast.bash"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  'COMPREPLY=(); _holdfast; printf "%s\\n" "${COMPREPLY[@]}"')
        environment = {**self.environment, "PATH": f"{self.folder}:{os.environ['PATH']}"}
        if not (self.folder / "holdfast").exists():
            (self.folder / "holdfast").symlink_to(COMMAND)
        result = subprocess.run(["bash", "-c", script, "bash", *words], check=True, capture_output=True, text=True,
                                env=environment, timeout=100, cwd=self.folder)
        return set(result.stdout.splitlines())

    def test_bash_completes_commands_options_names_and_the_command(self):
        self.run_command("lock", "nightly", "true")
        self.assertEqual(self.completed("holdfast", "h"), {"heal"})
        self.assertEqual(self.completed("holdfast", "lock", "--poi"), {"--poison-on-failure"})
        self.assertEqual(self.completed("holdfast", "lock", "--on-poison", ""), {"fail", "run", "clean"})
        for words in (["lock", "-w", "3", "nig"], ["who", ""], ["heal", "n"], ["rm", ""]):
            self.assertEqual(self.completed("holdfast", *words), {"nightly"}, words)
        self.assertEqual(self.completed("holdfast", "lock", "./ru"), {"./run"})
        self.assertIn("true", self.completed("holdfast", "lock", "-n", "nightly", "--", "tru"))

    def test_bash_offers_odd_names_whole_and_runs_none(self):
        for name in ("my lock", "$(touch pwned)", 'a"b'):
            self.run_command("lock", name, "true")
        self.assertEqual(self.completed("holdfast", "who", ""), {"my lock", "$(touch pwned)", 'a"b'})
        self.assertEqual(self.completed("holdfast", "heal", "my\\ l"), {"my lock"})
        self.assertFalse((self.folder / "pwned").exists())

    def test_other_shells_and_man_can_read_their_files(self):
        checks = {"zsh": ["zsh", "-n", "cli/completions/_holdfast"],
                  "fish": ["fish", "-n", "cli/completions/holdfast.fish"],
                  "groff": ["groff", "-t", "-man", "-Tutf8", "-ww", "-z", "cli/man/holdfast.1"]}
        for program, words in checks.items():
            if shutil.which(program):
                result = subprocess.run(words, check=False, capture_output=True, text=True, cwd=SOURCE, timeout=100)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""), program)


if __name__ == "__main__":
    lock_command.main()
