# SPDX-License-Identifier: BSL-1.0
# Helpers of tests/: one function for each form a test can have. The ctest label is the folder's name.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(HOLDFAST_TEST_TIMEOUT_SCALE
    1
    CACHE STRING "Factor on every test's TIMEOUT; tools/test.sh sets it to HOLDFAST_TEST_SCALE")
set(holdfast_gtest_results "${PROJECT_BINARY_DIR}/gtest-results")

# Seconds that a test of this label may take before ctest ends it.
function(holdfast_test_timeout LABEL OUT)
  set(seconds 120)
  if(CMAKE_CROSSCOMPILING OR LABEL MATCHES "^(conformance|stress|consumer|process|preload)$")
    set(seconds 600)
  endif()
  if(LABEL STREQUAL model)
    set(seconds 1200)  # two minutes on two idle CPUs; the wide programs have 20 times that
  endif()
  math(EXPR seconds "${seconds} * ${HOLDFAST_TEST_TIMEOUT_SCALE}")
  set(${OUT} ${seconds} PARENT_SCOPE)
endfunction()

function(holdfast_set_test_properties NAME LABEL TIMEOUT PROCESSORS)
  if(NOT TIMEOUT)
    holdfast_test_timeout("${LABEL}" TIMEOUT)
  endif()
  set_tests_properties(
    "${NAME}"
    PROPERTIES LABELS "${LABEL}"
               TIMEOUT "${TIMEOUT}"
               PROCESSORS "${PROCESSORS}"
               SKIP_RETURN_CODE 77)
endfunction()

# holdfast_add_test(NAME LABEL SOURCES file... [LIBRARIES target...] [OPTIONS flag...] [TIMEOUT s]
#                   [SETTINGS word...])
# One GoogleTest executable that is one ctest, or one a setting, which it is given as --setting=WORD;
# its cases are counted from the file it writes.
function(holdfast_add_test NAME LABEL)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "TIMEOUT" "SOURCES;LIBRARIES;OPTIONS;SETTINGS")
  if(HOLDFAST_TEST_LABELS AND NOT LABEL IN_LIST HOLDFAST_TEST_LABELS)
    return()
  endif()
  add_executable("${NAME}" ${arg_SOURCES})
  set_target_properties("${NAME}" PROPERTIES CXX_EXTENSIONS OFF)
  foreach(source IN LISTS arg_SOURCES)
    if(source MATCHES "checked_test\\.cpp$") # it says what the headers mean
      set_source_files_properties("${source}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
  if(LABEL MATCHES "^(unit|conformance)$")
    target_compile_options("${NAME}" PRIVATE ${HOLDFAST_UNIT_TEST_OPTIONS})
    list(LENGTH arg_SOURCES sources)
    if(HOLDFAST_UNIT_TEST_UNITY AND LABEL STREQUAL unit)
      set_target_properties("${NAME}" PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    elseif(HOLDFAST_UNIT_TEST_PCH AND sources GREATER 3)
      target_precompile_headers("${NAME}" PRIVATE <gtest/gtest.h> <gmock/gmock.h> <chrono> <thread>
                                <stop_token> <functional>)
    endif()
  endif()
  target_compile_options("${NAME}" PRIVATE ${arg_OPTIONS})
  target_link_libraries("${NAME}" PRIVATE ${arg_LIBRARIES} holdfast_test_support GTest::gtest
                                          GTest::gtest_main)
  if(LABEL MATCHES "^(conformance|stress|process)$")
    set(processors 2)
  else()
    set(processors 1)
  endif()
  if(NOT arg_SETTINGS)
    holdfast_add_gtest_run("${NAME}" "${NAME}")
    holdfast_set_test_properties("${NAME}" "${LABEL}" "${arg_TIMEOUT}" ${processors})
  endif()
  foreach(setting IN LISTS arg_SETTINGS)
    holdfast_add_gtest_run("${NAME}.${setting}" "${NAME}" "--setting=${setting}")
    holdfast_set_test_properties("${NAME}.${setting}" "${LABEL}" "${arg_TIMEOUT}" ${processors})
  endforeach()
endfunction()

function(holdfast_add_gtest_run NAME TARGET)
  # Relative to where the test runs: on Windows GoogleTest knows no absolute path without a drive.
  file(RELATIVE_PATH results "${CMAKE_CURRENT_BINARY_DIR}" "${holdfast_gtest_results}")
  add_test(NAME "${NAME}" COMMAND "${TARGET}" ${ARGN} "--gtest_output=xml:${results}/${NAME}.xml")
  if(CMAKE_CROSSCOMPILING_EMULATOR MATCHES qemu)
    list(JOIN CMAKE_CROSSCOMPILING_EMULATOR " " emulator)
    set_tests_properties("${NAME}" PROPERTIES ENVIRONMENT "HOLDFAST_TEST_EMULATOR=${emulator}")
  endif()
endfunction()

# holdfast_add_program_test(NAME LABEL TARGET [ARGUMENT...]): a program that uses all CPUs and says by
# its exit code whether all is well.
function(holdfast_add_program_test NAME LABEL TARGET)
  add_test(NAME "${NAME}" COMMAND "${TARGET}" ${ARGN})
  holdfast_set_test_properties("${NAME}" "${LABEL}" "" 2)
endfunction()

# What a script test gets to know, one NAME=value each.
function(holdfast_script_environment OUT)
  set(cli "")
  if(TARGET holdfast_cli)
    set(cli "$<TARGET_FILE:holdfast_cli>")
  endif()
  set(bench "")
  if(TARGET holdfast_bench)
    set(bench "$<TARGET_FILE:holdfast_bench>")
  endif()
  set(model OFF)
  if(TARGET holdfast_model)
    set(model ON)
  endif()
  set(fiber OFF)
  if(TARGET holdfast_fiber)
    set(fiber ON)
  endif()
  set(process OFF)
  if(TARGET holdfast_process)
    set(process ON)
  endif()
  set(${OUT}
      "HOLDFAST_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
      "HOLDFAST_BUILD_DIR=${PROJECT_BINARY_DIR}"
      "HOLDFAST_BUILD_TYPE=${CMAKE_BUILD_TYPE}"
      "HOLDFAST_LIB=$<TARGET_FILE:holdfast>"
      "HOLDFAST_CLI=${cli}"
      "HOLDFAST_BENCH=${bench}"
      "HOLDFAST_MODEL=${model}"
      "HOLDFAST_FIBER=${fiber}"
      "HOLDFAST_PROCESS=${process}"
      "CXX=${CMAKE_CXX_COMPILER}"
      "CXXFLAGS=${CMAKE_CXX_FLAGS}"
      PARENT_SCOPE)
endfunction()

# holdfast_add_script_test(NAME LABEL SCRIPT): a *_test.py or *_test.sh; exit code 77 means skipped.
# In a build for another system those alone that are made for it (*_windows_test.py): the others start
# what was built as it is, without its emulator.
function(holdfast_add_script_test NAME LABEL SCRIPT)
  if(CMAKE_CROSSCOMPILING AND NOT SCRIPT MATCHES "_windows_test\\.py$")
    return()
  endif()
  if(SCRIPT MATCHES "\\.py$")
    set(interpreter "${Python3_EXECUTABLE}")
  else()
    set(interpreter bash)
  endif()
  add_test(NAME "${NAME}" COMMAND "${interpreter}" "${SCRIPT}")
  holdfast_script_environment(environment)
  if(CMAKE_CROSSCOMPILING)
    list(JOIN CMAKE_CROSSCOMPILING_EMULATOR " " emulator)
    list(APPEND environment "HOLDFAST_TEST_EMULATOR=${emulator}" "HOLDFAST_TOOLCHAIN=${CMAKE_TOOLCHAIN_FILE}")
  endif()
  set_tests_properties("${NAME}" PROPERTIES ENVIRONMENT "${environment}")
  holdfast_set_test_properties("${NAME}" "${LABEL}" "" 1)
endfunction()

# holdfast_add_must_not_compile_test(NAME SOURCE): compiles as it stands, not with MUST_NOT_COMPILE.
function(holdfast_add_must_not_compile_test NAME SOURCE)
  set(includes "$<TARGET_PROPERTY:holdfast,INTERFACE_INCLUDE_DIRECTORIES>")
  set(definitions "$<TARGET_PROPERTY:holdfast,INTERFACE_COMPILE_DEFINITIONS>")
  separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS}")
  add_test(
    NAME "${NAME}"
    COMMAND
      "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/cmake/must_not_compile.py" "${SOURCE}" --
      "${CMAKE_CXX_COMPILER}" -std=c++20 ${flags} -Wall -Wextra -Wpedantic -Wshadow -Wconversion
      "$<$<BOOL:${includes}>:-I$<JOIN:${includes},;-I>>"
      "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},;-D>>"
    COMMAND_EXPAND_LISTS)
  holdfast_set_test_properties("${NAME}" must_not_compile "" 1)
endfunction()

# Turns a path below tests/ into a test's name: unit/tools_test.sh -> unit.tools
function(holdfast_script_test_name SCRIPT OUT)
  file(RELATIVE_PATH name "${PROJECT_SOURCE_DIR}/tests" "${SCRIPT}")
  string(REGEX REPLACE "_test\\.(py|sh)$" "" name "${name}")
  string(REPLACE "/" "." name "${name}")
  set(${OUT} "${name}" PARENT_SCOPE)
endfunction()
