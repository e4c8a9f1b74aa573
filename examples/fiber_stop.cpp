// SPDX-License-Identifier: BSL-1.0
// Fibers that are asked to stop: each wait takes the fiber's own stop_token, and a deadline.
#include <chrono>
#include <iostream>
#include <stop_token>

#include <holdfast/fiber/fiber.hpp>
#include <holdfast/mutex.hpp>
#include <holdfast/semaphore.hpp>

using namespace std::chrono_literals;

int main() {
  holdfast::mutex<int> busy(0);
  holdfast::semaphore work(0);
  holdfast::fiber::scheduler s;

  // [stop]
  auto worker = s.spawn([&](const std::stop_token& stop) {
    int done = 0;
    while (work.acquire(stop)) ++done;  // false when it is asked to stop
    return done;
  });

  auto boss = s.spawn([&] {
    work.release(3);
    holdfast::fiber::yield();
    worker.request_stop();
    return worker.join();
  });
  // [/stop]

  // [deadline]
  auto holder = s.spawn([&](const std::stop_token& stop) {
    const auto held = busy.lock();
    return holdfast::fiber::sleep_for(1h, stop);  // false: somebody did not want to wait so long
  });

  auto impatient = s.spawn([&] {
    int in_vain = 0;
    while (!busy.try_lock_for(1ms)) {  // the thread sleeps, if no other fiber can run
      ++in_vain;
      holder.request_stop();
    }
    return in_vain;
  });
  // [/deadline]

  s.run();

  const int done = boss.join();
  const bool slept = holder.join();
  const int in_vain = impatient.join();
  std::cout << "worked " << done << " times before the stop\n"
            << "waited " << in_vain << " times in vain, then the holder was stopped\n";
  return done == 3 && !slept && in_vain > 0 ? 0 : 1;
}
