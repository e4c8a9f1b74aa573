#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Runs every check of the sources and documents but clang-tidy; the last line counts them.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

passed=0 failed=0
check() {
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}
check_shell() {
  local scripts
  mapfile -t scripts < <(list_files '*.sh' '.ci/run')
  if ! command -v shellcheck >/dev/null; then
    echo "shell: shellcheck is missing; run: tools/deps.sh test" >&2
    return 1
  fi
  shellcheck -x "${scripts[@]}" && echo "shell: ok"
}

check tools/check_layers.py
check tools/check_architecture.py
check tools/check_docs.py
check tools/check_style.py
check tools/format.sh --check
check check_shell

echo "checks: $passed passed, $failed failed"
((failed == 0))
