// SPDX-License-Identifier: BSL-1.0
// The coroutine's way to a permit, compiled.
#include "coroutine/async_semaphore_algorithm.hpp"
#include "platform/instances.hpp"

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::detail::async_take<Platform>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)
