# SPDX-License-Identifier: BSL-1.0
# What some tests need beside them: the program whose data the commands heal and remove.
if(TARGET holdfast::process AND TEST process.lock_data)
  add_executable(process_data_program "${CMAKE_CURRENT_SOURCE_DIR}/process/data_program.cpp")
  set_target_properties(process_data_program PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(process_data_program PRIVATE holdfast::process holdfast_warnings)
  set_property(TEST process.lock_data APPEND
               PROPERTY ENVIRONMENT "HOLDFAST_DATA_PROGRAM=$<TARGET_FILE:process_data_program>")
endif()

# The DLL with a copy of the library.
if(TARGET process_copies_windows_test)
  add_library(process_copy MODULE "${CMAKE_CURRENT_SOURCE_DIR}/process/copy_windows.cpp")
  set_target_properties(process_copy PROPERTIES PREFIX "" CXX_EXTENSIONS OFF)
  target_include_directories(process_copy PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(process_copy PRIVATE holdfast::process holdfast_warnings)
  target_link_options(process_copy PRIVATE -Wl,--exclude-libs,ALL)
  add_dependencies(process_copies_windows_test process_copy)
  set_property(TEST process_copies_windows_test APPEND
               PROPERTY ENVIRONMENT "HOLDFAST_TEST_COPY=$<TARGET_FILE:process_copy>")
endif()
