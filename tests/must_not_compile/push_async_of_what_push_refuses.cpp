// SPDX-License-Identifier: BSL-1.0
// A pointer does not become an owner by being pushed.
// expect: push_async takes what converts to T
#include <memory>

#include "holdfast/async.hpp"

#ifdef MUST_NOT_COMPILE
using value = int*;
#else
using value = std::unique_ptr<int>;
#endif

void push(holdfast::bounded_queue<std::unique_ptr<int>>& queue, value& given) {
  static_cast<void>(queue.push_async(std::move(given)));
}
