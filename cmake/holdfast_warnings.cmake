# SPDX-License-Identifier: BSL-1.0
# holdfast_warnings: what every target of this project is compiled with; never exported.
# Link it as $<BUILD_INTERFACE:holdfast_warnings>.
# g++ 12 with -O2 warns about every std::jthread, in its own <stop_token>, so
# that warning is off there; clang and valgrind watch for what it would find.
# Where files are compiled together, names of one shadow those of another, and none is the main file.
add_library(holdfast_warnings INTERFACE)
target_compile_options(
  holdfast_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow>
            -Wconversion
            $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
            $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wno-subobject-linkage>
            $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
            $<$<BOOL:${HOLDFAST_WERROR}>:-Werror>)
