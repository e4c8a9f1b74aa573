#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds and runs the benchmarks; arguments go to them: tools/bench.sh [--quick] [pair contended ...]
# A run leaves its samples in bench-report.json and a page of them in bench-report.html, unless --json
# names another file.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

tools/deps.sh bench
step "bench configure" cmake --preset release -B build/bench \
  -DHOLDFAST_BUILD_TESTS=OFF -DHOLDFAST_BUILD_CLI=OFF -DHOLDFAST_BUILD_EXAMPLES=OFF -DHOLDFAST_BUILD_PRELOAD=OFF
step "bench build" cmake --build build/bench -j "$jobs_to_run"

benchmarks=build/bench/bench/holdfast-bench
[[ -x $benchmarks ]] || die "$benchmarks was not built; does bench/CMakeLists.txt exist?"
case " $* " in
  *" compare "* | *" report "* | *" --json"* | *" --help "* | *" -h "*) exec "$benchmarks" "$@" ;;
esac

report=$PWD/bench-report
code=0
"$benchmarks" --json "$report.json" "$@" || code=$?
((code < 2)) || exit "$code" # 1: measured, but a counter was wrong; the report says so
echo
if said=$("$benchmarks" report "$report.json" -o "$report.html" 2>&1); then
  heading "The report: $report.html"
else
  tail -n 3 <<<"$said"
fi
echo "The samples: $report.json"
exit "$code"
