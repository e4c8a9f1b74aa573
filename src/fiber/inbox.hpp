// SPDX-License-Identifier: BSL-1.0
// Where other threads put what is ready for one thread that runs fibers, and where that one sleeps
// when it has nothing to do.
#pragma once

#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/wait/waiter.hpp"

namespace holdfast::fiber::detail {

// A list to which anybody may add, and which is taken as a whole. `Node` has a `Node* next`, which
// is the list's while the node is in it.
//
//  head       | meaning                                     legal next
//  null       | empty, its owner is awake                   add; sleep
//  the inbox  | empty, its owner sleeps or is about to      add, which wakes it; wake
//  a node     | the newest, the others behind it by `next`  add; take_all
//
// Who takes the second state away notifies the owner, once: so the owner waits for that, and the
// inbox is there until it has come. After an add that does not do that the inbox may be gone.
template <class Platform, class Node>
class basic_inbox {
 public:
  // From any thread.
  void add(Node& node) noexcept {
    Node* seen = head_.load(order::relaxed);
    do {
      node.next = seen == asleep() ? nullptr : seen;
    } while (!head_.compare_exchange(seen, &node,
                                     order::acq_rel,  // [F1] the node is complete, [F2]
                                     order::relaxed));
    if (seen == asleep()) owner_.notify();
    // After this line *this may be gone.
  }

  // From any thread that knows that this is there. False if the owner was not asleep.
  bool wake() noexcept {
    Node* seen = asleep();
    if (!head_.compare_exchange(seen, nullptr, order::acquire, order::relaxed))
      return false;  // [F2]
    owner_.notify();
    return true;
  }

  // A glance.
  bool is_empty() const noexcept {
    const Node* const seen = head_.load(order::relaxed);
    return seen == nullptr || seen == asleep();
  }

  // All that is there, oldest first; from any thread.
  Node* take_all() noexcept {
    Node* seen = head_.load(order::relaxed);
    do {
      if (seen == nullptr || seen == asleep()) return nullptr;
    } while (!head_.compare_exchange(seen, nullptr, order::acquire, order::relaxed));  // [F1]
    Node* oldest = nullptr;
    while (seen != nullptr) {
      Node* const older = seen->next;
      seen->next = oldest;
      oldest = seen;
      seen = older;
    }
    return oldest;
  }

  // By the owner: says that it is about to sleep. False if there is something. Then it may look
  // elsewhere for work, and must sleep, or stay awake.
  bool announce_sleep() noexcept {
    owner_.rearm();
    Node* seen = nullptr;
    return head_.compare_exchange(seen, asleep(),
                                  order::release,  // [F2] whoever wakes it finds it rearmed
                                  order::relaxed);
  }
  // Sleeps until somebody adds something or wakes it, or `until` has passed.
  void sleep(const deadline& until) noexcept {
    if (owner_.sleep(until) != waiter::outcome::notified) stay_awake();
  }
  void stay_awake() noexcept {
    Node* seen = asleep();
    if (!head_.compare_exchange(seen, nullptr, order::relaxed, order::relaxed))
      owner_.sleep_until_notified();  // somebody was faster
  }

 private:
  using order = platform::order;
  using waiter = holdfast::detail::basic_waiter<Platform>;

  // No node: an address that cannot be one's.
  Node* asleep() const noexcept { return reinterpret_cast<Node*>(const_cast<basic_inbox*>(this)); }

  typename Platform::template atomic<Node*> head_;
  waiter owner_{nullptr};  // a thread
};

}  // namespace holdfast::fiber::detail
