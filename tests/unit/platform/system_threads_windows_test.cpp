// SPDX-License-Identifier: BSL-1.0
// The locks, waits and ends of waits with threads of the system: all that is tested where the standard
// library has no threads.
#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/async.hpp"
#include "holdfast/bounded_queue.hpp"
#include "holdfast/condition.hpp"
#include "holdfast/lazy.hpp"
#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/lock/parking_rw_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/semaphore.hpp"
#include "holdfast/shared_mutex.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

#include "support/scale.hpp"
#include "support/system_thread_windows.hpp"

namespace holdfast {
namespace {

using namespace std::chrono_literals;
using platform::checked;
using platform::native;
using platform::portable;

template <class Body>
void run_system_threads(unsigned count, const Body& body) {
  std::vector<test::system_thread> threads;
  for (unsigned i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
}

template <class Lock>
class with_system_threads : public ::testing::Test {};

using locks =
    ::testing::Types<basic_parking_lock<native>, basic_parking_lock<checked<native>>,
                     basic_parking_lock<portable>, basic_parking_rw_lock<native>,
                     basic_native_lock<native>, basic_native_lock<checked<native>>,
                     basic_spin_lock<native>, basic_ticket_lock<native>, basic_mcs_lock<native>>;
TYPED_TEST_SUITE(with_system_threads, locks);

TYPED_TEST(with_system_threads, no_increment_is_lost) {
  mutex<std::size_t, TypeParam> counter(0);
  const std::size_t rounds = test::scaled(100'000);
  run_system_threads(4, [&](unsigned) {
    for (std::size_t i = 0; i < rounds; ++i) counter.with([](std::size_t& n) { ++n; });
  });
  EXPECT_EQ(counter.copy(), 4 * rounds);
}

TYPED_TEST(with_system_threads, a_deadline_and_a_stop_end_a_wait) {
  mutex<int, TypeParam> shared(0);
  auto owner = shared.lock();
  test::system_thread([&] {
    EXPECT_FALSE(shared.try_lock_for(2ms));
    EXPECT_FALSE(shared.try_lock_until(std::chrono::system_clock::now() + 2ms));
  }).join();
  std::stop_source stop;
  std::atomic<bool> begun{false};
  test::system_thread waiter([&] {
    begun.store(true);
    EXPECT_FALSE(shared.lock(stop.get_token()));
  });
  while (!begun.load()) native::yield();
  stop.request_stop();
  waiter.join();
}

TEST(system_threads, hand_values_through_a_queue) {
  basic_bounded_queue<std::size_t, native> queue(4);
  const std::size_t count = test::scaled(20'000);
  std::size_t sum = 0;
  run_system_threads(2, [&](unsigned number) {
    for (std::size_t i = 0; i < count; ++i) {
      if (number == 0)
        queue.push(std::size_t{i});
      else
        sum += *queue.pop();
    }
  });
  EXPECT_EQ(sum, count * (count - 1) / 2);
}

TEST(system_threads, take_turns_by_a_condition) {
  mutex<unsigned, basic_parking_lock<native>> turn(0);
  basic_condition<native> changed;
  const std::size_t rounds = test::scaled(10'000);
  run_system_threads(3, [&](unsigned me) {
    for (std::size_t i = 0; i < rounds; ++i) {
      auto owner = turn.lock();
      changed.wait(owner, [&] { return *owner == me; });
      *owner = (me + 1) % 3;
      changed.notify_all();
    }
  });
  EXPECT_EQ(turn.copy(), 0U);
}

TEST(system_threads, share_permits_and_make_a_lazy_value_once) {
  basic_semaphore<native> permits(2);
  std::atomic<int> inside{0};
  std::atomic<int> made{0};
  lazy value([&] {
    made.fetch_add(1);
    return 7;
  });
  run_system_threads(4, [&](unsigned) {
    for (std::size_t i = 0; i < test::scaled(5'000); ++i) {
      permits.acquire();
      EXPECT_LE(inside.fetch_add(1), 1);
      EXPECT_EQ(*value, 7);
      inside.fetch_sub(1);
      permits.release();
    }
  });
  EXPECT_EQ(made.load(), 1);
}

std::size_t rows() {
  std::size_t count = 0;
  platform::look_at_reader_slots([&](platform::reader_slots&) {
    ++count;
    return true;
  });
  return count;
}

basic_parking_rw_lock<native> read_late;
std::atomic<int> late_reads{0};

// Does not look at itself: mingw-w64's thread model posix has freed its memory by then.
struct reads_when_its_thread_ends {
  ~reads_when_its_thread_ends() {
    if (read_late.try_lock_shared()) {
      read_late.unlock_shared();
      late_reads.fetch_add(1);
    }
  }
  void be_there() noexcept {}
};

// Fails if the row is remembered in a thread-local variable alone, in the thread model posix.
TEST(system_threads, give_their_reader_slots_back_when_they_end_although_they_read_until_then) {
  const auto read_once = [] {
    test::system_thread([] {
      static thread_local reads_when_its_thread_ends last;
      last.be_there();
      // Often enough for slots: until then a reader counts itself.
      for (int i = 0; i < 20'000; ++i) {
        read_late.lock_shared();
        read_late.unlock_shared();
      }
    }).join();
  };
  read_once();
  const std::size_t after_the_first = rows();
  for (int i = 0; i < 50; ++i) read_once();
  EXPECT_EQ(late_reads.load(), 51);
  EXPECT_EQ(rows(), after_the_first);
}

// A coroutine that belongs to nobody.
struct nobodys {
  struct promise_type {
    nobodys get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

struct loop {
  template <class F>
  void execute(const F& f) noexcept {
    ready.push(std::function<void()>(f));
  }
  bounded_queue<std::function<void()>> ready{4};
};

nobodys acquires(semaphore& permits, loop& on, bool& ended) {
  const auto none = co_await permits.acquire_permit_async(2ms, resume_on(on));
  EXPECT_FALSE(none);
  ended = true;
}

TEST(system_threads, the_thread_of_the_deadlines_ends_the_wait_of_a_coroutine) {
  semaphore permits(0);
  loop on;
  bool ended = false;
  acquires(permits, on, ended);
  // On a busy machine its time is over before it is suspended.
  while (!ended) (*on.ready.pop())();
}

}  // namespace
}  // namespace holdfast
