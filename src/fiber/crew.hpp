// SPDX-License-Identifier: BSL-1.0
// The threads that run the same fibers: one for a scheduler, several for a pool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "holdfast/platform/native.hpp"

#include "fiber/runner.hpp"
#include "fiber/sleepers.hpp"
#include "fiber/stack_cache.hpp"
#include "wait/timers.hpp"

namespace holdfast::fiber::detail {

class crew {
 public:
  // `until_stopped`: it is done only when stop() was called and no fiber is left; else whenever none
  // is left.
  crew(unsigned runners, bool until_stopped);
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;
  // No runner runs any more. Drops fibers that have not begun.
  ~crew();

  void start(state& to_run, std::size_t stack_size);

  // Frees what a fiber that has ended here had.
  void bury(context& ended) noexcept;

  // Makes a fiber ready that is anybody's; from a thread that is not one of ours.
  void deliver(context& who) noexcept;

  bool is_done() const noexcept;
  void stop() noexcept;
  bool is_empty() const noexcept {
    return living_.load(platform::order::acquire) == 0;  // [F4] what its fibers have done
  }

  // From anywhere, while fibers live: waits until none does.
  void wait_until_none_lives() noexcept;

  // For the runners.
  bool is_shared() const noexcept { return is_shared_; }
  holdfast::detail::timers& timers() noexcept { return timers_; }
  std::size_t size() const noexcept { return runners_.size(); }
  runner& at(std::size_t index) noexcept { return *runners_[index]; }
  void wake_one_if_idle() noexcept;
  void earliest_deadline_has_changed() noexcept;

  void goes_to_sleep(runner& who) noexcept { sleepers_.join(who); }
  deadline sleeps_until(const runner& who) const noexcept;
  void is_awake(runner& who) noexcept;

 private:
  void wake_all() noexcept;

  const bool is_shared_;
  const bool until_stopped_;
  std::vector<std::unique_ptr<runner>> runners_;
  stack_cache stacks_;
  holdfast::detail::timers timers_;
  platform::atomic<std::size_t> living_;  // fibers that have not ended
  platform::atomic<bool> stopped_;        // by stop()
  basic_sleepers<platform::native, runner> sleepers_;
  platform::atomic<unsigned> pins_;            // threads that are delivering something
  platform::atomic<std::size_t> next_runner_;  // to get what comes from outside
};

}  // namespace holdfast::fiber::detail
