# SPDX-License-Identifier: BSL-1.0
# Windows on x86-64 by mingw-w64, as static executables, run by Wine. holdfast_thread_model (posix or
# win32) says which of the two libstdc++ is meant.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER "x86_64-w64-mingw32-gcc-${holdfast_thread_model}") # GoogleTest asks for one
set(CMAKE_CXX_COMPILER "x86_64-w64-mingw32-g++-${holdfast_thread_model}")
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_CROSSCOMPILING_EMULATOR wine)
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_MODULE_LINKER_FLAGS_INIT "-static")

set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
