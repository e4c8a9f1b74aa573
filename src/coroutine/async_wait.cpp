// SPDX-License-Identifier: BSL-1.0
// The wait of a coroutine, compiled.
#include "coroutine/async_wait_algorithm.hpp"
#include "platform/instances.hpp"

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::detail::async_wait<Platform>;
HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(HOLDFAST_INSTANTIATE)
