# SPDX-License-Identifier: BSL-1.0
# Linux on aarch64: built by g++-aarch64-linux-gnu, run by qemu-user.
set(holdfast_processor aarch64)
set(holdfast_triplet aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
include("${CMAKE_CURRENT_LIST_DIR}/linux_cross.cmake")
