#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# The pretty-printers in a real GDB: a program linked to the library as built, as a shared one, and
# without its debug information; unchecked and checked.
set -euo pipefail
cd "${HOLDFAST_SOURCE_DIR:?}"
: "${HOLDFAST_LIB:?}" "${CXX:=g++}"

command -v gdb >/dev/null || {
  echo "gdb is not installed"
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read -ra flags <<<"${CXXFLAGS:-} -std=c++20 -g -O0 -pthread -Iinclude"
if grep -qs '^HOLDFAST_PORTABLE:BOOL=ON' "${HOLDFAST_BUILD_DIR:-.}/CMakeCache.txt"; then
  flags+=(-DHOLDFAST_PORTABLE=1)
fi
export ASAN_OPTIONS=detect_leaks=0 # not possible under a debugger

variables=(idle busy broken spinning one_waits spin ticket mcs native guard gone empty owned)

# look PROGRAM: prints "name: what gdb shows" for each variable.
look() {
  local name commands=()
  for name in "${variables[@]}"; do
    commands+=(-ex "printf \"$name: \"" -ex "output $name" -ex 'printf "\n"')
  done
  gdb -batch -nx -q -iex 'set debuginfod enabled off' -ex 'set width 0' -ex 'set print thread-events off' \
    -ex 'source tools/gdb/holdfast.py' -ex 'break everybody_is_here' -ex run -ex up \
    "${commands[@]}" -ex kill "$1" >"$work/shown" 2>&1 </dev/null || true
  if grep -qE 'ptrace: Operation not permitted|Cannot (attach|create process)' "$work/shown"; then
    echo "gdb may not trace here"
    exit 77
  fi
  grep -q 'Breakpoint 1, ' "$work/shown" && return
  echo "$variant: the program did not reach the breakpoint"
  cat "$work/shown"
  exit 1
}

# expect NAME REGEX: the whole text shown for NAME.
expect() {
  grep -qE "^$1: $2\$" "$work/shown" && return
  echo "$variant: expected  $1: $2"
  grep -E "^$1: " "$work/shown" || cat "$work/shown"
  exit 1
}

# expect_all TWO ONE: what is said of two waiters and of one.
expect_all() {
  expect idle 'holdfast::mutex \(free, 0 waiters\) = \{value = 41\}'
  expect busy "holdfast::mutex \\(held, $1\\) = \\{value = 42\\}"
  expect broken 'holdfast::mutex \(free, 0 waiters, poisoned\) = \{value = 43\}'
  expect spinning 'holdfast::mutex with spin_lock \(free\) = \{value = 44\}'
  expect one_waits "holdfast::parking_lock \\(held, $2\\)"
  expect spin 'holdfast::spin_lock \(free\)'
  expect ticket 'holdfast::ticket_lock \(held, 0 waiters\)'
  expect mcs 'holdfast::mcs_lock \(held, nobody in line\)'
  expect native 'holdfast::native_lock \(held by thread [0-9]+\)'
  expect guard 'holdfast::guard \(holds 0x[0-9a-f]+\) = \{value = 42\}'
  expect gone 'holdfast::guard \(does not hold 0x[0-9a-f]+\)'
  expect empty 'holdfast::guard \(empty\)'
  expect owned 'holdfast::guard \(holds 0x[0-9a-f]+\) = \{value = 45\}'
}

# check VARIANT LIBRARY OBJECT: links, looks, compares.
check() {
  variant=$1
  "$CXX" "${flags[@]}" "$3" "$2" "-Wl,-rpath,$(dirname "$2")" -o "$work/program"
  look "$work/program"
  if readelf -S --wide "$2" | grep '\.debug_info' >/dev/null; then
    expect_all '2 waiters' '1 waiter'
  else
    local why='perhaps waiters \(their number is unknown: libholdfast has no debug information\)'
    expect_all "$why" "$why"
  fi
  echo "$variant: ok"
}

for checked in 0 1; do
  "$CXX" "${flags[@]}" -DHOLDFAST_CHECKED=$checked -c tests/unit/gdb_printer_program.cpp \
    -o "$work/program$checked.o"
done
check "as built" "$HOLDFAST_LIB" "$work/program0.o"
check "as built, checked locks" "$HOLDFAST_LIB" "$work/program1.o"
if [[ $HOLDFAST_LIB == *.a ]]; then
  "$CXX" "${flags[@]}" -shared -Wl,--whole-archive "$HOLDFAST_LIB" -Wl,--no-whole-archive \
    -o "$work/libholdfast.so"
  check "as a shared library" "$work/libholdfast.so" "$work/program0.o"
fi
# With all its names, as a program looks for the one that the library calls itself.
mkdir "$work/stripped"
cp -L "$(dirname "$HOLDFAST_LIB")"/libholdfast.* "$work/stripped"
strip --strip-debug "$work/stripped"/libholdfast.*
check "without debug information" "$work/stripped/$(basename "$HOLDFAST_LIB")" "$work/program0.o"
