#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds the release library and command and installs them: tools/install.sh PREFIX
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/lib.sh
source tools/lib.sh

prefix=${1:?usage: tools/install.sh PREFIX}
tools/deps.sh demo
step "demo configure" cmake --preset demo
step "demo build" cmake --build --preset demo -j "$jobs_to_run"
step "install" cmake --install build/demo --prefix "$prefix"
echo "Installed below ${DESTDIR:-}$prefix"
