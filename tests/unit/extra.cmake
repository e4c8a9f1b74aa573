# SPDX-License-Identifier: BSL-1.0
# Tests of this folder that fit no pattern.
add_subdirectory("${CMAKE_CURRENT_LIST_DIR}/no_exceptions")
if(NOT CMAKE_EXE_LINKER_FLAGS MATCHES "-static") # such a program loads no plugins
  add_subdirectory("${CMAKE_CURRENT_LIST_DIR}/park/plugins")
endif()
if(TARGET holdfast_simulator)
  add_subdirectory("${CMAKE_CURRENT_LIST_DIR}/bench/simulator")
endif()
if(TARGET holdfast::fiber)
  add_executable(fiber_strace_program "${CMAKE_CURRENT_LIST_DIR}/fiber/strace_program.cpp")
  target_link_libraries(fiber_strace_program PRIVATE holdfast::fiber holdfast_warnings)
  set_target_properties(fiber_strace_program PROPERTIES CXX_EXTENSIONS OFF)
endif()
