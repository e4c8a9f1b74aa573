// SPDX-License-Identifier: BSL-1.0
// The exceptions of the bounded queue.
#include "holdfast/bounded_queue.hpp"

#include <stdexcept>

#include "holdfast/base/fatal.hpp"

namespace holdfast {

queue_closed::~queue_closed() = default;

const char* queue_closed::what() const noexcept {
  return "holdfast: the bounded_queue has been closed and takes no more elements; nothing was "
         "pushed";
}

namespace detail {

void throw_queue_closed(const void* queue) {
#if HOLDFAST_HAS_EXCEPTIONS
  throw queue_closed(queue);
#else
  fatal("bounded_queue", queue, "an element was pushed to a queue that is closed",
        "This build has no exceptions to report it by; try_push returns false instead");
#endif
}

void throw_no_capacity() {
#if HOLDFAST_HAS_EXCEPTIONS
  throw std::invalid_argument(
      "holdfast: a bounded_queue of capacity 0 could never take an element; give it 1 or more");
#else
  fatal("bounded_queue", nullptr, "a queue of capacity 0 could never take an element",
        "Give it 1 or more");
#endif
}

}  // namespace detail
}  // namespace holdfast
