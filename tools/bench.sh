#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds and runs the benchmarks; arguments go to them: tools/bench.sh [--quick] [pair contended ...]
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

tools/deps.sh bench
step "bench configure" cmake --preset release -B build/bench \
  -DHOLDFAST_BUILD_TESTS=OFF -DHOLDFAST_BUILD_CLI=OFF -DHOLDFAST_BUILD_EXAMPLES=OFF
step "bench build" cmake --build build/bench -j "$jobs_to_run"

benchmarks=build/bench/bench/holdfast-bench
[[ -x $benchmarks ]] || die "$benchmarks was not built; does bench/CMakeLists.txt exist?"
exec "$benchmarks" "$@"
