// SPDX-License-Identifier: BSL-1.0
// Threads, fibers of two schedulers and fibers of a pool use the same locks: exact counts, nobody is
// lost, everybody goes on where he belongs.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/bounded_queue.hpp"
#include "holdfast/condition.hpp"
#include "holdfast/lazy.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/once.hpp"
#include "holdfast/semaphore.hpp"
#include "holdfast/shared_mutex.hpp"

#include "support/parties.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/stop_slot.hpp"
#include "support/this_thread.hpp"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t of_each = 3;

// Lets somebody else run: the other fibers of the same thread do, too.
void pause_in_section(std::size_t round) {
  if (round % 4 == 0) fiber::yield();
}

// Expects of everybody who does not belong to a pool that he stays on his thread.
class stays {
 public:
  explicit stays(kind who) : may_move_(who == kind::fiber_of_pool) {}
  ~stays() { EXPECT_TRUE(may_move_ || this_thread_now() == thread_); }
  stays(const stays&) = delete;
  stays& operator=(const stays&) = delete;

 private:
  const bool may_move_;
  const std::thread::id thread_ = this_thread_now();
};

TEST(mixed, a_mutex_counts_everybody) {
  parties all;
  mutex<std::size_t> counter(0U);
  const std::size_t rounds = scaled(2'000);
  all.run(of_each, [&](std::size_t, kind who) {
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(who);
      const auto owner = counter.lock();
      const std::size_t before = *owner;
      pause_in_section(i);
      *owner = before + 1;
    }
  });
  EXPECT_EQ(counter.copy(), parties::count(of_each) * rounds);
}

TEST(mixed, deadlines_and_stops_end_waits_and_lose_nobody) {
  parties all;
  mutex<std::size_t> counter(0U);
  std::atomic<std::size_t> obtained{0};
  stop_slot stops[parties::count(of_each)];
  const std::size_t rounds = scaled(2'000);
  all.run(of_each, [&](std::size_t number, kind who) {
    random_numbers random(number);
    const auto use = [&](auto&& owner, std::size_t i) {
      if (!owner) return;
      pause_in_section(i);
      ++*owner;
      obtained.fetch_add(1);
    };
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(who);
      switch (random.below(5)) {
        case 0:
          use(counter.lock(), i);
          break;
        case 1:
          use(counter.try_lock(), i);
          break;
        case 2:
          use(counter.try_lock_for(std::chrono::microseconds(random.below(100))), i);
          break;
        case 3:
          use(counter.lock(stops[number].renew()), i);
          break;
        default:
          stops[random.below(parties::count(of_each))].request_stop();
      }
    }
    for (stop_slot& each : stops) each.request_stop();
  });
  EXPECT_EQ(counter.copy(), obtained.load());
}

TEST(mixed, readers_share_and_writers_do_not) {
  parties all;
  struct pair {
    std::size_t first = 0;
    std::size_t second = 0;
  };
  shared_mutex<pair> data;
  std::atomic<std::size_t> torn{0};
  const std::size_t rounds = scaled(1'500);
  all.run(of_each, [&](std::size_t number, kind who) {
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(who);
      if ((i + number) % 4 == 0) {
        const auto writer = data.lock();
        ++writer->first;
        pause_in_section(i);
        ++writer->second;
      } else {
        const auto reader = data.lock_shared();
        const std::size_t first = reader->first;
        pause_in_section(i);
        if (reader->second != first) torn.fetch_add(1);
      }
    }
  });
  EXPECT_EQ(torn.load(), 0U);
  std::size_t writes = 0;
  for (std::size_t number = 0; number < parties::count(of_each); ++number)
    for (std::size_t i = 0; i < rounds; ++i) writes += (i + number) % 4 == 0;
  EXPECT_EQ(data.lock_shared()->first, writes);
  EXPECT_EQ(data.lock_shared()->second, writes);
}

// A ball goes round: each waits for its own number.
TEST(mixed, a_condition_wakes_everybody_in_turn) {
  parties all;
  mutex<std::size_t> turn(0U);
  condition turned;
  constexpr std::size_t count = of_each * 4;
  const std::size_t rounds = scaled(200);
  all.run(of_each, [&](std::size_t number, kind who) {
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(who);
      auto owner = turn.lock();
      turned.wait(owner, [&] { return *owner % count == number; });
      ++*owner;
      turned.notify_all();
    }
  });
  EXPECT_EQ(turn.copy(), count * rounds);
}

TEST(mixed, lock_when_waits_for_a_state_of_the_data) {
  parties all;
  mutex<std::size_t> turn(0U);
  constexpr std::size_t count = of_each * 4;
  const std::size_t rounds = scaled(200);
  all.run(of_each, [&](std::size_t number, kind who) {
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(who);
      auto owner = turn.lock_when([&](std::size_t now) { return now % count == number; });
      ++*owner;
    }
  });
  EXPECT_EQ(turn.copy(), count * rounds);
}

TEST(mixed, a_semaphore_admits_no_more_than_it_has_permits) {
  parties all;
  semaphore permits(3);
  std::atomic<int> inside{0};
  std::atomic<std::size_t> entered{0};
  std::atomic<std::size_t> expected{0};
  const std::size_t rounds = scaled(1'500);
  all.run(of_each, [&](std::size_t number, kind who) {
    random_numbers random(number);
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(who);
      permit<> mine =
          i % 3 == 0 ? permits.try_acquire_permit_for(std::chrono::microseconds(random.below(50)))
                     : permits.acquire_permit();
      if (!mine) continue;
      expected.fetch_add(1);
      EXPECT_LE(inside.fetch_add(1) + 1, 3);
      pause_in_section(i);
      inside.fetch_sub(1);
      entered.fetch_add(1);
    }
  });
  EXPECT_EQ(entered.load(), expected.load());
  EXPECT_EQ(permits.available(), 3);
}

TEST(mixed, a_bounded_queue_loses_and_doubles_nothing) {
  parties all;
  bounded_queue<std::size_t> queue(4);
  std::atomic<std::size_t> pushed{0};
  std::atomic<std::size_t> popped{0};
  std::atomic<std::size_t> sum_pushed{0};
  std::atomic<std::size_t> sum_popped{0};
  const std::size_t rounds = scaled(1'500);
  constexpr std::size_t count = of_each * 4;
  // One half of each kind pushes, the other pops.
  all.run(2 * of_each, [&](std::size_t number, kind who) {
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(who);
      if (number / 4 % 2 == 0) {
        const std::size_t value = number * rounds + i;
        static_cast<void>(queue.push(value));
        pushed.fetch_add(1);
        sum_pushed.fetch_add(value);
      } else {
        const auto value = queue.pop();
        popped.fetch_add(1);
        sum_popped.fetch_add(*value);
      }
    }
  });
  EXPECT_EQ(pushed.load(), count * rounds);
  EXPECT_EQ(popped.load(), count * rounds);
  EXPECT_EQ(sum_pushed.load(), sum_popped.load());
}

TEST(mixed, a_once_is_done_once_and_everybody_waits_for_it) {
  parties all;
  const std::size_t rounds = scaled(200);
  for (std::size_t i = 0; i < rounds; ++i) {
    once o;
    int done = 0;
    std::atomic<std::size_t> saw{0};
    all.run(of_each, [&](std::size_t, kind who) {
      const stays here(who);
      o.call([&] {
        fiber::yield();
        ++done;
      });
      saw.fetch_add(static_cast<std::size_t>(done));
    });
    EXPECT_EQ(done, 1);
    EXPECT_EQ(saw.load(), parties::count(of_each));
  }
}

TEST(mixed, a_lazy_value_is_made_once) {
  parties all;
  const std::size_t rounds = scaled(200);
  for (std::size_t i = 0; i < rounds; ++i) {
    std::atomic<int> made{0};
    lazy value([&] {
      fiber::yield();
      return made.fetch_add(1) + 7;
    });
    all.run(of_each, [&](std::size_t, kind who) {
      const stays here(who);
      EXPECT_EQ(*value, 7);
    });
    EXPECT_EQ(made.load(), 1);
  }
}

// One party of each kind locks, waits with the guard held, and releases it, while the others wait.
TEST(mixed, a_guard_follows_its_fiber) {
  parties all;
  mutex<int> m(0);
  all.run(of_each, [&](std::size_t, kind who) {
    for (int i = 0; i < 5; ++i) {
      const stays here(who);
      auto owner = m.lock();
      fiber::sleep_for(100us);
      auto moved = std::move(owner);
      fiber::sleep_for(100us);
      ++*moved;
    }
  });
  EXPECT_EQ(m.copy(), static_cast<int>(parties::count(of_each) * 5));
}

// Only the last one's signal ends it, so everybody must have waited as what he is.
TEST(mixed, everybody_waits_at_the_same_time) {
  parties all;
  const std::size_t rounds = scaled(100);
  for (std::size_t i = 0; i < rounds; ++i) {
    mutex<std::size_t> arrived(0U);
    condition complete;
    all.run(of_each, [&](std::size_t, kind who) {
      const stays here(who);
      auto owner = arrived.lock();
      if (++*owner == parties::count(of_each)) complete.notify_all();
      complete.wait(owner, [&] { return *owner == parties::count(of_each); });
    });
    EXPECT_EQ(arrived.copy(), parties::count(of_each));
  }
}

}  // namespace
}  // namespace holdfast::test
