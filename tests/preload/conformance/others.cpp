// SPDX-License-Identifier: BSL-1.0
// Spin locks, <threads.h>, and what is not replaced but stands beside it.
#include <semaphore.h>
#include <sys/mman.h>
#include <threads.h>

#include <cerrno>
#include <csignal>

#include "suite.hpp"

namespace {

using namespace suite;

CASE(a_spin_lock_excludes_others_until_it_is_unlocked) {
  pthread_spinlock_t lock;
  CHECK(pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE) == 0);
  CHECK(pthread_spin_lock(&lock) == 0);
  CHECK(in_another_thread([&] { return pthread_spin_trylock(&lock); }) == EBUSY);
  CHECK(pthread_spin_unlock(&lock) == 0 && pthread_spin_trylock(&lock) == 0);
  CHECK(pthread_spin_unlock(&lock) == 0);
  long count = 0;
  const auto work = [&] {
    for (int i = 0; i < 20'000; ++i) {
      CHECK(pthread_spin_lock(&lock) == 0);
      ++count;
      CHECK(pthread_spin_unlock(&lock) == 0);
    }
  };
  {
    thread a(work), b(work), c(work);
  }
  CHECK(count == 60'000 && pthread_spin_destroy(&lock) == 0);
}

CASE(a_shared_spin_lock_excludes_another_process) {
  void* const at = mmap(nullptr, 64, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* const lock = static_cast<pthread_spinlock_t*>(at);
  CHECK(pthread_spin_init(lock, PTHREAD_PROCESS_SHARED) == 0);
  CHECK(pthread_spin_lock(lock) == 0);
  CHECK(in_a_child([&] { return pthread_spin_trylock(lock); }) == EBUSY);
  CHECK(pthread_spin_unlock(lock) == 0);
  CHECK(in_a_child([&] { return pthread_spin_lock(lock) + pthread_spin_unlock(lock); }) == 0);
  CHECK(pthread_spin_destroy(lock) == 0);
}

CASE(the_mutexes_of_threads_h_lock) {
  for (const int type :
       {int{mtx_plain}, int{mtx_timed}, mtx_plain | mtx_recursive, mtx_timed | mtx_recursive}) {
    mtx_t m;
    CHECK(mtx_init(&m, type) == thrd_success && mtx_lock(&m) == thrd_success);
    CHECK(mtx_trylock(&m) == ((type & mtx_recursive) != 0 ? thrd_success : thrd_busy));
    CHECK(in_another_thread([&] { return mtx_trylock(&m); }) == thrd_busy);
    if ((type & mtx_timed) != 0)
      CHECK(in_another_thread([&] { return mtx_timedlock(&m, &past); }) == thrd_timedout);
    CHECK(mtx_unlock(&m) == thrd_success);
    if ((type & mtx_recursive) != 0) CHECK(mtx_unlock(&m) == thrd_success);
    CHECK(in_another_thread([&] { return mtx_lock(&m) + mtx_unlock(&m); }) == thrd_success);
    mtx_destroy(&m);
  }
}

CASE(the_conditions_of_threads_h_wake) {
  mtx_t m;
  cnd_t c;
  CHECK(mtx_init(&m, mtx_plain) == thrd_success && cnd_init(&c) == thrd_success);
  int waiting = 0;
  bool go = false;
  const auto wait = [&] {
    CHECK(mtx_lock(&m) == thrd_success);
    ++waiting;
    while (!go) CHECK(cnd_wait(&c, &m) == thrd_success);
    CHECK(mtx_unlock(&m) == thrd_success);
  };
  {
    thread a(wait), b(wait);
    for (bool all = false; !all;) {
      CHECK(mtx_lock(&m) == thrd_success);
      all = go = waiting == 2;
      CHECK(mtx_unlock(&m) == thrd_success);
    }
    CHECK(cnd_signal(&c) == thrd_success && cnd_broadcast(&c) == thrd_success);
  }
  // When nobody signals any more.
  CHECK(mtx_lock(&m) == thrd_success);
  CHECK(cnd_timedwait(&c, &m, &past) == thrd_timedout);
  CHECK(mtx_unlock(&m) == thrd_success);
  cnd_destroy(&c);
  mtx_destroy(&m);
}

sem_t posted;
void post(int) { sem_post(&posted); }

CASE(a_signal_handler_posts_a_semaphore) {
  CHECK(sem_init(&posted, 0, 0) == 0);
  struct sigaction action{};
  action.sa_handler = &post;
  CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
  pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
  CHECK(pthread_mutex_lock(&m) == 0);
  thread waiter([&] { CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_unlock(&m) == 0); });
  waiter.wait_until_asleep();
  CHECK(pthread_kill(waiter.id(), SIGUSR1) == 0);
  while (sem_wait(&posted) != 0) CHECK(errno == EINTR);
  CHECK(pthread_mutex_unlock(&m) == 0);
}

// The readers are counted by a mutex of ours, the lock is the C library's.
CASE(reader_writer_locks_and_barriers_stand_beside) {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
  pthread_barrier_t all;
  CHECK(pthread_barrier_init(&all, nullptr, 3) == 0);
  int readers = 0;
  const auto read = [&] {
    CHECK(pthread_rwlock_rdlock(&lock) == 0);
    pthread_barrier_wait(&all);
    CHECK(pthread_mutex_lock(&m) == 0);
    ++readers;
    CHECK(pthread_mutex_unlock(&m) == 0 && pthread_rwlock_unlock(&lock) == 0);
  };
  {
    thread a(read), b(read), c(read);
  }
  CHECK(readers == 3 && pthread_rwlock_trywrlock(&lock) == 0);
}

}  // namespace
