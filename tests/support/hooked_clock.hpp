// SPDX-License-Identifier: BSL-1.0
// A clock of the user's that stands still, and lets a test act whenever a wait looks at it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <utility>

namespace holdfast::test {

struct hooked_clock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<hooked_clock>;
  [[maybe_unused]] static constexpr bool is_steady = false;
  static inline std::atomic<int> looks{0};
  static inline std::function<void(int)> at_look;  // with the number of looks before
  static time_point now() noexcept {
    const int before = looks.fetch_add(1);
    if (at_look) at_look(before);
    return time_point(duration(0));
  }

  // In the scope of this, from no looks on. One wait at a time looks.
  class hook {
   public:
    explicit hook(std::function<void(int)> f) {
      looks = 0;
      at_look = std::move(f);
    }
    ~hook() { at_look = nullptr; }
    hook(const hook&) = delete;
    hook& operator=(const hook&) = delete;
  };
  // In 1 ms by other clocks, and never by this one.
  static time_point soon() { return time_point(duration(1)); }
};

}  // namespace holdfast::test
