// SPDX-License-Identifier: BSL-1.0
// All of mutex and guard is clean under clang's thread safety analysis, which still sees what the
// program does wrong beside them.
// compiler: clang
// flags: -Wthread-safety -Werror
// expect: mutex 'beside' is still held at the end of function
#include <chrono>
#include <memory>
#include <stop_token>
#include <utility>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/owned_guard.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

struct point {
  int x = 0;
  int y = 0;
};

template <class Lock>
int use(holdfast::mutex<point, Lock>& m, const std::stop_token& stop) {
  auto owner = m.lock();
  owner->x = 1;
  owner.unlock();
  owner.lock();
  owner.unlocked([] {});
  owner.unlock();
  if (owner.try_lock()) owner.unlock();
  if (const auto tried = m.try_lock()) ++tried->y;
  if (const auto tried = m.try_lock_for(std::chrono::milliseconds(1))) ++tried->y;
  if (const auto stopped = m.lock(stop)) ++stopped->y;
  m.with([](point& p) { ++p.x; });
  m.set({});
  holdfast::mutex<int> other(2);
  {
    const auto [a, b] = holdfast::lock_all(m, other);
    a->x += *b;
  }
  const auto x = holdfast::project(m.lock(), &point::x);
  return *x;
}

int use_all(const std::stop_token& stop, holdfast::spin_lock& beside) {
  holdfast::mutex<point> parking;
  holdfast::mutex<point, holdfast::native_lock> native;
  holdfast::mutex<point, holdfast::ticket_lock> ticket;
  holdfast::mutex<point, holdfast::mcs_lock> mcs;
  beside.lock();
  const int sum = use(parking, stop) + use(native, stop) + use(ticket, stop) + use(mcs, stop);
#ifndef MUST_NOT_COMPILE
  beside.unlock();
#endif
  const auto owned = holdfast::lock_owned(std::make_shared<holdfast::mutex<int>>(1));
  return sum + *owned;
}
