// SPDX-License-Identifier: BSL-1.0
// Everything at once: threads lock, try, wait with deadlines and stops, lock several, throw and
// repair, at random, over mutexes with locks of every type.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <tuple>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/stop_slot.hpp"

namespace holdfast {
namespace {

// The invariant: both are the same. It is broken only between the two halves of a change, and by
// an exception there.
struct account {
  std::int64_t balance = 0;
  std::int64_t mirror = 0;
  std::uint64_t owner = 0;  // the thread that is inside, from 1 on
};

struct interrupted_change : std::runtime_error {
  interrupted_change() : std::runtime_error("in the middle of a change") {}
};

using accounts =
    std::tuple<mutex<account, parking_lock>, mutex<account, parking_lock_cas>,
               mutex<account, basic_parking_lock<platform::portable>>, mutex<account, spin_lock>,
               mutex<account, ticket_lock>, mutex<account, mcs_lock>, mutex<account, native_lock>>;
constexpr std::size_t account_count = std::tuple_size_v<accounts>;

constexpr unsigned thread_count = 6;

struct world {
  accounts all;
  std::array<test::stop_slot, thread_count> stops;
  std::atomic<std::int64_t> ledger{0};  // what all balances together should be
  std::atomic<std::size_t> violations{0};
  std::atomic<std::size_t> poisonings{0};
  std::atomic<std::size_t> refusals{0};
  std::atomic<std::size_t> stopped{0};
};

class worker {
 public:
  worker(world& w, unsigned index) : world_(w), index_(index), random_(index) {}

  void act() {
    const std::uint64_t which = random_.below(account_count);
    visit(world_.all, which, [this](auto& m) {
      try {
        act_on(m);
      } catch (const poisoned&) {
        world_.refusals.fetch_add(1);
        repair(m);
      } catch (const interrupted_change&) {
        world_.poisonings.fetch_add(1);
      }
    });
  }

 private:
  template <class Function, std::size_t Index = 0>
  static void visit(accounts& all, std::uint64_t which, Function function) {
    if constexpr (Index < account_count) {
      if (which == Index)
        function(std::get<Index>(all));
      else
        visit<Function, Index + 1>(all, which, function);
    }
  }

  template <class Mutex>
  void act_on(Mutex& m) {
    switch (random_.below(10)) {
      case 0:
      case 1: {
        const auto g = m.lock();
        change(*g);
        break;
      }
      case 2:
        if (const auto g = m.try_lock()) change(*g);
        break;
      case 3:
        if (const auto g = m.try_lock_for(std::chrono::microseconds(random_.below(100))))
          change(*g);
        break;
      case 4: {
        const auto until =
            std::chrono::system_clock::now() + std::chrono::microseconds(random_.below(100));
        if (const auto g = m.try_lock_until(until)) change(*g);
        break;
      }
      case 5:
        wait_with_stop(m);
        break;
      case 6:
        transfer(m);
        break;
      case 7: {
        const auto g = m.lock(even_if_poisoned);
        if (!g.was_poisoned()) change(*g);
        break;
      }
      case 8:
        m.with([this](account& data) { change(data); });
        break;
      default:
        world_.stops[random_.below(thread_count)].request_stop();
    }
  }

  template <class Mutex>
  void wait_with_stop(Mutex& m) {
    const auto token = world_.stops[index_].renew();
    if (const auto g = m.lock(token))
      change(*g);
    else
      world_.stopped.fetch_add(1);
  }

  template <class Mutex>
  void transfer(Mutex& from) {
    visit(world_.all, random_.below(account_count), [&](auto& to) {
      if (static_cast<void*>(&from) == static_cast<void*>(&to)) return;
      auto guards = lock_all(from, to);
      account& source = *std::get<0>(guards);
      account& target = *std::get<1>(guards);
      enter(source);
      enter(target);
      const auto amount = static_cast<std::int64_t>(random_.below(100));
      source.balance -= amount;
      source.mirror -= amount;
      target.balance += amount;
      target.mirror += amount;
      leave(source);
      leave(target);
    });
  }

  static void mend(account& data) {
    data.mirror = data.balance;
    data.owner = 0;
  }

  template <class Mutex>
  void repair(Mutex& m) {
    if constexpr (!thread_owned<typename Mutex::lock_type>) {
      if (random_.below(2) == 0) {
        const auto g = m.lock_or_repair(mend);
        change_wholly(*g);
        return;
      }
    }
    const auto g = m.lock(even_if_poisoned);
    if (!g.was_poisoned()) return;
    mend(*g);
    m.clear_poison();
  }

  void enter(account& data) {
    if (data.owner != 0 || data.balance != data.mirror) world_.violations.fetch_add(1);
    data.owner = index_ + 1;
  }
  void leave(account& data) {
    if (data.owner != index_ + 1) world_.violations.fetch_add(1);
    data.owner = 0;
  }

  // One in fifty is left in the middle.
  void change(account& data) { change_and(data, random_.below(50) == 0); }
  void change_wholly(account& data) { change_and(data, false); }

  void change_and(account& data, bool leave_it) {
    enter(data);
    const auto amount = static_cast<std::int64_t>(random_.below(1'000)) - 500;
    data.balance += amount;
    world_.ledger.fetch_add(amount);
    if (random_.below(8) == 0) std::this_thread::yield();
    if (leave_it) throw interrupted_change();
    data.mirror += amount;
    leave(data);
  }

  world& world_;
  unsigned index_;
  test::random_numbers random_;
};

TEST(mutex_stress, nothing_is_lost_broken_or_stuck_whatever_threads_do) {
  static world w;
  const std::size_t actions = test::scaled(500'000);
  test::run_threads(thread_count, [&](unsigned index) {
    worker self(w, index);
    for (std::size_t i = 0; i < actions; ++i) self.act();
  });

  EXPECT_EQ(w.violations.load(), 0U);
  std::int64_t total = 0;
  std::apply(
      [&total](auto&... each) {
        const auto check = [&total](auto& m) {
          const auto g = m.lock(even_if_poisoned);
          EXPECT_TRUE(g.was_poisoned() || g->balance == g->mirror);
          total += g->balance;
        };
        (check(each), ...);
      },
      w.all);
  EXPECT_EQ(total, w.ledger.load());
  // The mixture was one.
  EXPECT_GT(w.poisonings.load(), 0U);
  EXPECT_GT(w.refusals.load(), 0U);
  std::printf("%zu poisonings, %zu refusals, %zu waits stopped\n", w.poisonings.load(),
              w.refusals.load(), w.stopped.load());
}

}  // namespace
}  // namespace holdfast
