// SPDX-License-Identifier: BSL-1.0
// What POSIX says of pthread_once, and what the C library adds: exceptions may leave the function.
#include <semaphore.h>
#include <threads.h>

#include <atomic>
#include <memory>

#include "suite.hpp"

namespace {

using namespace suite;

pthread_once_t control = PTHREAD_ONCE_INIT;
std::atomic<int> calls{0};
int made = 0;
sem_t begun;
sem_t may_end;

void make() {
  ++calls;
  for (int i = 0; i < 100; ++i) sched_yield();
  made = 1;
}

CASE(a_function_is_called_once_and_has_returned_for_all) {
  std::vector<std::unique_ptr<thread>> all;
  for (int i = 0; i < 10; ++i)
    all.push_back(
        std::make_unique<thread>([] { CHECK(pthread_once(&control, &make) == 0 && made == 1); }));
  all.clear();
  CHECK(calls == 1 && pthread_once(&control, &make) == 0 && calls == 1);
}

CASE(a_function_of_threads_h_is_called_once) {
  static once_flag flag = ONCE_FLAG_INIT;
  const auto call = [] {
    call_once(&flag, &make);
    CHECK(made == 1);
  };
  {
    thread a(call), b(call), c(call);
  }
  CHECK(calls == 1);
}

void wait_the_first_time() {
  if (++calls > 1) return;
  CHECK(sem_post(&begun) == 0);
  while (sem_wait(&may_end) != 0) {
  }
}

void prepare() { CHECK(sem_init(&begun, 0, 0) == 0 && sem_init(&may_end, 0, 0) == 0); }
void call_and_wait() { CHECK(pthread_once(&control, &wait_the_first_time) == 0); }

CASE(who_comes_meanwhile_waits_for_the_function) {
  prepare();
  thread first(&call_and_wait);
  CHECK(sem_wait(&begun) == 0);
  std::atomic<bool> passed{false};
  thread second([&] {
    call_and_wait();
    passed = true;
  });
  second.wait_until_asleep();
  CHECK(!passed && sem_post(&may_end) == 0);
  second.join();
  CHECK(calls == 1);
}

CASE(a_function_that_was_cancelled_is_called_again) {
  prepare();
  thread doomed(&call_and_wait);
  CHECK(sem_wait(&begun) == 0);
  thread second(&call_and_wait);
  second.wait_until_asleep();
  CHECK(pthread_cancel(doomed.id()) == 0);
  CHECK(doomed.join() == PTHREAD_CANCELED && second.join() == nullptr && calls == 2);
  call_and_wait();
  CHECK(calls == 2);
}

int cleaned = 0;
void exit_the_first_time() {
  if (++calls > 1) return;
  pthread_cleanup_push([](void*) { ++cleaned; }, nullptr);
  pthread_exit(&calls);
  pthread_cleanup_pop(0);
}

CASE(a_function_that_ended_its_thread_is_called_again) {
  const auto call = [] { CHECK(pthread_once(&control, &exit_the_first_time) == 0); };
  CHECK(thread(call).join() == &calls && cleaned == 1);
  call();
  CHECK(calls == 2 && cleaned == 1);
}

pthread_once_t inner = PTHREAD_ONCE_INIT;
int inner_calls = 0;
void throw_twice() {
  if (++inner_calls <= 2) throw inner_calls;
}
void call_inner() {
  ++calls;
  pthread_once(&inner, &throw_twice);
}
int thrown_by_once() {
  try {
    pthread_once(&control, &call_inner);
  } catch (int number) {
    return number;
  }
  return 0;
}

CASE(a_function_that_threw_is_called_again) {
  CHECK(thrown_by_once() == 1 && thrown_by_once() == 2 && thrown_by_once() == 0);
  CHECK(calls == 3 && inner_calls == 3 && thrown_by_once() == 0 && calls == 3);
}

void catch_of_inner() {
  ++calls;
  try {
    pthread_once(&inner, &throw_twice);
  } catch (int) {
    ++made;
  }
}

CASE(an_exception_that_is_caught_inside_ends_only_the_inner_function) {
  CHECK(pthread_once(&control, &catch_of_inner) == 0 && pthread_once(&control, &make) == 0);
  CHECK(calls == 1 && made == 1 && inner_calls == 1);
  CHECK(in_another_thread([] {
          try {
            pthread_once(&inner, &throw_twice);
          } catch (int number) {
            return number;
          }
          return 0;
        }) == 2);
}

CASE(a_function_that_another_thread_was_in_at_a_fork_is_called_again) {
  prepare();
  thread first(&call_and_wait);
  CHECK(sem_wait(&begun) == 0);
  CHECK(in_a_child([] {
          call_and_wait();
          call_and_wait();
          return calls.load();
        }) == 2);
  CHECK(sem_post(&may_end) == 0);
  first.join();
  call_and_wait();
  CHECK(calls == 1);
}

CASE(what_was_done_before_a_fork_is_done_in_its_child) {
  CHECK(pthread_once(&control, &make) == 0);
  CHECK(in_a_child([] { return pthread_once(&control, &make) + calls; }) == 1);
}

}  // namespace
