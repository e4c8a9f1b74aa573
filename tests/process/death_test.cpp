// SPDX-License-Identifier: BSL-1.0
// Owners that die, in every way there is: the next one is in, and knows it.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/process/process.hpp"

#include "support/child.hpp"
#include "support/process_engines.hpp"
#include "support/scale.hpp"

namespace {

using namespace holdfast;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

using counter = process::mutex<long>;
using owner = process::guard<long>;

class death : public test::process_test {
 protected:
  // Somebody becomes the owner in a process of its own, says so, and ends by `die(mutex, guard)`.
  // Whoever comes next must get the lock, and be told by whom it was left. `lives_on`: the process is
  // still there when that happens.
  void expect_told_after(const std::function<void(counter&, owner&)>& die, bool lives_on = false) {
    auto mine = open<long>("a");
    const std::uint64_t before = mine.lock().token();
    test::line is_owner;
    test::child child([&] {
      auto other = open<long>("a", process::label{"the late owner"});
      auto* const held = new owner(other.lock());
      **held = 13;
      is_owner.say();
      die(other, *held);
      return 97;
    });
    ASSERT_EQ(is_owner.hear(), '!');
    try {
      static_cast<void>(mine.lock());
      ADD_FAILURE() << "was not told";
    } catch (const process::poisoned& told) {
      EXPECT_EQ(told.culprit().pid, static_cast<std::uint32_t>(child.pid()));
      EXPECT_EQ(told.token(), before + 1);
      EXPECT_THAT(told.what(), HasSubstr("the late owner"));
      EXPECT_THAT(told.what(), HasSubstr("since 20"));
      const std::int64_t age = process::detail::civil_now() - told.culprit().since;
      EXPECT_GT(age, -1'000'000'000);
      EXPECT_LT(age, 300'000'000'000) << "since is about now";
    }
    if (lives_on) {
      EXPECT_EQ(::kill(child.pid(), 0), 0);
      child.kill();
    }
    static_cast<void>(child.wait());
    EXPECT_FALSE(mine.lock_or_repair([](long& value) { value = 1; }).was_poisoned());
    EXPECT_EQ(mine.copy(), 1);
  }

  static void live_on() {
    for (;;) ::pause();
  }
};
INSTANTIATE_TEST_SUITE_P(engines, death, test::all_engines, test::name_of_engine);

TEST_P(death, by_kill_is_told) {
  expect_told_after([](counter&, owner&) { ::raise(SIGKILL); });
}

TEST_P(death, by_exit_is_told) {
  expect_told_after([](counter&, owner&) { ::_exit(3); });
}

TEST_P(death, by_abort_is_told) {
  expect_told_after([](counter&, owner&) {
    ::signal(SIGABRT, SIG_DFL);
    std::abort();
  });
}

TEST_P(death, by_becoming_another_program_is_told) {
  expect_told_after([](counter&, owner&) { ::execl("/bin/sleep", "sleep", "300", nullptr); }, true);
}

TEST_P(death, of_the_thread_alone_is_told) {
  auto mine = open<long>("a");
  test::line is_owner;
  test::child child([&] {
    auto other = open<long>("a", process::label{"a thread"});
    std::thread([&] { static_cast<void>(new owner(other.lock())); }).join();
    is_owner.say();
    live_on();
    return 97;
  });
  ASSERT_EQ(is_owner.hear(), '!');
  EXPECT_TRUE(mine.lock(even_if_poisoned).was_poisoned());
  EXPECT_EQ(::kill(child.pid(), 0), 0) << "the process lives on";
}

TEST_P(death, of_a_thread_is_told_to_another_of_its_process) {
  auto mine = open<long>("a");
  owner* left_behind = nullptr;
  std::thread([&] { left_behind = new owner(mine.lock()); }).join();
  EXPECT_TRUE(mine.lock(even_if_poisoned).was_poisoned());
  EXPECT_TRUE(mine.is_poisoned());
  delete left_behind;  // owns nothing any more
  EXPECT_TRUE(mine.try_lock(even_if_poisoned));
}

TEST_P(death, with_several_locks_is_told_by_each) {
  std::vector<counter> mine;
  const std::vector<std::string> names = {"a", "b", "c"};
  for (const std::string& name : names) mine.push_back(open<long>(name.c_str()));
  test::line is_owner;
  test::child child([&] {
    for (const std::string& name : names) {
      auto* const other = new counter(open<long>(name.c_str()));
      static_cast<void>(new owner(other->lock()));
    }
    is_owner.say();
    live_on();
    return 97;
  });
  ASSERT_EQ(is_owner.hear(), '!');
  child.kill();
  for (counter& each : mine) EXPECT_TRUE(each.lock(even_if_poisoned).was_poisoned());
}

TEST_P(death, is_seen_by_a_glance_before_anybody_has_locked) {
  auto mine = open<long>("a");
  test::child child([&] {
    auto other = open<long>("a");
    static_cast<void>(new owner(other.lock()));
    return 0;
  });
  ASSERT_EQ(child.wait(), 0);
  EXPECT_TRUE(mine.is_poisoned());
  mine.clear_poison();
  EXPECT_FALSE(mine.lock(even_if_poisoned).was_poisoned());
}

TEST_P(death, of_who_repairs_leaves_it_poisoned) {
  auto mine = open<long>("a");
  test::child first([&] {
    auto other = open<long>("a");
    static_cast<void>(new owner(other.lock()));
    return 0;
  });
  ASSERT_EQ(first.wait(), 0);
  for (int i = 0; i < 2; ++i) {
    test::child child([&] {
      auto other = open<long>("a");
      const auto repaired = other.lock_or_repair([](long&) { ::_exit(0); });
      return repaired ? 97 : 98;
    });
    ASSERT_EQ(child.wait(), 0);
  }
  EXPECT_TRUE(mine.lock(even_if_poisoned).was_poisoned());
}

TEST_P(death, leaves_the_last_finished_value_where_the_data_are_kept_twice) {
  auto mine = open<long>("a", process::double_buffered, process::initially{5L});
  test::child child([&] {
    auto other = open<long>("a", process::double_buffered);
    other.set(6);
    auto held = other.lock();
    *held = -1;
    ::raise(SIGKILL);
    return 97;
  });
  EXPECT_EQ(child.wait(), 128 + SIGKILL);
  EXPECT_THROW(static_cast<void>(mine.lock()), process::poisoned);
  const auto recovered = mine.recover();
  EXPECT_EQ(*recovered, 6);
}

TEST_P(death, the_child_of_a_fork_does_not_own_what_its_parent_holds) {
  auto mine = open<long>("a");
  auto held = mine.lock();
  test::child child([&] {
    held.unlock();  // the guard that was inherited
    if (mine.try_lock() || open<long>("a").try_lock()) return 1;
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  test::child stranger([&] { return open<long>("a").try_lock() ? 1 : 0; });
  EXPECT_EQ(stranger.wait(), 0) << "the child released it";
  held.unlock();
  EXPECT_FALSE(mine.lock(even_if_poisoned).was_poisoned());
}

TEST_P(death, of_a_parent_is_told_although_its_child_lives_on) {
  auto mine = open<long>("a");
  test::line is_owner;
  test::line over;
  test::child parent([&] {
    auto other = open<long>("a");
    static_cast<void>(new owner(other.lock()));
    if (::fork() == 0) {
      is_owner.say();
      static_cast<void>(over.hear());
      ::_exit(0);
    }
    live_on();
    return 97;
  });
  ASSERT_EQ(is_owner.hear(), '!');
  parent.kill();
  EXPECT_TRUE(mine.lock(even_if_poisoned).was_poisoned());
  over.say();
}

TEST_P(death, the_child_of_a_fork_locks_for_itself) {
  auto mine = open<long>("a");
  mine.set(1);
  test::child child([&] {
    auto owns = mine.lock();
    *owns = 2;
    return owns.token() != 0 ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(mine.copy(), 2);
}

TEST_P(death, a_stopped_owner_is_waited_for_up_to_the_deadline) {
  auto mine = open<long>("a");
  test::line is_owner;
  test::line go_on;
  test::child child([&] {
    auto other = open<long>("a");
    auto held = other.lock();
    is_owner.say();
    static_cast<void>(go_on.hear());
    return 0;
  });
  ASSERT_EQ(is_owner.hear(), '!');
  child.send(SIGSTOP);
  EXPECT_FALSE(mine.try_lock_for(30ms));
  child.send(SIGCONT);
  go_on.say();
  EXPECT_FALSE(mine.lock().was_poisoned());
  EXPECT_EQ(child.wait(), 0);
}

TEST_P(death, in_another_pid_namespace_is_told_as_such) {
  auto mine = open<long>("a");
  test::line is_owner;
  test::child outer([&] {
    if (::unshare(CLONE_NEWPID) != 0) return 77;
    if (::fork() == 0) {  // the first of its namespace, where its parent has no number
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      auto other = open<long>("a");
      static_cast<void>(new owner(other.lock()));
      is_owner.say(::getpid() == 1 ? '!' : '?');
      live_on();
    }
    live_on();
    return 97;
  });
  const pid_t pid_of_outer = outer.pid();
  // The refusal of the system comes as the end of the child, without a word.
  std::thread silence([&] {
    if (outer.wait() == 77) is_owner.say('s');
  });
  const char said = is_owner.hear();
  if (said == 's') {
    silence.join();
    GTEST_SKIP() << "the system refuses a pid namespace";
  }
  ASSERT_EQ(said, '!');
  EXPECT_FALSE(mine.try_lock());
  ::kill(pid_of_outer, SIGKILL);  // and with it, by its parent-death signal, the owner
  try {
    static_cast<void>(mine.lock());
    ADD_FAILURE() << "was not told";
  } catch (const process::poisoned& told) {
    EXPECT_EQ(told.culprit().pid, 1U);
    EXPECT_THAT(told.what(), HasSubstr("of another pid namespace"));
  }
  silence.join();
}

TEST(held_locks, of_a_thread_are_all_released_at_its_death_and_one_too_many_is_refused) {
  if (test::under_thread_sanitizer) GTEST_SKIP() << "ThreadSanitizer knows of 64 locks of a thread";
  const test::own_directory directory;
  constexpr unsigned at_most = 1024;
  const auto open_one = [&](unsigned i) {
    return process::open<int>("m" + std::to_string(i), process::in_directory{directory.path()});
  };
  test::child child([&] {
    std::vector<std::unique_ptr<process::guard<int>>> held;
    std::vector<process::mutex<int>> all;
    for (unsigned i = 0; i <= at_most; ++i) all.push_back(open_one(i));
    for (unsigned i = 0; i < at_most; ++i)
      held.emplace_back(new process::guard<int>(all[i].lock()));
    test::child holds_none([&] { return all[at_most].lock().owns_lock() ? 0 : 1; });
    if (holds_none.wait() != 0) return 4;
    try {
      static_cast<void>(all[at_most].lock());
      return 1;
    } catch (const process::error& refused) {
      if (refused.why() != process::cause::too_many_held) return 2;
    }
    ::raise(SIGKILL);
    return 3;
  });
  ASSERT_EQ(child.wait(), 128 + SIGKILL);
  for (unsigned i = 0; i < at_most; ++i)
    ASSERT_TRUE(open_one(i).lock(even_if_poisoned).was_poisoned()) << i;
  EXPECT_FALSE(open_one(at_most).lock(even_if_poisoned).was_poisoned());
}

}  // namespace
