# SPDX-License-Identifier: BSL-1.0
# Linux on another CPU, by Debian's cross compilers: what their toolchain files share. They set
# holdfast_processor and holdfast_triplet, and the emulator if it takes one.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR "${holdfast_processor}")
set(CMAKE_C_COMPILER "${holdfast_triplet}-gcc") # GoogleTest asks for one
set(CMAKE_CXX_COMPILER "${holdfast_triplet}-g++")

# The system's own packages are for another CPU; only what lies in these folders may be found.
set(CMAKE_FIND_ROOT_PATH "/usr/${holdfast_triplet}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
