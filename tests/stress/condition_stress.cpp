// SPDX-License-Identifier: BSL-1.0
// Conditions and conditional critical sections under load: a signal or a wake-up that is lost hangs
// the test, one that is invented is counted.
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/mutex.hpp"

#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/stop_slot.hpp"

namespace holdfast {
namespace {

constexpr unsigned consumers = 3;

// One permit at a time and one signal for it, and nobody sends another before it is taken: whatever
// is lost, is lost for good.
struct permits {
  std::size_t there = 0;
  std::size_t taken = 0;
  bool closed = false;
};

template <class Mutex, class Condition, class Signal>
void pass_permits(std::size_t count, Signal signal) {
  Mutex shared;
  Condition available;
  Condition taken;
  test::run_threads(consumers + 1, [&](unsigned number) {
    if (number != 0) {
      for (;;) {
        auto owner = shared.lock();
        available.wait(owner, [&] { return owner->there != 0 || owner->closed; });
        if (owner->there == 0) return;
        --owner->there;
        ++owner->taken;
        if (number % 2 == 0) owner.unlock();
        taken.notify_one();
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      auto owner = shared.lock();
      ++owner->there;
      signal(i, owner, available);
      if (!owner) owner.lock();
      taken.wait(owner, [&] { return owner->there == 0; });
    }
    shared.lock()->closed = true;
    available.notify_all();
  });
  EXPECT_EQ(shared.lock()->taken, count);
  EXPECT_EQ(available.notify_one() + taken.notify_one(), 0U);
}

const auto one_with_or_without_the_lock = [](std::size_t i, auto& owner, auto& available) {
  if (i % 2 == 0) owner.unlock();
  available.notify_one();
};
const auto all_now_and_then = [](std::size_t i, auto& owner, auto& available) {
  if (i % 4 < 2) owner.unlock();
  if (i % 3 == 0)
    available.notify_one();
  else
    available.notify_all();
};

TEST(condition_stress, every_permit_arrives) {
  pass_permits<mutex<permits>, condition>(test::scaled(500'000), one_with_or_without_the_lock);
}

TEST(condition_stress, every_permit_arrives_though_waiters_are_moved_to_and_fro) {
  pass_permits<mutex<permits>, condition>(test::scaled(100'000), all_now_and_then);
}

TEST(condition_stress, every_permit_arrives_with_the_ordinary_unlock) {
  pass_permits<mutex<permits, parking_lock_cas>, condition>(test::scaled(50'000), all_now_and_then);
}

TEST(condition_stress, every_permit_arrives_on_the_portable_platform) {
  pass_permits<mutex<permits, basic_parking_lock<platform::portable>>,
               basic_condition<platform::portable>>(test::scaled(50'000), all_now_and_then);
}

// The same without a signal: releasing is enough.
TEST(condition_stress, every_permit_arrives_without_a_signal) {
  mutex<permits> shared;
  const std::size_t count = test::scaled(200'000);
  test::run_threads(consumers + 1, [&](unsigned number) {
    if (number != 0) {
      for (;;) {
        auto owner = shared.lock_when([](const permits& p) { return p.there != 0 || p.closed; });
        if (owner->there == 0) return;
        --owner->there;
        ++owner->taken;
      }
    }
    auto owner = shared.lock();
    for (std::size_t i = 0; i < count; ++i) {
      ++owner->there;
      if (i % 2 == 0) {
        owner.unlock();
        owner = shared.lock_when([](const permits& p) { return p.there == 0; });
      } else {
        EXPECT_TRUE(owner.wait_until_true([](const permits& p) { return p.there == 0; }));
      }
    }
    owner->closed = true;
  });
  EXPECT_EQ(shared.lock()->taken, count);
}

// Everything at once.

struct place {
  unsigned inside = 0;  // the thread that is, from 1 on
  std::size_t tokens = 0;
};

constexpr unsigned thread_count = 6;

struct world {
  mutex<place> shared;
  condition signal;  // waited for without a predicate, so that signals can be counted
  condition tokens_came;
  std::array<test::stop_slot, thread_count> stops;
  std::atomic<std::size_t> sent{0};
  std::atomic<std::size_t> received{0};
  std::atomic<std::size_t> ended_by_poison{0};  // waits that may have been signalled or not
  std::atomic<std::size_t> tokens_put{0};
  std::atomic<std::size_t> tokens_taken{0};
  std::atomic<std::size_t> violations{0};
  std::atomic<std::size_t> poisonings{0};
};

class worker {
 public:
  worker(world& w, unsigned index) : world_(w), index_(index), random_(index) {}

  void act() {
    try {
      act_on(world_.shared);
    } catch (const poisoned&) {
      world_.poisonings.fetch_add(1);
      const auto owner = world_.shared.lock(even_if_poisoned);
      world_.shared.clear_poison();
    } catch (const leaving&) {
    }
  }

 private:
  struct leaving {};
  using guard_type = mutex<place>::guard_type;

  void act_on(mutex<place>& shared) {
    const auto some = [](const place& p) { return p.tokens != 0; };
    const auto soon = std::chrono::microseconds(random_.below(100));
    switch (random_.below(12)) {
      case 0:
      case 1:
        put(shared);
        break;
      case 2:
        if (auto owner = shared.lock_when(some, soon)) take(owner);
        break;
      case 3:
        if (auto owner = shared.lock_when(some, deadline::in(soon), my_stop())) take(owner);
        break;
      case 4: {
        auto owner = shared.lock();
        if (owner.wait_until_true(some, soon)) take(owner);
        visit(owner);
        break;
      }
      case 5: {
        auto owner = shared.lock();
        const auto ready = [&] { return owner->tokens != 0; };
        if (world_.tokens_came.wait_for(owner, my_stop(), soon, ready)) take(owner);
        visit(owner);
        break;
      }
      case 6:
        wait_for_a_signal(shared, [&](auto& owner) { return world_.signal.wait_for(owner, soon); });
        break;
      case 7:
        wait_for_a_signal(shared, [&](auto& owner) {
          return world_.signal.wait_for(owner, my_stop(), 20 * soon);
        });
        break;
      case 8:
        world_.stops[random_.below(thread_count)].request_stop();
        break;
      case 9:
        world_.sent.fetch_add(world_.signal.notify_all());
        break;
      case 10: {
        const auto owner = shared.lock();
        world_.sent.fetch_add(random_.below(2) == 0 ? world_.signal.notify_all()
                                                    : world_.signal.notify_one());
        visit(owner);
        break;
      }
      default:
        if (random_.below(20) == 0) {
          const auto owner = shared.lock();
          world_.sent.fetch_add(world_.signal.notify_all());
          throw leaving{};
        }
        visit(shared.lock());
    }
  }

  std::stop_token my_stop() { return world_.stops[index_].renew(); }

  void put(mutex<place>& shared) {
    auto owner = shared.lock();
    ++owner->tokens;
    world_.tokens_put.fetch_add(1);
    if (random_.below(2) == 0) owner.unlock();
    if (random_.below(4) == 0)
      world_.tokens_came.notify_all();
    else
      world_.tokens_came.notify_one();
  }

  void take(guard_type& owner) {
    if (owner->tokens == 0) world_.violations.fetch_add(1);
    --owner->tokens;
    world_.tokens_taken.fetch_add(1);
    visit(owner);
  }

  template <class Wait>
  void wait_for_a_signal(mutex<place>& shared, Wait wait) {
    auto owner = shared.lock();
    try {
      if (wait(owner)) world_.received.fetch_add(1);
    } catch (const poisoned&) {
      world_.ended_by_poison.fetch_add(1);
      throw;
    }
    visit(owner);
  }

  void visit(const guard_type& owner) {
    if (owner->inside != 0) world_.violations.fetch_add(1);
    owner->inside = index_ + 1;
    if (random_.below(16) == 0) std::this_thread::yield();
    if (owner->inside != index_ + 1) world_.violations.fetch_add(1);
    owner->inside = 0;
  }

  world& world_;
  unsigned index_;
  test::random_numbers random_;
};

TEST(condition_stress, no_signal_is_lost_or_invented_whatever_threads_do) {
  static world w;
  const std::size_t actions = test::scaled(100'000);
  test::run_threads(thread_count, [&](unsigned index) {
    worker self(w, index);
    for (std::size_t i = 0; i < actions; ++i) self.act();
  });
  EXPECT_EQ(w.violations.load(), 0U);
  EXPECT_LE(w.received.load(), w.sent.load());
  EXPECT_GE(w.received.load() + w.ended_by_poison.load(), w.sent.load());
  EXPECT_EQ(w.signal.notify_all() + w.tokens_came.notify_all(), 0U);
  EXPECT_EQ(w.shared.lock(even_if_poisoned)->tokens, w.tokens_put.load() - w.tokens_taken.load());
  std::printf("%zu signals, %zu tokens, %zu poisonings\n", w.sent.load(), w.tokens_taken.load(),
              w.poisonings.load());
}

}  // namespace
}  // namespace holdfast
