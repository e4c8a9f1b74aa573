// SPDX-License-Identifier: BSL-1.0
// The pool of tickets.
#include "holdfast/coroutine/ticket.hpp"

#include "platform/instances.hpp"
#include "platform/process_wide.hpp"

namespace holdfast::detail {

template <class Platform>
ticket_pool<Platform>& ticket_pool<Platform>::instance() noexcept {
  return platform::process_wide<
      ticket_pool<Platform>>();  // the tickets of before are lost in a child
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
