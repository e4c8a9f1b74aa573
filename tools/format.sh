#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Formats every source in place; with --check only says which are not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

mapfile -t sources < <(list_files '*.hpp' '*.cpp')
((${#sources[@]})) || exit 0
command -v clang-format-19 >/dev/null || die "clang-format-19 is missing; run: tools/deps.sh test"
if [[ ${1:-} == --check ]]; then
  if problems=$(clang-format-19 --dry-run --Werror "${sources[@]}" 2>&1); then
    echo "format: ok"
  else
    sed -nE 's/^([^: ]+\.[ch]pp):[0-9]+:.*error: code should.*/\1/p' <<<"$problems" |
      sort | uniq -c | awk '{ printf "%s: not formatted (%d places)\n", $2, $1 }'
    [[ $problems == *": error: code should be"* ]] || printf '%s\n' "$problems"
    echo "    to mend: make format"
    exit 1
  fi
else
  clang-format-19 -i "${sources[@]}"
fi
