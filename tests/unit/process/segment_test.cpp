// SPDX-License-Identifier: BSL-1.0
// Segments are complete when they are seen, checked when they are opened, and left alone else.
#include "process/segment.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/child.hpp"
#include "support/own_directory.hpp"

namespace {

using namespace holdfast;
using namespace process::detail;
using process::cause;
using process::opening;
using ::testing::HasSubstr;

segment_request a_request(const test::own_directory& place) {
  segment_request wanted;
  wanted.name = "a";
  wanted.directory = place.path();
  wanted.wanted.engine = engine_id::shared_memory;
  wanted.wanted.payload_size = 8;
  wanted.wanted.payload_align = 8;
  wanted.wanted.type_name = "long";
  wanted.initialise = [](void*, header&, std::byte* payload) { std::memset(payload, 42, 8); };
  return wanted;
}

std::string refusal(const segment_request& wanted) {
  try {
    static_cast<void>(segment::open(wanted));
  } catch (const process::error& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("a")) << "names the lock";
    return name_of(refused.why());
  }
  return "accepted";
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(segment, is_made_filled_and_with_the_permissions_that_were_asked_for) {
  const test::own_directory place;
  segment_request wanted = a_request(place);
  wanted.permissions = 0660;
  const mode_t umask_before = ::umask(077);
  segment& made = segment::open(wanted);
  ::umask(umask_before);
  ASSERT_NE(made.head(), nullptr);
  EXPECT_EQ(static_cast<int>(made.payload()[7]), 42);
  struct stat found{};
  ASSERT_EQ(::stat((place / "a.segment").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0660U);
  EXPECT_EQ(place.entries(), 1U) << "no drafts are left behind";
}

TEST(segment, is_one_in_a_process_however_often_it_is_opened) {
  const test::own_directory place;
  segment& first = segment::open(a_request(place));
  EXPECT_EQ(&segment::open(a_request(place)), &first);
}

TEST(segment, is_shared_with_other_processes) {
  const test::own_directory place;
  segment& mine = segment::open(a_request(place));
  test::child child([&] {
    segment_request wanted = a_request(place);
    wanted.how = opening::open_only;
    segment::open(wanted).payload()[0] = std::byte{7};
    return 0;
  });
  ASSERT_EQ(child.wait(), 0);
  EXPECT_EQ(mine.payload()[0], std::byte{7});
}

TEST(segment, is_made_or_opened_as_told) {
  const test::own_directory place;
  segment_request wanted = a_request(place);
  wanted.how = opening::open_only;
  EXPECT_EQ(refusal(wanted), "missing");
  wanted.how = opening::exclusive;
  EXPECT_EQ(refusal(wanted), "accepted");
  EXPECT_EQ(refusal(wanted), "exists");
}

TEST(segment, a_file_that_is_none_is_refused_and_left_untouched) {
  const test::own_directory place;
  for (const std::string& text : {std::string(), std::string("hello"), std::string(4096, 'x')}) {
    std::ofstream(place / "a.segment", std::ios::binary) << text;
    ::chmod((place / "a.segment").c_str(), 0600);
    EXPECT_NE(refusal(a_request(place)), "accepted");
    EXPECT_EQ(content(place / "a.segment"), text);
  }
}

TEST(segment, a_truncated_one_is_refused_and_left_untouched) {
  const test::own_directory place;
  test::child maker([&] {
    static_cast<void>(segment::open(a_request(place)));
    return 0;
  });
  ASSERT_EQ(maker.wait(), 0);
  const std::string whole = content(place / "a.segment");
  for (const std::size_t length : {std::size_t{10}, std::size_t{1024}, whole.size() - 1}) {
    ASSERT_EQ(::truncate((place / "a.segment").c_str(), static_cast<off_t>(length)), 0);
    EXPECT_EQ(refusal(a_request(place)), "corrupted") << length;
    EXPECT_EQ(content(place / "a.segment"), whole.substr(0, length));
    std::ofstream(place / "a.segment", std::ios::binary) << whole;
  }
  EXPECT_EQ(refusal(a_request(place)), "accepted");
}

TEST(segment, of_another_size_or_type_is_refused) {
  const test::own_directory place;
  static_cast<void>(segment::open(a_request(place)));
  segment_request other = a_request(place);
  other.wanted.payload_size = 16;
  EXPECT_EQ(refusal(other), "wrong size");
  other = a_request(place);
  other.wanted.type_hash = 1;
  EXPECT_EQ(refusal(other), "wrong type");
}

TEST(segment, links_directories_and_pipes_are_not_followed_and_not_waited_for) {
  const test::own_directory place;
  const std::string path = place / "a.segment";
  ASSERT_EQ(::symlink("/etc/passwd", path.c_str()), 0);
  EXPECT_EQ(refusal(a_request(place)), "foreign");
  ::unlink(path.c_str());
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
  EXPECT_EQ(refusal(a_request(place)), "foreign");
  ::rmdir(path.c_str());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(refusal(a_request(place)), "foreign");
}

TEST(segment, that_others_may_write_is_refused_unless_that_was_asked_for) {
  const test::own_directory place;
  static_cast<void>(segment::open(a_request(place)));
  ASSERT_EQ(::chmod((place / "a.segment").c_str(), 0606), 0);
  EXPECT_EQ(refusal(a_request(place)), "wrong owner");
  segment_request shared = a_request(place);
  shared.permissions = 0606;
  EXPECT_EQ(refusal(shared), "accepted");
}

TEST(segment, of_another_user_is_refused_unless_that_was_asked_for) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const test::own_directory place;
  static_cast<void>(segment::open(a_request(place)));
  ASSERT_EQ(::chown((place / "a.segment").c_str(), 12345, 12345), 0);
  EXPECT_EQ(refusal(a_request(place)), "wrong owner");
  segment_request shared = a_request(place);
  shared.permissions = 0666;
  EXPECT_EQ(refusal(shared), "accepted");
}

TEST(segment, without_permission_nothing_is_made) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  const test::own_directory place;
  static_cast<void>(segment::open(a_request(place)));
  test::child nobody([&] {
    if (::setresuid(12345, 12345, 12345) != 0) return 2;
    segment_request other = a_request(place);
    other.name = "b_a";
    return refusal(other) == "no permission" && refusal(a_request(place)) == "no permission" ? 0
                                                                                             : 1;
  });
  EXPECT_EQ(nobody.wait(), 0);
}

TEST(segment, a_limit_of_the_size_of_files_is_an_error_and_no_signal) {
  const test::own_directory place;
  test::child limited([&] {
    const rlimit small{100, 100};
    ::setrlimit(RLIMIT_FSIZE, &small);
    return refusal(a_request(place)) == "no space" ? 0 : 1;
  });
  EXPECT_EQ(limited.wait(), 0);
  EXPECT_EQ(place.entries(), 0U);
}

TEST(segment, that_cannot_be_filled_leaves_nothing_behind) {
  const test::own_directory place;
  segment_request wanted = a_request(place);
  wanted.initialise = [](void*, header&, std::byte*) { throw std::runtime_error("no"); };
  EXPECT_THROW(static_cast<void>(segment::open(wanted)), std::runtime_error);
  EXPECT_EQ(place.entries(), 0U);
  EXPECT_EQ(refusal(a_request(place)), "accepted");
}

TEST(segment, of_six_creators_one_makes_it_and_all_have_the_same) {
  for (int round = 0; round < 20; ++round) {
    const test::own_directory place;
    test::line start;
    std::vector<test::child> creators;
    for (int i = 0; i < 6; ++i)
      creators.emplace_back([&] {
        if (start.hear() == '\0') return 2;
        segment& opened = segment::open(a_request(place));
        return opened.payload()[7] == std::byte{42} ? 0 : 1;
      });
    for (int i = 0; i < 6; ++i) start.say();
    for (test::child& creator : creators) EXPECT_EQ(creator.wait(), 0);
    EXPECT_EQ(place.entries(), 1U);
  }
}

}  // namespace
