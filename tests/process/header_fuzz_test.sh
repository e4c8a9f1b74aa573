#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Fuzzes the check of headers for a minute, with clang's libFuzzer. In the long run alone
# (HOLDFAST_TEST_SCALE of 10 and more): the unit test header_fuzz_test.cpp is the short one.
set -euo pipefail

source_dir=${HOLDFAST_SOURCE_DIR:?} build_dir=${HOLDFAST_BUILD_DIR:?}
if ((${HOLDFAST_TEST_SCALE:-1} < 10)); then
  echo "skipped: a part of the long run (HOLDFAST_TEST_SCALE=20)"
  exit 77
fi
clang=$(command -v clang++-19 clang++ | head -n 1) || {
  echo "skipped: there is no clang"
  exit 77
}
work=$(mktemp -d "$build_dir/header-fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT

sources=(tests/process/header_fuzz.cpp src/process/header.cpp src/process/identity.cpp src/process/error.cpp
  src/process/directory.cpp src/platform/fork.cpp)
"$clang" -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
  -I"$source_dir/include" -I"$source_dir/src" -I"$source_dir/tests" \
  "${sources[@]/#/$source_dir/}" -o "$work/header_fuzz" || {
  echo "skipped: this clang has no libFuzzer"
  exit 77
}
mkdir "$work/corpus"
for how in '\x00' '\x01' '\x03' '\x0b' '\x0f' '\x07'; do
  { printf '%b' "$how" && head -c 1088 /dev/zero; } >"$work/corpus/zeros-${how#\\x}"
done
"$work/header_fuzz" -max_total_time="${HOLDFAST_FUZZ_SECONDS:-60}" -max_len=1200 -timeout=10 \
  -artifact_prefix="$work/" "$work/corpus" >"$work/log" 2>&1 || {
  tail -n 60 "$work/log"
  exit 1
}
tail -n 2 "$work/log"
