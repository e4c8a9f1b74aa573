# SPDX-License-Identifier: BSL-1.0
# GoogleTest: the installed one, or built from source where it must share the standard library's flags.
set(HOLDFAST_GTEST_SOURCE
    ""
    CACHE PATH "Build GoogleTest from this folder (empty: find the installed one)")

if(HOLDFAST_GTEST_SOURCE)
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW) # its options obey the variables set here
  set(INSTALL_GTEST OFF)
  set(BUILD_GMOCK ON)
  set(BUILD_SHARED_LIBS OFF)
  add_subdirectory("${HOLDFAST_GTEST_SOURCE}" "${PROJECT_BINARY_DIR}/googletest" EXCLUDE_FROM_ALL
                   SYSTEM)
  foreach(part gtest gtest_main gmock gmock_main)
    if(NOT TARGET GTest::${part})
      add_library(GTest::${part} ALIAS ${part})
    endif()
  endforeach()
else()
  find_package(GTest REQUIRED)
endif()
