// SPDX-License-Identifier: BSL-1.0
// What POSIX says of condition variables.
#include <sys/mman.h>

#include <cerrno>
#include <csignal>
#include <memory>

#include "suite.hpp"

namespace {

using namespace suite;

pthread_cond_t make_condition(clockid_t clock, int shared = PTHREAD_PROCESS_PRIVATE) {
  pthread_condattr_t attributes;
  CHECK(pthread_condattr_init(&attributes) == 0);
  CHECK(pthread_condattr_setclock(&attributes, clock) == 0);
  CHECK(pthread_condattr_setpshared(&attributes, shared) == 0);
  pthread_cond_t condition;
  CHECK(pthread_cond_init(&condition, &attributes) == 0);
  CHECK(pthread_condattr_destroy(&attributes) == 0);
  return condition;
}

// A number under a mutex, and who waits for it. A thread that has been counted as waiting, and whose
// mutex is free, is queued: both are one step.
struct room {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  int waiting = 0;
  int permits = 0;

  void take() {
    CHECK(pthread_mutex_lock(&mutex) == 0);
    ++waiting;
    while (permits == 0) CHECK(pthread_cond_wait(&changed, &mutex) == 0);
    --permits;
    --waiting;
    CHECK(pthread_mutex_unlock(&mutex) == 0);
  }
  void wait_for_waiters(int count) {
    for (;;) {
      CHECK(pthread_mutex_lock(&mutex) == 0);
      const bool enough = waiting >= count;
      CHECK(pthread_mutex_unlock(&mutex) == 0);
      if (enough) return;
      sched_yield();
    }
  }
  void give(int count, bool held, int (*wake)(pthread_cond_t*)) {
    CHECK(pthread_mutex_lock(&mutex) == 0);
    permits += count;
    if (!held) CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK(wake(&changed) == 0);
    if (held) CHECK(pthread_mutex_unlock(&mutex) == 0);
  }
};

CASE(a_signal_wakes_one_who_waits) {
  for (const bool held : {false, true}) {
    room r;
    thread a([&] { r.take(); }), b([&] { r.take(); });
    r.wait_for_waiters(2);
    r.give(1, held, &pthread_cond_signal);
    r.wait_for_waiters(1);
    r.give(1, held, &pthread_cond_signal);
  }
}

CASE(a_broadcast_wakes_all_who_wait) {
  for (const bool held : {false, true}) {
    constexpr int count = 20;
    room r;
    std::vector<std::unique_ptr<thread>> all;
    for (int i = 0; i < count; ++i) all.push_back(std::make_unique<thread>([&] { r.take(); }));
    r.wait_for_waiters(count);
    r.give(count, held, &pthread_cond_broadcast);
    all.clear();
    CHECK(r.permits == 0 && r.waiting == 0 && pthread_cond_destroy(&r.changed) == 0);
  }
}

CASE(a_timed_wait_ends_at_its_time_with_the_mutex_held) {
  for (const int type : all_types)
    for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
      pthread_mutex_t m = make_mutex(type);
      pthread_cond_t c = make_condition(clock);
      CHECK(pthread_mutex_lock(&m) == 0);
      CHECK(pthread_cond_signal(&c) == 0);  // for nobody
      const struct timespec until = from_now(clock, 10);
      int result = 0;
      while (result == 0) result = pthread_cond_timedwait(&c, &m, &until);
      CHECK(result == ETIMEDOUT);
      struct timespec now{};
      clock_gettime(clock, &now);
      CHECK(now.tv_sec > until.tv_sec ||
            (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
      CHECK(in_another_thread([&] { return pthread_mutex_trylock(&m); }) == EBUSY);
      CHECK(pthread_cond_clockwait(&c, &m, clock, &past) == ETIMEDOUT);
      CHECK(pthread_mutex_unlock(&m) == 0);
    }
}

CASE(what_a_wait_cannot_use_it_refuses_and_keeps_the_mutex) {
  pthread_mutex_t m = make_mutex(PTHREAD_MUTEX_ERRORCHECK);
  pthread_cond_t c = PTHREAD_COND_INITIALIZER;
  CHECK(pthread_mutex_lock(&m) == 0);
  CHECK(pthread_cond_timedwait(&c, &m, &invalid) == EINVAL);
  CHECK(pthread_cond_clockwait(&c, &m, CLOCK_REALTIME, &invalid) == EINVAL);
  CHECK(pthread_cond_clockwait(&c, &m, CLOCK_PROCESS_CPUTIME_ID, &past) == EINVAL);
  CHECK(pthread_mutex_unlock(&m) == 0);
  CHECK(pthread_cond_timedwait(&c, &m, &past) == EPERM);
  CHECK(in_another_thread([&] { return pthread_mutex_trylock(&m); }) == 0);
  CHECK(pthread_cond_timedwait(&c, &m, &past) == EPERM);
}

CASE(a_wait_without_end_in_the_far_future_takes_a_signal) {
  room r;
  thread waiter([&] {
    CHECK(pthread_mutex_lock(&r.mutex) == 0);
    ++r.waiting;
    while (r.permits == 0) CHECK(pthread_cond_timedwait(&r.changed, &r.mutex, &far_future) == 0);
    CHECK(pthread_mutex_unlock(&r.mutex) == 0);
  });
  r.wait_for_waiters(1);
  waiter.wait_until_asleep();
  r.give(1, true, &pthread_cond_signal);
}

void do_nothing(int) {}

CASE(a_signal_handler_ends_no_wait_with_an_error) {
  struct sigaction action{};
  action.sa_handler = &do_nothing;  // without SA_RESTART
  CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
  room r;
  thread waiter([&] { r.take(); });
  r.wait_for_waiters(1);
  for (int i = 0; i < 20; ++i) {
    CHECK(pthread_kill(waiter.id(), SIGUSR1) == 0);
    sched_yield();
  }
  r.give(1, false, &pthread_cond_signal);
}

// Broadcast, destroy, and the memory is gone: whoever was woken does not touch it.
CASE(a_condition_may_be_gone_as_soon_as_all_are_woken) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < rounds(300); ++i) {
    void* const at =
        mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    auto& c = *static_cast<pthread_cond_t*>(at);
    c = make_condition(CLOCK_MONOTONIC);
    pthread_mutex_t m = make_mutex(all_types[i % 4]);
    int waiting = 0;
    bool go = false;
    const auto wait = [&] {
      CHECK(pthread_mutex_lock(&m) == 0);
      ++waiting;
      while (!go) CHECK(pthread_cond_wait(&c, &m) == 0);
      CHECK(pthread_mutex_unlock(&m) == 0);
    };
    thread a(wait), b(wait);
    for (bool all = false; !all;) {
      CHECK(pthread_mutex_lock(&m) == 0);
      all = waiting == 2;
      if (all) {
        go = true;
        CHECK(pthread_cond_broadcast(&c) == 0);
      }
      CHECK(pthread_mutex_unlock(&m) == 0);
    }
    CHECK(pthread_cond_destroy(&c) == 0);
    CHECK(munmap(at, page) == 0);
  }
}

CASE(a_wait_gives_back_what_it_took_of_mutexes_of_the_C_library) {
  pthread_mutex_t all[] = {
      make_mutex(PTHREAD_MUTEX_DEFAULT, PTHREAD_MUTEX_ROBUST),
      make_mutex(PTHREAD_MUTEX_DEFAULT, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT),
      make_mutex(PTHREAD_MUTEX_DEFAULT, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE,
                 PTHREAD_PROCESS_SHARED)};
  for (pthread_mutex_t& m : all)
    for (const int shared : {PTHREAD_PROCESS_PRIVATE, PTHREAD_PROCESS_SHARED}) {
      pthread_cond_t c = make_condition(CLOCK_REALTIME, shared);
      room r;
      r.mutex = m;  // not used by now
      r.changed = c;
      thread a([&] { r.take(); }), b([&] { r.take(); });
      r.wait_for_waiters(2);
      r.give(1, false, &pthread_cond_signal);
      r.give(1, true, &pthread_cond_broadcast);
    }
}

CASE(a_shared_condition_works_with_a_mutex_that_is_not) {
  for (const auto wake : {&pthread_cond_signal, &pthread_cond_broadcast}) {
    room r;
    r.changed = make_condition(CLOCK_REALTIME, PTHREAD_PROCESS_SHARED);
    thread waiter([&] { r.take(); });
    r.wait_for_waiters(1);
    r.give(1, false, wake);
    waiter.join();
    CHECK(pthread_mutex_lock(&r.mutex) == 0);
    CHECK(pthread_cond_timedwait(&r.changed, &r.mutex, &past) == ETIMEDOUT);
  }
}

CASE(a_shared_condition_is_signalled_by_another_process) {
  void* const at =
      mmap(nullptr, sizeof(room), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& r = *new (at) room;
  r.mutex = make_mutex(PTHREAD_MUTEX_DEFAULT, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE,
                       PTHREAD_PROCESS_SHARED);
  r.changed = make_condition(CLOCK_REALTIME, PTHREAD_PROCESS_SHARED);
  thread waiter([&] { r.take(); });
  r.wait_for_waiters(1);
  CHECK(in_a_child([&] {
          r.give(1, false, &pthread_cond_signal);
          return 0;
        }) == 0);
}

// Its wait gives up one of its two holds, and whoever else is woken waits until it gives up the other.
CASE(a_broadcast_wakes_a_thread_that_holds_its_recursive_mutex_twice) {
  constexpr int others = 9;
  room r;
  r.mutex = make_mutex(PTHREAD_MUTEX_RECURSIVE);
  std::atomic<bool> about_to_wait{false}, woken{false};
  std::vector<std::unique_ptr<thread>> all;
  for (int i = 0; i < others; ++i) all.push_back(std::make_unique<thread>([&] { r.take(); }));
  r.wait_for_waiters(others);
  all.push_back(std::make_unique<thread>([&] {
    CHECK(pthread_mutex_lock(&r.mutex) == 0);
    CHECK(pthread_mutex_lock(&r.mutex) == 0);
    about_to_wait = true;
    CHECK(pthread_cond_wait(&r.changed, &r.mutex) == 0);
    woken = true;
    r.permits += others;
    CHECK(pthread_mutex_unlock(&r.mutex) == 0);
    CHECK(pthread_mutex_unlock(&r.mutex) == 0);
  }));
  while (!about_to_wait) sched_yield();
  usleep(20'000);  // it sleeps by now, behind the others
  while (!woken) {
    CHECK(pthread_cond_broadcast(&r.changed) == 0);
    sched_yield();
  }
}

CASE(two_threads_pass_the_turn_to_each_other) {
  room r;
  int turn = 0;
  const int passes = rounds(20'000);
  const auto play = [&](int me) {
    for (int i = 0; i < passes; ++i) {
      CHECK(pthread_mutex_lock(&r.mutex) == 0);
      while (turn != me) CHECK(pthread_cond_wait(&r.changed, &r.mutex) == 0);
      turn = 1 - me;
      CHECK(pthread_cond_signal(&r.changed) == 0);
      CHECK(pthread_mutex_unlock(&r.mutex) == 0);
    }
  };
  thread a([&] { play(0); }), b([&] { play(1); });
}

CASE(no_permit_is_lost_among_many) {
  room r;
  const int each = rounds(5'000);
  const auto take = [&] {
    for (int i = 0; i < each; ++i) r.take();
  };
  const auto give = [&] {
    for (int i = 0; i < each; ++i)
      r.give(1, i % 2 == 0, i % 7 == 0 ? &pthread_cond_broadcast : &pthread_cond_signal);
  };
  {
    thread a(take), b(take), c(take), d(give), e(give), f(give);
  }
  CHECK(r.permits == 0 && r.waiting == 0);
}

}  // namespace
