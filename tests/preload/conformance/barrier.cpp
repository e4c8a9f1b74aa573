// SPDX-License-Identifier: BSL-1.0
// What POSIX says of barriers.
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>

#include "suite.hpp"

namespace {

using namespace suite;

CASE(all_leave_a_barrier_together_and_one_is_told) {
  for (const int count : {1, 2, 5}) {
    pthread_barrier_t b;
    CHECK(pthread_barrier_init(&b, nullptr, static_cast<unsigned>(count)) == 0);
    const int times = rounds(300);
    std::atomic<int> arrived{0};
    std::atomic<int> told{0};
    {
      std::vector<std::unique_ptr<thread>> all;
      for (int i = 0; i < count; ++i)
        all.push_back(std::make_unique<thread>([&] {
          for (int round = 1; round <= times; ++round) {
            errno = 77;
            ++arrived;
            const int result = pthread_barrier_wait(&b);
            CHECK(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
            if (result != 0) ++told;
            CHECK(arrived >= round * count && errno == 77);
          }
        }));
    }
    CHECK(arrived == times * count && told == times && pthread_barrier_destroy(&b) == 0);
  }
}

CASE(a_barrier_is_for_one_at_least) {
  pthread_barrier_t b;
  CHECK(pthread_barrier_init(&b, nullptr, 0) == EINVAL);
  CHECK(pthread_barrier_init(&b, nullptr, 1) == 0);
  CHECK(pthread_barrier_wait(&b) == PTHREAD_BARRIER_SERIAL_THREAD);
  CHECK(pthread_barrier_destroy(&b) == 0);
}

CASE(a_signal_handler_ends_no_wait_at_a_barrier) {
  struct sigaction action{};
  static std::atomic<bool> handled{false};
  action.sa_handler = [](int) { handled = true; };
  CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
  pthread_barrier_t b;
  CHECK(pthread_barrier_init(&b, nullptr, 2) == 0);
  std::atomic<bool> left{false};
  thread waiter([&] {
    pthread_barrier_wait(&b);
    left = true;
  });
  waiter.wait_until_asleep();
  CHECK(pthread_kill(waiter.id(), SIGUSR1) == 0);
  while (!handled) sched_yield();
  waiter.wait_until_asleep();
  CHECK(!left);
  pthread_barrier_wait(&b);
}

// More than have to come: those who are too many are the first of the next round.
CASE(a_barrier_lets_as_many_go_as_it_is_for) {
  pthread_barrier_t b;
  CHECK(pthread_barrier_init(&b, nullptr, 2) == 0);
  const int times = rounds(600);
  std::atomic<int> left{2 * times};
  std::atomic<int> told{0};
  {
    std::vector<std::unique_ptr<thread>> all;
    for (int i = 0; i < 6; ++i)
      all.push_back(std::make_unique<thread>([&] {
        while (left-- > 0)
          if (pthread_barrier_wait(&b) == PTHREAD_BARRIER_SERIAL_THREAD) ++told;
      }));
  }
  CHECK(told == times && pthread_barrier_destroy(&b) == 0);
}

// Who is told may destroy and unmap it while the others are still about to leave.
CASE(a_barrier_may_be_gone_as_soon_as_one_has_left) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < rounds(1000); ++i) {
    void* const at =
        mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    auto& b = *static_cast<pthread_barrier_t*>(at);
    CHECK(pthread_barrier_init(&b, nullptr, 3) == 0);
    const auto meet = [&] {
      if (pthread_barrier_wait(&b) != PTHREAD_BARRIER_SERIAL_THREAD) return;
      CHECK(pthread_barrier_destroy(&b) == 0);
      CHECK(munmap(at, page) == 0);
    };
    thread first(meet);
    if (i % 4 == 0) first.wait_until_asleep();
    thread second(meet);
    meet();
  }
}

CASE(a_shared_barrier_waits_for_another_process) {
  void* const at = mmap(nullptr, sizeof(pthread_barrier_t), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* const b = static_cast<pthread_barrier_t*>(at);
  pthread_barrierattr_t attributes;
  CHECK(pthread_barrierattr_init(&attributes) == 0);
  CHECK(pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0);
  CHECK(pthread_barrier_init(b, &attributes, 2) == 0);
  CHECK(pthread_barrierattr_destroy(&attributes) == 0);
  int here = 1;
  thread waiter([&] { here = pthread_barrier_wait(b); });
  const int there = in_a_child([&] { return pthread_barrier_wait(b) != 0 ? 1 : 0; });
  waiter.join();
  CHECK((here != 0) != (there != 0) && pthread_barrier_destroy(b) == 0);
}

}  // namespace
