# SPDX-License-Identifier: BSL-1.0
# The program of the requirements, linked with nothing of holdfast, and the library that is wrong on purpose.
# The scripts of this folder run it.
file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/conformance/*.cpp")
list(FILTER sources EXCLUDE REGEX "/broken\\.cpp$")
add_executable(preload_conformance ${sources})
target_compile_options(preload_conformance PRIVATE -O1)
add_executable(preload_lost_wakeup "${CMAKE_CURRENT_LIST_DIR}/lost_wakeup.cpp")
add_library(preload_broken MODULE "${CMAKE_CURRENT_LIST_DIR}/conformance/broken.cpp")
foreach(target preload_conformance preload_lost_wakeup preload_broken)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_link_libraries(${target} PRIVATE Threads::Threads holdfast_warnings)
endforeach()
foreach(name conformance lost_wakeup programs run)
  set_property(
    TEST preload.${name}
    APPEND
    PROPERTY ENVIRONMENT "HOLDFAST_PTHREAD=$<TARGET_FILE:holdfast_pthread>"
             "HOLDFAST_CONFORMANCE=$<TARGET_FILE:preload_conformance>"
             "HOLDFAST_LOST_WAKEUP=$<TARGET_FILE:preload_lost_wakeup>"
             "HOLDFAST_BROKEN=$<TARGET_FILE:preload_broken>"
             "HOLDFAST_PROGRAMS=${PROJECT_SOURCE_DIR}/build/programs/usr/bin")
  set_property(TEST preload.${name} PROPERTY PROCESSORS 2)
endforeach()
