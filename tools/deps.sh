#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Installs the Debian packages that are missing: tools/deps.sh [demo|test|bench|all]
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

demo=(g++ cmake ninja-build pkg-config libcli11-dev libfmt-dev nlohmann-json3-dev)
test=(libgtest-dev googletest libgmock-dev clang-19 libclang-rt-19-dev libc++-19-dev
  libc++abi-19-dev clang-tidy-19 clang-format-19 gdb valgrind python3 strace shellcheck)
bench=() # optional
command -v npm >/dev/null || bench+=(nodejs npm)

optional=()
case ${1:-all} in
  demo) wanted=("${demo[@]}") ;;
  test) wanted=("${demo[@]}" "${test[@]}") ;;
  bench) wanted=("${demo[@]}") optional=("${bench[@]}") ;;
  all) wanted=("${demo[@]}" "${test[@]}") optional=("${bench[@]}") ;;
  *) die "usage: tools/deps.sh [demo|test|bench|all]" ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  die "tools/deps.sh installs Debian packages, and this system has no apt-get.
Install the like of these by hand, then run cmake --preset release:
  ${wanted[*]}"
fi

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]} + ${#optional[@]})) || exit 0

if ((EUID == 0)); then
  as_root=(env DEBIAN_FRONTEND=noninteractive)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo -n env DEBIAN_FRONTEND=noninteractive)
elif ((!${#missing[@]})); then
  echo "The benchmark has no page, as only root may install ${optional[*]}"
  exit 0
else
  die "Packages are missing and only root may install them. Run this, then try again:
  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
fi

heading "Installing" "${missing[@]}" "${optional[@]}"
step "package lists" "${as_root[@]}" apt-get update ||
  echo "apt-get update failed; trying with the lists that are there"
((!${#missing[@]})) ||
  step "packages" "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}" ||
  die "The packages could not be installed (see above). Install them by hand, then try again:
  apt-get install --no-install-recommends ${missing[*]}"
for package in "${optional[@]}"; do
  step "$package" "${as_root[@]}" apt-get install -y --no-install-recommends "$package" ||
    echo "Going on without $package"
done
