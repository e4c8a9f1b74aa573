// SPDX-License-Identifier: BSL-1.0
// What POSIX says of threads that are cancelled while they wait for a condition.
#include <atomic>
#include <cerrno>

#include "suite.hpp"

namespace {

using namespace suite;

struct place {
  pthread_mutex_t mutex = make_mutex(PTHREAD_MUTEX_ERRORCHECK);
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  int waiting = 0;
  int permits = 0;
  int cleaned = 0;

  // The cleanup handler of the program: it has the mutex.
  static void clean(void* self) {
    auto& me = *static_cast<place*>(self);
    ++me.cleaned;
    --me.waiting;
    CHECK(pthread_mutex_unlock(&me.mutex) == 0);
  }
  void take(const struct timespec* until) {
    CHECK(pthread_mutex_lock(&mutex) == 0);
    ++waiting;
    pthread_cleanup_push(&clean, this);
    while (permits == 0) {
      const int result = until == nullptr ? pthread_cond_wait(&changed, &mutex)
                                          : pthread_cond_timedwait(&changed, &mutex, until);
      CHECK(result == 0);
    }
    --permits;
    pthread_cleanup_pop(0);
    --waiting;
    CHECK(pthread_mutex_unlock(&mutex) == 0);
  }
  void wait_for_waiters(int count) {
    for (bool enough = false; !enough; sched_yield()) {
      CHECK(pthread_mutex_lock(&mutex) == 0);
      enough = waiting >= count;
      CHECK(pthread_mutex_unlock(&mutex) == 0);
    }
  }
};

CASE(a_waiter_that_is_cancelled_has_the_mutex_when_it_cleans_up) {
  for (const struct timespec* until : {static_cast<const struct timespec*>(nullptr), &far_future}) {
    place p;
    thread waiter([&] { p.take(until); });
    p.wait_for_waiters(1);
    waiter.wait_until_asleep();
    CHECK(pthread_cancel(waiter.id()) == 0);
    CHECK(waiter.join() == PTHREAD_CANCELED);
    CHECK(p.cleaned == 1 && p.waiting == 0);
    CHECK(pthread_mutex_trylock(&p.mutex) == 0 && pthread_mutex_unlock(&p.mutex) == 0);
    CHECK(pthread_cond_destroy(&p.changed) == 0);
  }
}

CASE(a_waiter_that_is_cancelled_waits_for_the_mutex_before_it_cleans_up) {
  place p;
  thread waiter([&] { p.take(nullptr); });
  p.wait_for_waiters(1);
  CHECK(pthread_mutex_lock(&p.mutex) == 0);
  CHECK(pthread_cancel(waiter.id()) == 0);
  waiter.wait_until_asleep();
  CHECK(p.cleaned == 0);
  CHECK(pthread_mutex_unlock(&p.mutex) == 0);
  CHECK(waiter.join() == PTHREAD_CANCELED && p.cleaned == 1);
}

CASE(a_cancellation_that_is_pending_ends_a_wait_at_its_beginning) {
  place p;
  std::atomic<bool> ready{false};
  std::atomic<bool> cancelled{false};
  thread waiter([&] {
    ready = true;
    while (!cancelled) {
    }
    p.take(nullptr);
  });
  while (!ready) sched_yield();
  CHECK(pthread_cancel(waiter.id()) == 0);
  cancelled = true;
  CHECK(waiter.join() == PTHREAD_CANCELED && p.cleaned == 1);
}

CASE(a_thread_that_forbids_it_is_not_cancelled) {
  place p;
  thread waiter([&] {
    int before = 0;
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0);
    p.take(nullptr);
  });
  p.wait_for_waiters(1);
  CHECK(pthread_cancel(waiter.id()) == 0);
  CHECK(pthread_mutex_lock(&p.mutex) == 0);
  p.permits = 1;
  CHECK(pthread_cond_signal(&p.changed) == 0);
  CHECK(pthread_mutex_unlock(&p.mutex) == 0);
  CHECK(waiter.join() == nullptr && p.cleaned == 0);
}

CASE(a_wait_leaves_the_cancel_type_as_it_was) {
  place p;
  CHECK(pthread_mutex_lock(&p.mutex) == 0);
  CHECK(pthread_cond_timedwait(&p.changed, &p.mutex, &past) == ETIMEDOUT);
  int type = -1;
  CHECK(pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type) == 0);
  CHECK(type == PTHREAD_CANCEL_DEFERRED);
}

CASE(waiting_for_a_mutex_is_no_cancellation_point) {
  pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
  CHECK(pthread_mutex_lock(&m) == 0);
  bool passed = false;
  thread waiter([&] {
    CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_unlock(&m) == 0);
    passed = true;
  });
  waiter.wait_until_asleep();
  CHECK(pthread_cancel(waiter.id()) == 0);
  CHECK(pthread_mutex_unlock(&m) == 0);
  CHECK(waiter.join() == nullptr && passed);
}

// One permit, one signal, and one of the two waiters is cancelled at that time: either it had not taken
// the signal, or it passes it on. So the other one gets the permit, or the first has it.
CASE(a_waiter_that_is_cancelled_takes_no_signal_along) {
  for (int i = 0; i < rounds(500); ++i) {
    place p;
    thread doomed([&] { p.take(nullptr); });
    p.wait_for_waiters(1);
    thread other([&] { p.take(nullptr); });
    p.wait_for_waiters(2);
    thread canceller([&] { CHECK(pthread_cancel(doomed.id()) == 0); });
    CHECK(pthread_mutex_lock(&p.mutex) == 0);
    p.permits = 1;
    if (i % 2 == 0) CHECK(pthread_cond_signal(&p.changed) == 0);
    CHECK(pthread_mutex_unlock(&p.mutex) == 0);
    if (i % 2 != 0) CHECK(pthread_cond_signal(&p.changed) == 0);
    canceller.join();
    const bool was_cancelled = doomed.join() == PTHREAD_CANCELED;
    if (!was_cancelled) {
      CHECK(pthread_mutex_lock(&p.mutex) == 0);
      ++p.permits;
      CHECK(pthread_cond_signal(&p.changed) == 0);
      CHECK(pthread_mutex_unlock(&p.mutex) == 0);
    }
    other.join();
    CHECK(p.permits == 0);
  }
}

}  // namespace
