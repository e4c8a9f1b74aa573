#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A waiter is stopped at one instruction after the other: no signal is lost. What the C library does is told."""

import os
import subprocess
import unittest

PROGRAM = os.environ["HOLDFAST_LOST_WAKEUP"]
LIBRARY = os.environ["HOLDFAST_PTHREAD"]
LONG = os.environ.get("HOLDFAST_TEST_SCALE", "1") != "1"
PATIENCE = 1800 if LONG else 500  # seconds
LOST = 3


def run(stride, preload=""):
    return subprocess.run([PROGRAM, str(stride)], env={**os.environ, "LD_PRELOAD": preload}, text=True,
                          capture_output=True, timeout=PATIENCE, check=False)


class LostWakeup(unittest.TestCase):
    def test_no_signal_is_lost_wherever_a_waiter_is_stopped(self):
        ours = run(1 if LONG else 16, LIBRARY)
        self.assertEqual(ours.returncode, 0, ours.stdout + ours.stderr)
        print("here:", ours.stdout, end="")

    # Newer ones do not lose any, so nothing is asked of it but an end.
    def test_what_the_C_library_does_is_told(self):
        theirs = run(1 if LONG else 2)
        self.assertIn(theirs.returncode, (0, LOST), theirs.stdout + theirs.stderr)
        print(os.confstr("CS_GNU_LIBC_VERSION") + ":", theirs.stdout, end="")


if __name__ == "__main__":
    unittest.main(verbosity=2)
