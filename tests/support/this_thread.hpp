// SPDX-License-Identifier: BSL-1.0
// On which thread a fiber is just now.
#pragma once

#include <thread>

namespace holdfast::test {

// Never inlined: within one function the compiler may take the answer of an earlier call, although
// the fiber has gone on on another thread since.
[[gnu::noinline]] inline std::thread::id this_thread_now() {
  asm volatile("");
  return std::this_thread::get_id();
}

}  // namespace holdfast::test
