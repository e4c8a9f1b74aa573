// SPDX-License-Identifier: BSL-1.0
// Owners of a permit between processes that die in every way: the permit comes back, and the next one
// is told.
#include <signal.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <new>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/process/semaphore.hpp"

#include "support/asleep.hpp"
#include "support/child.hpp"
#include "support/shared_page.hpp"

namespace {

using namespace holdfast;
using process::permit;
using process::semaphore;
using shared_semaphore = test::shared_page<semaphore>;

// Takes a permit in a process of its own, and ends by `die`.
void expect_back_after(const std::function<void()>& die) {
  const shared_semaphore s(1);
  const test::line is_owner;
  test::child owner([&] {
    auto* const mine = new permit(s->acquire_permit());
    if (!*mine) return 96;
    is_owner.say();
    die();
    return 97;
  });
  ASSERT_EQ(is_owner.hear(), '!');
  {
    const permit next = s->acquire_permit();
    EXPECT_TRUE(next.was_abandoned());
    EXPECT_EQ(next.last_owner().pid, static_cast<std::uint32_t>(owner.pid()));
  }
  EXPECT_FALSE(s->acquire_permit().was_abandoned()) << "it has been told already";
  EXPECT_EQ(s->abandoned(), 1U);
  EXPECT_EQ(s->available(), 1);
  owner.kill();
}

TEST(semaphore_death, by_kill) {
  expect_back_after([] { ::raise(SIGKILL); });
}
TEST(semaphore_death, by_exit) {
  expect_back_after([] { ::_exit(0); });
}
TEST(semaphore_death, by_abort) {
  expect_back_after([] { ::abort(); });
}
TEST(semaphore_death, by_another_program_in_its_process) {
  expect_back_after([] { ::execl("/bin/sleep", "sleep", "60", static_cast<char*>(nullptr)); });
}
TEST(semaphore_death, by_a_kill_from_elsewhere_while_others_sleep_for_it) {
  const shared_semaphore s(1);
  const test::line is_owner;
  test::child owner([&] {
    const permit mine = s->acquire_permit();
    is_owner.say();
    ::pause();
    return 97;
  });
  ASSERT_EQ(is_owner.hear(), '!');
  test::child first([&] { return s->acquire_permit() ? 0 : 1; });
  test::child second([&] { return s->acquire_permit() ? 0 : 1; });
  test::await_asleep(first.pid());
  test::await_asleep(second.pid());
  owner.kill();
  EXPECT_EQ(first.wait(), 0);
  EXPECT_EQ(second.wait(), 0);
}

TEST(semaphore_death, of_a_thread_whose_process_lives_on) {
  const shared_semaphore s(1);
  alignas(permit) std::byte never_ends[sizeof(permit)];
  std::thread([&] { ::new (never_ends) permit(s->acquire_permit()); }).join();
  const permit next = s->acquire_permit();
  EXPECT_TRUE(next.was_abandoned());
  EXPECT_EQ(next.last_owner().pid, static_cast<std::uint32_t>(::getpid()));
}

TEST(semaphore_death, the_child_of_a_fork_owns_nothing) {
  const shared_semaphore s(1);
  const permit mine = s->acquire_permit();
  test::child child([&] {
    const_cast<permit&>(mine).release();
    return s->try_acquire_permit() ? 1 : 0;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(s->available(), 0);
  EXPECT_EQ(s->abandoned(), 0U);
}

TEST(semaphore_death, a_permit_without_an_owner_is_gone_with_its_taker) {
  const shared_semaphore s(2);
  test::child taker([&] {
    s->acquire();
    ::raise(SIGKILL);
    return 97;
  });
  static_cast<void>(taker.wait());
  EXPECT_TRUE(s->try_acquire());
  EXPECT_FALSE(s->try_acquire());
}

TEST(semaphore_death, a_stopped_waiter_delays_nobody) {
  const shared_semaphore s(0);
  test::child stopped([&] {
    s->acquire();
    return 0;
  });
  test::await_asleep(stopped.pid());
  stopped.send(SIGSTOP);
  while (test::state_of_thread(stopped.pid()) != 'T') ::usleep(50);
  test::child other([&] {
    s->acquire();
    return 0;
  });
  test::await_asleep(other.pid());
  s->release();
  EXPECT_EQ(other.wait(), 0);
  s->release();
  stopped.send(SIGCONT);
  EXPECT_EQ(stopped.wait(), 0);
}

}  // namespace
