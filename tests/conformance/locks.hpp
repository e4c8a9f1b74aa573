// SPDX-License-Identifier: BSL-1.0
// Every lock that the conformance suite tests, one line each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/peterson_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

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
  bool fair = false;         // a waiter gets it although another thread never stops taking it
  bool dies_early = true;    // may be destroyed as soon as another thread has got it from us
  bool slow = false;         // checked: each use asks a table
  unsigned threads = 64;     // that may want it at once
  unsigned stop_rounds = 1;  // a stop takes milliseconds: divide the rounds by this
};

template <class Lock, text Name, properties Properties>
struct tested {
  using lock_type = Lock;
  static constexpr properties is = Properties;
  static std::string name() { return Name.characters; }
};

using platform::checked;
using platform::native;
using platform::portable;
constexpr properties plain{};
constexpr properties in_line{.in_line = true, .fair = true};
constexpr properties parking{.fair = true};
constexpr properties of_the_system{.dies_early = false, .stop_rounds = 50};
constexpr properties two_parties{.threads = 2};
constexpr properties slow(properties p) {
  p.slow = true;
  return p;
}

// clang-format off
using locks_of_two = ::testing::Types<
    tested<two_party_lock, "peterson_lock", two_parties>>;
using locks_of_many = ::testing::Types<
    tested<basic_spin_lock<native>, "spin_lock", plain>,
    tested<basic_ticket_lock<native>, "ticket_lock", in_line>,
    tested<basic_mcs_lock<native>, "mcs_lock", in_line>,
    tested<basic_parking_lock<native>, "parking_lock", parking>,
    tested<basic_parking_lock<native, unlock_by::compare_and_swap>, "parking_lock_cas", parking>,
    tested<basic_parking_lock<portable>, "parking_lock_portable", parking>,
    tested<basic_native_lock<native>, "native_lock", of_the_system>,
    tested<basic_spin_lock<checked<native>>, "spin_lock_checked", slow(plain)>,
    tested<basic_ticket_lock<checked<native>>, "ticket_lock_checked", slow(in_line)>,
    tested<basic_mcs_lock<checked<native>>, "mcs_lock_checked", slow(in_line)>,
    tested<basic_parking_lock<checked<native>>, "parking_lock_checked", slow(parking)>,
    tested<basic_parking_lock<checked<native>, unlock_by::compare_and_swap>, "parking_lock_cas_checked", slow(parking)>,
    tested<basic_parking_lock<checked<portable>>, "parking_lock_portable_checked", slow(parking)>,
    tested<basic_native_lock<checked<native>>, "native_lock_checked", slow(of_the_system)>>;
// clang-format on

template <class A, class B>
struct joined;
template <class... A, class... B>
struct joined<::testing::Types<A...>, ::testing::Types<B...>> {
  using type = ::testing::Types<A..., B...>;
};
using every_lock = joined<locks_of_two, locks_of_many>::type;

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
  static std::jthread opponent(Body body) {
    return std::jthread([body = std::move(body)](auto&&...) mutable {
      party = 1;
      body();
    });
  }

  // Rounds for a test in which `threads` threads compete.
  static std::size_t rounds(std::size_t count, unsigned threads) {
    if (is.in_line && !has_cpus_for(threads)) count /= 10;
    if (is.slow) count /= 10;
    return scaled(count);
  }
};

}  // namespace holdfast::test
