// SPDX-License-Identifier: BSL-1.0
// What POSIX says of mutexes.
#include <sys/mman.h>

#include <cerrno>
#include <climits>

#include "suite.hpp"

namespace {

using namespace suite;

CASE(a_mutex_of_every_type_excludes_others_until_it_is_unlocked) {
  for (const int type : all_types) {
    pthread_mutex_t m = make_mutex(type);
    CHECK(pthread_mutex_lock(&m) == 0);
    CHECK(in_another_thread([&] { return pthread_mutex_trylock(&m); }) == EBUSY);
    CHECK(pthread_mutex_unlock(&m) == 0);
    CHECK(in_another_thread([&] {
            const int got = pthread_mutex_trylock(&m);
            return got != 0 ? got : pthread_mutex_unlock(&m);
          }) == 0);
    CHECK(pthread_mutex_destroy(&m) == 0);
  }
}

CASE(static_initialisers_are_enough) {
  static pthread_mutex_t all[] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
                                  PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
                                  PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP};
  for (pthread_mutex_t& m : all) {
    CHECK(pthread_mutex_lock(&m) == 0);
    CHECK(in_another_thread([&] { return pthread_mutex_trylock(&m); }) == EBUSY);
    CHECK(pthread_mutex_unlock(&m) == 0);
  }
  CHECK(pthread_mutex_lock(&all[1]) == 0 && pthread_mutex_lock(&all[1]) == 0);
  CHECK(pthread_mutex_lock(&all[2]) == 0 && pthread_mutex_lock(&all[2]) == EDEADLK);
}

CASE(a_recursive_mutex_is_free_after_as_many_unlocks) {
  pthread_mutex_t m = make_mutex(PTHREAD_MUTEX_RECURSIVE);
  CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_trylock(&m) == 0);
  const struct timespec soon = from_now(CLOCK_REALTIME, 0);
  CHECK(pthread_mutex_timedlock(&m, &soon) == 0);
  for (int i = 0; i < 3; ++i) {
    CHECK(in_another_thread([&] { return pthread_mutex_trylock(&m); }) == EBUSY);
    CHECK(pthread_mutex_unlock(&m) == 0);
  }
  CHECK(in_another_thread([&] { return pthread_mutex_trylock(&m); }) == 0);
}

CASE(a_recursive_mutex_has_a_largest_count) {
  pthread_mutex_t m = make_mutex(PTHREAD_MUTEX_RECURSIVE);
  CHECK(pthread_mutex_lock(&m) == 0);
  m.__data.__count = UINT_MAX;
  CHECK(pthread_mutex_lock(&m) == EAGAIN && pthread_mutex_trylock(&m) == EAGAIN);
}

CASE(only_the_owner_may_unlock_a_type_that_knows_its_owner) {
  for (const int type : {PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK}) {
    pthread_mutex_t m = make_mutex(type);
    CHECK(pthread_mutex_unlock(&m) == EPERM);
    CHECK(pthread_mutex_lock(&m) == 0);
    CHECK(in_another_thread([&] { return pthread_mutex_unlock(&m); }) == EPERM);
    CHECK(pthread_mutex_unlock(&m) == 0 && pthread_mutex_unlock(&m) == EPERM);
  }
}

CASE(an_errorcheck_mutex_refuses_its_owner) {
  pthread_mutex_t m = make_mutex(PTHREAD_MUTEX_ERRORCHECK);
  const struct timespec later = from_now(CLOCK_REALTIME, 1000);
  CHECK(pthread_mutex_lock(&m) == 0);
  CHECK(pthread_mutex_lock(&m) == EDEADLK && pthread_mutex_timedlock(&m, &later) == EDEADLK);
  CHECK(pthread_mutex_trylock(&m) == EBUSY);
  CHECK(pthread_mutex_unlock(&m) == 0 && pthread_mutex_lock(&m) == 0);
}

CASE(a_normal_mutex_may_be_unlocked_by_another_thread) {
  for (const int type : {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ADAPTIVE_NP}) {
    pthread_mutex_t m = make_mutex(type);
    CHECK(pthread_mutex_lock(&m) == 0);
    CHECK(in_another_thread([&] { return pthread_mutex_unlock(&m); }) == 0);
    CHECK(pthread_mutex_trylock(&m) == 0);
  }
}

CASE(a_normal_mutex_deadlocks_with_its_owner) {
  pthread_mutex_t m = make_mutex(PTHREAD_MUTEX_NORMAL);
  const struct timespec soon = from_now(CLOCK_REALTIME, 20);
  CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_timedlock(&m, &soon) == ETIMEDOUT);
}

CASE(a_timed_lock_ends_at_its_time_and_not_before) {
  for (const int type : all_types) {
    pthread_mutex_t m = make_mutex(type);
    CHECK(pthread_mutex_lock(&m) == 0);
    for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
      const struct timespec until = from_now(clock, 20);
      CHECK(in_another_thread([&] { return pthread_mutex_clocklock(&m, clock, &until); }) ==
            ETIMEDOUT);
      struct timespec now{};
      clock_gettime(clock, &now);
      CHECK(now.tv_sec > until.tv_sec ||
            (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
      CHECK(in_another_thread([&] { return pthread_mutex_clocklock(&m, clock, &past); }) ==
            ETIMEDOUT);
    }
    CHECK(in_another_thread([&] { return pthread_mutex_timedlock(&m, &past); }) == ETIMEDOUT);
  }
}

CASE(a_timed_lock_gets_a_mutex_that_becomes_free) {
  pthread_mutex_t m = make_mutex(PTHREAD_MUTEX_DEFAULT);
  CHECK(pthread_mutex_lock(&m) == 0);
  int result = -1;
  thread waiter([&] { result = pthread_mutex_timedlock(&m, &far_future); });
  waiter.wait_until_asleep();
  CHECK(pthread_mutex_unlock(&m) == 0);
  waiter.join();
  CHECK(result == 0);
}

CASE(the_time_of_a_timed_lock_matters_only_to_who_waits) {
  pthread_mutex_t m = make_mutex(PTHREAD_MUTEX_DEFAULT);
  CHECK(pthread_mutex_timedlock(&m, &invalid) == 0);
  CHECK(in_another_thread([&] { return pthread_mutex_timedlock(&m, &invalid); }) == EINVAL);
  CHECK(pthread_mutex_clocklock(&m, CLOCK_PROCESS_CPUTIME_ID, &past) == EINVAL);
}

CASE(a_mutex_that_is_held_is_not_destroyed) {
  pthread_mutex_t m = make_mutex(PTHREAD_MUTEX_DEFAULT);
  CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_destroy(&m) == EBUSY);
  CHECK(pthread_mutex_unlock(&m) == 0 && pthread_mutex_destroy(&m) == 0);
}

// The thread that gets the mutex may unmap it while the other is still in its unlock.
CASE(a_mutex_may_be_gone_as_soon_as_another_thread_has_it) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < rounds(2000); ++i) {
    void* const at =
        mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    auto& m = *static_cast<pthread_mutex_t*>(at);
    m = make_mutex(all_types[i % 4]);
    CHECK(pthread_mutex_lock(&m) == 0);
    thread heir([&] {
      CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_unlock(&m) == 0);
      CHECK(pthread_mutex_destroy(&m) == 0);
      CHECK(munmap(at, page) == 0);
    });
    if (i % 8 == 0) heir.wait_until_asleep();
    CHECK(pthread_mutex_unlock(&m) == 0);
  }
}

CASE(many_threads_count_without_a_loss) {
  for (const int type : all_types) {
    pthread_mutex_t m = make_mutex(type);
    const int each = rounds(20'000);
    long count = 0;
    {
      const auto work = [&] {
        for (int i = 0; i < each; ++i) {
          errno = 77;
          CHECK(pthread_mutex_lock(&m) == 0);
          ++count;
          CHECK(pthread_mutex_unlock(&m) == 0);
          CHECK(errno == 77);  // the calls leave it alone
        }
      };
      thread a(work), b(work), c(work), d(work);
    }
    CHECK(count == 4L * each);
    CHECK(pthread_mutex_destroy(&m) == 0);
  }
}

CASE(owner_kind_and_count_are_where_debuggers_look) {
  pthread_mutex_t m = make_mutex(PTHREAD_MUTEX_RECURSIVE);
  CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_lock(&m) == 0);
  CHECK(m.__data.__owner == gettid() && m.__data.__count == 2);
  CHECK(m.__data.__kind == PTHREAD_MUTEX_RECURSIVE && m.__data.__lock != 0);
  pthread_mutex_t normal = PTHREAD_MUTEX_INITIALIZER;
  CHECK(pthread_mutex_lock(&normal) == 0 && normal.__data.__owner == gettid());
  CHECK(pthread_mutex_unlock(&normal) == 0 && normal.__data.__owner == 0);
}

CASE(robust_mutexes_tell_of_a_dead_owner) {
  pthread_mutex_t m = make_mutex(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ROBUST);
  thread([&] { CHECK(pthread_mutex_lock(&m) == 0); }).join();
  CHECK(pthread_mutex_lock(&m) == EOWNERDEAD);
  CHECK(pthread_mutex_consistent(&m) == 0 && pthread_mutex_unlock(&m) == 0);
  CHECK(pthread_mutex_trylock(&m) == 0 && pthread_mutex_lock(&m) == EDEADLK);
}

CASE(mutexes_with_priorities_lock) {
  pthread_mutex_t m =
      make_mutex(PTHREAD_MUTEX_DEFAULT, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT);
  CHECK(pthread_mutex_lock(&m) == 0);
  CHECK(in_another_thread([&] { return pthread_mutex_timedlock(&m, &past); }) == ETIMEDOUT);
  CHECK(pthread_mutex_unlock(&m) == 0 && pthread_mutex_destroy(&m) == 0);
}

CASE(a_shared_mutex_excludes_another_process) {
  void* const at = mmap(nullptr, sizeof(pthread_mutex_t), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& m = *static_cast<pthread_mutex_t*>(at);
  m = make_mutex(PTHREAD_MUTEX_DEFAULT, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE,
                 PTHREAD_PROCESS_SHARED);
  CHECK(pthread_mutex_lock(&m) == 0);
  CHECK(in_a_child([&] { return pthread_mutex_trylock(&m); }) == EBUSY);
  CHECK(pthread_mutex_unlock(&m) == 0);
  CHECK(in_a_child([&] { return pthread_mutex_lock(&m) + pthread_mutex_unlock(&m); }) == 0);
}

CASE(the_child_of_a_fork_has_the_locks_of_the_thread_that_forked) {
  for (const int type : {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ADAPTIVE_NP}) {
    pthread_mutex_t m = make_mutex(type);
    CHECK(pthread_mutex_lock(&m) == 0);
    thread waiter([&] { CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_unlock(&m) == 0); });
    waiter.wait_until_asleep();
    CHECK(in_a_child([&] {
            CHECK(pthread_mutex_trylock(&m) == EBUSY && pthread_mutex_unlock(&m) == 0);
            int count = 0;
            const auto work = [&] {
              for (int i = 0; i < 1000; ++i) {
                CHECK(pthread_mutex_lock(&m) == 0);
                ++count;
                CHECK(pthread_mutex_unlock(&m) == 0);
              }
            };
            {
              thread a(work), b(work);
            }
            return count == 2000 ? 0 : 1;
          }) == 0);
    CHECK(pthread_mutex_unlock(&m) == 0);
  }
}

pthread_mutex_t used_at_the_end = PTHREAD_MUTEX_INITIALIZER;
int uses_at_the_end = 0;
void use_at_the_end(void*) {
  if (pthread_mutex_lock(&used_at_the_end) == 0) ++uses_at_the_end;
  pthread_mutex_unlock(&used_at_the_end);
}

CASE(destructors_of_threads_and_of_the_program_may_lock) {
  CHECK(in_a_child([] {
          struct at_end {
            ~at_end() { use_at_the_end(nullptr); }
          };
          pthread_key_t key{};
          CHECK(pthread_key_create(&key, &use_at_the_end) == 0);
          thread([&] {
            static thread_local at_end end;
            static_cast<void>(&end);
            CHECK(pthread_setspecific(key, &key) == 0);
          }).join();
          CHECK(uses_at_the_end == 2);
          atexit([] {
            use_at_the_end(nullptr);
            _exit(uses_at_the_end);
          });
          std::exit(99);
          return 99;
        }) == 3);
}

}  // namespace
