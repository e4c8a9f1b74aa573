// SPDX-License-Identifier: BSL-1.0
// What each level of the library asks of a lock: the standard's named requirements as concepts, and
// two of our own.
#pragma once

#include <concepts>

#include "holdfast/base/deadline.hpp"

namespace holdfast {

template <class L>
concept basic_lockable = requires(L& lock) {
  lock.lock();
  lock.unlock();
};

template <class L>
concept lockable = basic_lockable<L> && requires(L& lock) {
  { lock.try_lock() } -> std::convertible_to<bool>;
};

template <class L>
concept timed_lockable = lockable<L> && requires(L& lock, const deadline& until) {
  { lock.try_lock_until(until) } -> std::convertible_to<bool>;
};

// A lock for which the system demands that the thread that locked it unlocks it: its guards do not
// move. (Moving a guard of any other lock to another thread works, but is reported by checked builds.)
template <class L>
concept thread_owned = requires { typename L::thread_owned; };

namespace detail {

// What a lock says when a condition asks to move waiters to its queue.
enum class queue_admission : unsigned char {
  held,     // the owner's unlock will see to them
  free,     // one of them has to be woken
  refused,  // all of them have to be woken
};

// A lock whose queue can take waiters of a condition over; `Queues` is the platform of both queues.
template <class L, class Queues>
concept takes_waiters = std::same_as<typename L::queues, Queues> && requires(L& lock) {
  { lock.admit_waiters() } noexcept -> std::same_as<queue_admission>;
  lock.now_owned();
};

}  // namespace detail

// A lock that can tell that its last owner died while holding it. The mutex turns that into
// poisoned.
template <class L>
concept reports_abandoned = lockable<L> && requires(L& lock) {
  { lock.take_abandoned() } -> std::same_as<bool>;
};

// True for what must not be handed to another thread, and so must not live in a mutex: holdfast's
// own guards are. Specialise it for a type of yours that is tied to one thread.
template <class T>
inline constexpr bool thread_bound = requires { typename T::thread_bound; };

}  // namespace holdfast
