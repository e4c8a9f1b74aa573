#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""holdfast lock on a terminal: the shell's jobs, its keys, and commands that read what is typed."""

import os
import pathlib
import pty
import re
import select
import shutil
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import lock_command  # noqa: E402
from lock_command import COMMAND, PATIENCE, LockTest, eventually, is_alive, state_letter  # noqa: E402

# Counts each signal it gets, and tells on demand.
COUNTER = r"""
import signal, sys
counts = {}
def note(number, frame):
    counts[number] = counts.get(number, 0) + 1
    print("got", signal.Signals(number).name, counts[number], flush=True)
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    signal.signal(number, note)
print("ready", flush=True)
for line in iter(sys.stdin.readline, ""):
    print("line", line.strip(), "counts", sum(counts.values()), flush=True)
    if line == "end\n":
        sys.exit(3)
"""


class Terminal:
    """A program that is the leader of a terminal's session, as a login shell is."""

    def __init__(self, words, environment):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execvpe(words[0], words, environment)
        self.seen = ""

    def read_some(self, seconds):
        if select.select([self.file], [], [], seconds)[0]:
            try:
                self.seen += os.read(self.file, 65536).decode(errors="replace")
            except OSError:
                return False  # the end of a terminal
        return True

    def expect(self, pattern):
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.seen)):
            if time.monotonic() > end or not self.read_some(1):
                raise AssertionError(f"'{pattern}' was not to be seen in {self.seen!r}")
        self.seen = self.seen[found.end():]
        return found

    def type(self, text):
        os.write(self.file, text.encode())

    def exit_status(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return status
            if self.file < 0:
                time.sleep(0.005)
            else:
                self.read_some(0.01)
        raise AssertionError(f"it did not end; {self.seen!r}")

    def hang_up(self):
        os.close(self.file)
        self.file = -1

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self.file >= 0:
            self.hang_up()


@unittest.skipUnless(shutil.which("bash"), "there is no bash here")
class OnTerminal(LockTest):
    def setUp(self):
        super().setUp()
        (self.folder / "counter.py").write_text(COUNTER)
        self.environment.update(PS1="PROMPT> ", TERM="dumb", PYTHON=sys.executable, HISTFILE="/dev/null",
                                COUNTER=str(self.folder / "counter.py"))

    def terminal(self, *words):
        made = Terminal(words, self.environment)
        self.addCleanup(made.close)
        return made

    def shell(self):
        shell = self.terminal("bash", "--norc", "--noprofile", "--noediting", "-i")
        shell.expect("PROMPT> ")
        return shell

    def test_a_command_reads_what_is_typed(self):
        for name in ("x", str(self.folder / "file")):
            shell = self.shell()
            shell.type(f'"$HOLDFAST" lock {name} -- "$PYTHON" "$COUNTER"\n')
            shell.expect("ready")
            shell.type("hello\n")
            shell.expect("line hello counts 0")
            shell.type("end\n")
            shell.expect("PROMPT> ")
            shell.type("echo code $?\n")
            shell.expect("code 3\r\n")

    def test_ctrl_c_arrives_once(self):
        shell = self.shell()
        shell.type('"$HOLDFAST" lock x -- "$PYTHON" "$COUNTER"\n')
        shell.expect("ready")
        shell.type("\x03")
        shell.expect("got SIGINT 1")
        shell.type("one\n")
        shell.expect("line one counts 1\r")
        shell.type("\x03")
        shell.expect("got SIGINT 2")
        shell.type("two\n")
        shell.expect("line two counts 2\r")
        shell.type("end\n")
        shell.expect("PROMPT> ")

    def test_ctrl_c_that_ends_the_command_is_130_and_poisons_nothing(self):
        shell = self.shell()
        shell.type('"$HOLDFAST" lock x -- sh -c "echo in; exec sleep 1000"\n')
        shell.expect("in\r\n")
        shell.type("\x03")
        shell.expect("PROMPT> ")
        shell.type("echo code $?\n")
        shell.expect("code 130\r\n")
        self.assert_locked("x")

    def test_ctrl_c_ends_a_script_too(self):
        script = self.folder / "script"
        script.write_text('"$HOLDFAST" lock x -- sh -c "echo in; exec sleep 1000"\necho went on\n')
        shell = self.shell()
        shell.type(f"bash {script}\n")
        shell.expect(r"in\r\n")
        shell.type("\x03")
        shell.expect("PROMPT> ")
        shell.type("echo code $?\n")
        shell.expect("code 130\r\n")
        self.assertNotIn("went on", shell.seen)

    def test_ctrl_z_stops_wrapper_and_command_and_fg_goes_on(self):
        shell = self.shell()
        shell.type('"$HOLDFAST" lock x -- sh -c \'echo in $$; read line; echo got $line; exit 6\'\n')
        pid = int(shell.expect(r"in (\d+)\r\n")[1])
        shell.type("\x1a")
        shell.expect("PROMPT> ")
        eventually(lambda: state_letter(pid) == "T", "the stop of the command")
        self.assert_locked("x", 75)
        shell.type("fg\n")
        eventually(lambda: state_letter(pid) == "S", "the command's going on")
        shell.type("hello\n")
        shell.expect("got hello\r\n")
        shell.expect("PROMPT> ")
        shell.type("echo code $?\n")
        shell.expect("code 6\r\n")

    def test_a_job_in_the_background_is_brought_to_the_front(self):
        shell = self.shell()
        shell.type('"$HOLDFAST" lock x -- sh -c \'echo in $$; read line; echo got $line\' &\n')
        pid = int(shell.expect(r"in (\d+)\r\n")[1])
        eventually(lambda: state_letter(pid) == "T", "the stop for reading in the background")
        shell.type("fg\n")
        eventually(lambda: state_letter(pid) == "S", "the command's going on")
        shell.type("hello\n")
        shell.expect("got hello\r\n")

    def test_other_parts_of_a_pipe_keep_the_terminal(self):
        shell = self.shell()
        shell.type('"$HOLDFAST" lock x -- echo first | sh -c \'cat; echo now; read line < /dev/tty; echo got $line\'\n')
        shell.expect("now\r\n")
        shell.type("hello\n")
        shell.expect("got hello\r\n")

    def test_a_signal_of_another_process_reaches_command_and_descendants_and_not_the_rest_of_the_pipe(self):
        shell = self.shell()
        shell.type('"$HOLDFAST" lock x -- sh -c \'sleep 1000 & echo pids $PPID $!; wait\' | '
                   'sh -c \'cat; echo the end of it\'\n')
        found = shell.expect(r"pids (\d+) (\d+)\r\n")
        wrapper, descendant = int(found[1]), int(found[2])
        os.kill(wrapper, signal.SIGTERM)
        shell.expect("the end of it\r\n")
        eventually(lambda: not is_alive(descendant), "the end of the descendant")
        self.assert_locked("x")

    def test_a_terminal_that_is_hung_up_ends_the_command(self):
        shell = self.shell()
        shell.type('"$HOLDFAST" lock x -- sh -c \'echo in $$; exec sleep 1000\'\n')
        pid = int(shell.expect(r"in (\d+)\r\n")[1])
        os.kill(shell.pid, signal.SIGKILL)
        eventually(lambda: not is_alive(pid), "the end of the command")
        self.assert_locked("x")

    def test_as_the_leader_of_the_session_it_works_too(self):
        alone = self.terminal(COMMAND, "lock", "x", "sh", "-c", "echo in; read line; echo got $line; exit 4")
        alone.expect("in\r\n")
        alone.type("hello\n")
        alone.expect("got hello\r\n")
        self.assertEqual(os.waitstatus_to_exitcode(alone.exit_status()), 4)

    def test_a_terminal_that_is_closed_on_the_leader_of_the_session_ends_the_command(self):
        alone = self.terminal(COMMAND, "lock", "x", "sh", "-c", "echo in $$; exec sleep 1000")
        pid = int(alone.expect(r"in (\d+)\r\n")[1])
        alone.hang_up()
        eventually(lambda: not is_alive(pid), "the end of the command")
        self.assertEqual(os.waitstatus_to_exitcode(alone.exit_status()), 128 + signal.SIGHUP)
        self.assert_locked("x")


if __name__ == "__main__":
    lock_command.main()
