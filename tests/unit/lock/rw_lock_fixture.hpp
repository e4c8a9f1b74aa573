// SPDX-License-Identifier: BSL-1.0
// What the tests of the reader-writer lock share.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <type_traits>

#include <gtest/gtest.h>

#include "holdfast/lock/parking_rw_lock.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/platform/portable.hpp"

#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/unanalysed.hpp"

namespace holdfast::test {

using rw_locks = ::testing::Types<basic_parking_rw_lock<platform::native>,
                                  basic_parking_rw_lock<platform::portable>>;

template <class Lock>
class rw_lock : public ::testing::Test {};

// The first word of a lock, for a look from outside (its bits are listed in the header).
template <class Lock>
std::uint32_t state_of(const Lock& lock) {
  return __atomic_load_n(reinterpret_cast<const std::uint32_t*>(&lock), __ATOMIC_RELAXED);
}
template <class Lock>
bool is_closed(const Lock& lock) {  // a writer owns it or waits for the readers
  return (state_of(lock) & 1U) != 0;
}
template <class Lock>
bool uses_slots(const Lock& lock) {
  return (state_of(lock) & 16U) != 0;
}
template <class Lock>
bool uses_fenced_slots(const Lock& lock) {
  return (state_of(lock) & 32U) != 0;
}

// Reads until the readers of `lock` use slots. Nobody else may hold it.
template <class Lock>
void read_until_slots(Lock& lock) {
  while (!uses_slots(lock)) {
    lock.lock_shared();
    lock.unlock_shared();
  }
}

template <class Lock>
void read_until_fenced_slots(Lock& lock) {
  while (!uses_fenced_slots(lock)) {
    lock.lock_shared();
    lock.unlock_shared();
  }
}

// A thread that does something with a lock and holds it until it is told to go.
class holder {
 public:
  template <class Lock, class Unlock>
  holder(Lock lock, Unlock unlock)
      : thread_([this, lock, unlock] {
          lock();
          holds_.store(true);
          await(released_);
          unlock();
        }) {}
  holder(const holder&) = delete;
  holder& operator=(const holder&) = delete;
  ~holder() { release(); }

  bool holds() const { return holds_.load(); }
  holder& await_held() {
    await(holds_);
    return *this;
  }
  void let_go() { released_.store(true); }
  // Returns when it has unlocked.
  void release() {
    let_go();
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> holds_{false};
  std::atomic<bool> released_{false};
  std::thread thread_;  // last: it uses the others
};

template <class Lock>
struct reader : holder {
  explicit reader(Lock& lock)
      : holder([&lock] { lock.lock_shared(); }, [&lock] { lock.unlock_shared(); }) {}
};
template <class Lock>
struct writer : holder {
  explicit writer(Lock& lock) : holder([&lock] { lock.lock(); }, [&lock] { lock.unlock(); }) {}
};
template <class Lock>
struct upgrader : holder {
  explicit upgrader(Lock& lock)
      : holder([&lock] { lock.lock_upgrade(); }, [&lock] { lock.unlock_upgrade(); }) {}
};

}  // namespace holdfast::test
