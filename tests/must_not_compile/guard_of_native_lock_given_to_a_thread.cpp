// SPDX-License-Identifier: BSL-1.0
// A guard of a thread-owned lock cannot be captured by another thread's function.
// expect: (use of deleted function|call to deleted constructor)
#include <thread>
#include <utility>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"

void hand_over(holdfast::mutex<int, holdfast::native_lock>& m) {
#ifdef MUST_NOT_COMPILE
  auto owner = m.lock();
  std::thread([owner = std::move(owner)] {}).join();
#else
  std::thread([&m] { const auto owner = m.lock(); }).join();
#endif
}
