# SPDX-License-Identifier: BSL-1.0
# Linux on 32-bit x86: built by g++-i686-linux-gnu (g++-multilib cannot be installed beside the other
# cross compilers), run as it is where the kernel does that, else by qemu-user, whose threads need a static
# program. So they are static in both cases.
set(holdfast_processor i686)
set(holdfast_triplet i686-linux-gnu)
execute_process(COMMAND /usr/i686-linux-gnu/lib/ld-linux.so.2 --version RESULT_VARIABLE refused OUTPUT_QUIET
                ERROR_QUIET)
if(NOT refused STREQUAL "0")
  set(CMAKE_CROSSCOMPILING_EMULATOR qemu-i386)
endif()
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
include("${CMAKE_CURRENT_LIST_DIR}/linux_cross.cmake")
