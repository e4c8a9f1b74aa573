// SPDX-License-Identifier: BSL-1.0
// A lock without data, where the standard library's guards are wanted.
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

#include <holdfast/lock/parking_lock.hpp>

int main() {
  // [raw]
  holdfast::parking_lock left;
  holdfast::parking_lock right;
  long moved = 0;  // under both

  const auto move_one = [&] {
    const std::scoped_lock both(left, right);
    ++moved;
  };
  // [/raw]
  {
    std::jthread a([&] {
      for (int i = 0; i < 20'000; ++i) move_one();
    });
    std::jthread b([&] {
      for (int i = 0; i < 20'000; ++i) move_one();
    });
  }

  // [timed]
  std::unique_lock hold(left, std::chrono::milliseconds(100));
  const bool locked = hold.owns_lock();
  // [/timed]
  std::printf("%ld moved, locked: %s\n", moved, locked ? "yes" : "no");
  return moved == 40'000 && locked ? 0 : 1;
}
