# SPDX-License-Identifier: BSL-1.0
# holdfast_warnings: what every target of this project is compiled with; never exported.
# Link it as $<BUILD_INTERFACE:holdfast_warnings>.
add_library(holdfast_warnings INTERFACE)
target_compile_options(
  holdfast_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
            $<$<BOOL:${HOLDFAST_WERROR}>:-Werror>)
