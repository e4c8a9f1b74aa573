#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds the library in variants and runs tests/variants/smoke.cpp with each: tools/test_variants.sh [NAME]...
#   no-exceptions  -fno-exceptions -fno-rtti      lto  link-time optimisation, of library and program
#   hidden         -fvisibility=hidden, the library shared: what a program needs is exported
#   unix           without what says that this is Linux (unix.g++ alone: libc++ does not know such a system)
#   O0 O1 O2 O3    optimisation levels
# Each with g++ and libstdc++ (NAME.g++), and with clang-19 and libc++ (NAME.clang); and O2 for other CPUs,
# under qemu-user (O2.aarch64 O2.riscv64 O2.i686). All sources of the
# library are one translation unit here: a variant takes some seconds. Prints a line for each.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

variants=("$@")
((${#variants[@]})) || variants=(O2.{aarch64,riscv64,i686} unix.g++ {no-exceptions,hidden,lto,O0,O1,O2,O3}.{g++,clang})
dir=build/variants
mkdir -p "$dir"

{
  for source in src/*.cpp src/{base,platform,wait,spin,park,lock,coroutine}/*.cpp; do
    printf '#include "%s/%s"\n#undef HOLDFAST_INSTANTIATE\n' "$PWD" "$source"
  done
} >"$dir/library.cpp"

# shellcheck disable=SC2317 # step calls these two
# build NAME: makes $dir/NAME, the smoke test with this variant of the library.
build() {
  local name=$1 compiler options=(-O1)
  case ${name#*.} in
    g++) compiler=(g++) ;;
    clang) compiler=(clang++-19 -stdlib=libc++ -fexperimental-library) ;;
    aarch64 | riscv64 | i686) compiler=("${name#*.}-linux-gnu-g++" -static) ;;
    *) die "tools/test_variants.sh: $name names no compiler" ;;
  esac
  case ${name%.*} in
    no-exceptions) options+=(-fno-exceptions -fno-rtti -DHOLDFAST_TEST_BARE) ;;
    hidden) options+=(-fvisibility=hidden -fvisibility-inlines-hidden -fPIC) ;;
    lto) options=(-O2 -flto) ;;
    unix) options+=(-U__linux__ -U__linux -Ulinux -U__gnu_linux__) ;;
    O[0-3]) options=("-${name%.*}") ;;
    *) die "tools/test_variants.sh: there is no variant $name" ;;
  esac
  compiler+=(-std=c++20 -Wall -Wextra -Werror -pthread -Iinclude -Isrc "${options[@]}")
  [[ ${compiler[0]} == *g++ ]] && compiler+=(-Wno-maybe-uninitialized) # as in cmake/holdfast_warnings.cmake

  "${compiler[@]}" -c "$dir/library.cpp" -o "$dir/$name.library.o" &
  local library=$!
  "${compiler[@]}" -c tests/variants/smoke.cpp -o "$dir/$name.smoke.o" || { wait "$library" || true; return 1; }
  wait "$library" || return 1
  if [[ ${name%.*} == hidden ]]; then
    # Not by errexit, which is off in what a condition calls.
    "${compiler[@]}" -shared "$dir/$name.library.o" -o "$dir/lib$name.so" -ldl || return 1
    "${compiler[@]}" "$dir/$name.smoke.o" -o "$dir/$name" "$dir/lib$name.so" -Wl,-rpath,"$PWD/$dir"
  else
    "${compiler[@]}" "$dir/$name.smoke.o" "$dir/$name.library.o" -o "$dir/$name" -ldl
  fi
}

# shellcheck disable=SC2317
build_and_run() {
  local emulator=()
  case $1 in
    *.i686) emulator=(qemu-i386) ;;
    *.aarch64 | *.riscv64) emulator=("qemu-${1#*.}") ;;
  esac
  build "$1" && timeout "$((60 * ${HOLDFAST_TEST_SCALE:-1}))" "${emulator[@]}" "$dir/$1"
}

# missing NAME: the program that a variant needs and that is not there, if any.
missing() {
  local needed=() program
  case $1 in
    *.clang) needed=(clang++-19) ;;
    *.i686) needed=(i686-linux-gnu-g++ qemu-i386) ;;
    *.aarch64 | *.riscv64) needed=("${1#*.}-linux-gnu-g++" "qemu-${1#*.}") ;;
  esac
  for program in "${needed[@]}"; do
    command -v "$program" >/dev/null || { echo "$program" && return; }
  done
}

code=0
for name in "${variants[@]}"; do
  if [[ -n $(missing "$name") ]]; then
    echo "  skipped: variant $name (no $(missing "$name") here)"
    continue
  fi
  if [[ $name == lto.clang && ! -e $(clang++-19 -print-resource-dir)/../../LLVMgold.so ]]; then
    echo "  skipped: variant $name (no LLVMgold.so here, clang's plugin of the linker)"
    continue
  fi
  failed=
  step "variant $name" build_and_run "$name" || failed=yes code=1
  count=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log_dir/variant_${name/./_}.log" | tail -n 1 || true)
  # One that crashed after its last line has not passed.
  if [[ -z $count || -n $failed && $count == *" 0 failed" ]]; then count="0 passed, 1 failed"; fi
  echo "variant $name: $count"
  rm -f "$dir/$name.library.o" "$dir/$name.smoke.o"
done
exit "$code"
