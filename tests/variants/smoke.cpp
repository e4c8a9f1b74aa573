// SPDX-License-Identifier: BSL-1.0
// The library under contention, for tools/test_variants.sh: a program that every variant of a build can
// have, without exceptions and run-time types too. Prints "N passed, M failed" last.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "holdfast/bounded_queue.hpp"
#include "holdfast/condition.hpp"
#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_rw_lock.hpp"
#include "holdfast/lock_all.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/once.hpp"
#include "holdfast/semaphore.hpp"
#include "holdfast/shared_mutex.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

#if defined(HOLDFAST_TEST_BARE) && (defined(__cpp_exceptions) || defined(__cpp_rtti))
#error "compile this with -fno-exceptions -fno-rtti"
#endif

namespace {

int passed = 0;
int failed = 0;

void check(bool holds, const char* what) {
  (holds ? passed : failed) += 1;
  if (!holds) std::printf("FAILED: %s\n", what);
}

constexpr int threads_at_once = 4;

template <class Function>
void run_threads(const Function& function) {
  std::vector<std::thread> threads;
  for (int i = 0; i < threads_at_once; ++i) threads.emplace_back([&function, i] { function(i); });
  for (std::thread& each : threads) each.join();
}

int rounds(int count) {
  const char* const text = std::getenv("HOLDFAST_TEST_SCALE");
  const int scale = text != nullptr ? std::atoi(text) : 1;
  return count * (scale > 0 ? scale : 1);
}

template <class Lock>
void counts_what_four_threads_add(const char* what) {
  holdfast::mutex<int, Lock> counter(0);
  const int each = rounds(20'000);
  run_threads([&](int) {
    for (int i = 0; i < each; ++i) counter.with([](int& value) { ++value; });
  });
  check(counter.copy() == threads_at_once * each, what);
}

// A turn that goes round: every hand-over needs a waiter to be woken, or to see it.
void passes_a_turn_round() {
  holdfast::mutex<int> turn(0);
  holdfast::condition changed;
  const int laps = rounds(500);
  run_threads([&](int me) {
    for (int i = 0; i < laps; ++i) {
      auto now = turn.lock();
      changed.wait(now, [&] { return *now % threads_at_once == me; });
      ++*now;
      now.unlock();
      changed.notify_all();
    }
  });
  check(turn.copy() == threads_at_once * laps, "a turn that goes round by a condition");
}

void wakes_by_predicate() {
  holdfast::mutex<int> turn(0);
  const int laps = rounds(500);
  run_threads([&](int me) {
    for (int i = 0; i < laps; ++i)
      ++*turn.lock_when([&](const int& now) { return now % threads_at_once == me; }).operator->();
  });
  check(turn.copy() == threads_at_once * laps, "a turn that goes round by lock_when");
}

void readers_see_whole_values() {
  struct pair {
    int a = 0;
    int b = 0;
  };
  holdfast::shared_mutex<pair> values;
  holdfast::mutex<bool> torn(false);
  const int each = rounds(10'000);
  run_threads([&](int me) {
    for (int i = 0; i < each; ++i) {
      if (me == 0 && i % 16 == 0) {
        auto owner = values.lock();
        ++owner->a;
        ++owner->b;
      } else {
        const auto seen = values.lock_shared();
        if (seen->a != seen->b) torn.set(true);
      }
    }
  });
  check(!torn.copy(), "readers see both values or none");
  check(values.lock_shared()->a == (each + 15) / 16, "no value of the writer is lost");
}

void the_queue_loses_nothing() {
  holdfast::bounded_queue<int> queue(4);
  holdfast::mutex<long> sum(0);
  const int each = rounds(5'000);
  run_threads([&](int me) {
    for (int i = 1; i <= each; ++i) {
      if (me % 2 == 0)
        queue.push(i);
      else
        sum.with([&](long& total) { total += queue.pop().value_or(0); });
    }
  });
  check(sum.copy() == static_cast<long>(each) * (each + 1), "a queue of four hands all on");
}

void permits_are_never_more() {
  holdfast::semaphore permits(2);
  holdfast::mutex<int> inside(0);
  holdfast::mutex<bool> too_many(false);
  run_threads([&](int) {
    for (int i = 0; i < rounds(2'000); ++i) {
      const auto permit = permits.acquire_permit();
      if (inside.with([](int& now) { return ++now; }) > 2) too_many.set(true);
      inside.with([](int& now) { --now; });
    }
  });
  check(!too_many.copy() && permits.available() == 2, "two permits let two in");
}

void runs_once_and_locks_several() {
  holdfast::once first;
  holdfast::mutex<int> a(0);
  holdfast::mutex<int, holdfast::spin_lock> b(0);
  run_threads([&](int me) {
    first.call([&] { a.with([](int& value) { value += 1000; }); });
    for (int i = 0; i < rounds(2'000); ++i) {
      if (me % 2 == 0) {
        const auto [x, y] = lock_all(a, b);
        ++*x, ++*y;
      } else {
        const auto [y, x] = lock_all(b, a);
        ++*x, ++*y;
      }
    }
  });
  check(a.copy() == 1000 + threads_at_once * rounds(2'000), "a function runs once");
  check(b.copy() == threads_at_once * rounds(2'000), "two mutexes in both orders");
}

void waits_end() {
  using namespace std::chrono_literals;
  holdfast::mutex<int> m(0);
  const auto owner = m.lock();
  std::stop_source source;
  bool gave_up = false;
  std::thread waiter([&] {
    gave_up = !m.try_lock_for(1ms);
    gave_up = !m.lock(source.get_token()) && gave_up;
  });
  source.request_stop();
  waiter.join();
  check(gave_up, "a deadline and a stop end a wait");
}

#if !defined(HOLDFAST_TEST_BARE)
void a_throwing_owner_poisons() {
  holdfast::mutex<int> m(0);
  bool told = false;
  try {
    m.with([](int& value) {
      value = 1;
      throw value;
    });
  } catch (int) {
  }
  try {
    static_cast<void>(m.lock());
  } catch (const holdfast::poisoned&) {
    told = true;
  }
  check(told && m.lock(holdfast::even_if_poisoned).was_poisoned(), "a throwing owner poisons");
}
#endif

}  // namespace

int main() {
  counts_what_four_threads_add<holdfast::parking_lock>("parking_lock");
  counts_what_four_threads_add<holdfast::parking_lock_cas>("parking_lock_cas");
  counts_what_four_threads_add<holdfast::parking_rw_lock>("parking_rw_lock");
  counts_what_four_threads_add<holdfast::native_lock>("native_lock");
  counts_what_four_threads_add<holdfast::spin_lock>("spin_lock");
  counts_what_four_threads_add<holdfast::ticket_lock>("ticket_lock");
  counts_what_four_threads_add<holdfast::mcs_lock>("mcs_lock");
  passes_a_turn_round();
  wakes_by_predicate();
  readers_see_whole_values();
  the_queue_loses_nothing();
  permits_are_never_more();
  runs_once_and_locks_several();
  waits_end();
#if !defined(HOLDFAST_TEST_BARE)
  a_throwing_owner_poisons();
#endif
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
