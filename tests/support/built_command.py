# SPDX-License-Identifier: BSL-1.0
"""Starts what was built for another system, by the emulator of its build: HOLDFAST_TEST_EMULATOR."""
import os
import subprocess
import tempfile

EMULATOR = os.environ.get("HOLDFAST_TEST_EMULATOR", "").split()
CLI = os.environ.get("HOLDFAST_CLI", "")
PATIENCE = 120 * int(os.environ.get("HOLDFAST_TEST_SCALE", "1"))


def run_program(program, *words, stdin=subprocess.DEVNULL):
    """Exit code, output and messages. By files: what Wine starts beside a program would keep pipes open."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        code = subprocess.run([*EMULATOR, program, *map(str, words)], stdin=stdin, stdout=out, stderr=err,
                              timeout=PATIENCE, check=False).returncode
        out.seek(0)
        err.seek(0)
        return code, out.read().strip(), err.read().strip()
