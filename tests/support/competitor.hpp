// SPDX-License-Identifier: BSL-1.0
// Somebody who takes part in a test: a thread, or a fiber where the executable says so.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "holdfast/platform/native.hpp"
#include "holdfast/platform/task.hpp"
#include "holdfast/wait/spin_wait.hpp"

namespace holdfast::test {

// Begins to run `body` beside the caller; returns what waits for its end.
using begin_function = std::function<void()> (*)(std::function<void()> body);

inline std::function<void()> begin_thread(std::function<void()> body) {
  const auto thread = std::make_shared<std::thread>(std::move(body));
  return [thread] { thread->join(); };
}

// What competitors are in this executable. Set before the first test.
inline begin_function begin_competitor = &begin_thread;

// Joins at its end.
class competitor {
 public:
  competitor() = default;
  explicit competitor(std::function<void()> body) : join_(begin_competitor(std::move(body))) {}
  competitor(competitor&& other) noexcept : join_(std::exchange(other.join_, nullptr)) {}
  competitor& operator=(competitor&&) = delete;
  ~competitor() { join(); }

  void join() {
    if (join_) std::exchange(join_, nullptr)();
  }

 private:
  std::function<void()> join_;
};

// Lets others run, whoever calls.
inline void give_way() { detail::yield<platform::native>(); }

// A place at which a thread may be preempted, as anywhere; a fiber is there now and then.
inline void may_be_preempted() {
  thread_local unsigned passed = 0;
  if (platform::this_task() != nullptr && ++passed % 64 == 0) give_way();
}

}  // namespace holdfast::test
