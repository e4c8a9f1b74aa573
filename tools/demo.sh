#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds library and command and runs the main job; installs what is missing first.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

tools/deps.sh demo
step "demo configure" cmake --preset demo
step "demo build" cmake --build --preset demo -j "$jobs_to_run"

holdfast=build/demo/cli/holdfast
[[ -x $holdfast ]] || die "$holdfast was not built; does cli/CMakeLists.txt exist?"
for arguments in "demo" "demo words"; do
  heading "holdfast $arguments"
  # shellcheck disable=SC2086 # two words on purpose
  "$holdfast" $arguments
done
echo "The command is $holdfast; try: $holdfast --help"
