// SPDX-License-Identifier: BSL-1.0
// From the CPU's ticks to civil time, by the rate since the segment was made.
#include "process/since.hpp"

#include "holdfast/platform/clock.hpp"
#include "holdfast/platform/ticks.hpp"

namespace holdfast::process::detail {

tick_origin tick_origin_now() noexcept {
  return {platform::ticks(), platform::monotonic_now(), civil_now(), 0};
}

std::int64_t civil_time_of(std::uint64_t ticks, const tick_origin& origin) noexcept {
  const tick_origin now = tick_origin_now();
  const auto age = static_cast<double>(now.monotonic - origin.monotonic);
  const auto ticks_of_age = static_cast<double>(now.ticks - origin.ticks);
  const auto ticks_ago = static_cast<double>(static_cast<std::int64_t>(now.ticks - ticks));
  if (!(age > 0) || !(ticks_of_age > 0) || ticks_ago < 0) return now.civil;
  const double ago = ticks_ago * age / ticks_of_age;
  return now.civil - static_cast<std::int64_t>(ago < age ? ago : age);
}

}  // namespace holdfast::process::detail
