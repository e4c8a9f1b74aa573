// SPDX-License-Identifier: BSL-1.0
// At most three at a time, and one thread that signals another.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <stop_token>
#include <thread>
#include <vector>

#include <holdfast/semaphore.hpp>

namespace {

// [permits]
constinit holdfast::semaphore connections{3};

bool fetch() {
  using namespace std::chrono_literals;
  const auto connection = connections.try_acquire_permit_for(10s);
  if (!connection) return false;  // all three were busy all the time
  // at most three threads are here
  return true;
}  // given back here
// [/permits]

bool fetch_with_many_threads() {
  std::atomic<int> fetched{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        if (fetch()) ++fetched;
      });
  }
  return fetched == 8 && connections.available() == 3;
}

int signal_a_worker() {
  // [signal]
  holdfast::semaphore items{0};
  std::atomic<int> worked{0};
  std::jthread worker([&](const std::stop_token& stop) {
    while (items.acquire(stop)) ++worked;  // until a stop is requested
  });
  for (int i = 0; i < 5; ++i) items.release();
  // [/signal]
  while (worked < 5) std::this_thread::yield();
  return worked;
}

}  // namespace

int main() {
  const bool fetched = fetch_with_many_threads();
  const int worked = signal_a_worker();
  std::printf("fetched: %s, worked: %d\n", fetched ? "yes" : "no", worked);
  return fetched && worked == 5 ? 0 : 1;
}
