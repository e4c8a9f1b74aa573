#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""How fast programs that contend for pthread mutexes run with libholdfast-pthread.so, in turns with the C library.

tools/bench_programs.py [LIBRARY [ROUNDS]]    (build/release/preload/libholdfast-pthread.so, 9)

Needs sysbench and stress-ng; leaves out, by name, what is not installed. The ratio is the median of those of each
round: 2 means twice as fast as with the C library.
"""

import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

THREADS = (2, 4, 8)
PATIENCE = 300  # seconds


def sysbench_mutex(threads):
    return (["sysbench", "mutex", f"--threads={threads}", "--mutex-num=1", f"--mutex-locks={16_000_000 // threads}",
             "--mutex-loops=50", "run"], r"total time:\s+([\d.]+)s")


def sysbench_threads(threads):
    return (["sysbench", "threads", f"--threads={threads}", "--thread-locks=1", "--events=1000", "--time=0", "run"],
            r"total time:\s+([\d.]+)s")


def stress_ng_mutex(threads):
    return (["stress-ng", "--mutex", "1", "--mutex-procs", str(threads), "--mutex-ops", "100000", "--metrics-brief"],
            r"\] mutex\s+\d+\s+([\d.]+)")


def seconds(words, pattern, environment):
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    found = re.search(pattern, done.stdout + done.stderr)
    if done.returncode != 0 or not found:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return float(found[1])


def main(arguments):
    if any(word.startswith("-") for word in arguments):
        raise SystemExit(__doc__)
    library = pathlib.Path(arguments[0] if arguments else "build/release/preload/libholdfast-pthread.so").resolve()
    if not library.is_file():
        raise SystemExit(f"there is no {library}; cmake --build --preset release --target holdfast_pthread makes it")
    rounds = int(arguments[1]) if len(arguments) > 1 else 9
    theirs = dict(os.environ)
    ours = {**theirs, "LD_PRELOAD": str(library)}
    print(f"{'medians, ' + str(rounds) + ' rounds':24}{'C library s':>13}{'here s':>9}{'as fast':>9}   in single rounds")
    for program in (sysbench_mutex, sysbench_threads, stress_ng_mutex):
        for threads in THREADS:
            words, pattern = program(threads)
            name = program.__name__.replace("_", " ") + f", {threads}"
            if not shutil.which(words[0]):
                print(f"{name:24}   left out: {words[0]} is not installed")
                continue
            times = [(seconds(words, pattern, theirs), seconds(words, pattern, ours)) for _ in range(rounds)]
            ratios = [there / here for there, here in times]
            there, here = (statistics.median(each) for each in zip(*times))
            print(f"{name:24}{there:13.3f}{here:9.3f}{statistics.median(ratios):9.2f}   "
                  f"{min(ratios):.2f} to {max(ratios):.2f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
