# SPDX-License-Identifier: BSL-1.0
# Windows on x86-64, with mingw-w64's thread model win32.
set(holdfast_thread_model win32)
include("${CMAKE_CURRENT_LIST_DIR}/mingw.cmake")
