#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Fibers under valgrind: it knows their stacks, and finds no access to what is nobody's.
set -euo pipefail

command -v valgrind >/dev/null || {
  echo "valgrind is not installed"
  exit 77
}
[[ ${CXXFLAGS:-} != *-fsanitize* ]] || {
  echo "a sanitizer looks already"
  exit 77
}
program="${HOLDFAST_BUILD_DIR:?}/tests/unit_fiber"
[[ -x $program ]] || {
  echo "unit_fiber is not built"
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset GTEST_OUTPUT
# Debian 12's valgrind gives up on the line tables that clang 19 writes; the names of functions stay.
strip --strip-debug -o "$work/unit_fiber" "$program"

filter='scheduler.*in_turn*:scheduler.uses_stacks_again:scheduler.destroyed*:handle.join*:local.*'
filter+=':exceptions/0.a_switch*:fiber_locks/0.serves*:pool.runs*'
result=0
valgrind --quiet --error-exitcode=1 "$work/unit_fiber" --gtest_filter="$filter" --gtest_brief=1 >"$work/shown" 2>&1 || result=$?
cat "$work/shown"
if grep -q 'client switching stacks' "$work/shown"; then
  echo "valgrind takes a switch of stacks for a huge frame"
  result=1
fi
exit "$result"
