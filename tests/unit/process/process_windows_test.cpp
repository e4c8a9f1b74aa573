// SPDX-License-Identifier: BSL-1.0
// What Windows does otherwise: where locks lie, what they may be called, whose files are left alone.
#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/process/directory.hpp"
#include "holdfast/process/listing.hpp"
#include "holdfast/process/lock_file.hpp"
#include "holdfast/process/process.hpp"

#include "platform/windows_api.hpp"
#include "process/header.hpp"
#include "support/own_directory.hpp"
#include "support/scale.hpp"

namespace {

using namespace holdfast;
using process::cause;
using process::file_kind;
using process::in_directory;
using ::testing::HasSubstr;

// The environment as a test wants it.
class local_app_data {
 public:
  explicit local_app_data(const char* value) {
    ::GetEnvironmentVariableA("LOCALAPPDATA", before_.data(), static_cast<DWORD>(before_.size()));
    ::SetEnvironmentVariableA("LOCALAPPDATA", value);
  }
  local_app_data(const local_app_data&) = delete;
  local_app_data& operator=(const local_app_data&) = delete;
  ~local_app_data() { ::SetEnvironmentVariableA("LOCALAPPDATA", before_.data()); }

 private:
  std::array<char, 1024> before_{};
};

template <class F>
cause cause_of(F f) {
  try {
    f();
  } catch (const process::error& refused) {
    return refused.why();
  }
  ADD_FAILURE() << "nothing was thrown";
  return cause::failed;
}

TEST(directory, is_made_below_the_local_data_of_the_user) {
  const test::own_directory place;
  const local_app_data set(place.path().c_str());
  EXPECT_EQ(process::user_directory(), place.path() + "\\holdfast");
  EXPECT_TRUE(std::filesystem::is_directory(place / "holdfast"));
  EXPECT_EQ(process::user_directory(), place.path() + "\\holdfast") << "a second time it is there";
}

TEST(directory, that_is_a_file_is_refused) {
  const test::own_directory place;
  const local_app_data set(place.path().c_str());
  std::ofstream(place / "holdfast") << "none of ours";
  EXPECT_EQ(cause_of([] { static_cast<void>(process::user_directory()); }), cause::foreign);
}

TEST(directory, what_is_no_name_is_refused) {
  for (const char* name : {"", "a/b", "a\\b", "a:b", "a*", "a?", "a\"b", "<a", "a|b", ".hidden"})
    EXPECT_EQ(cause_of([&] { process::check_name(name); }), cause::bad_name) << name;
  for (const char* name :
       {"con", "NUL", "Aux.txt", "prn.a.b", "nul .x", "com0", "COM9", "lpt1.txt", "CONOUT$"})
    EXPECT_EQ(cause_of([&] { process::check_name(name); }), cause::bad_name) << name;
  for (const char* name :
       {"\xC3\xA4", "con1", "com", "com10", "comx", "lpt", "nulx", "a.nul", "console"})
    process::check_name(name);
}

TEST(identity, of_this_process_is_what_the_system_says) {
  const process::identity& me = process::this_process();
  EXPECT_NE(me.id, 0U);
  EXPECT_EQ(me.pid, ::GetCurrentProcessId());
  EXPECT_NE(me.start_time, 0U);
  EXPECT_FALSE(me.boot == process::boot_id{});
  EXPECT_STRNE(me.host, "");
  process::owner_record record = process::make_record(12, "nightly");
  record.since = 1'796'026'542'000'000'000;
  EXPECT_THAT(describe(record), HasSubstr("2026-11-30 08:15:42 UTC"));
}

TEST(file, has_its_name_in_utf_8_and_no_drafts_beside_it) {
  const test::own_directory place;
  auto mine = process::open<long>("\xC3\xA4", in_directory{place.path()}, process::initially{5L});
  EXPECT_EQ(mine.copy(), 5);
  EXPECT_EQ(place.entries(), 1U);
  EXPECT_NE(
      ::GetFileAttributesW(std::filesystem::path(place / "").append(L"\u00E4.segment").c_str()),
      INVALID_FILE_ATTRIBUTES);
}

TEST(file, that_is_open_cannot_be_removed_or_renamed) {
  const test::own_directory place;
  for (const process::engine engine :
       {process::engine::shared_memory, process::engine::kernel, process::engine::file}) {
    const std::string name = "a" + std::to_string(static_cast<int>(engine));
    {
      auto mine = process::open<long>(name, engine, in_directory{place.path()});
    }
    const std::string path = place / name + ".segment";
    EXPECT_EQ(::DeleteFileA(path.c_str()), 0);
    EXPECT_EQ(::MoveFileA(path.c_str(), (place / "b").c_str()), 0);
    EXPECT_TRUE(std::filesystem::exists(path));
  }
}

TEST(file, of_somebody_else_is_refused_and_left_alone) {
  const test::own_directory place;
  std::ofstream(place / "a.segment") << "none of ours";
  const auto open = [&](const char* name) {
    static_cast<void>(process::open<long>(name, in_directory{place.path()}));
  };
  EXPECT_EQ(cause_of([&] { open("a"); }), cause::foreign);
  EXPECT_EQ(std::filesystem::file_size(place / "a.segment"), 12U);
  std::filesystem::create_directory(place / "b.segment");
  EXPECT_THAT(cause_of([&] { open("b"); }), ::testing::AnyOf(cause::foreign, cause::no_permission));
}

TEST(file, with_permissions_is_refused_as_windows_has_none_of_these) {
  const test::own_directory place;
  EXPECT_EQ(cause_of([&] {
              static_cast<void>(
                  process::open<long>("a", in_directory{place.path()}, process::permissions{0660}));
            }),
            cause::unsupported);
}

// As one that was made before a restart of the machine.
void move_to_another_boot(const std::string& path) {
  using namespace process::detail;
  fixed_header head;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.read(reinterpret_cast<char*>(&head), sizeof head);
  head.boot.bytes[0] ^= 1U;
  head.checksum = hash_of({reinterpret_cast<const char*>(&head), offsetof(fixed_header, checksum)});
  file.seekp(0);
  file.write(reinterpret_cast<const char*>(&head), sizeof head);
  ASSERT_TRUE(file.good());
}

TEST(file, left_over_from_before_a_restart_is_made_anew_in_the_directory_of_the_user_alone) {
  const test::own_directory place;
  const test::own_directory maker;
  const local_app_data set(place.path().c_str());
  const std::string ours = process::path_of("a", file_kind::segment);
  static_cast<void>(process::open<long>("a", in_directory{maker.path()}, process::initially{1L}));
  std::filesystem::copy_file(maker / "a.segment", ours);
  move_to_another_boot(ours);
  EXPECT_EQ(cause_of([&] {
              static_cast<void>(process::open<long>("a", in_directory{process::user_directory()}));
            }),
            cause::other_boot);
  EXPECT_EQ(process::open<long>("a", process::initially{2L}).copy(), 2);
}

TEST(listing, names_what_is_there_and_says_who_is_in) {
  const test::own_directory place;
  auto mine = process::open<long>("a", in_directory{place.path()}, process::label{"here"});
  std::ofstream(place / "note.txt") << "none of ours";
  const auto all = process::list_locks(place.path());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "a");
  EXPECT_TRUE(process::list_locks(place / "no").empty());
  EXPECT_FALSE(process::look_at_segment("no", place.path()).has_value());
  const auto held = mine.lock();
  const auto view = process::look_at_segment("a", place.path());
  ASSERT_TRUE(view.has_value());
  ASSERT_TRUE(view->owner.has_value());
  EXPECT_EQ(view->owner->pid, ::GetCurrentProcessId());
  EXPECT_STREQ(view->owner->label, "here");
}

// Others look, as `holdfast who` does, for which they take each byte for some microseconds.
class lookers {
 public:
  explicit lookers(const std::string& place) {
    for (std::thread& each : threads_)
      each = std::thread([this, place] {
        const auto file = process::lock_file::find("a", place);
        while (!ended_.load(std::memory_order_relaxed)) static_cast<void>(file->look());
      });
  }
  lookers(const lookers&) = delete;
  lookers& operator=(const lookers&) = delete;
  ~lookers() {
    ended_.store(true, std::memory_order_relaxed);
    for (std::thread& each : threads_) each.join();
  }

 private:
  std::atomic<bool> ended_{false};
  std::array<std::thread, 2> threads_;
};

TEST(lock_file, that_nobody_has_is_free_to_all_who_look_at_once) {
  const test::own_directory place;
  const process::lock_file mine("a", place.path());
  const lookers others(place.path());
  for (std::size_t i = 0; i < test::scaled(300); ++i) ASSERT_FALSE(mine.look().is_held) << i;
}

TEST(lock_file, tells_of_a_dead_owner_of_a_slot_although_others_look) {
  const test::own_directory place;
  const auto opened = [&] { return process::lock_file("a", place.path()); };
  process::lock_file made = opened();
  const lookers others(place.path());
  const process::hold_wish slot{process::hold_kind::slot, 2, "test"};
  for (std::size_t i = 0; i < test::scaled(300); ++i) {
    {
      process::lock_file first = opened();
      process::lock_file second = opened();
      ASSERT_TRUE(first.lock(slot, deadline::never()));
      ASSERT_TRUE(second.lock(slot, deadline::never()));
      second.begin();  // and dies
      first.unlock();
    }
    process::lock_file next = opened();
    ASSERT_TRUE(next.lock(slot, deadline::never()));
    ASSERT_TRUE(next.culprit().has_value()) << i;
    next.clear_poison();
    next.unlock();
  }
}

}  // namespace
