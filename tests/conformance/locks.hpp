// SPDX-License-Identifier: BSL-1.0
// Every lock that the conformance suite tests, one line each. The suites run with threads, and once
// more (HOLDFAST_TEST_IN_FIBERS) with fibers in their place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/lock/parking_rw_lock.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/peterson_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

#include "support/competitor.hpp"
#include "support/parked.hpp"
#include "support/run_threads.hpp"
#include "support/scale.hpp"
#include "support/unanalysed.hpp"

namespace holdfast::test {

// Which of the two parties the calling thread is, for the one lock that asks. The main thread is 0.
inline thread_local unsigned party = 0;

// Peterson's lock with the members of the others.
class two_party_lock {
 public:
  void lock() noexcept { region_.enter_region(party); }
  bool try_lock() noexcept { return region_.try_enter_region(party); }
  void unlock() noexcept { region_.leave_region(party); }

 private:
  basic_peterson_lock<platform::native> region_;
};

template <std::size_t Length>
struct text {
  constexpr text(const char (&from)[Length]) { std::copy_n(from, Length, characters); }
  char characters[Length]{};
};

struct properties {
  bool in_line = false;      // each hand-over is for one thread: it crawls without a CPU for each
  bool slow = false;         // checked: each use asks a table
  unsigned threads = 64;     // that may want it at once
  unsigned stop_rounds = 1;  // a stop takes milliseconds: divide the rounds by this
};

template <class Lock, text Name, properties Properties = {}>
struct tested {
  using lock_type = Lock;
  static constexpr properties is = Properties;
  static std::string name() { return Name.characters; }
};

using platform::checked;
using platform::native;
using platform::portable;
using enum unlock_by;
constexpr properties slow{.slow = true};

// A new lock is one line in the list of its kind.
// clang-format off
using locks_of_two = ::testing::Types<
    tested<two_party_lock, "peterson_lock", {.in_line = true, .threads = 2}>>;

using spinning_locks = ::testing::Types<
    tested<basic_spin_lock<native>, "spin_lock">,
    tested<basic_spin_lock<checked<native>>, "spin_lock_checked", slow>>;

using locks_in_line = ::testing::Types<
    tested<basic_ticket_lock<native>, "ticket_lock", {.in_line = true}>,
    tested<basic_ticket_lock<checked<native>>, "ticket_lock_checked", {.in_line = true, .slow = true}>,
    tested<basic_mcs_lock<native>, "mcs_lock", {.in_line = true}>,
    tested<basic_mcs_lock<checked<native>>, "mcs_lock_checked", {.in_line = true, .slow = true}>>;

using parking_locks = ::testing::Types<
    tested<basic_parking_lock<native>, "parking_lock">,
    tested<basic_parking_lock<checked<native>>, "parking_lock_checked", slow>,
    tested<basic_parking_lock<native, compare_and_swap>, "parking_lock_cas">,
    tested<basic_parking_lock<checked<native>, compare_and_swap>, "parking_lock_cas_checked", slow>,
    tested<basic_parking_lock<portable>, "parking_lock_portable">,
    tested<basic_parking_lock<checked<portable>>, "parking_lock_portable_checked", slow>,
    tested<basic_parking_rw_lock<native>, "parking_rw_lock">,
    tested<basic_parking_rw_lock<checked<native>>, "parking_rw_lock_checked", slow>,
    tested<basic_parking_rw_lock<portable>, "parking_rw_lock_portable">>;

using locks_of_the_system = ::testing::Types<
    tested<basic_native_lock<native>, "native_lock", {.stop_rounds = 50}>,
    tested<basic_native_lock<checked<native>>, "native_lock_checked", {.slow = true, .stop_rounds = 50}>>;
// clang-format on

template <class... Lists>
struct joined;
template <class... A>
struct joined<::testing::Types<A...>> {
  using type = ::testing::Types<A...>;
};
template <class... A, class... B, class... More>
struct joined<::testing::Types<A...>, ::testing::Types<B...>, More...>
    : joined<::testing::Types<A..., B...>, More...> {};

// What kinds promise: a waiter gets the lock although another thread never stops taking it; the
// next owner may destroy the lock while our unlock returns; more than two parties, deadlines and
// stops.
using fair_locks = joined<locks_in_line, parking_locks>::type;
using locks_that_die_early = joined<spinning_locks, fair_locks>::type;
#if defined(HOLDFAST_TEST_IN_FIBERS)
// Without those that are told by thread who locks them.
using locks_of_many = locks_that_die_early;
using every_lock = locks_of_many;
#else
using locks_of_many = joined<locks_that_die_early, locks_of_the_system>::type;
using every_lock = joined<locks_of_two, locks_of_many>::type;
#endif

struct names_of_locks {
  template <class Tested>
  static std::string GetName(int) {
    return Tested::name();
  }
};

// The base of the suites.
template <class Tested>
class lock_suite : public ::testing::Test {
 public:
  static constexpr properties is = Tested::is;

  // Runs `body` in up to `threads` threads at once, as many as the lock can take; returns how many.
  template <class Body>
  static unsigned compete(unsigned threads, Body body) {
    const unsigned count = std::min(threads, is.threads);
    run_threads(count, [&](unsigned index) {
      party = index % 2;
      body(index);
    });
    return count;
  }

  // A thread that may compete with this one.
  template <class Body>
  static competitor opponent(Body body) {
    return competitor([body = std::move(body)] {
      party = 1;
      body();
    });
  }

  // Rounds for a test in which `threads` threads compete.
  static std::size_t rounds(std::size_t count, unsigned threads) {
#if defined(HOLDFAST_TEST_IN_FIBERS)
    // In three settings; and fibers that spin keep their threads from each other.
    count /= parks<typename Tested::lock_type> ? 10 : 100;
#endif
    if (is.in_line && !has_cpus_for(threads)) count /= 10;
    if (is.slow) count /= 10;
    return scaled(count);
  }
};

}  // namespace holdfast::test
