#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# clang-tidy over the library's sources and the headers they include: tools/tidy.sh [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."

build=build/clang
[[ -f $build/compile_commands.json ]] || cmake --preset clang >/dev/null
sources=("$@")
((${#sources[@]})) || mapfile -t sources < <(find src -name '*.cpp' | sort)
printf '%s\0' "${sources[@]}" |
  xargs -0 -n 1 -P "${JOBS:-$(nproc)}" clang-tidy-19 -p "$build" --quiet 2>&1 |
  sed -E '/^[0-9]+ warnings?( and [0-9]+ errors?)? generated/d' || {
  echo "To mend it: change the code, or write // NOLINT(check-name): reason" >&2
  exit 1
}
echo "tidy: ${#sources[@]} files are clean"
