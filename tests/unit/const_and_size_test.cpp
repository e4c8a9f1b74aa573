// SPDX-License-Identifier: BSL-1.0
// What the types promise to the compiler: sizes, constant initialisation, what they can and cannot
// do. Most of it fails at compile time.
#include <array>
#include <chrono>
#include <concepts>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/owned_guard.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/peterson_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

namespace {

using holdfast::deadline;
using holdfast::even_if_poisoned;
using holdfast::guard;
using holdfast::mutex;
using holdfast::platform::checked;
using holdfast::platform::native;

// Static initialisation order: `early` is constructed before everything defined below it in this
// file, and uses mutexes and locks of which a dynamic initialisation would come later.
extern mutex<int> late_mutex;
extern mutex<std::array<int, 8>> late_seats;
extern mutex<std::unique_ptr<int>> late_pointer;
extern mutex<int, holdfast::native_lock> late_native;
extern holdfast::parking_lock late_lock;
extern holdfast::spin_lock late_spin;

struct user_of_globals {
  user_of_globals() {
    *late_mutex.lock().operator->() += 1;
    late_seats.with([](auto& seats) { seats[3] = 7; });
    late_pointer.set(std::make_unique<int>(5));
    *late_native.lock().operator->() += 1;
    const std::scoped_lock hold(late_lock, late_spin);
  }
};
const user_of_globals early;

constinit mutex<int> late_mutex(41);
constinit mutex<std::array<int, 8>> late_seats;
constinit mutex<std::unique_ptr<int>> late_pointer;
constinit mutex<int, holdfast::native_lock> late_native(1);
constinit holdfast::parking_lock late_lock;
constinit holdfast::spin_lock late_spin;
constinit holdfast::ticket_lock a_ticket_lock;
constinit holdfast::mcs_lock an_mcs_lock;
constinit holdfast::peterson_lock a_peterson_lock;
constinit holdfast::native_lock a_native_lock;
constinit mutex<mutex<int>> nested(3);
constinit thread_local mutex<int> one_per_thread(9);

TEST(constant_initialisation, lets_a_global_be_used_before_its_turn) {
  EXPECT_EQ(late_mutex.copy(), 42);
  EXPECT_EQ(late_seats.copy()[3], 7);
  EXPECT_EQ(**late_pointer.lock().operator->(), 5);
  EXPECT_EQ(late_native.copy(), 2);
  EXPECT_EQ(nested.lock()->copy(), 3);
  EXPECT_EQ(one_per_thread.copy(), 9);
  const std::scoped_lock hold(late_lock, late_spin, a_ticket_lock, an_mcs_lock, a_native_lock);
  a_peterson_lock.enter_region(0);
  a_peterson_lock.leave_region(0);
}

// Sizes. They are the same in a checked build, whose owners stand in a table beside.
static_assert(sizeof(holdfast::parking_lock) <= 4);
static_assert(sizeof(holdfast::parking_lock) == 2);
static_assert(sizeof(holdfast::parking_lock_cas) == 2);
static_assert(sizeof(holdfast::spin_lock) == 1);
static_assert(sizeof(holdfast::ticket_lock) == 8);
static_assert(sizeof(holdfast::mcs_lock) == 2 * sizeof(void*));
static_assert(sizeof(holdfast::peterson_lock) <= 4);
static_assert(sizeof(holdfast::native_lock) == sizeof(std::mutex));
static_assert(sizeof(mutex<int>) <= 8);
static_assert(sizeof(mutex<char>) == 4);
static_assert(sizeof(mutex<int, holdfast::spin_lock>) == 8);
static_assert(sizeof(mutex<bool, holdfast::spin_lock>) == 3);
static_assert(sizeof(mutex<bool, holdfast::spin_lock, holdfast::no_poisoning>) == 2);
static_assert(sizeof(mutex<char, holdfast::parking_lock, holdfast::no_poisoning>) <= 4);
static_assert(sizeof(holdfast::basic_parking_lock<holdfast::platform::portable>) == 2);
static_assert(sizeof(guard<mutex<int>>) <= 2 * sizeof(void*) + 8);

// Without checks everything that can be is destroyed trivially.
using plain_lock = holdfast::basic_parking_lock<native>;
static_assert(std::is_trivially_destructible_v<plain_lock>);
static_assert(std::is_trivially_destructible_v<holdfast::basic_spin_lock<native>>);
static_assert(std::is_trivially_destructible_v<holdfast::basic_ticket_lock<native>>);
static_assert(std::is_trivially_destructible_v<holdfast::basic_mcs_lock<native>>);
static_assert(std::is_trivially_destructible_v<mutex<int, plain_lock>>);
static_assert(std::is_trivially_destructible_v<mutex<mutex<int, plain_lock>, plain_lock>>);
static_assert(!std::is_trivially_destructible_v<mutex<std::string, plain_lock>>);
static_assert(!std::is_trivially_destructible_v<holdfast::native_lock>);
static_assert(std::is_trivially_destructible_v<mutex<int>> == !HOLDFAST_CHECKED);
static_assert(std::is_trivially_destructible_v<holdfast::parking_lock> == !HOLDFAST_CHECKED);

// A checked lock is a type of its own.
static_assert(!std::is_same_v<plain_lock, holdfast::basic_parking_lock<checked<native>>>);
static_assert(std::is_same_v<holdfast::parking_lock, plain_lock> == !HOLDFAST_CHECKED);

// Locks and mutexes stay where they are.
template <class T>
constexpr bool stays = !std::is_copy_constructible_v<T> && !std::is_move_constructible_v<T> &&
                       !std::is_copy_assignable_v<T> && !std::is_move_assignable_v<T>;
static_assert(stays<holdfast::parking_lock> && stays<holdfast::spin_lock> &&
              stays<holdfast::ticket_lock> && stays<holdfast::mcs_lock> &&
              stays<holdfast::peterson_lock> && stays<holdfast::native_lock>);
static_assert(stays<mutex<int>> && stays<mutex<std::string, holdfast::native_lock>>);

// Guards move and do not copy; those of thread-owned locks stay where they are.
template <class T>
constexpr bool only_moves =
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;
static_assert(only_moves<guard<mutex<int>>> && only_moves<guard<const mutex<int>>>);
static_assert(only_moves<guard<mutex<std::string>, char>>);
static_assert(only_moves<guard<mutex<int, holdfast::spin_lock, holdfast::no_poisoning>>>);
static_assert(holdfast::thread_owned<holdfast::native_lock>);
static_assert(stays<guard<mutex<int, holdfast::native_lock>>>);
static_assert(stays<guard<const mutex<int, holdfast::native_lock>>>);
static_assert(stays<guard<mutex<std::string, holdfast::native_lock>, char>>);

// Guards are no data of a mutex; owned guards neither.
static_assert(holdfast::thread_bound<guard<mutex<int>>>);
static_assert(holdfast::thread_bound<guard<const mutex<int, holdfast::native_lock>>>);
static_assert(holdfast::thread_bound<holdfast::owned_guard<mutex<int>>>);
static_assert(!holdfast::thread_bound<mutex<int>> && !holdfast::thread_bound<int>);

// A guard stands for its data in conditions only by asking.
static_assert(!std::is_convertible_v<guard<mutex<int>>, bool>);
static_assert(std::constructible_from<bool, guard<mutex<int>>>);
static_assert(holdfast::lockable<guard<mutex<int>>>);

// The data of a temporary guard is out of reach, its arrow is not.
template <class G>
concept can_be_dereferenced = requires(G&& g) { *std::forward<G>(g); };
static_assert(can_be_dereferenced<guard<mutex<int>>&> &&
              can_be_dereferenced<const guard<mutex<int>>&>);
static_assert(!can_be_dereferenced<guard<mutex<int>>> &&
              !can_be_dereferenced<const guard<mutex<int>>>);
template <class G>
concept has_arrow = requires(G&& g) { std::forward<G>(g).operator->(); };
static_assert(has_arrow<guard<mutex<int>>> && has_arrow<guard<mutex<int>>&>);

// Which members a mutex offers depends on its data.
template <class M>
concept offers_copy = requires(const M& m) { m.copy(); };
template <class M, class V>
concept offers_set = requires(M& m, V&& v) { m.set(std::forward<V>(v)); };
static_assert(offers_copy<mutex<int>> && !offers_copy<mutex<std::unique_ptr<int>>>);
static_assert(offers_set<mutex<std::unique_ptr<int>>, std::unique_ptr<int>>);
static_assert(!offers_set<mutex<std::unique_ptr<int>>, std::unique_ptr<int>&>);
static_assert(!offers_set<mutex<mutex<int>>, int>);

// It is not a lock itself: nobody unlocks it but its guards.
template <class M>
concept offers_unlock = requires(M& m) { m.unlock(); };
static_assert(!offers_unlock<mutex<int>> && !holdfast::basic_lockable<mutex<int>>);

// A call with a time, a stop or a tag takes nothing else for it.
template <class M, class... A>
concept locks_with = requires(M& m, A... a) { m.lock(a...); };
template <class M, class D>
concept tries_for = requires(M& m, D d) { m.try_lock_for(d); };
template <class M, class P>
concept tries_until = requires(M& m, P p) { m.try_lock_until(p); };
static_assert(locks_with<mutex<int>> && locks_with<mutex<int>, std::stop_token> &&
              locks_with<mutex<int>, holdfast::even_if_poisoned_t> &&
              locks_with<mutex<int>, std::stop_token, holdfast::even_if_poisoned_t>);
static_assert(!locks_with<mutex<int>, std::stop_source> && !locks_with<mutex<int>, int> &&
              !locks_with<mutex<int>, deadline>);
static_assert(tries_for<mutex<int>, std::chrono::seconds> && !tries_for<mutex<int>, int> &&
              !tries_for<mutex<int>, std::chrono::steady_clock::time_point>);
static_assert(tries_until<mutex<int>, std::chrono::system_clock::time_point> &&
              tries_until<mutex<int>, deadline> && !tries_until<mutex<int>, std::chrono::seconds>);

struct plain_lock_of_a_user {
  void lock() {}
  bool try_lock() { return true; }
  void unlock() {}
};
using plain = mutex<int, plain_lock_of_a_user>;
static_assert(locks_with<plain> && !locks_with<plain, std::stop_token> &&
              !tries_for<plain, std::chrono::seconds> && !tries_until<plain, deadline>);

// Nothing is taken for data by accident.
static_assert(!std::is_constructible_v<mutex<int>, std::string>);
static_assert(std::is_constructible_v<mutex<std::string>, std::size_t, char>);
static_assert(std::is_constructible_v<mutex<std::string>, std::in_place_t>);
static_assert(!std::is_convertible_v<holdfast::even_if_poisoned_t, mutex<int>>);
static_assert(std::is_nothrow_default_constructible_v<mutex<int>>);

// Constant where its data is.
constexpr mutex<int, plain_lock> a_constant(3);

TEST(const_and_size, a_constant_expression_may_be_a_mutex) {
  EXPECT_FALSE(a_constant.is_poisoned());
}

}  // namespace
