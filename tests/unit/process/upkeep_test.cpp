// SPDX-License-Identifier: BSL-1.0
// Removing and healing what processes share, by its name alone.
#include "holdfast/process/upkeep.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/process/condition.hpp"
#include "holdfast/process/process.hpp"
#include "holdfast/process/semaphore.hpp"
#include "holdfast/process/shared_mutex.hpp"

#include "support/child.hpp"
#include "support/emulated.hpp"
#include "support/killed_crowd.hpp"
#include "support/process_engines.hpp"
#include "support/scale.hpp"

namespace {

using namespace holdfast;
using process::cause;
using ::testing::HasSubstr;

template <class F>
void expect_refused(cause why, F f) {
  try {
    static_cast<void>(f());
    ADD_FAILURE() << "was not refused";
  } catch (const process::error& refused) {
    EXPECT_EQ(refused.why(), why) << refused.what();
    EXPECT_THAT(refused.what(), HasSubstr("\"a\""));
  }
}

class upkeep : public test::process_test {
 protected:
  bool remove(const char* name = "a") const { return process::remove(name, place()); }
  std::optional<process::owner_record> heal() const {
    return process::heal("a", deadline::already_past(), place());
  }
  // False: somebody uses it.
  bool is_removed() const {
    try {
      return remove();
    } catch (const process::error& refused) {
      EXPECT_EQ(refused.why(), cause::busy) << refused.what();
      return false;
    }
  }
  // By a process that dies with the data in its hands.
  template <class... Options>
  pid_t poison(const Options&... how) const {
    test::child owner([&] {
      auto mine = open<int>("a", process::label{"the late owner"}, how...);
      const auto guard = mine.lock();
      *guard = 13;
      guard.token() != 0 ? ::_exit(0) : ::_exit(1);
      return 2;
    });
    const pid_t pid = owner.pid();
    EXPECT_EQ(owner.wait(), 0);
    return pid;
  }
};
INSTANTIATE_TEST_SUITE_P(engines, upkeep, test::all_engines, test::name_of_engine);

TEST_P(upkeep, removes_what_nobody_uses_and_the_next_opener_makes_a_new_one) {
  EXPECT_FALSE(remove()) << "there is none";
  open<int>("a", process::initially{7}).set(8);
  EXPECT_TRUE(remove());
  EXPECT_EQ(directory().entries(), 0U);
  EXPECT_EQ(open<int>("a", process::initially{7}).copy(), 7);
}

TEST_P(upkeep, removes_nothing_that_this_or_another_process_uses) {
  {
    const auto first = open<int>("a");
    const auto second = open<int>("a");
    expect_refused(cause::busy, [&] { return remove(); });
  }
  const test::line is_open, go_home;
  test::child user([&] {
    const auto mine = open<int>("a");
    is_open.say();
    return go_home.hear() == '!' ? 0 : 1;
  });
  ASSERT_EQ(is_open.hear(), '!');
  expect_refused(cause::busy, [&] { return remove(); });
  go_home.say();
  EXPECT_EQ(user.wait(), 0);
  EXPECT_TRUE(remove());
}

TEST_P(upkeep, a_mutex_that_is_opened_again_is_in_use_again) {
  open<int>("a").set(1);
  const auto again = open<int>("a");
  EXPECT_EQ(again.copy(), 1);
  EXPECT_EQ(test::child([&] {
              expect_refused(cause::busy, [&] { return remove(); });
              return HasFailure() ? 1 : 0;
            }).wait(),
            0);
}

TEST_P(upkeep, the_child_of_a_fork_uses_what_its_parent_had_open) {
  std::optional<process::mutex<int>> mine(open<int>("a"));
  const test::line go_home, has_begun;
  test::child inheritor([&] {
    has_begun.say();
    return go_home.hear() == '!' && mine->lock().owns_lock() ? 0 : 1;
  });
  ASSERT_EQ(has_begun.hear(), '!');
  mine.reset();
  expect_refused(cause::busy, [&] { return remove(); });
  go_home.say();
  EXPECT_EQ(inheritor.wait(), 0);
  EXPECT_TRUE(remove());
}

TEST_P(upkeep, who_is_killed_or_execs_uses_nothing_any_more) {
  EXPECT_NE(poison(), 0);
  EXPECT_TRUE(remove()) << "with the poison";
  const test::line is_open;
  test::child user([&] {
    const auto mine = open<int>("a");
    is_open.say();
    ::execl("/bin/sleep", "sleep", "60", nullptr);
    return 1;
  });
  ASSERT_EQ(is_open.hear(), '!');
  EXPECT_TRUE(test::await([&] { return is_removed(); }));
  EXPECT_EQ(::kill(user.pid(), 0), 0) << "it lives";
}

TEST_P(upkeep, whoever_opens_while_it_is_removed_has_the_one_that_others_find) {
  std::atomic<bool> over{false};
  std::atomic<int> removed{0};
  std::thread remover([&] {
    while (!over) removed += is_removed() ? 1 : 0;
  });
  for (std::size_t i = 0; i < test::scaled(100); ++i) {
    {
      auto mine = open<int>("a");
      const auto same = open<int>("a", process::open_only);
      mine.set(static_cast<int>(i) + 1);
      EXPECT_EQ(same.copy(), static_cast<int>(i) + 1);
    }
    // So that the next one is made while somebody tries to remove it.
    if (test::await([&] { return removed > static_cast<int>(i); })) continue;
    ADD_FAILURE() << "it stays";
    break;
  }
  over = true;
  remover.join();
}

TEST_P(upkeep, healing_tells_who_did_not_finish_and_leaves_the_data) {
  if (engine() == process::engine::shared_memory) {
    HOLDFAST_TEST_NEEDS_ROBUST_MUTEXES();
  }
  expect_refused(cause::missing, [&] { return heal(); });
  const pid_t culprit = poison();
  const auto told = heal();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->pid, static_cast<std::uint32_t>(culprit));
  EXPECT_STREQ(told->label, "the late owner");
  auto mine = open<int>("a");
  EXPECT_FALSE(mine.is_poisoned());
  EXPECT_EQ(mine.lock().token(), told->token + 2) << "healing was an owner, too";
  EXPECT_EQ(mine.copy(), engine() == process::engine::file ? 0 : 13) << "as it was left";
  EXPECT_FALSE(heal()) << "nothing is left to heal";
}

TEST_P(upkeep, healing_data_that_are_kept_twice_leaves_those_that_were_finished) {
  if (engine() == process::engine::shared_memory) {
    HOLDFAST_TEST_NEEDS_ROBUST_MUTEXES();
  }
  open<int>("a", process::double_buffered).set(5);
  EXPECT_NE(poison(process::double_buffered), 0);
  EXPECT_TRUE(heal());
  EXPECT_EQ(open<int>("a", process::double_buffered).copy(), 5);
}

TEST_P(upkeep, healing_waits_for_an_owner_no_longer_than_told) {
  auto mine = open<int>("a");
  const auto guard = mine.lock();
  EXPECT_EQ(test::child([&] {
              expect_refused(cause::busy, [&] { return heal(); });
              expect_refused(cause::busy, [&] {
                return process::heal("a", deadline::in(std::chrono::milliseconds(2)), place());
              });
              return HasFailure() ? 1 : 0;
            }).wait(),
            0);
}

TEST(upkeep_of_others, heals_a_shared_mutex_and_no_semaphore) {
  HOLDFAST_TEST_NEEDS_ROBUST_MUTEXES();
  const test::own_directory directory;
  const process::in_directory place{directory.path()};
  test::child writer([&] {
    auto mine = process::open_shared<int>("a", place);
    const auto guard = mine.lock();
    ::_exit(guard ? 0 : 1);
    return 2;
  });
  EXPECT_EQ(writer.wait(), 0);
  {
    const auto mine = process::open_shared<int>("a", place);
    const auto reader = mine.lock_shared(even_if_poisoned);
    EXPECT_TRUE(reader.was_poisoned());
    EXPECT_EQ(test::child([&] {
                expect_refused(cause::busy,
                               [&] { return process::heal("a", deadline::already_past(), place); });
                return ::testing::Test::HasFailure() ? 1 : 0;
              }).wait(),
              0)
        << "while it is read";
  }
  EXPECT_TRUE(process::heal("a", deadline::already_past(), place));
  EXPECT_FALSE(process::open_shared<int>("a", place).is_poisoned());
  EXPECT_TRUE(process::remove("a", place));
  EXPECT_EQ(test::child([&] {
              process::open_semaphore("a", 1, place)->acquire();
              process::open_condition("b", place)->notify_one();
              expect_refused(cause::busy, [&] { return process::remove("a", place); });
              expect_refused(cause::unsupported,
                             [&] { return process::heal("a", deadline::already_past(), place); });
              return ::testing::Test::HasFailure() ? 1 : 0;
            }).wait(),
            0);
  EXPECT_TRUE(process::remove("a", place));
  EXPECT_TRUE(process::remove("b", place));
}

TEST(upkeep_of_others, removes_what_is_damaged_and_nothing_that_is_not_ours) {
  const test::own_directory directory;
  const process::in_directory place{directory.path()};
  {
    const auto whole = process::open<int>("a", place);
  }
  std::filesystem::resize_file(directory / "a.segment", 700);
  expect_refused(cause::corrupted,
                 [&] { return process::heal("a", deadline::already_past(), place); });
  EXPECT_TRUE(process::remove("a", place));
  std::ofstream(directory / "a.segment") << "my diary, which is longer than a few bytes";
  expect_refused(cause::foreign, [&] { return process::remove("a", place); });
  EXPECT_EQ(directory.entries(), 1U);
}

}  // namespace
