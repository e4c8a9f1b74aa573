// SPDX-License-Identifier: BSL-1.0
// Programs that several primitives share.
#pragma once

#include "model/verify.hpp"
#include "support/unanalysed.hpp"

namespace holdfast::verify {

// `threads` threads that take the lock `rounds` times and count under it.
template <class Lock>
auto counting(int threads, int rounds) {
  return [=](model::scenario& s) {
    auto& lock = s.make<Lock>("lock");
    auto& count = s.make<model::var<int>>("count");
    for (int i = 0; i < threads; ++i)
      s.thread("owner", [&lock, &count, rounds] {
        for (int r = 0; r < rounds; ++r) {
          lock.lock();
          count.set(count.get() + 1);
          lock.unlock();
        }
      });
    s.after([&count, total = threads * rounds] {
      model::expect(count.get() == total, "an owner was lost");
    });
  };
}

// One thread locks, the other tries.
template <class Lock>
auto trying() {
  return [](model::scenario& s) {
    auto& lock = s.make<Lock>("lock");
    auto& count = s.make<model::var<int>>("count");
    s.thread("owner", [&lock, &count] {
      lock.lock();
      count.set(count.get() + 1);
      lock.unlock();
    });
    s.thread("tries", [&lock, &count] {
      for (int i = 0; i < 2; ++i)
        if (lock.try_lock()) {
          count.set(count.get() + 1);
          lock.unlock();
        }
    });
    s.after([&lock] { model::expect(lock.try_lock(), "the lock is still held"); });
  };
}

}  // namespace holdfast::verify
