# SPDX-License-Identifier: BSL-1.0
# HOLDFAST_PRELOAD_FITS: whether this is a system whose pthread calls preload/ can replace.
include(CheckCXXSourceCompiles)

if(HOLDFAST_PORTABLE OR CMAKE_CXX_FLAGS MATCHES "-fsanitize|-stdlib=libc")
  set(HOLDFAST_PRELOAD_FITS OFF)
else()
  check_cxx_source_compiles(
    "#include <pthread.h>
     #if !defined(__linux__) || !defined(__x86_64__) || !defined(__LP64__) || !defined(__GLIBC__) || __GLIBC__ != 2 || __GLIBC_MINOR__ < 34
     #error not this one
     #endif
     int main() {}"
    HOLDFAST_PRELOAD_FITS)
endif()
