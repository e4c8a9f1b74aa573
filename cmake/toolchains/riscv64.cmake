# SPDX-License-Identifier: BSL-1.0
# Linux on riscv64: built by g++-riscv64-linux-gnu, run by qemu-user.
set(holdfast_processor riscv64)
set(holdfast_triplet riscv64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-riscv64 -L /usr/riscv64-linux-gnu)
include("${CMAKE_CURRENT_LIST_DIR}/linux_cross.cmake")
