# SPDX-License-Identifier: BSL-1.0
# The program whose data the commands heal and remove.
if(TARGET holdfast::process AND TEST process.lock_data)
  add_executable(process_data_program "${CMAKE_CURRENT_SOURCE_DIR}/process/data_program.cpp")
  set_target_properties(process_data_program PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(process_data_program PRIVATE holdfast::process holdfast_warnings)
  set_property(TEST process.lock_data APPEND
               PROPERTY ENVIRONMENT "HOLDFAST_DATA_PROGRAM=$<TARGET_FILE:process_data_program>")
endif()
