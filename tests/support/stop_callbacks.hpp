// SPDX-License-Identifier: BSL-1.0
// Whether a std::stop_callback may be destroyed while it runs in another thread.
#pragma once

#include <semaphore>

namespace holdfast::test {

// That wait is one for a std::binary_semaphore. That of libstdc++ 12 has no futex on Windows, and was
// seen to sleep on when its permit had come.
#if defined(_WIN32) && defined(__GLIBCXX__)
inline constexpr bool stop_callbacks_may_sleep_on = true;
#else
inline constexpr bool stop_callbacks_may_sleep_on = false;
#endif

}  // namespace holdfast::test
