// SPDX-License-Identifier: BSL-1.0
// The library in a program that is compiled with -fno-exceptions -fno-rtti.
#include <array>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "holdfast/async.hpp"
#include "holdfast/lazy.hpp"
#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/once.hpp"
#include "holdfast/owned_guard.hpp"
#include "holdfast/semaphore.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/peterson_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

#if defined(HOLDFAST_TEST_FIBERS)
#include "holdfast/fiber/blocking.hpp"
#include "holdfast/fiber/scheduler.hpp"
#endif

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "compile this with -fno-exceptions -fno-rtti"
#endif

namespace {

using namespace std::chrono_literals;
using holdfast::even_if_poisoned;
using holdfast::mutex;

int failures = 0;

void check(bool holds, const char* what, int line) {
  if (holds) return;
  std::fprintf(stderr, "main.cpp:%d: does not hold: %s\n", line, what);
  ++failures;
}

#define CHECK(...) check(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __LINE__)

// There is nothing that could poison, so there is no byte for it either.
static_assert(std::is_same_v<holdfast::default_poisoning, holdfast::no_poisoning>);
static_assert(std::is_same_v<mutex<int>::poisoning, holdfast::no_poisoning>);
static_assert(sizeof(mutex<int>) == 8);
static_assert(sizeof(mutex<int, holdfast::spin_lock>) == 8);
static_assert(sizeof(mutex<char, holdfast::spin_lock>) == 2);
static_assert(sizeof(mutex<short>) == 4);
static_assert(sizeof(holdfast::guard<mutex<int>>) <= 3 * sizeof(void*));

struct person {
  std::string name;
  int age = 0;
};

constinit mutex<std::array<int, 4>> seats;

template <class Lock>
void use_a_mutex() {
  mutex<person, Lock> m(std::in_place, person{"Ann", 3});
  m.lock()->age = 4;
  m.with([](person& p) { ++p.age; });
  CHECK(m.with([](const person& p) { return p.age; }) == 5);
  CHECK(m.copy().name == "Ann");
  m.set(person{"Bo", 1});
  CHECK(m.replace(person{"Cy", 2}).name == "Bo");
  CHECK(m.get_mut().age == 2);
  {
    const auto owner = m.lock(even_if_poisoned);
    CHECK(!owner.was_poisoned());
    CHECK(!m.try_lock());
  }
  CHECK(!m.is_poisoned());
  m.clear_poison();
  CHECK(m.try_lock_for(1ms));
  CHECK(m.try_lock_until(std::chrono::system_clock::now()));
  {
    auto age = project(m.lock(), &person::age);
    CHECK(*age == 2);
    CHECK(age.unlocked([&] { return static_cast<bool>(m.try_lock()); }));
    age.unlock();
    age.lock();
  }
  const auto& fixed = m;
  CHECK(fixed.lock()->name == "Cy");
  CHECK(std::move(m).into_inner().name == "Cy");
}

template <class Lock>
void count_with_threads() {
  mutex<int, Lock> m(0);
  const auto body = [&] {
    for (int i = 0; i < 1000; ++i) ++*m.lock().operator->();
  };
  std::thread threads[4];
  for (std::thread& each : threads) each = std::thread(body);
  for (std::thread& each : threads) each.join();
  CHECK(m.copy() == 4000);
}

void lock_several_at_once() {
  mutex<int> a(1);
  mutex<int, holdfast::spin_lock> b(2);
  {
    const auto [x, y] = lock_all(a, b);
    CHECK(*x + *y == 3);
    CHECK(!a.try_lock() && !b.try_lock());
  }
  CHECK(a.try_lock() && b.try_lock());
}

void own_a_shared_mutex() {
  auto shared = std::make_shared<mutex<int>>(7);
  auto owner = lock_owned(std::move(shared));
  CHECK(*owner == 7);
  owner = {};
  CHECK(owner.mutex() == nullptr);
}

void wait_with_an_end() {
  mutex<int> m(1);
  const auto owner = m.lock();
  std::stop_source source;
  std::thread waiter([&] {
    CHECK(!m.try_lock_for(1ms));
    CHECK(!m.lock(source.get_token()));
  });
  source.request_stop();
  waiter.join();
}

void wait_for_a_condition() {
  mutex<int> m(0);
  std::condition_variable_any changed;
  std::thread other([&] {
    *m.lock().operator->() = 1;
    changed.notify_all();
  });
  auto owner = m.lock();
  changed.wait(owner, [&] { return *owner == 1; });
  owner.unlock();
  other.join();
}

void use_raw_locks() {
  holdfast::parking_lock a;
  holdfast::native_lock b;
  holdfast::mcs_lock c;
  const std::scoped_lock hold(a, b, c);
  holdfast::peterson_lock two;
  two.enter_region(1);
  two.leave_region(1);
}

template <class Lock>
void use_repair() {
  mutex<int, Lock> m(1);
  const auto owner = m.lock_or_repair([](int& value) { value = 2; });
  CHECK(*owner == 1);
}

void use_permits() {
  holdfast::semaphore s(1);
  std::thread other([&] { const auto permit = s.acquire_permit(); });
  other.join();
  CHECK(s.try_acquire_for(1ms));
  CHECK(!s.try_acquire_for(1ms));
  s.release();
  CHECK(s.available() == 1);
}

void use_once_and_lazy() {
  holdfast::once o;
  int called = 0;
  o.call([&] { ++called; });
  o.call_force([&](const holdfast::once_state&) { ++called; });
  o.wait();
  CHECK(called == 1 && o.is_completed() && !o.is_poisoned());
  holdfast::lazy value{[] { return std::string("made"); }};
  CHECK(value.try_get() == nullptr);
  CHECK(*value == "made");
  CHECK(value.get_or_repair([] { return std::string(); }) == "made");
}

struct job {
  struct promise_type {
    job get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::abort(); }
  };
};

// Has one place, for what is to be resumed.
struct one_place {
  std::function<void()> posted;
  template <class Function>
  void execute(Function&& f) {
    posted = std::forward<Function>(f);
  }
};

job adds_one(mutex<int>& m, one_place& place) {
  auto owner = co_await m.lock_async(holdfast::resume_on(place));
  ++*owner;
}

void use_coroutines() {
  one_place place;
  mutex<int> m(1);
  adds_one(m, place);
  CHECK(m.copy() == 2);
  {
    const auto owner = m.lock();
    adds_one(m, place);
    CHECK(!place.posted);
  }
  CHECK(place.posted);
  place.posted();
  CHECK(m.copy() == 3);
}

#if defined(HOLDFAST_TEST_FIBERS)
void use_fibers() {
  holdfast::fiber::scheduler s;
  mutex<int> sum(0);
  s.spawn([&] { sum.set(holdfast::fiber::blocking([] { return 42; })); });
  s.run();
  CHECK(sum.copy() == 42);
}
#else
void use_fibers() {}
#endif

}  // namespace

int main() {
  seats.with([](auto& s) { s[1] = 1; });
  CHECK(seats.copy()[1] == 1);
  use_a_mutex<holdfast::parking_lock>();
  use_a_mutex<holdfast::spin_lock>();
  use_a_mutex<holdfast::native_lock>();
  use_repair<holdfast::parking_lock>();
  use_repair<holdfast::native_lock>();
  count_with_threads<holdfast::parking_lock>();
  count_with_threads<holdfast::ticket_lock>();
  count_with_threads<holdfast::mcs_lock>();
  lock_several_at_once();
  own_a_shared_mutex();
  wait_with_an_end();
  wait_for_a_condition();
  use_raw_locks();
  use_permits();
  use_once_and_lazy();
  use_coroutines();
  use_fibers();
  if (failures == 0) std::puts("unit_no_exceptions: all checks hold");
  return failures == 0 ? 0 : 1;
}
