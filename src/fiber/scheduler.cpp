// SPDX-License-Identifier: BSL-1.0
// One runner, on the thread that asks for it.
#include "holdfast/fiber/scheduler.hpp"

#include <cerrno>
#include <system_error>

#include "holdfast/fiber/this_fiber.hpp"

#include "fiber/crew.hpp"

namespace holdfast::fiber {

scheduler::scheduler() : crew_(std::make_unique<detail::crew>(1, false)) {}

scheduler::~scheduler() = default;

void scheduler::run() {
  if (detail::runner::of_this_thread() != nullptr)
    throw std::system_error(
        EPERM, std::generic_category(),
        "holdfast: scheduler::run() inside a fiber would stop the fibers around "
        "it: spawn into the scheduler, and run it on a thread");
  if (!crew_->at(0).run())
    throw std::system_error(EPERM, std::generic_category(),
                            "holdfast: another thread runs this scheduler already: fibers of one "
                            "scheduler run on one thread; a pool has several");
}

}  // namespace holdfast::fiber
