// SPDX-License-Identifier: BSL-1.0
// Very many fibers, and everything that fibers do, at random, beside threads.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/condition.hpp"
#include "holdfast/fiber/fiber_lock.hpp"
#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/platform/fiber_stack.hpp"
#include "holdfast/semaphore.hpp"

#include "support/parties.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/stop_slot.hpp"
#include "support/waiting.hpp"

namespace holdfast::test {
namespace {

// A sanitizer's shadow of a stack costs more than the stack.
std::size_t crowd_size() {
  return under_thread_sanitizer ? 2'000 : under_sanitizer ? 10'000 : 100'000;
}
fiber::options crowd_stack() {
  return {.stack_size = under_sanitizer ? fiber::default_stack_size : 32 * 1024};
}

std::size_t mappings() {
  std::ifstream maps("/proc/self/maps");
  return static_cast<std::size_t>(
      std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n'));
}

// Whether each stack costs mappings, of which a process has some 65,000: before Linux 6.13.
bool stacks_cost_mappings() {
  constexpr std::size_t tried = 64;
  std::vector<platform::fiber_stack> stacks;
  const std::size_t before = mappings();
  for (std::size_t i = 0; i < tried; ++i)
    stacks.push_back(platform::map_fiber_stack(crowd_stack().stack_size));
  const bool cost = mappings() >= before + tried;
  for (const platform::fiber_stack& each : stacks) platform::unmap_fiber_stack(each);
  return cost;
}

// In bytes; 0 where nobody tells.
std::size_t free_memory() {
  std::ifstream of_machine("/proc/meminfo");
  std::string word;
  std::size_t kilobytes = 0;
  while (of_machine >> word)
    if (word == "MemAvailable:") of_machine >> kilobytes;
  return kilobytes * 1024;
}

// How many of the crowd are there at a time: all of them where the machine bears it.
std::size_t crowd_at_a_time() {
  static const std::size_t chosen = [] {
    constexpr std::size_t memory_of_each = 16 * 1024;  // its stack, its result, the kernel's tables
    std::size_t count = crowd_size();
    if (count * memory_of_each > free_memory() / 2 || stacks_cost_mappings())
      count = std::min<std::size_t>(count, 20'000);
    if (count < crowd_size())
      std::printf("%zu fibers at a time, not %zu: %s\n", count, crowd_size(),
                  stacks_cost_mappings() ? "on this kernel each stack costs two mappings"
                                         : "there is not enough memory");
    return count;
  }();
  return chosen;
}

// Has `spawn` spawn all of them, as many as possible at a time, and `run` run each such lot.
template <class Spawn, class Run>
void in_lots(const Spawn& spawn, const Run& run) {
  for (std::size_t left = crowd_size(); left != 0;) {
    const std::size_t now = std::min(left, crowd_at_a_time());
    for (std::size_t i = 0; i < now; ++i) spawn();
    run(now);
    left -= now;
  }
}

// Each yields inside, so that nearly all stand in line at a time.
template <class Lock>
void expect_exclusion_in_a_crowd() {
  Lock lock;
  std::size_t inside = 0;
  std::size_t entered = 0;
  std::size_t alive = 0;
  std::size_t most = 0;
  const auto enter = [&] {
    most = std::max(most, ++alive);
    for (int i = 0; i < 3; ++i) {
      lock.lock();
      if (++inside != 1) ADD_FAILURE();
      fiber::yield();
      --inside;
      ++entered;
      lock.unlock();
    }
    --alive;
  };
  fiber::scheduler s;
  in_lots([&] { s.spawn(crowd_stack(), enter); }, [&](std::size_t) { s.run(); });
  EXPECT_EQ(entered, 3 * crowd_size());
  EXPECT_EQ(most, crowd_at_a_time());
}

TEST(fiber_stress, a_hundred_thousand_fibers_contend_for_a_fiber_lock) {
  expect_exclusion_in_a_crowd<fiber_lock>();
}

TEST(fiber_stress, a_hundred_thousand_fibers_contend_for_a_parking_lock) {
  expect_exclusion_in_a_crowd<parking_lock>();
}

// All stand in its queue before the first one gets it.
TEST(fiber_stress, a_hundred_thousand_fibers_of_a_pool_contend_for_a_mutex) {
  mutex<std::size_t> entered(0U);
  std::atomic<std::size_t> begun{0};
  fiber::pool p(2);
  guard<mutex<std::size_t>> first;
  const auto enter = [&] {
    begun.fetch_add(1);
    const auto owner = entered.lock();
    const std::size_t before = *owner;
    if (before % 16 == 0) fiber::yield();
    *owner = before + 1;
  };
  const auto spawn = [&] {
    if (!first) first = entered.lock();
    p.spawn(crowd_stack(), enter).detach();
  };
  in_lots(spawn, [&](std::size_t count) {
    await([&] { return begun.load() == count; });
    await_queue(entered, count);
    begun.store(0);
    first.unlock();
    p.wait();
  });
  EXPECT_EQ(entered.copy(), crowd_size());
}

constexpr std::size_t of_each = 3;
constexpr std::size_t party_count = parties::count(of_each);

struct left_by_exception {};

// What all share. The invariant: both halves of a pair are the same whenever nobody owns it.
struct world {
  struct pair {
    std::int64_t first = 0;
    std::int64_t second = 0;
  };
  std::array<mutex<pair>, 3> pairs;
  mutex<std::size_t> tokens{0U};
  condition more_tokens;
  semaphore permits{2};
  std::array<stop_slot, party_count> stops;
  std::atomic<int> with_permit{0};
  std::atomic<std::int64_t> ledger{0};
  std::atomic<std::size_t> violations{0};
  std::atomic<std::size_t> spawned{0};
  std::atomic<std::size_t> joined{0};
  std::atomic<std::size_t> made{0};
  std::atomic<std::size_t> taken{0};
  std::atomic<std::size_t> gave_up{0};
  std::atomic<std::size_t> thrown{0};
};

class actor {
 public:
  actor(world& w, std::size_t number) : world_(w), number_(number), random_(number) {}

  // One holds a mutex until another has given it up: the short runs of a slow build may see no other.
  void begin() {
    auto& contended = world_.pairs[0];
    if (number_ != 0) {
      while (world_.gave_up.load() == 0) change(contended.try_lock_for(some_time()));
      return;
    }
    const auto owner = contended.lock();
    while (world_.gave_up.load() == 0) fiber::yield();
  }

  void act() {
    auto& which = world_.pairs[random_.below(world_.pairs.size())];
    switch (random_.below(11)) {
      case 0:
        return fiber::yield();
      case 1:
        return fiber::sleep_for(some_time());
      case 2:
        return change(which.lock());
      case 3:
        return change(which.try_lock_for(some_time()));
      case 4:
        return change(which.lock(world_.stops[number_].renew()));
      case 5:
        return world_.stops[random_.below(party_count)].request_stop();
      case 6:
        return make_token();
      case 7:
        return take_token();
      case 8:
        return use_permit();
      case 9:
        return fail();
      default:
        return spawn_and_join();
    }
  }

 private:
  std::chrono::microseconds some_time() { return std::chrono::microseconds(random_.below(60)); }

  template <class Guard>
  void change(Guard&& owner) {
    if (!owner) {
      world_.gave_up.fetch_add(1);
      return;
    }
    if (owner->first != owner->second) world_.violations.fetch_add(1);
    const auto amount = static_cast<std::int64_t>(random_.below(100));
    owner->first += amount;
    if (random_.below(4) == 0) fiber::yield();
    owner->second += amount;
    world_.ledger.fetch_add(amount);
  }

  void make_token() {
    world_.tokens.with([](std::size_t& tokens) { ++tokens; });
    world_.made.fetch_add(1);
    if (random_.below(4) == 0)
      world_.more_tokens.notify_all();
    else
      world_.more_tokens.notify_one();
  }

  void take_token() {
    auto tokens = world_.tokens.lock();
    const auto token = world_.stops[number_].renew();
    if (!world_.more_tokens.wait_for(tokens, token, some_time(), [&] { return *tokens != 0; }))
      return;
    --*tokens;
    world_.taken.fetch_add(1);
  }

  void use_permit() {
    const auto mine = world_.permits.try_acquire_permit_for(some_time());
    if (!mine) return;
    if (world_.with_permit.fetch_add(1) >= 2) world_.violations.fetch_add(1);
    fiber::yield();
    world_.with_permit.fetch_sub(1);
  }

  // An exception on its way while others run; each has a mutex of its own that it poisons.
  void fail() {
    mutex<int> own(0);
    try {
      const auto owner = own.lock();
      fiber::yield();
      throw left_by_exception{};
    } catch (const left_by_exception&) {
      fiber::yield();
    }
    if (!own.is_poisoned()) world_.violations.fetch_add(1);
    world_.thrown.fetch_add(1);
  }

  void spawn_and_join() {
    if (!fiber::in_fiber()) return;
    world_.spawned.fetch_add(1);
    auto child = fiber::spawn([this, yields = random_.below(4)] {
      for (std::uint64_t i = 0; i < yields; ++i) fiber::yield();
      return number_;
    });
    if (child.join() != number_) world_.violations.fetch_add(1);
    world_.joined.fetch_add(1);
  }

  world& world_;
  const std::size_t number_;
  random_numbers random_;
};

TEST(fiber_stress, nothing_is_lost_broken_or_stuck_whatever_fibers_and_threads_do) {
  world w;
  const std::size_t actions = scaled(5'000);
  {
    parties all;
    all.run(of_each, [&](std::size_t number, kind) {
      actor self(w, number);
      self.begin();
      for (std::size_t i = 0; i < actions; ++i) self.act();
    });
  }
  EXPECT_EQ(w.violations.load(), 0U);
  std::int64_t total = 0;
  for (auto& each : w.pairs) {
    const auto owner = each.lock();
    EXPECT_EQ(owner->first, owner->second);
    total += owner->first;
  }
  EXPECT_EQ(total, w.ledger.load());
  EXPECT_EQ(w.tokens.copy(), w.made.load() - w.taken.load());
  EXPECT_EQ(w.permits.available(), 2);
  EXPECT_EQ(w.spawned.load(), w.joined.load());
  // The mixture was one.
  EXPECT_GT(w.taken.load(), 0U);
  EXPECT_GT(w.gave_up.load(), 0U);
  EXPECT_GT(w.thrown.load(), 0U);
  EXPECT_GT(w.joined.load(), 0U);
  std::printf("%zu gave up, %zu tokens taken, %zu children, %zu exceptions\n", w.gave_up.load(),
              w.taken.load(), w.joined.load(), w.thrown.load());
}

}  // namespace
}  // namespace holdfast::test
