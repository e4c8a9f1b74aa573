// SPDX-License-Identifier: BSL-1.0
// What POSIX says of semaphores.
#include <dlfcn.h>
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/time.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <string>

#include "suite.hpp"

namespace {

using namespace suite;

// 0 or the error.
int error_of(int result) { return result == 0 ? 0 : errno; }

int value_of(sem_t& s) {
  int value = -1;
  CHECK(sem_getvalue(&s, &value) == 0);
  return value;
}

CASE(a_semaphore_has_as_many_permits_as_were_given) {
  sem_t s;
  CHECK(sem_init(&s, 0, 2) == 0 && value_of(s) == 2);
  CHECK(sem_trywait(&s) == 0 && sem_wait(&s) == 0 && value_of(s) == 0);
  CHECK(error_of(sem_trywait(&s)) == EAGAIN);
  CHECK(sem_post(&s) == 0 && value_of(s) == 1);
  CHECK(sem_timedwait(&s, &past) == 0 && error_of(sem_trywait(&s)) == EAGAIN);
  CHECK(sem_destroy(&s) == 0);
}

CASE(there_is_a_largest_number_of_permits) {
  sem_t s;
  CHECK(error_of(sem_init(&s, 0, SEM_VALUE_MAX + 1U)) == EINVAL);
  CHECK(sem_init(&s, 0, SEM_VALUE_MAX) == 0);
  CHECK(error_of(sem_post(&s)) == EOVERFLOW && value_of(s) == SEM_VALUE_MAX);
  CHECK(sem_wait(&s) == 0 && sem_post(&s) == 0);
}

CASE(a_post_wakes_one_who_waits) {
  sem_t s;
  CHECK(sem_init(&s, 0, 0) == 0);
  std::atomic<int> got{0};
  const auto take = [&] {
    CHECK(sem_wait(&s) == 0);
    ++got;
  };
  {
    thread a(take), b(take);
    a.wait_until_asleep();
    b.wait_until_asleep();
    CHECK(value_of(s) == 0 && sem_post(&s) == 0);
    while (got < 1) sched_yield();
    CHECK(sem_post(&s) == 0);
  }
  CHECK(got == 2 && value_of(s) == 0);
}

CASE(a_timed_wait_for_a_permit_ends_at_its_time_and_not_before) {
  sem_t s;
  CHECK(sem_init(&s, 0, 0) == 0);
  for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC}) {
    const struct timespec until = from_now(clock, 20);
    CHECK(error_of(sem_clockwait(&s, clock, &until)) == ETIMEDOUT);
    struct timespec now{};
    clock_gettime(clock, &now);
    CHECK(now.tv_sec > until.tv_sec ||
          (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
    CHECK(error_of(sem_clockwait(&s, clock, &past)) == ETIMEDOUT);
  }
  const struct timespec before_the_epoch{-5, 0};
  CHECK(error_of(sem_timedwait(&s, &before_the_epoch)) == ETIMEDOUT);
  CHECK(value_of(s) == 0 && sem_post(&s) == 0 && value_of(s) == 1);
}

CASE(a_timed_wait_gets_a_permit_that_comes) {
  sem_t s;
  CHECK(sem_init(&s, 0, 0) == 0);
  thread waiter([&] { CHECK(sem_timedwait(&s, &far_future) == 0); });
  waiter.wait_until_asleep();
  CHECK(sem_post(&s) == 0);
}

CASE(times_and_clocks_of_semaphores_are_looked_at_first) {
  sem_t s;
  CHECK(sem_init(&s, 0, 1) == 0);
  CHECK(error_of(sem_timedwait(&s, &invalid)) == EINVAL);
  CHECK(error_of(sem_clockwait(&s, CLOCK_MONOTONIC, &invalid)) == EINVAL);
  CHECK(error_of(sem_clockwait(&s, CLOCK_PROCESS_CPUTIME_ID, &past)) == EINVAL);
  CHECK(value_of(s) == 1);
}

std::atomic<int> handled{0};
void handle(int) { ++handled; }

void set_handler(void (*handler)(int), int flags) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = flags;
  CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
}

CASE(a_signal_handler_ends_a_wait_for_a_permit) {
  set_handler(&handle, 0);
  sem_t s;
  CHECK(sem_init(&s, 0, 0) == 0);
  for (const struct timespec* until : {static_cast<const struct timespec*>(nullptr), &far_future}) {
    int error = -1;
    thread waiter(
        [&] { error = error_of(until == nullptr ? sem_wait(&s) : sem_timedwait(&s, until)); });
    waiter.wait_until_asleep();
    CHECK(pthread_kill(waiter.id(), SIGUSR1) == 0);
    waiter.join();
    CHECK(error == EINTR && value_of(s) == 0);
  }
  CHECK(handled == 2);
}

CASE(a_wait_goes_on_after_a_handler_that_restarts_calls) {
  set_handler(&handle, SA_RESTART);
  sem_t s;
  CHECK(sem_init(&s, 0, 0) == 0);
  thread waiter([&] { CHECK(sem_wait(&s) == 0); });
  waiter.wait_until_asleep();
  CHECK(pthread_kill(waiter.id(), SIGUSR1) == 0);
  while (handled == 0) sched_yield();
  waiter.wait_until_asleep();
  CHECK(sem_post(&s) == 0);
}

// The handler interrupts waits, posts and whatever is between them, of the same semaphore.
sem_t stormed;
std::atomic<int> posts_of_storm{0};
void post_in_storm(int) {
  const int saved_errno = errno;
  CHECK(sem_post(&stormed) == 0);
  ++posts_of_storm;
  errno = saved_errno;
}

CASE(a_handler_may_post_what_it_has_interrupted) {
  CHECK(sem_init(&stormed, 0, 0) == 0);
  struct sigaction action{};
  action.sa_handler = &post_in_storm;
  CHECK(sigaction(SIGALRM, &action, nullptr) == 0);
  pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
  struct itimerval often{{0, 50}, {0, 50}};
  CHECK(setitimer(ITIMER_REAL, &often, nullptr) == 0);
  int own = 0;
  int taken = 0;
  const auto take = [&] {
    while (sem_wait(&stormed) != 0) CHECK(errno == EINTR);
    ++taken;
  };
  for (int i = 0; i < rounds(500); ++i) {
    CHECK(pthread_mutex_lock(&m) == 0 && pthread_mutex_unlock(&m) == 0);
    CHECK(sem_post(&stormed) == 0);
    ++own;
    take();
    take();  // what only the handler gives
  }
  often = {};
  CHECK(setitimer(ITIMER_REAL, &often, nullptr) == 0);
  CHECK(value_of(stormed) == own + posts_of_storm - taken);
}

struct place {
  sem_t permits;
  std::atomic<int> cleaned{0};
  place() { CHECK(sem_init(&permits, 0, 0) == 0); }
  static void clean(void* self) { ++static_cast<place*>(self)->cleaned; }
  void take(const struct timespec* until) {
    pthread_cleanup_push(&clean, this);
    CHECK((until == nullptr ? sem_wait(&permits) : sem_timedwait(&permits, until)) == 0);
    pthread_cleanup_pop(0);
  }
};

CASE(a_thread_is_cancelled_while_it_waits_for_a_permit) {
  for (const struct timespec* until : {static_cast<const struct timespec*>(nullptr), &far_future}) {
    place p;
    thread waiter([&] { p.take(until); });
    waiter.wait_until_asleep();
    CHECK(pthread_cancel(waiter.id()) == 0);
    CHECK(waiter.join() == PTHREAD_CANCELED && p.cleaned == 1);
    CHECK(sem_post(&p.permits) == 0 && value_of(p.permits) == 1);
  }
}

CASE(a_cancellation_that_is_pending_comes_before_a_permit) {
  place p;
  CHECK(sem_post(&p.permits) == 0);
  std::atomic<bool> cancelled{false};
  thread waiter([&] {
    while (!cancelled) {
    }
    p.take(nullptr);
  });
  CHECK(pthread_cancel(waiter.id()) == 0);
  cancelled = true;
  CHECK(waiter.join() == PTHREAD_CANCELED && p.cleaned == 1 && value_of(p.permits) == 1);
}

CASE(a_thread_that_forbids_it_waits_on_for_its_permit) {
  place p;
  thread waiter([&] {
    int before = 0;
    CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0);
    p.take(nullptr);
  });
  waiter.wait_until_asleep();
  CHECK(pthread_cancel(waiter.id()) == 0 && sem_post(&p.permits) == 0);
  CHECK(waiter.join() == nullptr && p.cleaned == 0);
}

bool is_of_the_C_library(int (*call)(sem_t*)) {
  Dl_info info{};
  CHECK(dladdr(reinterpret_cast<void*>(call), &info) != 0);
  return std::strstr(info.dli_fname, "libc.so") != nullptr;
}

// One permit, and one of the two who wait for it is cancelled as it comes. In the C library (2.36) the one
// who is cancelled may have been woken for it, and then nobody else is.
CASE(a_thread_that_is_cancelled_takes_no_permit_along) {
  if (is_of_the_C_library(&sem_post)) return;
  for (int i = 0; i < rounds(500); ++i) {
    place p;
    thread doomed([&] { p.take(nullptr); });
    thread other([&] { p.take(nullptr); });
    if (i % 4 != 0) {
      doomed.wait_until_asleep();
      other.wait_until_asleep();
    }
    thread canceller([&] { CHECK(pthread_cancel(doomed.id()) == 0); });
    CHECK(sem_post(&p.permits) == 0);
    canceller.join();
    if (doomed.join() != PTHREAD_CANCELED) CHECK(sem_post(&p.permits) == 0);
    other.join();
    CHECK(value_of(p.permits) == 0);
  }
}

// Whoever has taken the permit may unmap the semaphore while the other is still in its post.
CASE(a_semaphore_may_be_gone_as_soon_as_its_permit_is_taken) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < rounds(1000); ++i) {
    void* const at =
        mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    auto& s = *static_cast<sem_t*>(at);
    CHECK(sem_init(&s, 0, 0) == 0);
    thread heir([&] {
      CHECK(sem_wait(&s) == 0 && sem_destroy(&s) == 0);
      CHECK(munmap(at, page) == 0);
    });
    if (i % 4 == 0) heir.wait_until_asleep();
    CHECK(sem_post(&s) == 0);
  }
}

CASE(many_threads_pass_permits_without_a_loss) {
  sem_t empty;
  sem_t full;
  CHECK(sem_init(&empty, 0, 3) == 0 && sem_init(&full, 0, 0) == 0);
  const int each = rounds(10'000);
  const auto move = [each](sem_t& from, sem_t& to) {
    for (int i = 0; i < each; ++i) {
      errno = 77;
      CHECK(sem_wait(&from) == 0 && sem_post(&to) == 0 && errno == 77);
    }
  };
  {
    thread a([&] { move(empty, full); }), b([&] { move(full, empty); });
    thread c([&] { move(empty, full); }), d([&] { move(full, empty); });
  }
  CHECK(value_of(empty) == 3 && value_of(full) == 0);
}

// As a library that is bound to the C library's own calls would use it.
CASE(the_calls_of_the_C_library_work_on_the_same_semaphore) {
  void* const glibc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  CHECK(glibc != nullptr);
  const auto post = reinterpret_cast<decltype(&sem_post)>(dlsym(glibc, "sem_post"));
  const auto wait = reinterpret_cast<decltype(&sem_wait)>(dlsym(glibc, "sem_wait"));
  sem_t s;
  CHECK(sem_init(&s, 0, 0) == 0);
  {
    thread waiter([&] { CHECK(sem_wait(&s) == 0); });
    waiter.wait_until_asleep();
    CHECK(post(&s) == 0);
  }
  {
    thread waiter([&] { CHECK(wait(&s) == 0); });
    waiter.wait_until_asleep();
    CHECK(sem_post(&s) == 0);
  }
  CHECK(value_of(s) == 0);
}

CASE(a_shared_semaphore_reaches_another_process) {
  void* const at =
      mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& s = *static_cast<sem_t*>(at);
  CHECK(sem_init(&s, 1, 0) == 0);
  CHECK(in_a_child([&] { return sem_post(&s); }) == 0);
  CHECK(sem_wait(&s) == 0 && error_of(sem_trywait(&s)) == EAGAIN);
  CHECK(error_of(sem_timedwait(&s, &past)) == ETIMEDOUT && sem_destroy(&s) == 0);
}

CASE(a_named_semaphore_counts) {
  const std::string name = "/holdfast-test-" + std::to_string(getpid());
  sem_t* const s = sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 1);
  CHECK(s != SEM_FAILED && sem_unlink(name.c_str()) == 0);
  CHECK(sem_wait(s) == 0 && error_of(sem_trywait(s)) == EAGAIN);
  CHECK(in_a_child([&] { return sem_post(s); }) == 0);
  CHECK(sem_timedwait(s, &far_future) == 0 && value_of(*s) == 0 && sem_close(s) == 0);
}

}  // namespace
