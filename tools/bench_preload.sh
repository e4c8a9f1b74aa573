#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Measures the pthread calls of the C library and of libholdfast-pthread.so: tools/bench_preload.sh [LIBRARY]
set -euo pipefail
cd "$(dirname "$0")/.."

library=$(realpath "${1:-build/release/preload/libholdfast-pthread.so}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${CXX:-g++}" -std=c++20 -O2 -pthread -o "$folder/calls" preload/bench/calls.cpp

for preload in "" "$library"; do
  echo "${preload:-the C library}"
  LD_PRELOAD=$preload "$folder/calls"
done
