#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Measures the pthread calls of the C library and of libholdfast-pthread.so, in turns:
# tools/bench_preload.sh [LIBRARY [ROUNDS]]. The ratio is the median of those of each round.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
  -*) sed -n '3,4s/^# //p' "$0" && exit ;;
esac
library=${1:-build/release/preload/libholdfast-pthread.so}
rounds=${2:-9}
if [[ ! -f $library ]]; then
  echo "there is no $library; cmake --build --preset release --target holdfast_pthread makes it" >&2
  exit 1
fi
library=$(realpath "$library")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${CXX:-g++}" -std=c++20 -O2 -pthread -o "$folder/calls" preload/bench/calls.cpp

for ((round = 0; round < rounds; ++round)); do
  "$folder/calls" >>"$folder/theirs"
  LD_PRELOAD=$library "$folder/calls" >>"$folder/ours"
done

python3 - "$folder" <<'END'
import statistics, sys
def read(name):
    rows = {}
    for line in open(f"{sys.argv[1]}/{name}", encoding="utf-8"):
        what, value = line.split("\t")
        rows.setdefault(what, []).append(float(value))
    return rows
theirs, ours = read("theirs"), read("ours")
print(f"{'median ns':36}{'C library':>12}{'here':>12}{'here / C library':>18}")
for what, values in theirs.items():
    ratio = statistics.median(here / there for here, there in zip(ours[what], values))
    print(f"{what:36}{statistics.median(values):12.1f}{statistics.median(ours[what]):12.1f}{ratio:18.2f}")
END
