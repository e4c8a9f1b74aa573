// SPDX-License-Identifier: BSL-1.0
// A scheduler that runs on a thread of its own for as long as a test has it.
#pragma once

#include <chrono>
#include <stop_token>
#include <thread>
#include <utility>

#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"

namespace holdfast::test {

// Its end waits for the fibers that are left.
class running_scheduler {
 public:
  running_scheduler()
      : keeper_(scheduler_.spawn([](const std::stop_token& stop) {
          static_cast<void>(fiber::sleep_for(std::chrono::hours::max(), stop));
        })),
        thread_([this] { scheduler_.run(); }) {}
  running_scheduler(const running_scheduler&) = delete;
  running_scheduler& operator=(const running_scheduler&) = delete;
  ~running_scheduler() {
    keeper_.request_stop();
    thread_.join();
  }

  template <class... Arguments>
  auto spawn(Arguments&&... arguments) {
    return scheduler_.spawn(std::forward<Arguments>(arguments)...);
  }

  std::thread::id thread() const noexcept { return thread_.get_id(); }

 private:
  fiber::scheduler scheduler_;
  fiber::handle<void> keeper_;
  std::thread thread_;
};

}  // namespace holdfast::test
