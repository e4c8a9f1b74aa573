// SPDX-License-Identifier: BSL-1.0
// The lock is a type argument; the mutex and its guards stay the same.
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

#include <holdfast/lock/native_lock.hpp>
#include <holdfast/mutex.hpp>
#include <holdfast/spin/spin_lock.hpp>

// [choose]
holdfast::mutex<long> usual(0);                            // parking_lock: sleeps when it must
holdfast::mutex<long, holdfast::spin_lock> brief(0);       // for some instructions at a time
holdfast::mutex<long, holdfast::native_lock> system_s(0);  // pthread_mutex_t
holdfast::mutex<long, std::mutex> standard(0);             // any lock with lock, try_lock, unlock
// [/choose]

template <class Mutex>
bool counts_right(const char* name, Mutex& counter) {
  {
    std::jthread a([&] {
      for (int i = 0; i < 20'000; ++i) counter.with([](long& n) { ++n; });
    });
    std::jthread b([&] {
      for (int i = 0; i < 20'000; ++i) counter.with([](long& n) { ++n; });
    });
  }
  const long value = counter.copy();
  std::printf("%-12s %zu bytes, %ld\n", name, sizeof(Mutex), value);
  return value == 40'000;
}

int main() {
  bool right = counts_right("parking_lock", usual);
  right &= counts_right("spin_lock", brief);
  right &= counts_right("native_lock", system_s);
  right &= counts_right("std::mutex", standard);
  return right ? 0 : 1;
}
