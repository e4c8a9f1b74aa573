#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Every check of the repository proves that it can fail.
set -euo pipefail
cd "${HOLDFAST_SOURCE_DIR:?}"

for script in tools/check_layers.py tools/check_architecture.py tools/check_docs.py \
  tools/check_style.py tools/summarise.py tools/chart.py; do
  "$script" --self-test
done
tests/codegen/codegen.py --self-test
cmake/must_not_compile.py --self-test "${CXX:-g++}"

# The formatter and clang-tidy: a file that must be refused, with the configuration of this tree.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp .clang-format .clang-tidy "$work"
printf 'int  main( ){return 0;}\n' >"$work/bad.cpp"
if command -v clang-format-19 >/dev/null; then
  if clang-format-19 --dry-run --Werror "$work/bad.cpp" 2>/dev/null; then
    echo "clang-format accepts a file that is not formatted"
    exit 1
  fi
fi
printf 'int BadName() { int x = 0; return x; }\n' >"$work/bad.cpp"
if command -v clang-tidy-19 >/dev/null; then
  if clang-tidy-19 --quiet "$work/bad.cpp" -- -std=c++20 >/dev/null 2>&1; then
    echo "clang-tidy accepts a function named BadName"
    exit 1
  fi
fi
echo "all checks can fail"
