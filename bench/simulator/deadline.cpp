// SPDX-License-Identifier: BSL-1.0
// Deadlines on the clock of the simulated machine, in the place of src/base/deadline.cpp: nothing
// here links with libholdfast.
#include "holdfast/base/deadline.hpp"

#include "simulator/machine.hpp"

namespace holdfast {

deadline deadline::after(std::int64_t nanoseconds) noexcept {
  if (nanoseconds <= 0) return already_past();
  return {clock_kind::monotonic,
          detail::saturated_sum(simulator::machine::current().now(), nanoseconds)};
}

bool deadline::has_passed() const noexcept {
  return !is_never() && simulator::machine::current().now() >= nanoseconds_;
}

deadline earlier(const deadline& a, const deadline& b) noexcept {
  return b.nanoseconds() < a.nanoseconds() ? b : a;
}

}  // namespace holdfast
