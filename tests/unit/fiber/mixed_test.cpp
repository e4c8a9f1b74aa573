// SPDX-License-Identifier: BSL-1.0
// Threads, fibers of two schedulers and of a pool, and coroutines of several executors use the same
// locks: exact counts, nobody is lost or starved, everybody goes on where he belongs.
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
#include "support/party.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/stop_slot.hpp"
#include "support/task.hpp"
#include "support/this_thread.hpp"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t of_each = 3;

// Expects of everybody that he goes on where he belongs: on his thread, or on one of those of his
// pool or executor.
class stays {
 public:
  stays(const parties& of, kind who) : of_(of), who_(who) {}
  ~stays() { EXPECT_TRUE(of_.is_at_home(who_, thread_)) << static_cast<int>(who_); }
  stays(const stays&) = delete;
  stays& operator=(const stays&) = delete;

 private:
  const parties& of_;
  const kind who_;
  const std::thread::id thread_ = this_thread_now();
};

TEST(mixed, a_mutex_counts_everybody) {
  parties all;
  mutex<std::size_t> counter(0U);
  const std::size_t rounds = scaled(2'000);
  all.run_all(of_each, [&](std::size_t, kind as, party who) -> task<> {
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(all, as);
      const auto owner = co_await who.lock(counter);
      const std::size_t before = *owner;
      if (i % 4 == 0) co_await who.pause();
      *owner = before + 1;
    }
  });
  EXPECT_EQ(counter.copy(), parties::count_all(of_each) * rounds);
}

// Nobody ends before everybody has had his turns.
TEST(mixed, nobody_is_starved_while_others_never_stop) {
  parties all;
  mutex<std::size_t> entered(0U);
  std::atomic<std::size_t> hungry{parties::count_all(of_each)};
  std::atomic<bool> exceeded{false};
  const std::size_t turns = scaled(50);
  // For each turn a waiter is passed by for a millisecond, some 100,000 entries, more where it has to
  // wait for a processor too.
  const std::size_t at_most = turns * 1'000'000;
  all.run_all(of_each, [&](std::size_t, kind as, party who) -> task<> {
    for (std::size_t mine = 0; hungry.load() != 0 && !exceeded.load();) {
      const stays here(all, as);
      {
        const auto owner = co_await who.lock(entered);
        if (++*owner > at_most) exceeded.store(true);
      }
      if (++mine == turns) hungry.fetch_sub(1);
      // Who goes on on one thread with others would else never come to an end of his own.
      if (mine % 16 == 0) co_await who.pause();
    }
  });
  EXPECT_FALSE(exceeded.load()) << hungry.load() << " parties had no turn in " << at_most;
}

TEST(mixed, deadlines_and_stops_end_waits_and_lose_nobody) {
  parties all;
  mutex<std::size_t> counter(0U);
  std::atomic<std::size_t> obtained{0};
  stop_slot stops[parties::count_all(of_each)];
  const std::size_t rounds = scaled(2'000);
  const auto tries = [&](party who, auto... ends) -> task<> {
    const auto owner = co_await who.lock(counter, ends...);
    if (!owner) co_return;
    const std::size_t before = *owner;
    if (before % 4 == 0) co_await who.pause();
    *owner = before + 1;
    obtained.fetch_add(1);
  };
  all.run_all(of_each, [&](std::size_t number, kind as, party who) -> task<> {
    random_numbers random(number);
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(all, as);
      const auto soon = std::chrono::microseconds(random.below(100));
      switch (random.below(6)) {
        case 0:
          co_await tries(who);
          break;
        case 1:
          co_await tries(who, deadline::already_past());
          break;
        case 2:
          co_await tries(who, soon);
          break;
        case 3:
          co_await tries(who, stops[number].renew());
          break;
        case 4:
          co_await tries(who, deadline::in(10 * soon), stops[number].renew());
          break;
        default:
          stops[random.below(parties::count_all(of_each))].request_stop();
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
      const stays here(all, who);
      if ((i + number) % 4 == 0) {
        const auto writer = data.lock();
        ++writer->first;
        if (i % 4 == 0) fiber::yield();
        ++writer->second;
      } else {
        const auto reader = data.lock_shared();
        const std::size_t first = reader->first;
        if (i % 4 == 0) fiber::yield();
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
  constexpr std::size_t count = parties::count_all(of_each);
  const std::size_t rounds = scaled(100);
  all.run_all(of_each, [&](std::size_t number, kind as, party who) -> task<> {
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(all, as);
      auto owner = co_await who.lock(turn);
      co_await who.wait(turned, owner, [&] { return *owner % count == number; });
      ++*owner;
      turned.notify_all();
    }
  });
  EXPECT_EQ(turn.copy(), count * rounds);
}

TEST(mixed, lock_when_waits_for_a_state_of_the_data) {
  parties all;
  mutex<std::size_t> turn(0U);
  constexpr std::size_t count = parties::count_all(of_each);
  const std::size_t rounds = scaled(200);
  all.run_all(of_each, [&](std::size_t number, kind as, party who) -> task<> {
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(all, as);
      const auto mine = [number](std::size_t now) { return now % count == number; };
      const auto owner = co_await who.lock_when(turn, mine);
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
  const auto uses = [&](party who, std::size_t i, auto... ends) -> task<> {
    const permit<> mine = co_await who.acquire(permits, ends...);
    if (!mine) co_return;
    expected.fetch_add(1);
    EXPECT_LE(inside.fetch_add(1) + 1, 3);
    if (i % 4 == 0) co_await who.pause();
    inside.fetch_sub(1);
    entered.fetch_add(1);
  };
  all.run_all(of_each, [&](std::size_t number, kind as, party who) -> task<> {
    random_numbers random(number);
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(all, as);
      if (i % 3 == 0)
        co_await uses(who, i, std::chrono::microseconds(random.below(50)));
      else
        co_await uses(who, i);
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
  constexpr std::size_t count = parties::count_all(of_each);
  // One half of each kind pushes, the other pops.
  all.run_all(2 * of_each, [&](std::size_t number, kind as, party who) -> task<> {
    for (std::size_t i = 0; i < rounds; ++i) {
      const stays here(all, as);
      if (number / parties::count_all(1) % 2 == 0) {
        std::size_t value = number * rounds + i;
        co_await who.push(queue, value);
        pushed.fetch_add(1);
        sum_pushed.fetch_add(value);
      } else {
        const auto value = co_await who.pop(queue);
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
      const stays here(all, who);
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
      const stays here(all, who);
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
      const stays here(all, who);
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
  constexpr std::size_t count = parties::count_all(of_each);
  for (std::size_t i = 0; i < rounds; ++i) {
    mutex<std::size_t> arrived(0U);
    condition complete;
    all.run_all(of_each, [&](std::size_t, kind as, party who) -> task<> {
      const stays here(all, as);
      auto owner = co_await who.lock(arrived);
      if (++*owner == count) complete.notify_all();
      co_await who.wait(complete, owner, [&] { return *owner == count; });
    });
    EXPECT_EQ(arrived.copy(), count);
  }
}

}  // namespace
}  // namespace holdfast::test
