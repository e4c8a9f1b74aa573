# SPDX-License-Identifier: BSL-1.0
# The page of `holdfast-bench report`: made by npm, compiled into the command. Without npm, or without
# its registry, the command is built all the same and says what is missing; every build tries again.
set(holdfast_bench_page "${CMAKE_CURRENT_BINARY_DIR}/report/page.cpp")
set(made "${CMAKE_CURRENT_BINARY_DIR}/report/made")  # written only if it went well
file(GLOB page_sources CONFIGURE_DEPENDS report/*.json report/*.mjs report/src/*)
add_custom_command(
  OUTPUT "${holdfast_bench_page}" "${made}"
  COMMAND "${CMAKE_COMMAND}" -D "SOURCE=${CMAKE_CURRENT_LIST_DIR}" -D "PAGE=${holdfast_bench_page}" -D "MADE=${made}"
          -P "${CMAKE_CURRENT_LIST_DIR}/make_page.cmake"
  DEPENDS ${page_sources} "${CMAKE_CURRENT_LIST_DIR}/make_page.cmake"
  COMMENT "The page of holdfast-bench report"
  VERBATIM)
