// SPDX-License-Identifier: BSL-1.0
// The platforms for which the library holds compiled algorithms.
#pragma once

#include "holdfast/platform/native.hpp"

// Every algorithm is compiled for the native platform and the portable one, unchecked and checked,
// so that a program may use any of them and the tests use all of them.
#if defined(__linux__) && !HOLDFAST_PORTABLE
#define HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(INSTANTIATE) \
  INSTANTIATE(::holdfast::platform::linux_kernel)         \
  INSTANTIATE(::holdfast::platform::portable)
#elif defined(_WIN32) && !HOLDFAST_PORTABLE
#define HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(INSTANTIATE) \
  INSTANTIATE(::holdfast::platform::windows)              \
  INSTANTIATE(::holdfast::platform::portable)
#else
#define HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(INSTANTIATE) \
  INSTANTIATE(::holdfast::platform::portable)
#endif

#define HOLDFAST_INSTANTIATE_CHECKED(Platform) \
  HOLDFAST_INSTANTIATE(::holdfast::platform::checked<Platform>)
#define HOLDFAST_FOR_EACH_PLATFORM(INSTANTIATE)     \
  HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(INSTANTIATE) \
  HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(HOLDFAST_INSTANTIATE_CHECKED)
