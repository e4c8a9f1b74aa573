# SPDX-License-Identifier: BSL-1.0
# Tests of this folder that fit no pattern.
add_subdirectory("${CMAKE_CURRENT_LIST_DIR}/no_exceptions")
add_subdirectory("${CMAKE_CURRENT_LIST_DIR}/park/plugins")
if(TARGET holdfast_simulator)
  add_subdirectory("${CMAKE_CURRENT_LIST_DIR}/bench/simulator")
endif()
