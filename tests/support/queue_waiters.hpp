// SPDX-License-Identifier: BSL-1.0
// How a test knows that a thread waits at an end of a bounded queue.
#pragma once

#include <cstddef>

#include "holdfast/bounded_queue.hpp"
#include "holdfast/park/parking_lot.hpp"

#include "support/parked.hpp"

namespace holdfast::detail {

struct queue_access {
  template <class T, class Platform>
  static std::size_t pushers(const basic_bounded_queue<T, Platform>& queue) {
    return lot<Platform>().waiters_of(&queue.not_full_);
  }
  template <class T, class Platform>
  static std::size_t poppers(const basic_bounded_queue<T, Platform>& queue) {
    return lot<Platform>().waiters_of(&queue.not_empty_);
  }

 private:
  template <class Platform>
  static auto& lot() {
    return basic_parking_lot<typename Platform::unchecked>::instance();
  }
};

}  // namespace holdfast::detail

namespace holdfast::test {

// Wait until `count` threads wait for room, or for an element.
template <class Queue>
void await_pushers(const Queue& queue, std::size_t count) {
  await([&] { return detail::queue_access::pushers(queue) == count; });
}
template <class Queue>
void await_poppers(const Queue& queue, std::size_t count) {
  await([&] { return detail::queue_access::poppers(queue) == count; });
}

}  // namespace holdfast::test
