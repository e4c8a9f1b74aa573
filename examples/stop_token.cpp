// SPDX-License-Identifier: BSL-1.0
// A thread that waits for a lock and can be told to stop waiting.
#include <atomic>
#include <cstdio>
#include <stop_token>
#include <thread>

#include <holdfast/mutex.hpp>

int main() {
  holdfast::mutex<int> shared(0);
  std::atomic<bool> gave_up{false};

  auto owner = shared.lock();
  // [stop]
  std::jthread worker([&](const std::stop_token& stop) {
    if (auto value = shared.lock(stop))
      ++*value;
    else
      gave_up = true;  // stop was requested before the lock was free
  });
  // [/stop]
  worker.request_stop();  // while `owner` holds the lock
  worker.join();

  std::printf("gave up: %s, value: %d\n", gave_up ? "yes" : "no", *owner);
  return gave_up && *owner == 0 ? 0 : 1;
}
