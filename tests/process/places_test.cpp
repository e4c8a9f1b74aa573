// SPDX-License-Identifier: BSL-1.0
// Places where no mutex can be: full, read-only, forbidden. Each is an error that says so, and leaves
// nothing behind.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "holdfast/process/process.hpp"

#include "support/child.hpp"
#include "support/process_engines.hpp"

namespace {

using namespace holdfast;

constexpr int refused_by_the_system = 77;

// 0 if opening is refused for that cause, with a message that names the lock and a remedy.
template <class T>
int expect_refused(process::engine engine, const std::string& where, process::cause why) {
  try {
    static_cast<void>(process::open<T>("the name", engine, process::in_directory{where}));
  } catch (const process::error& refused) {
    const std::string words = refused.what();
    const bool is_clear = words.find("\"the name\"") != std::string::npos &&
                          words.find(where) != std::string::npos &&
                          words.find(". ") != std::string::npos;
    if (refused.why() == why && is_clear) return 0;
    std::fprintf(stderr, "%s: %s\n", process::name_of(refused.why()), refused.what());
    return 1;
  }
  return 2;
}

class places : public test::process_test {
 protected:
  // A file system of the child's own.
  bool mount_small(const char* options) const {
    return ::unshare(CLONE_NEWNS) == 0 &&
           ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("none", directory().path().c_str(), "tmpfs", 0, options) == 0;
  }
};
INSTANTIATE_TEST_SUITE_P(engines, places, test::all_engines, test::name_of_engine);

TEST_P(places, that_are_full_are_an_error_and_no_signal_and_nothing_is_left_there) {
  using large = std::array<unsigned char, 1'000'000>;
  test::child child([&] {
    if (!mount_small("size=64k")) return refused_by_the_system;
    const int refused =
        expect_refused<large>(engine(), directory().path(), process::cause::no_space);
    if (refused != 0) return refused;
    if (directory().entries() != 0) return 3;
    auto small = open<int>("the name");  // what fits still works
    small.set(1);
    return small.copy() == 1 ? 0 : 4;
  });
  const int end = child.wait();
  if (end == refused_by_the_system) GTEST_SKIP() << "the system refuses a mount";
  EXPECT_EQ(end, 0);
}

TEST_P(places, that_are_read_only_are_an_error) {
  test::child child([&] {
    if (!mount_small("size=64k") ||
        ::mount(nullptr, directory().path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
      return refused_by_the_system;
    return expect_refused<int>(engine(), directory().path(), process::cause::read_only);
  });
  const int end = child.wait();
  if (end == refused_by_the_system) GTEST_SKIP() << "the system refuses a mount";
  EXPECT_EQ(end, 0);
}

TEST_P(places, that_become_read_only_are_an_error_for_who_opens) {
  test::child child([&] {
    if (!mount_small("size=64k")) return refused_by_the_system;
    {
      test::child maker([&] { return open<int>("the name").copy(); });
      if (maker.wait() != 0) return 3;
    }
    if (::mount(nullptr, directory().path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
      return refused_by_the_system;
    return expect_refused<int>(engine(), directory().path(), process::cause::read_only);
  });
  const int end = child.wait();
  if (end == refused_by_the_system) GTEST_SKIP() << "the system refuses a mount";
  EXPECT_EQ(end, 0);
}

TEST_P(places, that_this_user_may_not_write_are_an_error) {
  if (::geteuid() == 0) {
    test::child nobody([&] {
      if (::setresuid(12345, 12345, 12345) != 0) return refused_by_the_system;
      return expect_refused<int>(engine(), directory().path(), process::cause::no_permission);
    });
    EXPECT_EQ(nobody.wait(), 0);
  } else {
    ASSERT_EQ(::chmod(directory().path().c_str(), 0500), 0);
    EXPECT_EQ(expect_refused<int>(engine(), directory().path(), process::cause::no_permission), 0);
  }
}

TEST_P(places, that_are_not_there_are_an_error) {
  EXPECT_EQ(expect_refused<int>(engine(), directory() / "nowhere", process::cause::missing), 0);
}

TEST_P(places, with_a_file_that_is_none_of_ours_are_an_error_and_it_is_left_untouched) {
  const std::string path = directory() / "the name.segment";
  std::ofstream(path) << "precious";
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_EQ(expect_refused<int>(engine(), directory().path(), process::cause::foreign), 0);
  std::string content;
  std::ifstream(path) >> content;
  EXPECT_EQ(content, "precious");
}

TEST_P(places, that_two_users_share_work_if_both_say_so) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  ASSERT_EQ(::chmod(directory().path().c_str(), 0777), 0);
  auto mine = open<int>("a", process::permissions{0666});
  test::child other([&] {
    if (::setresuid(12345, 12345, 12345) != 0) return refused_by_the_system;
    open<int>("a", process::permissions{0666}).set(8);
    return 0;
  });
  EXPECT_EQ(other.wait(), 0);
  EXPECT_EQ(mine.copy(), 8);
}

TEST(file_engine, a_file_that_is_cut_off_while_it_is_open_is_an_error_of_the_next_owner) {
  const test::own_directory place;
  auto mine = process::open<int>("a", process::engine::file, process::in_directory{place.path()});
  ASSERT_EQ(::truncate((place / "a.segment").c_str(), 1000), 0);
  for (int attempt = 0; attempt < 2; ++attempt) try {
      static_cast<void>(mine.lock());
      ADD_FAILURE() << "locked";
    } catch (const process::error& refused) {
      EXPECT_EQ(refused.why(), process::cause::corrupted);
    }
}

TEST(file_engine, a_file_of_this_host_from_before_a_restart_is_poisoned) {
  const test::own_directory place;
  const std::string path = place / "a.segment";
  const auto open = [&] {
    return process::open<int>("a", process::engine::file, process::in_directory{place.path()});
  };
  auto mine = open();
  mine.set(1);
  // As if the last owner had been of another boot: the boot id of its record is changed.
  const auto boot = process::this_process().boot;
  std::string content;
  {
    std::ifstream file(path, std::ios::binary);
    content.assign(std::istreambuf_iterator<char>(file), {});
  }
  const std::string bytes(reinterpret_cast<const char*>(boot.bytes), sizeof boot.bytes);
  const std::size_t in_record = content.find(bytes, 256);
  ASSERT_NE(in_record, std::string::npos);
  content[in_record] = static_cast<char>(content[in_record] ^ 1);
  {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file << content;
  }
  EXPECT_THROW(static_cast<void>(mine.lock()), process::poisoned);
  mine.clear_poison();
  EXPECT_EQ(mine.copy(), 1);
}

}  // namespace
