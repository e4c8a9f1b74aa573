#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What a lock around a command costs, and `holdfast run`, as whole processes: beside flock(1), in turns.

tools/bench_lock.py [COMMAND] [ROUNDS]    (build/demo/cli/holdfast, 1000)
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def run_once(words, environment):
    """Seconds from before the start of the process until it has been waited for, and those of the processor."""
    begin = time.perf_counter()
    pid = os.posix_spawn(words[0], words, environment)
    _, status, used = os.wait4(pid, 0)
    took = time.perf_counter() - begin
    if status != 0:
        raise SystemExit(f"{' '.join(words)} ended with status {status}")
    return took, used.ru_utime + used.ru_stime


def contenders(command, folder):
    true, flock = shutil.which("true"), shutil.which("flock")
    if not flock:
        raise SystemExit("flock(1) is missing: install util-linux")
    path = os.path.join(folder, "file")
    return {"true": [true],
            "flock PATH true": [flock, path, true],
            "holdfast lock PATH true": [command, "lock", path, true],
            "holdfast lock NAME true": [command, "lock", "name", true],
            "holdfast run -- true": [command, "run", "--", true]}


def main(arguments):
    if any(word.startswith("-") for word in arguments):
        raise SystemExit(__doc__)
    command = os.path.abspath(arguments[0] if arguments else "build/demo/cli/holdfast")
    if not os.access(command, os.X_OK):
        raise SystemExit(f"there is no {command}; make demo builds one")
    rounds = int(arguments[1]) if len(arguments) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_RUNTIME_DIR": folder}
        rivals = contenders(command, folder)
        times = {name: [] for name in rivals}
        of_cpu = {name: [] for name in rivals}
        ratios = {name: [] for name in rivals}
        for _ in range(rounds):
            took = {name: run_once(words, environment) for name, words in rivals.items()}
            for name, (seconds, cpu) in took.items():
                times[name].append(seconds)
                of_cpu[name].append(cpu)
                ratios[name].append(seconds / took["flock PATH true"][0])
    subprocess.run([command, "--version"], check=True)
    print(f"{rounds} rounds, in turns; the ratio is the median of the ratios of each round\n")
    print(f"{'':24}  {'median us':>9}  {'best us':>8}  {'/ flock':>7}  {'best CPU us':>11}")
    for name, seconds in times.items():
        print(f"{name:24}  {statistics.median(seconds) * 1e6:9.0f}  {min(seconds) * 1e6:8.0f}"
              f"  {statistics.median(ratios[name]):7.2f}  {min(of_cpu[name]) * 1e6:11.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
