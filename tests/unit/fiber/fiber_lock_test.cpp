// SPDX-License-Identifier: BSL-1.0
// The lock of the fibers of one scheduler: its order, the ends of its waits, and what is built on it.
#include "holdfast/fiber/fiber_lock.hpp"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"
#include "holdfast/lock_all.hpp"
#include "holdfast/mutex.hpp"

#include "support/own_page.hpp"
#include "support/poison.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/unanalysed.hpp"

namespace holdfast::fiber::in_fiber_lock_test {
namespace {

using namespace std::chrono_literals;

template <class Lock>
class fiber_locks : public testing::Test {
 public:
  Lock lock;
  scheduler s;
  std::string order;

  // A fiber that locks, notes its name and unlocks.
  void passes(char name) {
    s.spawn([this, name] {
      lock.lock();
      order += name;
      lock.unlock();
    });
  }

  void expect_free() {
    ASSERT_TRUE(lock.try_lock());
    lock.unlock();
  }
};

using kinds = testing::Types<basic_fiber_lock<platform::native>,
                             basic_fiber_lock<platform::checked<platform::native>>>;
TYPED_TEST_SUITE(fiber_locks, kinds);

TYPED_TEST(fiber_locks, is_free_from_the_start_and_after_each_unlock) {
  static constinit TypeParam made_at_compile_time;
  this->s.spawn([this] {
    for (int i = 0; i < 3; ++i) {
      this->expect_free();
      this->lock.lock();
      EXPECT_FALSE(this->lock.try_lock());
      this->lock.unlock();
    }
    made_at_compile_time.lock();
    made_at_compile_time.unlock();
  });
  this->s.run();
  this->expect_free();  // also for the thread between the runs
}

TYPED_TEST(fiber_locks, keeps_others_out_over_a_yield) {
  int inside = 0;
  std::size_t entered = 0;
  for (int i = 0; i < 10; ++i)
    this->s.spawn([&, this] {
      for (int j = 0; j < 20; ++j) {
        this->lock.lock();
        EXPECT_EQ(++inside, 1);
        yield();
        --inside;
        ++entered;
        this->lock.unlock();
        if (j % 3 == 0) yield();
      }
    });
  this->s.run();
  EXPECT_EQ(entered, 200U);
}

TYPED_TEST(fiber_locks, serves_in_the_order_of_arrival) {
  this->s.spawn([this] {
    this->lock.lock();
    yield();
    this->lock.unlock();
  });
  for (const char name : {'a', 'b', 'c', 'd'}) this->passes(name);
  this->s.run();
  EXPECT_EQ(this->order, "abcd");
}

TYPED_TEST(fiber_locks, is_handed_over_so_that_nobody_barges) {
  this->s.spawn([this] {
    this->lock.lock();
    yield();
    this->lock.unlock();
    EXPECT_FALSE(this->lock.try_lock()) << "it belongs to the first in line already";
    this->lock.lock();
    this->order += 'z';
    this->lock.unlock();
  });
  this->passes('a');
  this->passes('b');
  this->s.run();
  EXPECT_EQ(this->order, "abz");
}

TYPED_TEST(fiber_locks, a_wait_ends_at_its_deadline) {
  this->s.spawn([this] {
    this->lock.lock();
    auto waits = spawn([this] {
      EXPECT_FALSE(this->lock.try_lock_for(0s));
      EXPECT_FALSE(this->lock.try_lock_for(-1h));
      EXPECT_FALSE(this->lock.try_lock_until(deadline::already_past()));
      const auto begin = std::chrono::steady_clock::now();
      EXPECT_FALSE(this->lock.try_lock_for(1ms));
      EXPECT_GE(std::chrono::steady_clock::now() - begin, 1ms);
      EXPECT_FALSE(this->lock.try_lock_until(std::chrono::system_clock::now() + 1ms));
    });
    waits.join();
    this->lock.unlock();
    EXPECT_TRUE(this->lock.try_lock_for(0s));
    this->lock.unlock();
  });
  this->s.run();
  this->expect_free();
}

TYPED_TEST(fiber_locks, a_wait_of_any_length_obtains_the_lock) {
  this->s.spawn([this] {
    this->lock.lock();
    auto first = spawn([this] {
      EXPECT_TRUE(this->lock.try_lock_for(std::chrono::hours::max()));
      this->lock.unlock();
    });
    auto second = spawn([this] {
      EXPECT_TRUE(this->lock.try_lock_until(deadline::in(1h), std::stop_source().get_token()));
      this->lock.unlock();
    });
    yield();
    this->lock.unlock();
    first.join();
    second.join();
  });
  this->s.run();
  this->expect_free();
}

// Each place of a line of three is left once.
TYPED_TEST(fiber_locks, whoever_gives_up_leaves_the_line_as_it_was) {
  for (const std::size_t leaves : {0U, 1U, 2U}) {
    this->order.clear();
    std::stop_source stop;
    this->s.spawn([&, this] {
      this->lock.lock();
      for (std::size_t i = 0; i < 3; ++i) {
        if (i != leaves) {
          this->passes(static_cast<char>('a' + i));
          continue;
        }
        this->s.spawn([&, this] { EXPECT_FALSE(this->lock.lock(stop.get_token())); });
      }
      yield();
      stop.request_stop();
      yield();
      this->passes('z');
      yield();
      this->lock.unlock();
    });
    this->s.run();
    EXPECT_EQ(this->order, leaves == 0 ? "bcz" : leaves == 1 ? "acz" : "abz");
  }
  this->expect_free();
}

TYPED_TEST(fiber_locks, the_only_one_in_line_may_give_up) {
  std::stop_source stop;
  this->s.spawn([&, this] {
    this->lock.lock();
    spawn([&, this] { EXPECT_FALSE(this->lock.lock(stop.get_token())); }).detach();
    yield();
    stop.request_stop();
    yield();
    this->lock.unlock();
    this->expect_free();
  });
  this->s.run();
}

TYPED_TEST(fiber_locks, a_stop_before_the_wait_is_no_wait) {
  std::stop_source stop;
  stop.request_stop();
  this->s.spawn([&, this] {
    EXPECT_FALSE(this->lock.lock(stop.get_token()));
    this->expect_free();
  });
  this->s.run();
}

// The waiter has been told to stop, and is served before it runs again.
TYPED_TEST(fiber_locks, handed_over_in_the_moment_of_a_stop_it_is_obtained) {
  std::stop_source stop;
  this->s.spawn([&, this] {
    this->lock.lock();
    auto waits = spawn([&, this] {
      EXPECT_TRUE(this->lock.lock(stop.get_token()));
      this->lock.unlock();
    });
    yield();
    stop.request_stop();
    this->lock.unlock();
    waits.join();
  });
  this->s.run();
  this->expect_free();
}

// The deadline is long enough for the wait to begin before it, on a machine however busy.
TYPED_TEST(fiber_locks, handed_over_after_the_deadline_and_before_anybody_looked_it_is_obtained) {
  bool obtained = false;
  this->s.spawn([&, this] {
    for (auto duration = 1ms; !obtained && duration < 10s; duration *= 2) {
      this->lock.lock();
      const auto until = deadline::in(duration);
      auto waits = spawn([&, this] {
        obtained = this->lock.try_lock_until(until);
        if (obtained) this->lock.unlock();
      });
      yield();
      while (!until.has_passed()) {
      }
      this->lock.unlock();
      waits.join();
    }
  });
  this->s.run();
  EXPECT_TRUE(obtained);
  this->expect_free();
}

// Deadlines that pass while others yield: whoever is told so runs before or after the hand-over.
TYPED_TEST(fiber_locks, deadlines_that_race_with_hand_overs_lose_neither_lock_nor_waiter) {
  const std::size_t rounds = test::scaled(1'000);
  std::size_t inside = 0;
  std::size_t obtained = 0;
  std::size_t entered = 0;
  for (std::size_t i = 0; i < 8; ++i)
    this->s.spawn([&, this, i] {
      test::random_numbers random(i);
      for (std::size_t j = 0; j < rounds; ++j) {
        if (i % 2 == 0)
          this->lock.lock();
        else if (!this->lock.try_lock_for(std::chrono::microseconds(random.below(60))))
          continue;
        ++obtained;
        EXPECT_EQ(++inside, 1U);
        for (std::uint64_t n = random.below(8); n != 0; --n) yield();
        --inside;
        ++entered;
        this->lock.unlock();
      }
    });
  this->s.run();
  EXPECT_EQ(entered, obtained);
  EXPECT_GE(obtained, 4 * rounds);
  this->expect_free();
}

TYPED_TEST(fiber_locks, works_in_the_guards_of_the_standard) {
  std::size_t counter = 0;
  for (int i = 0; i < 4; ++i)
    this->s.spawn([&, this] {
      for (int j = 0; j < 100; ++j) {
        std::unique_lock hold(this->lock, std::defer_lock);
        if (hold.try_lock()) hold.unlock();
        const std::scoped_lock again(this->lock);
        ++counter;
        yield();
      }
    });
  this->s.run();
  EXPECT_EQ(counter, 400U);
}

TYPED_TEST(fiber_locks, the_next_owner_may_destroy_it) {
  using page = test::on_its_own_page<TypeParam>;
  this->s.spawn([] {
    for (int i = 0; i < 20; ++i) {
      TypeParam* const mine = page::make();
      mine->lock();
      auto next = spawn([mine] {
        mine->lock();
        mine->unlock();
        page::destroy(mine);
      });
      yield();
      mine->unlock();
      next.join();
    }
  });
  this->s.run();
}

TYPED_TEST(fiber_locks, guards_data_and_poisons) {
  mutex<int, TypeParam> m(0);
  for (int i = 0; i < 5; ++i)
    this->s.spawn([&] {
      for (int j = 0; j < 20; ++j) {
        const auto owner = m.lock();
        const int before = *owner;
        yield();
        *owner = before + 1;
      }
    });
  this->s.run();
  EXPECT_EQ(m.copy(), 100);
  this->s.spawn([&] { test::leave_by_exception(m); });
  this->s.run();
  EXPECT_TRUE(m.is_poisoned());
}

TYPED_TEST(fiber_locks, several_are_taken_together) {
  mutex<int, TypeParam> a(0);
  mutex<int, TypeParam> b(0);
  for (int i = 0; i < 4; ++i)
    this->s.spawn([&, i] {
      for (int j = 0; j < 50; ++j) {
        auto [first, second] = i % 2 == 0 ? lock_all(a, b) : lock_all(b, a);
        yield();
        ++*first;
        ++*second;
      }
    });
  this->s.run();
  EXPECT_EQ(a.copy(), 200);
  EXPECT_EQ(b.copy(), 200);
}

TYPED_TEST(fiber_locks, a_condition_waits_with_its_guard) {
  mutex<std::vector<int>, TypeParam> queue;
  basic_condition<platform::native> filled;
  basic_condition<platform::native> never;
  int taken = 0;
  for (int i = 0; i < 3; ++i)
    this->s.spawn([&] {
      for (int j = 0; j < 10; ++j) {
        auto owner = queue.lock();
        while (owner->empty()) filled.wait(owner);
        owner->pop_back();
        ++taken;
      }
    });
  this->s.spawn([&] {
    for (int j = 0; j < 30; ++j) {
      queue.lock()->push_back(j);
      filled.notify_one();
      if (j % 4 == 0) yield();
    }
  });
  this->s.spawn([&] {
    auto owner = queue.lock();
    EXPECT_FALSE(never.wait_for(owner, 1ms, [] { return false; }));
  });
  this->s.run();
  EXPECT_EQ(taken, 30);
}

}  // namespace
}  // namespace holdfast::fiber::in_fiber_lock_test
