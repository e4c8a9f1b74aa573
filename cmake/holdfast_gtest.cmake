# SPDX-License-Identifier: BSL-1.0
# GoogleTest: the installed one, or built from source where it must share the standard library's flags.
set(HOLDFAST_GTEST_SOURCE
    ""
    CACHE PATH "Build GoogleTest from this folder (empty: find the installed one)")

# Whether the standard library has threads at all.
set(HOLDFAST_TEST_STD_THREADS ON)
if(WIN32)
  include(CheckCXXSourceCompiles)
  unset(HOLDFAST_TEST_STD_THREADS)
  check_cxx_source_compiles("#include <mutex>
                             int main() { std::mutex().lock(); }" HOLDFAST_TEST_STD_THREADS)
endif()

if(HOLDFAST_GTEST_SOURCE)
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW) # its options obey the variables set here
  set(INSTALL_GTEST OFF)
  set(BUILD_GMOCK ON)
  set(BUILD_SHARED_LIBS OFF)
  add_subdirectory("${HOLDFAST_GTEST_SOURCE}" "${PROJECT_BINARY_DIR}/googletest" EXCLUDE_FROM_ALL
                   SYSTEM)
  if(NOT HOLDFAST_TEST_STD_THREADS)
    target_include_directories(gtest PUBLIC "${PROJECT_SOURCE_DIR}/src")
    target_compile_options(gtest PUBLIC -include
                                        "${PROJECT_SOURCE_DIR}/tests/support/std_mutex_windows.hpp")
  endif()
  foreach(part gtest gtest_main gmock gmock_main)
    if(NOT TARGET GTest::${part})
      add_library(GTest::${part} ALIAS ${part})
    endif()
  endforeach()
else()
  find_package(GTest REQUIRED)
endif()
