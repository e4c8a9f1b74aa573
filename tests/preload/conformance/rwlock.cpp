// SPDX-License-Identifier: BSL-1.0
// What POSIX says of reader-writer locks.
#include <sys/mman.h>

#include <cerrno>
#include <climits>

#include "suite.hpp"

namespace {

using namespace suite;

constexpr int all_kinds[] = {PTHREAD_RWLOCK_PREFER_READER_NP, PTHREAD_RWLOCK_PREFER_WRITER_NP,
                             PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP};

void make(pthread_rwlock_t& lock, int kind, int shared = PTHREAD_PROCESS_PRIVATE) {
  pthread_rwlockattr_t attributes;
  CHECK(pthread_rwlockattr_init(&attributes) == 0);
  CHECK(pthread_rwlockattr_setkind_np(&attributes, kind) == 0);
  CHECK(pthread_rwlockattr_setpshared(&attributes, shared) == 0);
  CHECK(pthread_rwlock_init(&lock, &attributes) == 0);
  CHECK(pthread_rwlockattr_destroy(&attributes) == 0);
}

// In another thread, which unlocks it again.
int try_elsewhere(pthread_rwlock_t& lock, int (*take)(pthread_rwlock_t*)) {
  return in_another_thread([&] {
    const int result = take(&lock);
    return result != 0 ? result : pthread_rwlock_unlock(&lock);
  });
}

CASE(readers_share_a_lock_and_a_writer_excludes_all) {
  for (const int kind : all_kinds) {
    pthread_rwlock_t l;
    make(l, kind);
    CHECK(pthread_rwlock_rdlock(&l) == 0);
    CHECK(try_elsewhere(l, &pthread_rwlock_rdlock) == 0);
    CHECK(try_elsewhere(l, &pthread_rwlock_tryrdlock) == 0);
    CHECK(try_elsewhere(l, &pthread_rwlock_trywrlock) == EBUSY);
    CHECK(pthread_rwlock_unlock(&l) == 0 && pthread_rwlock_wrlock(&l) == 0);
    CHECK(try_elsewhere(l, &pthread_rwlock_tryrdlock) == EBUSY);
    CHECK(try_elsewhere(l, &pthread_rwlock_trywrlock) == EBUSY);
    CHECK(pthread_rwlock_unlock(&l) == 0);
    CHECK(try_elsewhere(l, &pthread_rwlock_trywrlock) == 0);
    CHECK(try_elsewhere(l, &pthread_rwlock_wrlock) == 0);
    CHECK(pthread_rwlock_destroy(&l) == 0);
  }
}

CASE(static_initialisers_of_reader_writer_locks_are_enough) {
  static pthread_rwlock_t all[] = {PTHREAD_RWLOCK_INITIALIZER,
                                   PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP};
  for (pthread_rwlock_t& l : all) {
    CHECK(pthread_rwlock_wrlock(&l) == 0);
    CHECK(try_elsewhere(l, &pthread_rwlock_tryrdlock) == EBUSY);
    CHECK(pthread_rwlock_unlock(&l) == 0 && pthread_rwlock_rdlock(&l) == 0);
    CHECK(pthread_rwlock_unlock(&l) == 0);
  }
}

CASE(attributes_of_reader_writer_locks_keep_what_they_are_given) {
  pthread_rwlockattr_t attributes;
  CHECK(pthread_rwlockattr_init(&attributes) == 0);
  int value = -1;
  CHECK(pthread_rwlockattr_getkind_np(&attributes, &value) == 0);
  CHECK(value == PTHREAD_RWLOCK_PREFER_READER_NP);
  for (const int kind : all_kinds) {
    CHECK(pthread_rwlockattr_setkind_np(&attributes, kind) == 0);
    CHECK(pthread_rwlockattr_getkind_np(&attributes, &value) == 0 && value == kind);
  }
  CHECK(pthread_rwlockattr_setkind_np(&attributes, 9) == EINVAL);
  CHECK(pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0);
  CHECK(pthread_rwlockattr_getpshared(&attributes, &value) == 0);
  CHECK(value == PTHREAD_PROCESS_SHARED);
}

CASE(a_reader_may_read_again_while_a_writer_waits) {
  for (const int kind : {PTHREAD_RWLOCK_PREFER_READER_NP, PTHREAD_RWLOCK_PREFER_WRITER_NP}) {
    pthread_rwlock_t l;
    make(l, kind);
    CHECK(pthread_rwlock_rdlock(&l) == 0);
    thread writer([&] {
      CHECK(pthread_rwlock_wrlock(&l) == 0);
      CHECK(pthread_rwlock_unlock(&l) == 0);
    });
    writer.wait_until_asleep();
    for (int i = 0; i < 100; ++i) CHECK(pthread_rwlock_rdlock(&l) == 0);
    CHECK(pthread_rwlock_tryrdlock(&l) == 0);
    CHECK(pthread_rwlock_timedrdlock(&l, &past) == 0);
    CHECK(try_elsewhere(l, &pthread_rwlock_rdlock) == 0);
    for (int i = 0; i < 103; ++i) CHECK(pthread_rwlock_unlock(&l) == 0);
  }
}

CASE(a_writer_that_waits_keeps_readers_out_where_that_is_asked_for) {
  pthread_rwlock_t l;
  make(l, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  CHECK(pthread_rwlock_rdlock(&l) == 0);
  bool written = false;
  thread writer([&] {
    CHECK(pthread_rwlock_wrlock(&l) == 0);
    written = true;
    CHECK(pthread_rwlock_unlock(&l) == 0);
  });
  writer.wait_until_asleep();
  CHECK(try_elsewhere(l, &pthread_rwlock_tryrdlock) == EBUSY);
  CHECK(in_another_thread([&] { return pthread_rwlock_timedrdlock(&l, &past); }) == ETIMEDOUT);
  thread reader([&] {
    CHECK(pthread_rwlock_rdlock(&l) == 0 && written);
    CHECK(pthread_rwlock_unlock(&l) == 0);
  });
  reader.wait_until_asleep();
  CHECK(pthread_rwlock_unlock(&l) == 0);
}

// The readers that came behind it share the lock with the first one, which still has it.
CASE(a_writer_that_gives_up_lets_the_readers_in_that_it_kept_out) {
  pthread_rwlock_t l;
  make(l, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  CHECK(pthread_rwlock_rdlock(&l) == 0);
  const struct timespec soon = from_now(CLOCK_MONOTONIC, 100);
  std::atomic<int> result{-1};
  {
    thread writer([&] { result = pthread_rwlock_clockwrlock(&l, CLOCK_MONOTONIC, &soon); });
    while (result == -1 && pthread_rwlock_tryrdlock(&l) == 0) {
      CHECK(pthread_rwlock_unlock(&l) == 0);
      sched_yield();
    }
    const auto read = [&] {
      CHECK(pthread_rwlock_rdlock(&l) == 0 && pthread_rwlock_unlock(&l) == 0);
    };
    thread a(read), b(read);
  }
  CHECK(result == ETIMEDOUT && pthread_rwlock_tryrdlock(&l) == 0);
  CHECK(pthread_rwlock_unlock(&l) == 0 && pthread_rwlock_unlock(&l) == 0);
  CHECK(pthread_rwlock_trywrlock(&l) == 0);
}

CASE(an_unlock_prefers_whom_the_kind_says) {
  for (const int kind : all_kinds) {
    pthread_rwlock_t l;
    make(l, kind);
    CHECK(pthread_rwlock_wrlock(&l) == 0);
    std::atomic<int> place{0};
    int read_as = -1;
    int written_as = -1;
    const auto take = [&](int (*lock)(pthread_rwlock_t*), int& as) {
      CHECK(lock(&l) == 0);
      as = place++;
      CHECK(pthread_rwlock_unlock(&l) == 0);
    };
    {
      thread writer([&] { take(&pthread_rwlock_wrlock, written_as); });
      writer.wait_until_asleep();
      thread reader([&] { take(&pthread_rwlock_rdlock, read_as); });
      reader.wait_until_asleep();
      CHECK(pthread_rwlock_unlock(&l) == 0);
    }
    CHECK((read_as < written_as) == (kind == PTHREAD_RWLOCK_PREFER_READER_NP));
  }
}

CASE(a_writer_that_locks_again_is_told) {
  for (const int kind : all_kinds) {
    pthread_rwlock_t l;
    make(l, kind);
    CHECK(pthread_rwlock_wrlock(&l) == 0);
    CHECK(pthread_rwlock_wrlock(&l) == EDEADLK && pthread_rwlock_rdlock(&l) == EDEADLK);
    CHECK(pthread_rwlock_timedwrlock(&l, &past) == EDEADLK);
    CHECK(pthread_rwlock_timedrdlock(&l, &far_future) == EDEADLK);
    CHECK(pthread_rwlock_trywrlock(&l) == EBUSY && pthread_rwlock_tryrdlock(&l) == EBUSY);
    CHECK(pthread_rwlock_unlock(&l) == 0 && pthread_rwlock_rdlock(&l) == 0);
  }
}

CASE(there_is_a_largest_number_of_readers) {
  pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
  CHECK(pthread_rwlock_rdlock(&l) == 0);
  l.__data.__readers |= 0x7fff'fff8;
  CHECK(pthread_rwlock_rdlock(&l) == EAGAIN && pthread_rwlock_tryrdlock(&l) == EAGAIN);
  CHECK(pthread_rwlock_timedrdlock(&l, &far_future) == EAGAIN);
  CHECK(pthread_rwlock_unlock(&l) == 0 && pthread_rwlock_rdlock(&l) == 0);
}

using timed = int (*)(pthread_rwlock_t*, clockid_t, const struct timespec*);
constexpr timed both[] = {&pthread_rwlock_clockrdlock, &pthread_rwlock_clockwrlock};

CASE(a_timed_wait_for_a_reader_writer_lock_ends_at_its_time_and_not_before) {
  for (const int kind : all_kinds) {
    pthread_rwlock_t l;
    make(l, kind);
    CHECK(pthread_rwlock_wrlock(&l) == 0);
    for (const timed take : both)
      for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
        const struct timespec until = from_now(clock, 20);
        CHECK(in_another_thread([&] { return take(&l, clock, &until); }) == ETIMEDOUT);
        struct timespec now{};
        clock_gettime(clock, &now);
        CHECK(now.tv_sec > until.tv_sec ||
              (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
        CHECK(in_another_thread([&] { return take(&l, clock, &past); }) == ETIMEDOUT);
      }
    CHECK(in_another_thread([&] { return pthread_rwlock_timedrdlock(&l, &past); }) == ETIMEDOUT);
    CHECK(in_another_thread([&] { return pthread_rwlock_timedwrlock(&l, &past); }) == ETIMEDOUT);
    CHECK(pthread_rwlock_unlock(&l) == 0);
    CHECK(try_elsewhere(l, &pthread_rwlock_trywrlock) == 0);
  }
}

CASE(a_timed_wait_gets_a_reader_writer_lock_that_becomes_free) {
  for (const timed take : both) {
    pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
    CHECK(pthread_rwlock_wrlock(&l) == 0);
    int result = -1;
    thread waiter([&] { result = take(&l, CLOCK_REALTIME, &far_future); });
    waiter.wait_until_asleep();
    CHECK(pthread_rwlock_unlock(&l) == 0);
    waiter.join();
    CHECK(result == 0);
  }
}

CASE(times_and_clocks_of_reader_writer_locks_are_looked_at_first) {
  pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
  for (const timed take : both) {
    CHECK(take(&l, CLOCK_MONOTONIC, &past) == 0 && pthread_rwlock_unlock(&l) == 0);
    CHECK(take(&l, CLOCK_MONOTONIC, &invalid) == EINVAL);
    CHECK(take(&l, CLOCK_PROCESS_CPUTIME_ID, &past) == EINVAL);
  }
  CHECK(pthread_rwlock_timedrdlock(&l, &invalid) == EINVAL);
  CHECK(pthread_rwlock_timedwrlock(&l, &invalid) == EINVAL);
  CHECK(pthread_rwlock_trywrlock(&l) == 0);
}

// Whoever gets the lock may unmap it while the other is still in its unlock.
CASE(a_reader_writer_lock_may_be_gone_as_soon_as_another_thread_has_it) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < rounds(1000); ++i) {
    void* const at =
        mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    auto& l = *static_cast<pthread_rwlock_t*>(at);
    make(l, all_kinds[i % 3]);
    const bool reads = i % 2 == 0;
    CHECK((reads ? pthread_rwlock_rdlock(&l) : pthread_rwlock_wrlock(&l)) == 0);
    thread heir([&] {
      CHECK((i % 4 == 1 ? pthread_rwlock_rdlock(&l) : pthread_rwlock_wrlock(&l)) == 0);
      CHECK(pthread_rwlock_unlock(&l) == 0);
      CHECK(pthread_rwlock_destroy(&l) == 0);
      CHECK(munmap(at, page) == 0);
    });
    if (i % 8 < 4) heir.wait_until_asleep();
    CHECK(pthread_rwlock_unlock(&l) == 0);
  }
}

CASE(readers_and_writers_see_no_half_made_write) {
  for (const int kind : all_kinds) {
    pthread_rwlock_t l;
    make(l, kind);
    const int each = rounds(3'000);
    long first = 0;
    long second = 0;
    const auto write = [&] {
      for (int i = 0; i < each; ++i) {
        errno = 77;
        const struct timespec soon = from_now(CLOCK_MONOTONIC, 1);
        if (i % 3 != 0 || pthread_rwlock_clockwrlock(&l, CLOCK_MONOTONIC, &soon) != 0)
          CHECK(pthread_rwlock_wrlock(&l) == 0);
        ++first;
        if (i % 64 == 0) sched_yield();
        ++second;
        CHECK(pthread_rwlock_unlock(&l) == 0 && errno == 77);
      }
    };
    const auto read = [&] {
      for (int i = 0; i < each; ++i) {
        errno = 77;
        const struct timespec soon = from_now(CLOCK_MONOTONIC, 1);
        if (i % 3 != 0 || pthread_rwlock_clockrdlock(&l, CLOCK_MONOTONIC, &soon) != 0)
          CHECK(pthread_rwlock_rdlock(&l) == 0);
        CHECK(first == second);
        if (i % 64 == 0) sched_yield();
        CHECK(pthread_rwlock_unlock(&l) == 0 && errno == 77);
      }
    };
    {
      thread a(write), b(read), c(write), d(read), e(read);
    }
    CHECK(first == 2L * each && second == first && pthread_rwlock_trywrlock(&l) == 0);
  }
}

CASE(readers_writer_and_kind_are_where_debuggers_look) {
  pthread_rwlock_t l;
  make(l, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  CHECK(l.__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  CHECK(pthread_rwlock_rdlock(&l) == 0 && pthread_rwlock_rdlock(&l) == 0);
  CHECK(l.__data.__readers >> 3 == 2 && (l.__data.__readers & 1) == 0);
  CHECK(pthread_rwlock_unlock(&l) == 0 && pthread_rwlock_unlock(&l) == 0);
  CHECK(pthread_rwlock_wrlock(&l) == 0);
  CHECK(l.__data.__cur_writer == gettid() && (l.__data.__readers & 3) == 3);
  CHECK(pthread_rwlock_unlock(&l) == 0 && l.__data.__cur_writer == 0);
}

CASE(the_child_of_a_fork_reads_on_and_then_writes) {
  pthread_rwlock_t l = PTHREAD_RWLOCK_INITIALIZER;
  CHECK(pthread_rwlock_rdlock(&l) == 0);
  CHECK(in_a_child([&] {
          CHECK(pthread_rwlock_trywrlock(&l) == EBUSY && pthread_rwlock_unlock(&l) == 0);
          CHECK(pthread_rwlock_wrlock(&l) == 0);
          return pthread_rwlock_rdlock(&l) == EDEADLK ? pthread_rwlock_unlock(&l) : 1;
        }) == 0);
  CHECK(pthread_rwlock_unlock(&l) == 0 && pthread_rwlock_trywrlock(&l) == 0);
}

CASE(a_shared_reader_writer_lock_excludes_another_process) {
  void* const at = mmap(nullptr, sizeof(pthread_rwlock_t), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& l = *static_cast<pthread_rwlock_t*>(at);
  make(l, PTHREAD_RWLOCK_PREFER_READER_NP, PTHREAD_PROCESS_SHARED);
  CHECK(pthread_rwlock_wrlock(&l) == 0);
  CHECK(in_a_child([&] { return pthread_rwlock_tryrdlock(&l); }) == EBUSY);
  CHECK(in_a_child([&] { return pthread_rwlock_timedwrlock(&l, &past); }) == ETIMEDOUT);
  CHECK(pthread_rwlock_unlock(&l) == 0);
  CHECK(in_a_child([&] { return pthread_rwlock_wrlock(&l) + pthread_rwlock_unlock(&l); }) == 0);
  CHECK(pthread_rwlock_destroy(&l) == 0);
}

}  // namespace
