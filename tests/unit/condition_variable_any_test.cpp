// SPDX-License-Identifier: BSL-1.0
// std::condition_variable_any waits with guards and with raw locks.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include <gtest/gtest.h>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/project.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "support/parked.hpp"
#include "support/poison.hpp"
#include "support/run_threads.hpp"

namespace in_condition_variable_any_test {
namespace {

using namespace std::chrono_literals;
using holdfast::even_if_poisoned;
using holdfast::poisoned;
using holdfast::test::await;
using holdfast::test::is_free;
using holdfast::test::leave_by_exception;
using holdfast::test::run_threads;

template <class Lock>
class condition_variable_any : public testing::Test {};

using locks = testing::Types<holdfast::parking_lock, holdfast::spin_lock, holdfast::native_lock>;
TYPED_TEST_SUITE(condition_variable_any, locks);

TYPED_TEST(condition_variable_any, waits_with_a_guard) {
  holdfast::mutex<int, TypeParam> m(0);
  std::condition_variable_any changed;
  run_threads(2, [&](unsigned number) {
    auto owner = m.lock();
    if (number == 0) {
      changed.wait(owner, [&] { return *owner == 1; });
      EXPECT_TRUE(owner);
      *owner = 2;
      changed.notify_all();
    } else {
      *owner = 1;
      changed.notify_all();
      changed.wait(owner, [&] { return *owner == 2; });
    }
  });
  EXPECT_EQ(m.copy(), 2);
}

TYPED_TEST(condition_variable_any, waits_with_the_guard_of_a_part) {
  struct state {
    bool ready = false;
  };
  holdfast::mutex<state, TypeParam> m;
  std::condition_variable_any changed;
  run_threads(2, [&](unsigned number) {
    auto ready = project(m.lock(), &state::ready);
    if (number == 0) {
      changed.wait(ready, [&] { return *ready; });
    } else {
      *ready = true;
      changed.notify_all();
    }
  });
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(condition_variable_any, gives_up_with_a_guard_when_the_deadline_passes) {
  holdfast::mutex<int, TypeParam> m(0);
  std::condition_variable_any never;
  auto owner = m.lock();
  EXPECT_FALSE(never.wait_for(owner, 1ms, [] { return false; }));
  EXPECT_TRUE(owner);
  EXPECT_TRUE(never.wait_for(owner, 0ms, [] { return true; }));
}

TYPED_TEST(condition_variable_any, gives_up_with_a_guard_when_a_stop_is_requested) {
  holdfast::mutex<int, TypeParam> m(0);
  std::condition_variable_any never;
  std::stop_source source;
  run_threads(2, [&](unsigned number) {
    if (number == 0) {
      auto owner = m.lock();
      EXPECT_FALSE(never.wait(owner, source.get_token(), [] { return false; }));
      EXPECT_TRUE(owner);
    } else {
      source.request_stop();
    }
  });
  EXPECT_TRUE(is_free(m));
}

// libc++ ends the program if locking again throws; libstdc++ lets the exception out.
#if !defined(_LIBCPP_VERSION)
TYPED_TEST(condition_variable_any, waking_into_a_poisoned_mutex_reports_it_with_a_usable_guard) {
  holdfast::mutex<int, TypeParam> m(0);
  std::condition_variable_any changed;
  std::atomic<bool> about_to_wait{false};
  run_threads(2, [&](unsigned number) {
    if (number == 0) {
      auto owner = m.lock();
      about_to_wait.store(true);
      EXPECT_THROW(changed.wait(owner), poisoned);
      EXPECT_TRUE(owner);
      EXPECT_TRUE(owner.was_poisoned());
      EXPECT_FALSE(is_free(m));
    } else {
      await(about_to_wait);
      leave_by_exception(m);  // gets the lock when the other one waits
      changed.notify_all();
    }
  });
  EXPECT_TRUE(m.is_poisoned());
  EXPECT_TRUE(is_free(m));
}

TYPED_TEST(condition_variable_any, waits_with_the_guard_of_a_mutex_known_to_be_poisoned) {
  holdfast::mutex<int, TypeParam> m(0);
  leave_by_exception(m);
  std::condition_variable_any never;
  auto owner = m.lock(even_if_poisoned);
  EXPECT_NO_THROW(EXPECT_FALSE(never.wait_for(owner, 1ms, [] { return false; })));
  EXPECT_TRUE(owner);
}
#endif

TYPED_TEST(condition_variable_any, waits_with_a_raw_lock) {
  TypeParam lock;
  int state = 0;
  std::condition_variable_any changed;
  run_threads(2, [&](unsigned number) {
    std::unique_lock hold(lock);
    if (number == 0) {
      changed.wait(hold, [&] { return state == 1; });
      state = 2;
      changed.notify_all();
    } else {
      state = 1;
      changed.notify_all();
      changed.wait(hold, [&] { return state == 2; });
    }
  });
  EXPECT_EQ(state, 2);
}

}  // namespace
}  // namespace in_condition_variable_any_test
