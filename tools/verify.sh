#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds the model checker and explores every primitive and every mutant; arguments go to
# holdfast-verify: tools/verify.sh [--long] [--only NAME]. Ends with one line.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

tools/deps.sh test
step "verify configure" cmake --preset release -B build/verify \
  -DHOLDFAST_BUILD_CLI=OFF -DHOLDFAST_BUILD_BENCH=OFF -DHOLDFAST_BUILD_EXAMPLES=OFF -DHOLDFAST_BUILD_PRELOAD=OFF
step "verify build" cmake --build build/verify -j "$jobs_to_run" --target holdfast_verify

exec build/verify/tests/holdfast-verify --jobs "$jobs_to_run" "$@"
