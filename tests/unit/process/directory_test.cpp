// SPDX-License-Identifier: BSL-1.0
// Where locks lie, and which names they may have.
#include "holdfast/process/directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "holdfast/process/error.hpp"

#include "support/own_directory.hpp"

namespace {

using namespace holdfast;
using process::cause;
using process::file_kind;

// The environment as a test wants it.
class runtime_directory {
 public:
  explicit runtime_directory(const char* value) {
    if (const char* before = std::getenv("XDG_RUNTIME_DIR")) before_ = before;
    ::setenv("XDG_RUNTIME_DIR", value, 1);
  }
  ~runtime_directory() {
    if (before_.empty())
      ::unsetenv("XDG_RUNTIME_DIR");
    else
      ::setenv("XDG_RUNTIME_DIR", before_.c_str(), 1);
  }

 private:
  std::string before_;
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

TEST(directory, is_made_below_the_runtime_directory_for_the_user_alone) {
  const test::own_directory place;
  const runtime_directory set(place.path().c_str());
  EXPECT_EQ(process::user_directory(), place / "holdfast");
  struct stat made{};
  ASSERT_EQ(::stat((place / "holdfast").c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 07777U, 0700U);
  EXPECT_EQ(process::user_directory(), place / "holdfast") << "a second time it is there";
}

TEST(directory, is_in_memory_where_there_is_no_runtime_directory) {
  const std::string in_memory = "/dev/shm/holdfast-" + std::to_string(::geteuid());
  for (const char* useless : {"", "relative", "/nowhere/at/all"}) {
    const runtime_directory set(useless);
    EXPECT_EQ(process::user_directory(), in_memory);
  }
}

TEST(directory, that_is_open_to_others_is_refused) {
  const test::own_directory place;
  const runtime_directory set(place.path().c_str());
  static_cast<void>(process::user_directory());
  ASSERT_EQ(::chmod((place / "holdfast").c_str(), 0770), 0);
  EXPECT_EQ(cause_of([] { process::user_directory(); }), cause::no_permission);
}

TEST(directory, that_is_a_link_or_a_file_is_refused) {
  const test::own_directory place;
  const runtime_directory set(place.path().c_str());
  ASSERT_EQ(::symlink("/tmp", (place / "holdfast").c_str()), 0);
  EXPECT_EQ(cause_of([] { process::user_directory(); }), cause::foreign);
}

TEST(directory, of_another_user_is_refused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make another user's directory";
  const test::own_directory place;
  const runtime_directory set(place.path().c_str());
  static_cast<void>(process::user_directory());
  ASSERT_EQ(::chown((place / "holdfast").c_str(), 12345, 12345), 0);
  EXPECT_EQ(cause_of([] { process::user_directory(); }), cause::wrong_owner);
}

TEST(directory, names_become_paths) {
  EXPECT_EQ(process::path_of("a b.c", file_kind::segment, "/d"), "/d/a b.c.segment");
  EXPECT_EQ(process::path_of("a", file_kind::lock_file, "/d"), "/d/a.lock");
}

TEST(directory, what_is_no_name_is_refused) {
  for (const std::string& name :
       {std::string(), std::string("a/b"), std::string(".hidden"), std::string("line\nbreak"),
        std::string("a\0b", 3), std::string(201, 'x')})
    EXPECT_EQ(cause_of([&] { process::check_name(name); }), cause::bad_name) << name;
  process::check_name(std::string(200, 'x'));
  process::check_name("\xC3\xA4");
}

}  // namespace
