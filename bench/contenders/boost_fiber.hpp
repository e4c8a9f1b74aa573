// SPDX-License-Identifier: BSL-1.0
// The fibers of Boost.Fiber and their mutex. Where threads share the mutex, each runs one fiber, and
// its scheduler puts the thread to sleep when that one waits.
#pragma once

#include <utility>
#include <vector>

#include <boost/fiber/fiber.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/operations.hpp>

#include "contenders/cell.hpp"

namespace bench {

struct boost_fiber_mutex : with_lock<boost::fibers::mutex> {
  static constexpr const char* name = "boost::fibers::mutex";
};

// As our_fibers in contenders/fibers.hpp; the scheduler is the thread's.
struct boost_fibers {
  static constexpr const char* name = "boost::fibers";
  using mutexes = contenders<boost_fiber_mutex>;

  template <class Body>
  void run(unsigned count, Body body) {
    std::vector<boost::fibers::fiber> fibers;
    fibers.reserve(count);
    for (unsigned i = 0; i < count; ++i)
      fibers.emplace_back(boost::fibers::launch::post, [&body, i] { body(i); });
    for (boost::fibers::fiber& each : fibers) each.join();
  }

  static void yield() { boost::this_fiber::yield(); }

  template <class F>
  static void spawn_and_join(F f) {
    boost::fibers::fiber(boost::fibers::launch::post, std::move(f)).join();
  }
};

struct boost_fiber_library : library {
  using mutexes = contenders<boost_fiber_mutex>;
  using fibers = contenders<boost_fibers>;
};

}  // namespace bench
