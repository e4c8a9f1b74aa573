// SPDX-License-Identifier: BSL-1.0
// Our fibers, and the locks that they wait for.
#pragma once

#include <utility>

#include <holdfast/fiber/fiber_lock.hpp>
#include <holdfast/fiber/scheduler.hpp>
#include <holdfast/fiber/this_fiber.hpp>

#include "contenders/holdfast.hpp"

namespace bench {

struct fiber_lock : with_lock<holdfast::fiber_lock> {
  static constexpr const char* name = "fiber_lock";
};
struct mutex_with_fiber_lock : with_mutex<holdfast::fiber_lock, holdfast::poison_on_exception> {
  static constexpr const char* name = "mutex<long, fiber_lock>";
};
struct parking_lock_on_thread : parking_lock {
  static constexpr const char* name = "parking_lock, on a thread";
};

// A package of user-level threads.
class our_fibers {
 public:
  static constexpr const char* name = "holdfast::fiber";
  using mutexes = contenders<fiber_lock, parking_lock, mutex_of_long, mutex_with_fiber_lock>;

  // Runs `count` fibers on the calling thread until all have ended; each calls `body(number)`.
  template <class Body>
  void run(unsigned count, Body body) {
    for (unsigned i = 0; i < count; ++i) scheduler_.execute([&body, i] { body(i); });
    scheduler_.run();
  }

  // In a fiber.
  static void yield() noexcept { holdfast::fiber::yield(); }
  template <class F>
  static void spawn_and_join(F f) {
    holdfast::fiber::spawn(std::move(f)).join();
  }

 private:
  holdfast::fiber::scheduler scheduler_;
};

}  // namespace bench
