// SPDX-License-Identifier: BSL-1.0
// Random use of shared_mutex by several threads: every way in, every step between them, with ends
// that come at any time, guards that end in other threads, and mutexes that are destroyed.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/shared_mutex.hpp"

#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace holdfast {
namespace {

struct interrupted_change {};

// `left` and `right` are equal unless somebody writes.
struct data {
  std::int64_t left = 0;
  std::int64_t right = 0;
};

using native_mutex = shared_mutex<data, basic_parking_rw_lock<platform::native>>;
using portable_mutex = shared_mutex<data, basic_parking_rw_lock<platform::portable>>;

template <class Mutex>
struct world {
  std::array<Mutex, 3> all;
  std::atomic<std::int64_t> written{0};
  std::atomic<std::size_t> violations{0};
  std::atomic<std::size_t> refusals{0};
  std::atomic<std::size_t> ended{0};
  // Readers that another thread takes over.
  mutex<std::vector<typename Mutex::shared_guard_type>> handed_on;
};

template <class Mutex>
class worker {
 public:
  worker(world<Mutex>& w, unsigned index) : world_(w), random_(index) {}

  void act() {
    Mutex& m = world_.all[random_.below(world_.all.size())];
    try {
      act_on(m);
    } catch (const poisoned&) {
      world_.refusals.fetch_add(1);
      static_cast<void>(m.lock_or_repair([](data& d) { d.right = d.left; }));
    } catch (const interrupted_change&) {
    }
  }

 private:
  void act_on(Mutex& m) {
    const deadline soon = deadline::after(static_cast<std::int64_t>(random_.below(50'000)));
    switch (random_.below(12)) {
      case 0:
        m.with([this](data& d) { write(d); });
        break;
      case 1:
        if (const auto writer = m.try_lock_until(soon))
          write(*writer);
        else
          world_.ended.fetch_add(1);
        break;
      case 2:
        if (const auto reader = m.try_lock_shared_until(soon))
          read(*reader);
        else
          world_.ended.fetch_add(1);
        break;
      case 3: {
        auto writer = m.lock();
        write(*writer);
        const auto expected = writer->left;
        const auto reader = downgrade(std::move(writer));
        read(*reader, expected);
        break;
      }
      case 4:
        upgrade_it(m.lock_upgrade(), soon);
        break;
      case 5: {
        auto writer = m.lock();
        write(*writer);
        upgrade_it(downgrade_to_upgrade(std::move(writer)), soon);
        break;
      }
      case 6: {
        std::stop_source stop;
        std::jthread stops([&] { stop.request_stop(); });
        if (const auto writer = m.lock(stop.get_token())) write(*writer);
        if (const auto reader = m.lock_shared(stop.get_token())) read(*reader);
        break;
      }
      case 7:
        hand_on(m);
        break;
      case 8:
        live_short();
        break;
      default:
        for (std::uint64_t n = random_.below(200); n > 0; --n) {
          const auto reader = m.lock_shared();
          read(*reader);
          if (n % 16 == 0) {
            const auto again = m.lock_shared();
            read(*again);
          }
        }
    }
  }

  void upgrade_it(typename Mutex::upgrade_guard_type reader, const deadline& soon) {
    const auto expected = reader->left;
    if (auto writer = try_upgrade_until(std::move(reader), soon)) {
      if (writer->left != expected) world_.violations.fetch_add(1);
      write(*writer);
    } else {
      world_.ended.fetch_add(1);
      read(*reader, expected);  // NOLINT(bugprone-use-after-move): it is as before
      const auto plain = downgrade(std::move(reader));
      read(*plain, expected);
    }
  }

  void hand_on(Mutex& m) {
    auto reader = m.lock_shared();
    auto others = world_.handed_on.lock();
    others->push_back(std::move(reader));
    if (others->size() < 3) return;
    auto mine = std::exchange(*others, {});
    others.unlock();
    for (const auto& each : mine) read(*each);
  }

  // A mutex that is destroyed as soon as the other thread has let us in.
  void live_short() {
    auto m = std::make_unique<Mutex>();
    std::atomic<bool> reads{false};
    std::jthread other([&reads, address = m.get(), many = random_.below(100)] {
      for (std::uint64_t n = 0; n < many; ++n) static_cast<void>(address->copy());
      const auto reader = address->lock_shared();
      reads.store(true);
      std::this_thread::yield();
    });
    while (!reads.load()) std::this_thread::yield();
    m->lock().unlock();
    m.reset();
  }

  void read(const data& d) {
    if (d.left != d.right) world_.violations.fetch_add(1);
  }
  void read(const data& d, std::int64_t expected) {
    if (d.left != expected || d.right != expected) world_.violations.fetch_add(1);
  }
  void write(data& d) {
    if (d.left != d.right) world_.violations.fetch_add(1);
    ++d.left;
    world_.written.fetch_add(1);
    if (random_.below(8) == 0) std::this_thread::yield();
    if (random_.below(100) == 0) throw interrupted_change();
    ++d.right;
  }

  world<Mutex>& world_;
  test::random_numbers random_;
};

template <class Mutex>
void run() {
  const auto w = std::make_unique<world<Mutex>>();
  const std::size_t actions = test::scaled(30'000);
  // All threads may wait to write for readers that were handed on: somebody lets those go.
  std::jthread lets_go([&w](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      w->handed_on.set({});
      std::this_thread::yield();
    }
  });
  test::run_threads(6, [&](unsigned index) {
    worker<Mutex> self(*w, index);
    for (std::size_t i = 0; i < actions; ++i) self.act();
  });
  lets_go.request_stop();
  lets_go.join();
  w->handed_on.set({});
  EXPECT_EQ(w->violations.load(), 0U);
  std::int64_t total = 0;
  for (Mutex& each : w->all) total += each.lock(even_if_poisoned)->left;
  EXPECT_EQ(total, w->written.load());
  EXPECT_GT(w->refusals.load(), 0U);
  std::printf("%zu refusals, %zu waits ended\n", w->refusals.load(), w->ended.load());
}

TEST(rw_stress, nothing_is_lost_broken_or_stuck_whatever_threads_do) { run<native_mutex>(); }

TEST(rw_stress, nor_on_the_portable_platform) { run<portable_mutex>(); }

}  // namespace
}  // namespace holdfast
