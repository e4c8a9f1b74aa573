#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What was built for Windows is installed, and newcomers' programs build against it and run, under Wine."""
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from built_command import run_program  # noqa: E402

BUILD = pathlib.Path(os.environ["HOLDFAST_BUILD_DIR"])
CXX = os.environ["CXX"]
TOOLCHAIN = os.environ["HOLDFAST_TOOLCHAIN"]
WORK = BUILD / "consumer"
PREFIX = WORK / "prefix"


def succeed(*words, **environment):
    done = subprocess.run(list(map(str, words)), env={**os.environ, **environment}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, words))}\n{done.stdout}")


def expect(program, wanted):
    os.chdir(program.parent)  # segments are made there
    found = run_program(program)
    if found != (0, wanted, ""):
        sys.exit(f"{program}: {found} instead of {wanted!r}")


def by_cmake(consumer):
    folder = WORK / consumer
    succeed("cmake", "-S", HERE / consumer, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
            f"-DCMAKE_TOOLCHAIN_FILE={TOOLCHAIN}", f"-Dholdfast_DIR={PREFIX}/lib/cmake/holdfast")
    succeed("cmake", "--build", folder)
    return folder / "consumer.exe"


def by_pkgconfig(package, source):
    program = WORK / f"{package}-by-pkgconfig" / "consumer.exe"
    program.parent.mkdir()
    succeed("make", "-C", HERE / "pkgconfig", f"OUT={program}", f"CXX={CXX}", f"PACKAGE={package}", f"SOURCE={source}",
            CXXFLAGS="-static", PKG_CONFIG_LIBDIR=f"{PREFIX}/lib/pkgconfig")
    return program


shutil.rmtree(WORK, ignore_errors=True)
WORK.mkdir()
succeed("cmake", "--install", BUILD, "--prefix", PREFIX)
BY_THREADS = "counted 4000000 and 400000"
BY_PROCESSES = "counted 20000, told"
expect(by_cmake("find_package"), BY_THREADS)
expect(by_pkgconfig("holdfast", "../main.cpp"), BY_THREADS)
expect(by_cmake("process"), BY_PROCESSES)
expect(by_pkgconfig("holdfast-process", "../process/main_windows.cpp"), BY_PROCESSES)
print("all consumers counted right")
