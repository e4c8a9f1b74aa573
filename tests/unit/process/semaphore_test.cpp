// SPDX-License-Identifier: BSL-1.0
// What a semaphore between processes promises while nobody dies.
#include "holdfast/process/semaphore.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "holdfast/process/process.hpp"

#include "support/asleep.hpp"
#include "support/child.hpp"
#include "support/counting_clock.hpp"
#include "support/fake_task.hpp"
#include "support/own_directory.hpp"
#include "support/shared_page.hpp"

namespace {

using namespace holdfast;
using namespace std::chrono_literals;
using process::permit;
using process::semaphore;
using shared_semaphore = test::shared_page<semaphore>;

TEST(process_semaphore, counts_what_is_taken_and_given) {
  const shared_semaphore s(2);
  EXPECT_EQ(s->available(), 2);
  EXPECT_TRUE(s->try_acquire());
  s->acquire();
  EXPECT_FALSE(s->try_acquire());
  s->release(3);
  EXPECT_EQ(s->available(), 3);
}

TEST(process_semaphore, a_number_of_permits_that_cannot_be_is_refused) {
  EXPECT_THROW(semaphore(-1), std::system_error);
  EXPECT_THROW(semaphore(semaphore::max() + 1), std::system_error);
  const shared_semaphore s(semaphore::max());
  EXPECT_THROW(s->release(), std::system_error);
  EXPECT_THROW(s->release(-1), std::system_error);
  s->release(0);
  EXPECT_EQ(s->available(), semaphore::max());
}

TEST(process_semaphore, a_permit_ends_with_its_scope_or_earlier) {
  const shared_semaphore s(1);
  {
    const permit mine = s->acquire_permit();
    EXPECT_TRUE(mine);
    EXPECT_FALSE(mine.was_abandoned());
    EXPECT_EQ(s->available(), 0);
    EXPECT_FALSE(s->try_acquire_permit());
  }
  EXPECT_EQ(s->available(), 1);
  permit other = s->try_acquire_permit();
  other.release();
  EXPECT_FALSE(other);
  EXPECT_EQ(s->available(), 1);
  other.release();
  EXPECT_EQ(s->available(), 1);
}

TEST(process_semaphore, a_forgotten_permit_has_no_owner_and_anybody_may_release_it) {
  const shared_semaphore s(1);
  {
    permit mine = s->acquire_permit();
    mine.forget();
    EXPECT_FALSE(mine);
  }
  EXPECT_EQ(s->available(), 0);
  EXPECT_FALSE(s->try_acquire());
  s->release();
  EXPECT_TRUE(s->try_acquire());
}

TEST(process_semaphore, a_thread_may_own_several_permits_up_to_the_limit) {
  const shared_semaphore s(semaphore::owned_at_most + 2);
  std::vector<std::unique_ptr<permit>> all;
  for (unsigned i = 0; i < semaphore::owned_at_most; ++i)
    all.emplace_back(new permit(s->acquire_permit()));
  EXPECT_EQ(s->available(), 2);
  EXPECT_FALSE(s->try_acquire_permit());
  EXPECT_TRUE(s->try_acquire());
  all.pop_back();
  EXPECT_TRUE(s->try_acquire_permit());
}

TEST(process_semaphore, a_release_in_another_process_wakes_a_waiter) {
  const shared_semaphore s(0);
  test::child waiter([&] {
    s->acquire();
    return 0;
  });
  test::await_asleep(waiter.pid());
  s->release();
  EXPECT_EQ(waiter.wait(), 0);
  EXPECT_EQ(s->available(), 0);
}

TEST(process_semaphore, a_release_of_many_wakes_as_many) {
  const shared_semaphore s(0);
  std::vector<test::child> waiters;
  for (int i = 0; i < 3; ++i) waiters.emplace_back([&] { return s->acquire_permit() ? 0 : 1; });
  for (const test::child& waiter : waiters) test::await_asleep(waiter.pid());
  s->release(3);
  for (test::child& waiter : waiters) EXPECT_EQ(waiter.wait(), 0);
  EXPECT_EQ(s->available(), 3);
}

TEST(process_semaphore, the_end_of_a_permit_wakes_a_waiter) {
  const shared_semaphore s(1);
  std::optional<test::child> waiter;
  {
    const permit mine = s->acquire_permit();
    waiter.emplace([&] {
      s->acquire();
      return 0;
    });
    test::await_asleep(waiter->pid());
  }
  EXPECT_EQ(waiter->wait(), 0);
}

TEST(process_semaphore, waits_end_at_their_deadline) {
  const shared_semaphore s(0);
  EXPECT_FALSE(s->try_acquire_for(1ms));
  EXPECT_FALSE(s->try_acquire_for(-1ms));
  EXPECT_FALSE(s->try_acquire_until(std::chrono::steady_clock::now() + 1ms));
  EXPECT_FALSE(s->try_acquire_until(std::chrono::system_clock::now() + 1ms));
  EXPECT_FALSE(s->try_acquire_until(test::counting_clock::now() + 5ms));
  EXPECT_FALSE(s->try_acquire_until(deadline::in(1ms)));
  EXPECT_FALSE(s->try_acquire_permit_for(1ms));
  EXPECT_FALSE(s->try_acquire_permit_until(deadline::already_past()));
  s->release();
  EXPECT_TRUE(s->try_acquire_for(-1ms));
}

TEST(process_semaphore, a_stop_ends_a_wait) {
  const shared_semaphore s(0);
  std::stop_source stop;
  std::atomic<pid_t> waits{0};
  std::thread waiter([&] {
    waits = ::gettid();
    EXPECT_FALSE(s->acquire(stop.get_token()));
    EXPECT_FALSE(s->acquire_permit(stop.get_token()));
  });
  while (waits == 0) ::usleep(50);
  test::await_asleep(waits);
  stop.request_stop();
  waiter.join();
  s->release();
  EXPECT_FALSE(s->acquire(stop.get_token())) << "it was requested before";
  EXPECT_FALSE(s->try_acquire_until(deadline::never(), stop.get_token()));
  EXPECT_TRUE(s->acquire(std::stop_source().get_token()));
}

TEST(process_semaphore, a_fiber_is_refused) {
  const shared_semaphore s(1);
  const test::fake_task fiber;
  try {
    s->acquire();
    ADD_FAILURE() << "was not refused";
  } catch (const process::error& refused) {
    EXPECT_EQ(refused.why(), process::cause::in_fiber);
  }
  EXPECT_EQ(s->available(), 1);
}

TEST(process_semaphore, is_found_by_its_name) {
  const test::own_directory directory;
  const process::in_directory place{directory.path()};
  const auto mine = process::open_semaphore("slots", 2, place);
  test::child child([&] {
    const auto other = process::open_semaphore("slots", 77, place, process::open_only);
    return other->available() == 2 && other->try_acquire() ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(mine->available(), 1);
  EXPECT_THROW(static_cast<void>(process::open_semaphore("slots", 2, place, process::exclusive)),
               process::error);
  EXPECT_THROW(static_cast<void>(process::open<int>("slots", place)), process::error);
  EXPECT_THROW(static_cast<void>(process::open_semaphore("b", 2, place, process::double_buffered)),
               process::error);
  EXPECT_THROW(static_cast<void>(process::open_semaphore("b", -2, place)), std::system_error);
}

struct pool {
  semaphore free{3};
  long used = 0;
};

}  // namespace

template <>
inline constexpr bool holdfast::process::enable_shareable<pool> = true;

namespace {

TEST(process_semaphore, may_be_a_part_of_the_data_of_a_mutex) {
  const test::own_directory directory;
  auto mine = process::open<pool>("pool", process::in_directory{directory.path()});
  EXPECT_TRUE(mine.lock()->free.try_acquire());
  auto again = process::open<pool>("pool", process::in_directory{directory.path()});
  EXPECT_EQ(again.lock()->free.available(), 2);
}

}  // namespace
