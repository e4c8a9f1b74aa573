// SPDX-License-Identifier: BSL-1.0
// The semaphore, compiled, and its errors.
#include <cerrno>

#include "holdfast/base/fatal.hpp"

#include "platform/instances.hpp"
#include "semaphore_algorithm.hpp"

namespace holdfast::detail {

void refuse_initial_permits() {
  throw_lock_error(EINVAL,
                   "holdfast: a semaphore begins with 0 to max() permits. Choose a larger Max, or "
                   "fewer permits");
}

void refuse_release(std::int64_t permits) {
  if (permits < 0)
    throw_lock_error(EINVAL, "holdfast: semaphore::release was called with less than 0 permits");
  throw_lock_error(EOVERFLOW,
                   "holdfast: semaphore::release would leave more than max() permits. Release each "
                   "permit once, or choose a larger Max");
}

}  // namespace holdfast::detail

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::detail::semaphore_core<Platform>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)
