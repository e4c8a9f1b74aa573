# SPDX-License-Identifier: BSL-1.0
# The generated code of the fast paths, one test a column of docs/design/generated_code.md.
if(NOT CMAKE_CROSSCOMPILING AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  foreach(column "x86-64" "aarch64" "aarch64 with LSE")
    string(REPLACE " " "_" name "codegen.${column}")
    add_test(NAME "${name}" COMMAND "${Python3_EXECUTABLE}"
                                    "${CMAKE_CURRENT_LIST_DIR}/codegen.py" "${column}")
    holdfast_script_environment(environment)
    set_tests_properties("${name}" PROPERTIES ENVIRONMENT "${environment}")
    holdfast_set_test_properties("${name}" codegen "" 1)
  endforeach()
endif()
