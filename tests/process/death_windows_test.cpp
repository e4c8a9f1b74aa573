// SPDX-License-Identifier: BSL-1.0
// Processes of Windows that share a mutex and die: the next owner is in, and knows it. This program
// starts itself again, as who lives and dies in the tests.
#include <chrono>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/process/process.hpp"

#include "platform/windows_api.hpp"
#include "support/own_directory.hpp"
#include "support/process_engines.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace {

using namespace holdfast;
using ::testing::HasSubstr;

// Changed together by whoever is in: different, they say that somebody did not finish.
struct account {
  long one = 0;
  long other = 0;
};

// What a helper gets to know: its part, where, how, and the event by which it says that it is there.
struct orders {
  std::string part;
  std::string place;
  process::engine engine = process::engine::shared_memory;
  HANDLE here = nullptr;

  process::mutex<account> open() const {
    return process::open<account>("a", engine, process::in_directory{place},
                                  process::label{"the late owner"});
  }
  void say() const { ::SetEvent(here); }
};

[[noreturn]] void live_on() {
  for (;;) ::Sleep(INFINITE);
}

int hold(const orders& mine) {
  auto mutex = mine.open();
  auto held = mutex.lock();
  held->one = 13;
  mine.say();
  live_on();
}

int leave_by_exit(const orders& mine) {
  auto mutex = mine.open();
  auto held = mutex.lock();
  held->one = 13;
  mine.say();
  ::ExitProcess(3);
}

int lose_a_thread(const orders& mine) {
  auto mutex = mine.open();
  std::thread([&] {
    auto* const held = new process::guard<account>(mutex.lock());
    (*held)->one = 13;
  }).join();
  mine.say();
  live_on();
}

// The system runs nothing at the end of a thread that is terminated.
int terminate_a_thread(const orders& mine) {
  auto mutex = mine.open();
  struct owner {
    process::mutex<account>& mutex;
    HANDLE is_in = ::CreateEventW(nullptr, FALSE, FALSE, nullptr);
    static DWORD WINAPI run(void* self) {
      auto held = static_cast<owner*>(self)->mutex.lock();
      held->one = 13;
      ::SetEvent(static_cast<owner*>(self)->is_in);
      live_on();
    }
  } owner{mutex};
  const HANDLE thread = ::CreateThread(nullptr, 0, owner::run, &owner, 0, nullptr);
  ::WaitForSingleObject(owner.is_in, INFINITE);
  ::TerminateThread(thread, 0);
  ::WaitForSingleObject(thread, INFINITE);
  const auto next =
      mutex.try_lock_for(std::chrono::milliseconds(test::patience_ms), even_if_poisoned);
  ::TerminateProcess(::GetCurrentProcess(), next && next.was_poisoned() ? 4 : 5);
  live_on();
}

int be_kept_out(const orders& mine) { return mine.open().try_lock() ? 1 : 0; }

int wait(const orders& mine) {
  auto mutex = mine.open();
  mine.say();
  return mutex.lock()->one == 5 ? 0 : 2;
}

constexpr long rounds_of_counters = 200;

int count(const orders& mine) {
  auto mutex = mine.open();
  for (long i = 0; i < rounds_of_counters; ++i) {
    auto owner = mutex.lock();
    owner->one += 1;
    owner->other += 1;
  }
  return 0;
}

int change_for_ever(const orders& mine) {
  auto mutex = mine.open();
  mine.say();
  for (;;) {
    auto owner = mutex.lock(even_if_poisoned);
    if (owner.was_poisoned()) {
      owner->other = owner->one;
      mutex.clear_poison();
    }
    owner->one += 1;
    for (int i = 0; i < 100; ++i) platform::pause();
    owner->other += 1;
  }
}

int play(int count_of_words, char** words) {
  static const std::map<std::string, int (*)(const orders&)> parts = {
      {"hold", hold},
      {"leave_by_exit", leave_by_exit},
      {"lose_a_thread", lose_a_thread},
      {"terminate_a_thread", terminate_a_thread},
      {"be_kept_out", be_kept_out},
      {"wait", wait},
      {"count", count},
      {"change_for_ever", change_for_ever}};
  if (count_of_words != 6) return 90;
  orders mine;
  mine.part = words[2];
  mine.place = words[3];
  mine.engine = static_cast<process::engine>(std::atoi(words[4]));
  mine.here = reinterpret_cast<HANDLE>(std::strtoull(words[5], nullptr, 10));
  try {
    return parts.at(mine.part)(mine);
  } catch (const std::exception& thrown) {
    std::fprintf(stderr, "in the helper: %s\n", thrown.what());
  }
  return 99;
}

// A process of this program that dies with the test.
class helper {
 public:
  helper(const char* part, const std::string& place, process::engine engine) {
    SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
    here_ = ::CreateEventW(&inherited, FALSE, FALSE, nullptr);
    wchar_t self[MAX_PATH];
    ::GetModuleFileNameW(nullptr, self, MAX_PATH);
    const std::string words = std::string(" --part ") + part + " \"" + place + "\" " +
                              std::to_string(static_cast<int>(engine)) + " " +
                              std::to_string(reinterpret_cast<std::uintptr_t>(here_));
    std::wstring line =
        L"\"" + std::wstring(self) + L"\"" + std::wstring(words.begin(), words.end());
    STARTUPINFOW start{};
    start.cb = sizeof start;
    PROCESS_INFORMATION made{};
    if (::CreateProcessW(self, line.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &start,
                         &made) == 0)
      throw std::runtime_error("no helper");
    ::CloseHandle(made.hThread);
    process_ = made.hProcess;
    pid_ = made.dwProcessId;
    ::AssignProcessToJobObject(job(), process_);
  }
  helper(const helper&) = delete;
  helper& operator=(const helper&) = delete;
  ~helper() {
    kill();
    ::CloseHandle(process_);
    ::CloseHandle(here_);
  }

  std::uint32_t pid() const noexcept { return pid_; }
  bool lives() const noexcept { return ::WaitForSingleObject(process_, 0) == WAIT_TIMEOUT; }

  // Whether it said that it is there.
  bool is_heard() const noexcept {
    const HANDLE either[] = {here_, process_};
    return ::WaitForMultipleObjects(2, either, FALSE, test::patience_ms) == WAIT_OBJECT_0;
  }
  void kill() const noexcept {
    ::TerminateProcess(process_, 9);
    ::WaitForSingleObject(process_, test::patience_ms);
  }
  // Its exit code. 1000: it did not end.
  int wait() const noexcept {
    DWORD code = 1000;
    if (::WaitForSingleObject(process_, test::patience_ms) == WAIT_OBJECT_0)
      ::GetExitCodeProcess(process_, &code);
    return static_cast<int>(code);
  }

 private:
  static HANDLE job() {
    static const HANDLE all = [] {
      const HANDLE made = ::CreateJobObjectW(nullptr, nullptr);
      JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
      limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
      ::SetInformationJobObject(made, JobObjectExtendedLimitInformation, &limits, sizeof limits);
      return made;
    }();
    return all;
  }

  HANDLE here_ = nullptr;
  HANDLE process_ = nullptr;
  std::uint32_t pid_ = 0;
};

class death : public test::process_test {
 protected:
  process::mutex<account> open_account() const { return open<account>("a"); }
  helper start(const char* part) const { return {part, directory().path(), engine()}; }

  // The next owner is told by whom it was left, and may go on.
  void expect_told(process::mutex<account>& mine, std::uint32_t pid, std::uint64_t token) const {
    try {
      static_cast<void>(mine.lock());
      ADD_FAILURE() << "was not told";
    } catch (const process::poisoned& told) {
      EXPECT_EQ(told.culprit().pid, pid);
      EXPECT_EQ(told.token(), token);
      EXPECT_THAT(told.what(), HasSubstr("the late owner"));
      EXPECT_THAT(told.what(), HasSubstr("since 20"));
    }
    EXPECT_TRUE(mine.is_poisoned());
    EXPECT_EQ(mine.lock(even_if_poisoned)->one, engine() == process::engine::file ? 0 : 13)
        << "what is not mapped is written at the end";
    EXPECT_FALSE(mine.lock_or_repair([](account& a) { a = {}; }).was_poisoned());
    EXPECT_EQ(mine.copy().one, 0);
  }
};
INSTANTIATE_TEST_SUITE_P(engines, death, test::all_engines, test::name_of_engine);

TEST_P(death, by_terminate_process_is_told) {
  auto mine = open_account();
  const std::uint64_t before = mine.lock().token();
  const helper owner = start("hold");
  ASSERT_TRUE(owner.is_heard());
  EXPECT_FALSE(mine.try_lock());
  owner.kill();
  expect_told(mine, owner.pid(), before + 1);
}

TEST_P(death, while_somebody_waits_is_told_to_whoever_waits) {
  auto mine = open_account();
  const std::uint64_t before = mine.lock().token();
  const helper owner = start("hold");
  ASSERT_TRUE(owner.is_heard());
  std::thread killer([&] { owner.kill(); });
  expect_told(mine, owner.pid(), before + 1);
  killer.join();
}

TEST_P(death, by_exit_is_told) {
  auto mine = open_account();
  const std::uint64_t before = mine.lock().token();
  const helper owner = start("leave_by_exit");
  ASSERT_TRUE(owner.is_heard());
  expect_told(mine, owner.pid(), before + 1);
  EXPECT_EQ(owner.wait(), 3);
}

TEST_P(death, of_the_thread_alone_is_told) {
  auto mine = open_account();
  const std::uint64_t before = mine.lock().token();
  const helper owner = start("lose_a_thread");
  ASSERT_TRUE(owner.is_heard());
  expect_told(mine, owner.pid(), before + 1);
  EXPECT_TRUE(owner.lives());
}

TEST_P(death, of_a_thread_by_terminate_thread_is_told_to_another_of_its_process) {
  EXPECT_EQ(start("terminate_a_thread").wait(), 4);
}

TEST_P(death, of_a_thread_is_told_to_another_of_its_process) {
  auto mine = open_account();
  process::guard<account>* left_behind = nullptr;
  std::thread([&] { left_behind = new process::guard<account>(mine.lock()); }).join();
  EXPECT_TRUE(mine.lock(even_if_poisoned).was_poisoned());
  EXPECT_TRUE(mine.is_poisoned());
  delete left_behind;  // owns nothing any more
  mine.clear_poison();
  EXPECT_TRUE(mine.try_lock());
}

TEST_P(death, leaves_what_was_finished_where_data_are_kept_twice) {
  auto mine = open<account>("b", process::double_buffered);
  mine.set({1, 1});
  std::thread([&] {
    auto* const held = new process::guard<account>(mine.lock());
    (*held)->one = 2;
  }).join();
  EXPECT_EQ(mine.recover()->one, 1);
}

TEST_P(death, processes_keep_each_other_out_and_let_each_other_in) {
  auto mine = open_account();
  auto held = mine.lock();
  EXPECT_EQ(start("be_kept_out").wait(), 0);
  const helper waiter = start("wait");
  ASSERT_TRUE(waiter.is_heard());
  held->one = 5;
  held.unlock();
  EXPECT_EQ(waiter.wait(), 0);
}

TEST_P(death, processes_that_make_it_at_once_count_right) {
  const helper first = start("count");
  const helper second = start("count");
  const helper third = start("count");
  EXPECT_EQ(first.wait(), 0);
  EXPECT_EQ(second.wait(), 0);
  EXPECT_EQ(third.wait(), 0);
  EXPECT_EQ(open_account().copy().one, 3 * rounds_of_counters);
}

// Half a change is found only by who was told of it.
TEST_P(death, at_any_moment_leaves_whole_data_or_is_told) {
  test::random_numbers random(0);
  auto mine = open_account();
  const int kills = static_cast<int>(test::scaled(10));
  for (int i = 0; i < kills; ++i) {
    const helper first = start("change_for_ever");
    const helper second = start("change_for_ever");
    ASSERT_TRUE(first.is_heard());
    ASSERT_TRUE(second.is_heard());
    const std::uint64_t moment = mine.lock(even_if_poisoned).token() + random.below(50);
    while (mine.lock(even_if_poisoned).token() < moment) {
    }
    first.kill();
    {
      auto owner = mine.lock(even_if_poisoned);
      if (!owner.was_poisoned()) {
        EXPECT_EQ(owner->one, owner->other);
      }
    }
    second.kill();
    auto owner = mine.lock(even_if_poisoned);
    if (!owner.was_poisoned()) {
      EXPECT_EQ(owner->one, owner->other);
    }
    owner->other = owner->one;
    mine.clear_poison();
  }
}

}  // namespace

int main(int count_of_words, char** words) {
  if (count_of_words > 1 && std::string(words[1]) == "--part") return play(count_of_words, words);
  ::testing::InitGoogleTest(&count_of_words, words);
  return RUN_ALL_TESTS();
}
