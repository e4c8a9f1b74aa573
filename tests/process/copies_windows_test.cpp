// SPDX-License-Identifier: BSL-1.0
// A program and a DLL with a static copy of the library each, and a lock of both: the system would let
// the same thread in twice.
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

#include "holdfast/process/process.hpp"

#include "platform/windows_api.hpp"
#include "process/copy_windows.hpp"
#include "support/process_engines.hpp"

namespace {

using namespace holdfast;

class copies : public test::process_test {
 protected:
  void SetUp() override {
    const char* const path = std::getenv("HOLDFAST_TEST_COPY");
    if (path == nullptr) GTEST_SKIP() << "HOLDFAST_TEST_COPY names no DLL";
    const HMODULE loaded = ::LoadLibraryA(path);
    ASSERT_NE(loaded, nullptr) << path << ": error " << ::GetLastError();
    come_ = reinterpret_cast<come_by_copy_type*>(
        reinterpret_cast<void*>(::GetProcAddress(loaded, "come_by_copy")));
    ASSERT_NE(come_, nullptr);
  }

  enum class by : bool { trying, waiting };
  come come_by_copy(by how) const {
    return static_cast<come>(
        come_(directory().path().c_str(), static_cast<int>(engine()), how == by::waiting));
  }

 private:
  come_by_copy_type* come_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(engines, copies, test::all_engines, test::name_of_engine);

TEST_P(copies, keep_each_other_out_also_in_the_same_thread) {
  auto mine = open<long>("a");
  {
    auto held = mine.lock();
    ASSERT_EQ(come_by_copy(by::trying), come::busy);
    EXPECT_EQ(come_by_copy(by::trying), come::busy) << "the first try has left nothing behind";
    std::thread([&] { EXPECT_EQ(come_by_copy(by::trying), come::busy); }).join();
    *held = 5;
  }
  EXPECT_EQ(come_by_copy(by::waiting), come::in);
  std::thread([&] { EXPECT_EQ(come_by_copy(by::waiting), come::in); }).join();
  EXPECT_EQ(mine.copy(), 5);
  EXPECT_FALSE(mine.is_poisoned());
}

// Of a lock in a file the system does not say whose thread has it.
TEST_P(copies, tell_a_thread_that_it_would_wait_for_itself) {
  if (engine() == process::engine::file) GTEST_SKIP() << "waits until the file is free";
  auto mine = open<long>("a");
  {
    const auto held = mine.lock();
    ASSERT_EQ(come_by_copy(by::waiting), come::would_deadlock);
  }
  std::thread([&] { EXPECT_EQ(come_by_copy(by::waiting), come::in); }).join();
  EXPECT_FALSE(mine.is_poisoned());
}

TEST_P(copies, tell_each_other_of_a_death) {
  auto mine = open<long>("a");
  std::thread([&] { new process::guard<long>(mine.lock()); }).join();
  EXPECT_EQ(come_by_copy(by::trying), come::poisoned);
  mine.clear_poison();
  EXPECT_EQ(come_by_copy(by::trying), come::in);
}

}  // namespace
