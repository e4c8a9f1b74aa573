#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Pictures of a page that `holdfast-bench report` wrote, light, dark and as on a phone, to build/; needs
# chromium: tools/look_at_report.sh [PAGE [NAME]]
set -euo pipefail
page=$(realpath "${1:-bench-report.html}")
name=${2:-report}
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

[[ -f $page ]] || die "$page is not there; make bench writes it"
command -v chromium >/dev/null || die "chromium is missing: apt-get install --no-install-recommends chromium"
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

# take NAME WIDTH HEIGHT OPTION...
take() {
  local picture=build/look-$name-$1.png size=$2,$3
  shift 3
  # The time is virtual: it passes as fast as the page draws.
  timeout 120 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" \
    --virtual-time-budget=8000 --window-size="$size" --screenshot="$PWD/$picture" "$@" \
    "file://$page" >"$profile/said" 2>&1 || die "chromium failed: $(tail -n 3 "$profile/said")"
  echo "$picture"
}

mkdir -p build
take light 1280 "${HEIGHT:-16000}"
take dark 1280 "${HEIGHT:-16000}" --force-dark-mode --blink-settings=preferredColorScheme=0
take phone 500 "${HEIGHT:-16000}"
