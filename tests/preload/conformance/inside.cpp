// SPDX-License-Identifier: BSL-1.0
// Life in a program that knows nothing of the library: locks before any constructor, what leaves a wait by
// unwinding, allocation under locks of all kinds.
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>

#include "suite.hpp"

namespace {

using namespace suite;

pthread_mutex_t early_mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t early_recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
pthread_cond_t early_condition = PTHREAD_COND_INITIALIZER;
int early_locks = 0;

void lock_early() {
  if (pthread_mutex_lock(&early_mutex) == 0 && pthread_mutex_lock(&early_recursive) == 0 &&
      pthread_mutex_lock(&early_recursive) == 0 && pthread_mutex_unlock(&early_recursive) == 0 &&
      pthread_mutex_unlock(&early_recursive) == 0 &&
      pthread_cond_timedwait(&early_condition, &early_mutex, &past) == ETIMEDOUT &&
      pthread_cond_broadcast(&early_condition) == 0 && pthread_mutex_unlock(&early_mutex) == 0)
    ++early_locks;
}

// Before all constructors, also the libraries'.
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_constructors)() = &lock_early;
[[gnu::constructor(101)]] void first_constructor() { lock_early(); }

// While the loader still binds symbols, before anything of the C library has run.
pthread_mutex_t loader_mutex = PTHREAD_MUTEX_INITIALIZER;
int answer() { return 42; }
int no_answer() { return 0; }
extern "C" [[gnu::no_stack_protector]] int (*choose_answer())() {
  if (pthread_mutex_lock(&loader_mutex) != 0 || pthread_mutex_trylock(&loader_mutex) != EBUSY ||
      pthread_mutex_unlock(&loader_mutex) != 0)
    return &no_answer;
  return &answer;
}
extern "C" int chosen_answer() __attribute__((ifunc("choose_answer")));

CASE(locks_work_before_any_constructor_has_run) {
  CHECK(early_locks == 2);
  CHECK(chosen_answer() == 42);
}

struct guarded {
  pthread_mutex_t mutex = make_mutex(PTHREAD_MUTEX_ERRORCHECK);
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  bool waits = false;
  int destroyed = 0;

  // Unlocks as it goes: an errorcheck mutex says whether the thread has it.
  struct guard {
    explicit guard(guarded& g) : in(g) { CHECK(pthread_mutex_lock(&in.mutex) == 0); }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;
    ~guard() {
      ++in.destroyed;
      CHECK(pthread_mutex_unlock(&in.mutex) == 0);
    }
    guarded& in;
  };
  void wait_for_ever() {
    const guard held(*this);
    waits = true;
    for (;;) CHECK(pthread_cond_wait(&changed, &mutex) == 0);
  }
  void await_waiter(const thread& waiter) {
    for (bool there = false; !there; sched_yield()) {
      const guard held(*this);
      there = waits;
    }
    waiter.wait_until_asleep();
    destroyed = 0;
  }
};

CASE(destructors_run_in_a_thread_that_is_cancelled_in_a_wait) {
  guarded g;
  thread waiter([&] { g.wait_for_ever(); });
  g.await_waiter(waiter);
  CHECK(pthread_cancel(waiter.id()) == 0);
  CHECK(waiter.join() == PTHREAD_CANCELED && g.destroyed == 1);
  CHECK(pthread_mutex_destroy(&g.mutex) == 0);
}

CASE(a_thread_may_end_itself_in_a_signal_handler_that_interrupts_its_wait) {
  struct sigaction how{};
  how.sa_handler = [](int) { pthread_exit(&early_locks); };
  CHECK(sigaction(SIGUSR1, &how, nullptr) == 0);
  guarded g;
  thread waiter([&] { g.wait_for_ever(); });
  g.await_waiter(waiter);
  CHECK(pthread_kill(waiter.id(), SIGUSR1) == 0);
  CHECK(waiter.join() == &early_locks && g.destroyed == 1);
  CHECK(pthread_mutex_destroy(&g.mutex) == 0);
}

CASE(an_exception_leaves_a_wait_with_the_mutex_held) {
  for (int i = 0; i < rounds(50); ++i) {
    std::mutex m;
    std::condition_variable changed;
    bool waits = false;
    bool ready = false;
    int thrown = 0;
    const auto check = [&] {
      waits = true;
      return ready ? throw std::string("ready") : false;
    };
    thread waiter([&] {
      std::unique_lock held(m);
      try {
        changed.wait(held, check);
      } catch (const std::string&) {
        CHECK(held.owns_lock() && in_another_thread([&] { return m.try_lock(); }) == 0);
        ++thrown;
      }
    });
    for (bool there = false; !there; sched_yield()) {
      const std::lock_guard held(m);
      there = waits;
    }
    {
      const std::lock_guard held(m);
      ready = true;
    }
    changed.notify_one();
    waiter.join();
    CHECK(thrown == 1 && m.try_lock());
    m.unlock();
  }
}

// Some allocators lock mutexes of these calls themselves.
CASE(threads_allocate_and_free_what_others_have_allocated) {
  constexpr int threads = 4;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  std::vector<std::string*> there;
  int ended = 0;
  const auto make = [&] {
    for (int i = 0; i < rounds(2'000); ++i) {
      auto* const made = new std::string(static_cast<std::size_t>(i % 900) + 1, 'x');
      CHECK(pthread_mutex_lock(&mutex) == 0);
      there.push_back(made);  // allocates under the lock
      CHECK(pthread_cond_signal(&changed) == 0);
      CHECK(pthread_mutex_unlock(&mutex) == 0);
    }
    CHECK(pthread_mutex_lock(&mutex) == 0);
    ++ended;
    CHECK(pthread_cond_broadcast(&changed) == 0 && pthread_mutex_unlock(&mutex) == 0);
  };
  std::size_t freed = 0;
  const auto take = [&] {
    for (;;) {
      CHECK(pthread_mutex_lock(&mutex) == 0);
      while (there.empty() && ended != threads) CHECK(pthread_cond_wait(&changed, &mutex) == 0);
      if (there.empty()) break;
      delete there.back();
      there.pop_back();
      ++freed;
      CHECK(pthread_mutex_unlock(&mutex) == 0);
    }
    CHECK(pthread_mutex_unlock(&mutex) == 0);
  };
  {
    std::vector<std::unique_ptr<thread>> all;
    for (int i = 0; i < threads; ++i) all.push_back(std::make_unique<thread>(make));
    for (int i = 0; i < threads; ++i) all.push_back(std::make_unique<thread>(take));
    // Children have the locks of the allocator, whoever held them.
    for (int i = 0; i < 5; ++i)
      CHECK(in_a_child([] { return std::string(500, 'x').size() == 500 ? 0 : 1; }) == 0);
  }
  CHECK(freed == static_cast<std::size_t>(threads * rounds(2'000)));
}

}  // namespace
