// SPDX-License-Identifier: BSL-1.0
// Makes the calling thread look like one that runs a fiber.
#pragma once

#include "holdfast/platform/task.hpp"

namespace holdfast::test {

class fake_task final : public platform::task {
 public:
  fake_task() noexcept : task(platform::next_task_id()) { platform::this_threads_task = this; }
  fake_task(const fake_task&) = delete;
  fake_task& operator=(const fake_task&) = delete;
  ~fake_task() { platform::this_threads_task = nullptr; }

  void suspend(platform::suspension&, const deadline&) noexcept override {}
  void resume() noexcept override {}
  void yield() noexcept override {}
};

}  // namespace holdfast::test
