// SPDX-License-Identifier: BSL-1.0
// The wait of a coroutine, compiled.
#include "holdfast/coroutine/awaitable.hpp"

#include "coroutine/async_wait_algorithm.hpp"
#include "platform/instances.hpp"

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::detail::async_wait<Platform>;
HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(HOLDFAST_INSTANTIATE)

void holdfast::detail::refuse_to_be_awaited_again(const void* operation) noexcept {
  fatal("coroutine", operation, "what a call has returned is awaited twice",
        "Call again for each co_await");
}
