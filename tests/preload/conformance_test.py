#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every requirement holds with the C library and with the library; a library that is wrong is found out."""

import os
import subprocess
import unittest

PROGRAM = os.environ["HOLDFAST_CONFORMANCE"]
LIBRARY = os.environ["HOLDFAST_PTHREAD"]
BROKEN = os.environ["HOLDFAST_BROKEN"]
PATIENCE = 900  # seconds

# In which the allocator locks at unusual times.
BESIDE_ALLOCATORS = (
    "threads_allocate_and_free_what_others_have_allocated",
    "locks_work_before_any_constructor_has_run",
    "destructors_of_threads_and_of_the_program_may_lock",
    "destructors_run_in_a_thread_that_is_cancelled_in_a_wait",
    "an_exception_leaves_a_wait_with_the_mutex_held",
    "the_child_of_a_fork_has_the_locks_of_the_thread_that_forked",
)

# What is wrong, and a case that finds it out.
WRONG = {
    "errno": "many_threads_count_without_a_loss",
    "relock": "an_errorcheck_mutex_refuses_its_owner",
    "owner": "only_the_owner_may_unlock_a_type_that_knows_its_owner",
    "time": "a_timed_lock_ends_at_its_time_and_not_before",
    "signal": "a_signal_wakes_one_who_waits",
    "mutex": "a_wait_gives_back_what_it_took_of_mutexes_of_the_C_library",
    "rwlock": "a_writer_that_locks_again_is_told",
    "semaphore": "a_semaphore_has_as_many_permits_as_were_given",
    "once": "a_function_is_called_once_and_has_returned_for_all",
    "barrier": "all_leave_a_barrier_together_and_one_is_told",
}


def run(*cases, preload="", **environment):
    result = subprocess.run([PROGRAM, *cases], env={**os.environ, "LD_PRELOAD": preload, **environment}, text=True,
                            capture_output=True, timeout=PATIENCE, check=False)
    return result.returncode, result.stdout, result.stderr


class Conformance(unittest.TestCase):
    def test_the_library_does_what_the_C_library_does(self):
        theirs = run()
        ours = run(preload=LIBRARY)
        self.assertEqual(theirs[0], 0, theirs)
        self.assertEqual(ours[0], 0, ours)
        self.assertEqual(ours[1], theirs[1])
        self.assertGreater(ours[1].count("\n"), 40)

    def test_it_lives_beside_allocators_that_lock(self):
        for allocator in ("libjemalloc.so.2", "libtcmalloc_minimal.so.4"):
            with self.subTest(allocator):
                if "cannot be preloaded" in run("none", preload=allocator)[2]:
                    self.skipTest(f"{allocator} is not installed")
                for preload in (f"{LIBRARY}:{allocator}", f"{allocator}:{LIBRARY}"):
                    code, output, errors = run(*BESIDE_ALLOCATORS, preload=preload)
                    self.assertEqual((code, output.count("\n")), (0, len(BESIDE_ALLOCATORS)), output + errors)

    def test_a_library_that_is_wrong_fails(self):
        for what, case in WRONG.items():
            with self.subTest(what):
                preload = f"{BROKEN}:{LIBRARY}"
                self.assertEqual(run(case, preload=preload)[0], 0)
                code, output, _ = run(case, preload=preload, HOLDFAST_TEST_BROKEN=what,
                                      HOLDFAST_TEST_CASE_SECONDS="5")
                self.assertEqual(code, 1, output)
                self.assertIn("FAILED " + case, output)

    def test_the_library_exports_what_the_C_library_does(self):
        def symbols(path):
            listing = subprocess.run(["readelf", "-W", "--dyn-syms", path], text=True, capture_output=True, check=True)
            return {line.split()[7] for line in listing.stdout.splitlines()
                    if " FUNC " in line and " UND " not in line}
        with open("/proc/self/maps", encoding="utf-8") as maps:
            glibc = next(line.split()[-1] for line in maps if line.rstrip().endswith("/libc.so.6"))
        theirs = {name.replace("__pthread_mutex", "pthread_mutex") for name in symbols(glibc)}
        for name in symbols(LIBRARY):
            if name.startswith("__"):  # the C library has them under one version, which is not its default
                name = name[2:].replace("@@", "@")
                self.assertIn(name.split("@")[0], {each.split("@")[0] for each in theirs})
            else:
                self.assertIn(name, theirs)


if __name__ == "__main__":
    unittest.main(verbosity=2)
