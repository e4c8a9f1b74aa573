# SPDX-License-Identifier: BSL-1.0
# Linux on 32-bit x86: built by g++-i686-linux-gnu (g++-multilib cannot be installed beside the other
# cross compilers), run as it is by an x86-64 kernel, with the C library of the cross compiler.
set(holdfast_processor i686)
set(holdfast_triplet i686-linux-gnu)
set(CMAKE_EXE_LINKER_FLAGS_INIT
    "-Wl,--dynamic-linker=/usr/i686-linux-gnu/lib/ld-linux.so.2,-rpath,/usr/i686-linux-gnu/lib")
include("${CMAKE_CURRENT_LIST_DIR}/linux_cross.cmake")
