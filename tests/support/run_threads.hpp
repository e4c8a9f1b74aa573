// SPDX-License-Identifier: BSL-1.0
// Runs a function on several threads that start together.
#pragma once

#include <cstddef>
#include <exception>
#include <latch>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace holdfast::test {

// Calls `function` on `count` threads at once, with the thread's number from 0 on if it takes one.
// Returns when all have ended; throws the first exception that left one of them.
template <class Function>
void run_threads(unsigned count, const Function& function) {
  std::latch start(count);
  std::mutex failure_mutex;
  std::exception_ptr failure;
  const auto body = [&](unsigned number) {
    start.arrive_and_wait();
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

  std::vector<std::thread> threads;
  threads.reserve(count);
  try {
    while (threads.size() < count)
      threads.emplace_back(body, static_cast<unsigned>(threads.size()));
  } catch (...) {  // the system has no more threads: let those that wait for them go
    start.count_down(static_cast<std::ptrdiff_t>(count - threads.size()));
    for (std::thread& each : threads) each.join();
    throw;
  }
  for (std::thread& each : threads) each.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace holdfast::test
