// SPDX-License-Identifier: BSL-1.0
// Runs fibers on one thread: the user-level thread package.
#pragma once

#include <memory>

#include "holdfast/base/config.hpp"
#include "holdfast/fiber/spawner.hpp"

namespace holdfast::fiber {

// Fibers run in turn on the thread that calls run(): each until it yields, waits or ends. Nobody
// takes the CPU from a fiber, so those of one scheduler need no lock for what they do between two
// such points; for what spans them they have fiber_lock, which needs no atomic instruction.
//
// A wait of any lock, condition, semaphore or queue of holdfast in a fiber lets the next one run;
// the thread sleeps only when no fiber can run. It is woken from any thread.
class HOLDFAST_EXPORT scheduler : public detail::spawner<scheduler> {
 public:
  scheduler();
  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;

  // Fibers that have not begun never will: joining one throws.
  ~scheduler();

  // Runs fibers until all have ended, also those that are spawned meanwhile. Throws
  // std::system_error (operation_not_permitted) inside a fiber, or if another thread is at it.
  void run();

 private:
  friend detail::spawner<scheduler>;
  detail::crew& its_crew() noexcept { return *crew_; }

  std::unique_ptr<detail::crew> crew_;
};

}  // namespace holdfast::fiber
