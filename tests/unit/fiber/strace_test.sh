#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Fibers that contend for a lock do not call the kernel: strace counts.
set -euo pipefail
program=${HOLDFAST_BUILD_DIR:?}/tests/fiber_strace_program

skip() {
  echo "$1"
  exit 77
}
[[ -x $program ]] || skip "fibers are not built"
[[ ${CXXFLAGS:-} != *-fsanitize* ]] || skip "a sanitizer calls the kernel itself"
command -v strace >/dev/null || skip "strace is not installed"
strace -f -o /dev/null true 2>/dev/null || skip "strace may not trace here"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# calls WHO ROUNDS: how often it calls what waiting, waking and yielding are made of.
calls() {
  strace -f -c -e trace=futex,membarrier,sched_yield -o "$work/counts" "$program" "$1" "$2" || {
    echo "$1 counted wrong" >&2
    exit 1
  }
  awk '$NF ~ /^(futex|membarrier|sched_yield)$/ { calls += $4 } END { print calls + 0 }' "$work/counts"
}

futexes() { awk '$NF == "futex" { calls = $4 } END { print calls + 0 }' "$work/counts"; }

# At its start a program may call membarrier; what it does 16,000 times as often shows.
for who in fiber_lock classic parking_lock; do
  few=$(calls $who 1)
  many=$(calls $who 16000)
  if ((many != few || $(futexes) != 0)); then
    echo "$who: $few calls of the kernel with 1 round, $many with 16000"
    cat "$work/counts"
    exit 1
  fi
  echo "$who: none of 128000 contended rounds called the kernel"
done

# What strace would have seen.
calls threads 20 >/dev/null
(($(futexes) > 0)) || {
  echo "two threads that wait for each other made no futex call: strace counts nothing"
  exit 1
}
echo "threads: 20 rounds made $(futexes) futex calls"
