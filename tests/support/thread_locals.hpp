// SPDX-License-Identifier: BSL-1.0
// What the destructors of thread_local objects may rely on.
#pragma once

namespace holdfast::test {

// mingw-w64 frees such objects before it calls their destructors, in its thread model posix.
#if defined(_WIN32)
inline constexpr bool thread_locals_are_freed_early = true;
#else
inline constexpr bool thread_locals_are_freed_early = false;
#endif

}  // namespace holdfast::test

// First in a test whose thread_local objects look at themselves in their destructors.
#define HOLDFAST_TEST_NEEDS_THREAD_LOCALS_TO_THE_END()    \
  if (::holdfast::test::thread_locals_are_freed_early)    \
  GTEST_SKIP() << "mingw-w64 frees thread_local objects " \
                  "before it calls their destructors"
