// SPDX-License-Identifier: BSL-1.0
// The contenders: algorithms, some of them ours.
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

#include "lock/parking_lock_algorithm.hpp"
#include "park/parking_lot_algorithm.hpp"
#include "simulator/experiment.hpp"
#include "simulator/platform.hpp"
#include "simulator/session.hpp"
#include "spin/mcs_lock_algorithm.hpp"
#include "spin/spin_lock_algorithm.hpp"
#include "spin/ticket_lock_algorithm.hpp"

namespace simulator {
namespace {

// The lock that every book begins with: all who wait write to its line all the time.
class test_and_set {
 public:
  void lock() {
    while (held_.exchange(1, order::acquire) != 0) simulated::pause();
  }
  void unlock() { held_.store(0, order::release); }

 private:
  atomic<std::uint8_t> held_;
};

// As std::mutex of glibc: it does not spin.
class futex_mutex {
 public:
  void lock() {
    std::uint32_t seen = free;
    if (state_.compare_exchange(seen, held, order::acquire, order::relaxed)) return;
    while (state_.exchange(contended, order::acquire) != free)
      simulated::futex_wait(state_, contended, holdfast::deadline::never());
  }
  void unlock() {
    if (state_.exchange(free, order::release) == contended) simulated::futex_wake(&state_, 1);
  }

 private:
  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t held = 1;
  static constexpr std::uint32_t contended = 2;
  atomic<std::uint32_t> state_;
};

template <class Lock>
result run(const experiment& how) {
  return session<Lock>(how).run();
}

}  // namespace

const std::vector<contender>& all_contenders() {
  using namespace holdfast;
  static const std::vector<contender> all{
      {"test-and-set", "exchange and pause in a loop", run<test_and_set>},
      {"futex mutex", "three states, sleeps at once, as std::mutex of glibc", run<futex_mutex>},
      {"spin_lock", "looks before it tries, backs off, then yields",
       run<basic_spin_lock<simulated>>},
      {"ticket_lock", "in order, all read one word", run<basic_ticket_lock<simulated>>},
      {"mcs_lock", "in order, each reads a word of its own", run<basic_mcs_lock<simulated>>},
      {"parking_lock", "as it is", run<basic_parking_lock<simulated>>},
      {"parking_lock, no turns", "spins, then sleeps until it is woken",
       run<basic_parking_lock<simulated_without_turns>>},
  };
  return all;
}

}  // namespace simulator
