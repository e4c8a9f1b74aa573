# SPDX-License-Identifier: BSL-1.0
# The libraries of the command for a system whose own are not installed: as headers alone, from where
# this machine has them (HOLDFAST_HEADER_LIBRARIES). Links to their folders, as a compiler for another
# system must not see what else lies there.
set(HOLDFAST_HEADER_LIBRARIES
    "/usr/include"
    CACHE PATH "Folder with CLI/, fmt/ and nlohmann/")
foreach(folder CLI fmt nlohmann)
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/header-libraries")
  file(CREATE_LINK "${HOLDFAST_HEADER_LIBRARIES}/${folder}"
       "${PROJECT_BINARY_DIR}/header-libraries/${folder}" SYMBOLIC)
endforeach()
foreach(target CLI11::CLI11 fmt::fmt fmt::fmt-header-only nlohmann_json::nlohmann_json)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE "${PROJECT_BINARY_DIR}/header-libraries")
endforeach()
target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY)
target_compile_definitions(fmt::fmt-header-only INTERFACE FMT_HEADER_ONLY)
