// SPDX-License-Identifier: BSL-1.0
// What strace_test.sh watches: fibers that contend for a lock as often as they are told, or two
// threads that do what fibers do without the kernel.
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>

#include "holdfast/fiber/classic.hpp"
#include "holdfast/fiber/fiber.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/semaphore.hpp"

namespace {

using namespace holdfast;

constexpr long fibers = 8;

// Eight fibers, each with a yield inside, so that all others find it locked.
template <class Lock, class Unlock>
bool contend(long rounds, Lock lock, Unlock unlock) {
  fiber::scheduler s;
  long counter = 0;
  for (long i = 0; i < fibers; ++i)
    s.execute([&] {
      for (long n = 0; n < rounds; ++n) {
        lock();
        const long seen = counter;
        fiber::yield();
        counter = seen + 1;
        unlock();
      }
    });
  s.run();
  return counter == fibers * rounds;
}

template <class Lock>
bool contend_for(long rounds) {
  Lock lock;
  // Through unique_lock, which holds the lock between the two calls, as a function of its own may not.
  return contend(
      rounds, [&] { std::unique_lock(lock).release(); },
      [&] { std::unique_lock(lock, std::adopt_lock); });
}

bool contend_classic(long rounds) {
  using namespace fiber::classic;
  mutex_word mutex = 0;
  return contend(rounds, [&] { mutex_lock(mutex); }, [&] { mutex_unlock(mutex); });
}

// Each waits for the other, asleep in the end.
bool ping_pong(long rounds) {
  semaphore ping(0);
  semaphore pong(0);
  std::thread other([&] {
    for (long i = 0; i < rounds; ++i) {
      ping.acquire();
      pong.release();
    }
  });
  for (long i = 0; i < rounds; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // so that it does sleep
    ping.release();
    pong.acquire();
  }
  other.join();
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::string_view who = arguments[1];
  const long rounds = std::atol(arguments[2]);
  bool right = false;
  if (who == "fiber_lock") right = contend_for<fiber_lock>(rounds);
  if (who == "classic") right = contend_classic(rounds);
  if (who == "parking_lock") right = contend_for<parking_lock>(rounds);
  if (who == "threads") right = ping_pong(rounds);
  return right ? 0 : 1;
}
