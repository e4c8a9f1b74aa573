#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Installs the Debian packages that are missing: tools/deps.sh [demo|test|bench|ports|all]
# The programs that tests/preload runs, the rivals of the benchmark, and the ports' compilers and emulators
# are optional: what needs one that cannot be installed is left out.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

demo=(g++ cmake ninja-build pkg-config libcli11-dev libfmt-dev nlohmann-json3-dev libboost-context-dev)
test=(libgtest-dev googletest libgmock-dev clang-19 libclang-rt-19-dev libc++-19-dev
  libc++abi-19-dev clang-tidy-19 clang-format-19 gdb valgrind python3 strace shellcheck
  libboost-fiber-dev)
# What tests/preload runs as it is; some 22 MB. The server of redis is a program of redis-tools. Packages
# that would start a server are unpacked to build/programs instead.
programs=(sysbench stress-ng pigz lbzip2 pbzip2 xz-utils libpython3.11-testsuite libjemalloc2
  libtcmalloc-minimal4 redis-tools libevent-2.1-7 libsasl2-2)
servers=(memcached)
bench=(libabsl-dev libnsync-dev libtbb-dev libck-dev libboost-thread-dev libboost-fiber-dev
  librust-parking-lot-dev)
command -v cargo >/dev/null || bench+=(cargo)
command -v npm >/dev/null || bench+=(nodejs npm) # for the page of its report
# Compilers and emulators for make test-ports; g++-multilib would conflict with the cross compilers.
ports=(googletest g++-mingw-w64-x86-64-posix g++-mingw-w64-x86-64-win32 wine wine64
  g++-aarch64-linux-gnu g++-riscv64-linux-gnu qemu-user g++-i686-linux-gnu)

optional=()
unpacked=()
case ${1:-all} in
  demo) wanted=("${demo[@]}") ;;
  test) wanted=("${demo[@]}" "${test[@]}") optional=("${programs[@]}") unpacked=("${servers[@]}") ;;
  bench) wanted=("${demo[@]}") optional=("${bench[@]}") ;;
  ports) wanted=("${demo[@]}" "${test[@]}") optional=("${ports[@]}") ;;
  all)
    wanted=("${demo[@]}" "${test[@]}") optional=("${programs[@]}" "${bench[@]}")
    unpacked=("${servers[@]}")
    ;;
  *) die "usage: tools/deps.sh [demo|test|bench|ports|all]" ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  die "tools/deps.sh installs Debian packages, and this system has no apt-get.
Install the like of these by hand, then run cmake --preset release:
  ${wanted[*]}"
fi

# missing_of PACKAGE...: those that are not installed, one a line.
missing_of() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      echo "$package"
  done
}
mapfile -t missing < <(missing_of "${wanted[@]}")
mapfile -t missing_optional < <(missing_of "${optional[@]}")

unpack() { # PACKAGE
  mkdir -p build/programs
  (cd build/programs && apt-get download "$1" && dpkg -x "$1"_*.deb . && rm "$1"_*.deb)
}
unpack_missing() {
  local package
  for package in "${unpacked[@]}"; do
    command -v "$package" >/dev/null || [[ -x build/programs/usr/bin/$package ]] ||
      step "$package" unpack "$package" || echo "Going on without $package: what needs it is left out."
  done
}

if ((${#missing[@]} + ${#missing_optional[@]} == 0)); then
  unpack_missing
  exit 0
fi

by_hand="sudo apt-get update && sudo apt-get install --no-install-recommends"
if ((EUID == 0)); then
  as_root=(env DEBIAN_FRONTEND=noninteractive)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo -n env DEBIAN_FRONTEND=noninteractive)
elif ((${#missing[@]})); then
  die "Packages are missing and only root may install them. Run this, then try again:
  $by_hand ${missing[*]}"
else
  echo "What needs these packages is left out, as only root may install them:
  $by_hand ${missing_optional[*]}"
  unpack_missing
  exit 0
fi
install=("${as_root[@]}" apt-get install -y --no-install-recommends)

everything=("${missing[@]}" "${missing_optional[@]}")
heading "Installing ${everything[*]}"
step "package lists" "${as_root[@]}" apt-get update ||
  echo "apt-get update failed; trying with the lists that are there"
if ((${#missing[@]})); then
  step "packages" "${install[@]}" "${missing[@]}" ||
    die "The packages could not be installed (see above). Install them by hand, then try again:
  apt-get install --no-install-recommends ${missing[*]}"
fi
for package in "${missing_optional[@]}"; do # one by one: each may fail alone
  step "$package" "${install[@]}" "$package" || echo "Going on without $package: what needs it is left out."
done
unpack_missing
