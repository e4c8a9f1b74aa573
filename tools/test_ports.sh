#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds the library and its tests for other systems and CPUs, and in other variants, and runs them by
# Wine, qemu-user or as they are: tools/test_ports.sh [PORT]...   (none named: all, by their worth)
# HOLDFAST_TEST_SCALE multiplies iterations and time limits. HOLDFAST_PORTS_SECONDS bounds the time: a
# port whose turn comes later is named as skipped, and so is one whose compiler or emulator is missing.
# Ends with a line for each port, also in build/ports-summary.txt. Exit code 1 if anything failed.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

ports=("$@")
((${#ports[@]})) || ports=(windows-posix aarch64 i686 riscv64 variants portable-fiber windows-win32)
export HOLDFAST_TEST_SCALE=${HOLDFAST_TEST_SCALE:-1}
seconds=${HOLDFAST_PORTS_SECONDS:-}
summary=build/ports-summary.txt
skipped=build/ports-skipped.txt
started=$SECONDS
mkdir -p build
: >"$summary"
: >"$skipped"

skip() { # PORT REASON
  printf '  skipped: %s (%s)\n' "$1" "$2" | tee -a "$skipped"
}

# The program that a port needs and that is not there, if any.
missing_program() {
  local needed=() program
  case $1 in
    windows-posix | windows-win32) needed=("x86_64-w64-mingw32-g++-${1#windows-}" wine) ;;
    aarch64 | riscv64) needed=("$1-linux-gnu-g++" "qemu-$1") ;;
    i686) needed=(i686-linux-gnu-g++ qemu-i386) ;;
    variants | portable-fiber) needed=(g++) ;;
    *) die "tools/test_ports.sh: there is no port $1" ;;
  esac
  for program in "${needed[@]}"; do
    command -v "$program" >/dev/null || { echo "$program" && return; }
  done
}

# Two programs that start at once would both make the prefix. The server stays for all tests: it and the
# processes of its system would else be children of the first one, and ctest waits for whatever has the
# output of a test.
begin_wine() {
  export WINEDEBUG=-all WINEPREFIX=$PWD/build/wine
  mkdir -p "$WINEPREFIX"
  trap 'stop_progress; end_wine' EXIT
  wineserver --persistent </dev/null >/dev/null 2>&1 || true # or it runs already
  step "wine" timeout 300 wineboot --init
}
end_wine() { wineserver --kill || true; }

run_preset() { # NAME: appends its line to the summary
  local preset=$1 dir=build/$1
  rm -rf "$dir/gtest-results" "$dir/junit.xml"
  if step "$preset configure" cmake --preset "$preset" \
    -DHOLDFAST_TEST_TIMEOUT_SCALE="$((4 * HOLDFAST_TEST_SCALE))" && # emulators are slow
    step "$preset build" cmake --build --preset "$preset" -j "$jobs_to_run"; then
    step "$preset test" ctest --preset "$preset" -j "$jobs_to_run" \
      --output-junit "$PWD/$dir/junit.xml" || true
  fi
  tools/summarise.py "$preset" "$dir/junit.xml" "$dir/gtest-results" | tee "$dir.summary" || true
  tail -n 1 "$dir.summary" >>"$summary"
}

tools/deps.sh ports
code=0
for port in "${ports[@]}"; do
  heading "$port"
  missing=$(missing_program "$port")
  if [[ -n $missing ]]; then
    skip "$port" "no $missing here"
  elif [[ -n $seconds ]] && ((SECONDS - started >= seconds)); then
    skip "$port" "the time is spent: HOLDFAST_PORTS_SECONDS=$seconds"
  elif [[ $port == variants ]]; then
    tools/test_variants.sh | tee build/variants.summary || code=1
    grep -E '^variant .*: [0-9]+ passed, [0-9]+ failed$' build/variants.summary >>"$summary" || true
    grep -E '^  skipped: ' build/variants.summary >>"$skipped" || true
  else
    if [[ $port == windows-* ]]; then begin_wine || true; fi
    run_preset "$port"
    if [[ $port == windows-* ]]; then end_wine; fi
  fi
done

heading "Summary of the ports after $((SECONDS - started)) s"
cat "$summary" "$skipped"
if grep -qv ' 0 failed$' "$summary"; then code=1; fi
exit "$code"
