// SPDX-License-Identifier: BSL-1.0
// Runs a function on several threads that start together.
#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <type_traits>
#include <vector>

#include "support/competitor.hpp"

namespace holdfast::test {

// Calls `function` on `count` threads at once, or what this executable has in their place, with the
// thread's number from 0 on if it takes one. Returns when all have ended; throws the first exception
// that left one of them.
template <class Function>
void run_threads(unsigned count, const Function& function) {
  std::atomic<int> missing{static_cast<int>(count)};
  std::mutex failure_mutex;
  std::exception_ptr failure;
  const auto body = [&](unsigned number) {
    missing.fetch_sub(1);
    while (missing.load() > 0) give_way();
    try {
      if constexpr (std::is_invocable_v<const Function&, unsigned>)
        function(number);
      else
        function();
    } catch (...) {
      const std::scoped_lock hold(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  };

  {
    std::vector<competitor> threads;
    threads.reserve(count);
    try {
      while (threads.size() < count)
        threads.emplace_back(
            [&body, number = static_cast<unsigned>(threads.size())] { body(number); });
    } catch (...) {  // the system has no more threads: let those that wait for them go
      missing.store(0);
      throw;
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace holdfast::test
