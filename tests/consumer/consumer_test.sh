#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Installs holdfast (static and shared) as a user does and builds a newcomer's program against it in
# every supported way. Needs HOLDFAST_SOURCE_DIR, HOLDFAST_BUILD_DIR and CXX; HOLDFAST_MODEL=ON adds
# the model checker to the static one, HOLDFAST_FIBER=ON fibers and HOLDFAST_PROCESS=ON locks between
# processes to both.
set -euo pipefail

source_dir=${HOLDFAST_SOURCE_DIR:?} build_dir=${HOLDFAST_BUILD_DIR:?} model=${HOLDFAST_MODEL:-OFF} fiber=${HOLDFAST_FIBER:-OFF}
process=${HOLDFAST_PROCESS:-OFF}
export CXX=${CXX:-g++}
here=$source_dir/tests/consumer
work=$build_dir/consumer
rm -rf "$work"
mkdir -p "$work"

say() { printf -- '-- %s\n' "$*"; }

quietly() { # runs a command, shows its output only when it fails
  "$@" >"$work/log" 2>&1 || {
    printf 'failed: %s\n' "$*"
    cat "$work/log"
    exit 1
  }
}

run() { # PREFIX PROGRAM [OUTPUT]: runs a consumer; the loader finds a shared library below PREFIX
  local prefix=$1 program=$2 wanted=${3:-counted 4000000 and 400000} output
  output=$(LD_LIBRARY_PATH=$prefix/lib "$program")
  [[ $output == "$wanted" ]] || {
    printf '%s said: %s\n' "$program" "$output"
    exit 1
  }
}

install_holdfast() { # KIND SHARED MODEL
  quietly cmake -S "$source_dir" -B "$work/$1-build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DBUILD_SHARED_LIBS="$2" -DHOLDFAST_BUILD_MODEL="$3" -DHOLDFAST_BUILD_FIBER="$fiber" \
    -DHOLDFAST_BUILD_PROCESS="$process" -DCMAKE_INSTALL_LIBDIR=lib \
    -DHOLDFAST_BUILD_TESTS=OFF -DHOLDFAST_BUILD_CLI=OFF -DHOLDFAST_BUILD_BENCH=OFF -DHOLDFAST_BUILD_EXAMPLES=OFF -DHOLDFAST_BUILD_PRELOAD=OFF
  quietly cmake --build "$work/$1-build"
  quietly cmake --install "$work/$1-build" --prefix "$work/$1-prefix"
}

with_find_package() { # NAME PREFIX BUILD_TYPE
  quietly cmake -S "$here/find_package" -B "$work/$1" -G Ninja -DCMAKE_BUILD_TYPE="$3" \
    -DCMAKE_PREFIX_PATH="$2"
  quietly cmake --build "$work/$1"
  run "$2" "$work/$1/consumer"
}

with_pkgconfig() { # NAME PREFIX [CXXFLAGS]
  mkdir -p "$work/$1"
  PKG_CONFIG_PATH=$2/lib/pkgconfig CXXFLAGS=${3:-} \
    quietly make -C "$here/pkgconfig" OUT="$work/$1/consumer" CXX="$CXX"
  run "$2" "$work/$1/consumer"
}

with_component() { # COMPONENT NAME PREFIX BUILD_TYPE OUTPUT
  quietly cmake -S "$here/$1" -B "$work/$2" -G Ninja -DCMAKE_BUILD_TYPE="$4" \
    -DCMAKE_PREFIX_PATH="$3"
  quietly cmake --build "$work/$2"
  run "$3" "$work/$2/consumer" "$5"
}

without_component() { # COMPONENT NAME PREFIX REASON: what is not installed is refused, and why is said
  if cmake -S "$here/$1" -B "$work/$2" -G Ninja -DCMAKE_PREFIX_PATH="$3" >"$work/log" 2>&1; then
    echo "$3 has no component $1, but the package says that it has"
    exit 1
  fi
  tr -s '\n ' '  ' <"$work/log" | grep -F "$4" >"$work/reason" || {
    cat "$work/log"
    exit 1
  }
}

with_model() { with_component model "$1" "$2" "$3" "found the weak order"; }

without_model() { without_component model "$1" "$2" "was installed without its model checker"; }

counted_by_fibers="counted 100000 and 101000"

with_fiber() { with_component fiber "$1" "$2" "$3" "$counted_by_fibers"; } # NAME PREFIX BUILD_TYPE

with_fiber_by_pkgconfig() { # NAME PREFIX
  mkdir -p "$work/$1"
  PKG_CONFIG_PATH=$2/lib/pkgconfig \
    quietly make -C "$here/pkgconfig" OUT="$work/$1/consumer" CXX="$CXX" SOURCE=../fiber/main.cpp \
    PACKAGE=holdfast-fiber
  run "$2" "$work/$1/consumer" "$counted_by_fibers"
}

without_fiber() { # NAME PREFIX
  without_component fiber "$1" "$2" "was installed without its fibers"
}

counted_by_processes="counted 20000, told"

with_process() { # NAME PREFIX
  with_component process "$1" "$2" Release "$counted_by_processes"
  mkdir -p "$work/$1-pkgconfig"
  PKG_CONFIG_PATH=$2/lib/pkgconfig \
    quietly make -C "$here/pkgconfig" OUT="$work/$1-pkgconfig/consumer" CXX="$CXX" SOURCE=../process/main.cpp \
    PACKAGE=holdfast-process
  run "$2" "$work/$1-pkgconfig/consumer" "$counted_by_processes"
}

for kind in static shared; do
  say "$kind: install"
  if [[ $kind == shared ]]; then shared=ON library=libholdfast.so; else shared=OFF library=libholdfast.a; fi
  if [[ $kind == static ]]; then has_model=$model; else has_model=OFF; fi
  install_holdfast "$kind" "$shared" "$has_model"
  prefix=$work/$kind-prefix
  [[ -e $prefix/lib/$library ]] || {
    echo "no $prefix/lib/$library"
    exit 1
  }

  say "$kind: find_package"
  with_find_package "$kind-find_package" "$prefix" Release
  say "$kind: find_package, Debug consumer (HOLDFAST_CHECKED by CMake)"
  with_find_package "$kind-find_package-debug" "$prefix" Debug
  say "$kind: pkg-config"
  with_pkgconfig "$kind-pkgconfig" "$prefix"
  say "$kind: pkg-config, HOLDFAST_CHECKED=1 by hand"
  with_pkgconfig "$kind-pkgconfig-checked" "$prefix" -DHOLDFAST_CHECKED=1

  if [[ $has_model == ON ]]; then
    say "$kind: model checker, Debug consumer"
    with_model "$kind-model" "$prefix" Debug
  else
    say "$kind: no model checker"
    without_model "$kind-model" "$prefix"
  fi

  if [[ $fiber == ON ]]; then
    say "$kind: fibers"
    with_fiber "$kind-fiber" "$prefix" Release
    say "$kind: fibers, Debug consumer"
    with_fiber "$kind-fiber-debug" "$prefix" Debug
    say "$kind: fibers, pkg-config"
    with_fiber_by_pkgconfig "$kind-fiber-pkgconfig" "$prefix"
    say "$kind: as installed without fibers"
    cp -r "$prefix" "$work/$kind-fiberless"
    rm "$work/$kind-fiberless"/lib/cmake/holdfast/holdfastFiberTargets*.cmake
    without_fiber "$kind-without-fiber" "$work/$kind-fiberless"
  else
    say "$kind: no fibers"
    without_fiber "$kind-without-fiber" "$prefix"
  fi

  if [[ $process == ON ]]; then
    say "$kind: locks between processes"
    with_process "$kind-process" "$prefix"
    say "$kind: as installed without them"
    cp -r "$prefix" "$work/$kind-processless"
    rm "$work/$kind-processless"/lib/cmake/holdfast/holdfastProcessTargets*.cmake
    prefix_without=$work/$kind-processless
  else
    prefix_without=$prefix
  fi
  without_component process "$kind-without-process" "$prefix_without" \
    "was installed without its locks between processes"

  say "$kind: moved prefix"
  moved=$work/$kind-moved/elsewhere
  mkdir -p "$(dirname "$moved")"
  mv "$prefix" "$moved"
  if grep -rlF "$prefix" "$moved/lib/cmake" "$moved/lib/pkgconfig"; then
    echo "these installed files name the prefix they were installed to"
    exit 1
  fi
  with_find_package "$kind-moved-find_package" "$moved" Release
  with_pkgconfig "$kind-moved-pkgconfig" "$moved"
  if [[ $has_model == ON ]]; then with_model "$kind-moved-model" "$moved" Release; fi
  if [[ $fiber == ON ]]; then
    with_fiber "$kind-moved-fiber" "$moved" Release
    with_fiber_by_pkgconfig "$kind-moved-fiber-pkgconfig" "$moved"
  fi
done

say "add_subdirectory"
quietly cmake -S "$here/add_subdirectory" -B "$work/add_subdirectory" -G Ninja \
  -DCMAKE_BUILD_TYPE=Release -DHOLDFAST_SOURCE_DIR="$source_dir"
quietly cmake --build "$work/add_subdirectory"
run "" "$work/add_subdirectory/consumer"
quietly cmake --install "$work/add_subdirectory" --prefix "$work/add_subdirectory-prefix"
if [[ -e $work/add_subdirectory-prefix/include ]]; then
  echo "a part of another project must not install itself"
  exit 1
fi
say "all consumers counted right"
