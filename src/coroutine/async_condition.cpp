// SPDX-License-Identifier: BSL-1.0
// The coroutine's wait for a signal, compiled.
#include "coroutine/async_condition_algorithm.hpp"
#include "platform/instances.hpp"

#define HOLDFAST_INSTANTIATE(Platform)                                                       \
  template class holdfast::detail::async_signal<Platform, holdfast::unlock_by::restartable>; \
  template class holdfast::detail::async_signal<Platform, holdfast::unlock_by::compare_and_swap>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)
