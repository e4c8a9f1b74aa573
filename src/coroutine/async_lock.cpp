// SPDX-License-Identifier: BSL-1.0
// The coroutine's way to a parking_lock, compiled with both unlocks.
#include "coroutine/async_lock_algorithm.hpp"
#include "platform/instances.hpp"

#define HOLDFAST_INSTANTIATE(Platform)                                                             \
  template class holdfast::detail::async_acquire<Platform, holdfast::unlock_by::restartable>;      \
  template class holdfast::detail::async_acquire<Platform, holdfast::unlock_by::compare_and_swap>; \
  template class holdfast::detail::async_acquire_when<Platform, holdfast::unlock_by::restartable>; \
  template class holdfast::detail::async_acquire_when<Platform,                                    \
                                                      holdfast::unlock_by::compare_and_swap>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)
