// SPDX-License-Identifier: BSL-1.0
// The pool of tickets.
#include <new>

#include "holdfast/coroutine/ticket.hpp"
#include "holdfast/platform/fork.hpp"

#include "base/immortal.hpp"
#include "platform/instances.hpp"

namespace holdfast::detail {
namespace {

template <class Platform>
immortal<ticket_pool<Platform>>& pool() noexcept {
  static immortal<ticket_pool<Platform>> all;
  return all;
}

}  // namespace

template <class Platform>
ticket_pool<Platform>& ticket_pool<Platform>::instance() noexcept {
  // Another thread may have held the mutex at a fork. The tickets of before are lost in the child.
  static const bool prepared = [] {
    platform::after_fork_in_child(
        [] { ::new (static_cast<void*>(&pool<Platform>())) immortal<ticket_pool<Platform>>; });
    return true;
  }();
  static_cast<void>(prepared);
  return pool<Platform>().value;
}

template <class Platform>
basic_ticket<Platform>& ticket_pool<Platform>::take(async_wait<Platform>& of) {
  mutex_.lock();
  basic_ticket<Platform>* taken = free_;
  if (taken != nullptr) free_ = taken->next_free;
  mutex_.unlock();
  if (taken == nullptr) {
    taken = new basic_ticket<Platform>[at_a_time];
    for (std::size_t i = 1; i < at_a_time; ++i) give_back(taken[i]);
  }
  taken->belong_to(&of);
  return *taken;
}

template <class Platform>
void ticket_pool<Platform>::give_back(basic_ticket<Platform>& ticket) noexcept {
  mutex_.lock();
  ticket.next_free = free_;
  free_ = &ticket;
  mutex_.unlock();
}

}  // namespace holdfast::detail

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::detail::ticket_pool<Platform>;
HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(HOLDFAST_INSTANTIATE)
