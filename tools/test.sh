#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds and runs the test configurations: tools/test.sh [SUITE]...   (none named: all)
# HOLDFAST_TEST_SCALE multiplies iterations and time limits. Ends with a line for each suite, also in
# build/test-summary.txt. Exit code 1 if anything failed.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

all=(dev release asan tsan clang libc++ portable checks)
suites=("$@")
((${#suites[@]})) || suites=("${all[@]}")
for suite in "${suites[@]}"; do
  [[ " ${all[*]} " == *" $suite "* ]] ||
    die "usage: tools/test.sh [SUITE]..., of: ${all[*]}; there is no '$suite'"
done
export HOLDFAST_TEST_SCALE=${HOLDFAST_TEST_SCALE:-1}
summary=build/test-summary.txt
started=$SECONDS
mkdir -p build
: >"$summary"

run_preset() { # NAME: appends its line to the summary
  local preset=$1 dir=build/$1 targets=(all)
  [[ $preset == dev ]] && targets+=(all_verify_interface_header_sets)
  rm -rf "$dir/gtest-results" "$dir/junit.xml"
  if step "$preset configure" cmake --preset "$preset" \
    -DHOLDFAST_TEST_TIMEOUT_SCALE="$HOLDFAST_TEST_SCALE" &&
    step "$preset build" cmake --build --preset "$preset" -j "$jobs_to_run" --target "${targets[@]}"; then
    step "$preset test" ctest --preset "$preset" -j "$jobs_to_run" \
      --output-junit "$PWD/$dir/junit.xml" || true
  fi
  tools/summarise.py "$preset" "$dir/junit.xml" "$dir/gtest-results" | tee "$dir.summary" || true
  tail -n 1 "$dir.summary" >>"$summary"
}

run_checks() {
  tools/check.sh | tee build/checks.summary || true
  tail -n 1 build/checks.summary >>"$summary"
  local line="tidy: 1 passed, 0 failed"
  step "tidy" tools/tidy.sh || line="tidy: 0 passed, 1 failed"
  echo "$line" >>"$summary"
}

tools/deps.sh all
for suite in "${suites[@]}"; do
  if [[ $suite == checks ]]; then
    heading "checks"
    run_checks
  else
    heading "$suite"
    run_preset "$suite"
  fi
done

heading "Summary after $((SECONDS - started)) s"
cat "$summary"
! grep -qv ' 0 failed$' "$summary"
