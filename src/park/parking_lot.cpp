// SPDX-License-Identifier: BSL-1.0
// The parking lot, compiled.
#include "holdfast/platform/fork.hpp"

#include "park/parking_lot_algorithm.hpp"
#include "platform/instances.hpp"

namespace {

using holdfast::platform::native;

// It lives until the very end, for the waits of other threads' last destructors.
static_assert(std::is_trivially_destructible_v<holdfast::detail::basic_parking_lot<native>>);

// Platforms other than the native one are for tests and comparison.
[[gnu::constructor]] void prepare_for_fork() noexcept {
  holdfast::platform::after_fork_in_child(
      [] { holdfast::detail::basic_parking_lot<native>::instance().forget_all_waiters(); });
}

}  // namespace

// Checked locks use the lots of their unchecked platform.
#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::detail::basic_parking_lot<Platform>;
HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(HOLDFAST_INSTANTIATE)
