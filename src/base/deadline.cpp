// SPDX-License-Identifier: BSL-1.0
// Deadlines against the clocks.
#include "holdfast/base/deadline.hpp"

#include <algorithm>
#include <chrono>

namespace holdfast {
namespace {

template <class Clock>
std::int64_t now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
      .count();
}

}  // namespace

deadline deadline::after(std::int64_t nanoseconds) noexcept {
  if (nanoseconds <= 0) return already_past();
  return {clock_kind::monotonic,
          detail::saturated_sum(now<std::chrono::steady_clock>(), nanoseconds)};
}

bool deadline::has_passed() const noexcept {
  if (is_never()) return false;
  if (nanoseconds_ == 0) return true;
  return (clock_ == clock_kind::monotonic ? now<std::chrono::steady_clock>()
                                          : now<std::chrono::system_clock>()) >= nanoseconds_;
}

deadline earlier(const deadline& a, const deadline& b) noexcept {
  if (a.is_never()) return b;
  if (b.is_never()) return a;
  const auto remaining = [](const deadline& d) {
    return d.nanoseconds() - (d.clock() == deadline::clock_kind::monotonic
                                  ? now<std::chrono::steady_clock>()
                                  : now<std::chrono::system_clock>());
  };
  return remaining(b) < remaining(a) ? b : a;
}

std::int64_t detail::next_look(const deadline& until) noexcept {
  constexpr std::int64_t civil_look_ns = 100'000'000;
  if (until.clock() == deadline::clock_kind::monotonic) return until.nanoseconds();
  const std::int64_t left =
      saturated_difference(until.nanoseconds(), now<std::chrono::system_clock>());
  return now<std::chrono::steady_clock>() + std::clamp<std::int64_t>(left, 0, civil_look_ns);
}

}  // namespace holdfast
