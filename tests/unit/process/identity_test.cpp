// SPDX-License-Identifier: BSL-1.0
// Who a process is, and the words for it.
#include "holdfast/process/identity.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/child.hpp"

namespace {

using namespace holdfast;
using process::describe;
using process::this_process;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(identity, of_this_process_is_what_the_system_says) {
  const process::identity& me = this_process();
  EXPECT_NE(me.id, 0U);
  EXPECT_EQ(me.pid, static_cast<std::uint32_t>(::getpid()));
  EXPECT_EQ(me.uid, ::geteuid());
  EXPECT_NE(me.start_time, 0U);
  struct stat space{};
  ASSERT_EQ(::stat("/proc/self/ns/pid", &space), 0);
  EXPECT_EQ(me.pid_namespace, space.st_ino);
  EXPECT_FALSE(me.boot == process::boot_id{});
}

TEST(identity, a_forked_child_is_somebody_else_of_the_same_boot) {
  const process::identity before = this_process();
  test::child child([&] {
    const process::identity& me = this_process();
    return me.id != before.id && me.pid == static_cast<std::uint32_t>(::getpid()) &&
                   me.pid != before.pid && me.boot == before.boot
               ? 0
               : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(this_process().id, before.id);
}

TEST(identity, a_record_in_words_says_who_and_since_when) {
  process::owner_record record = process::make_record(12, "nightly");
  record.since = 1'796'026'542'000'000'000;
  const std::string words = describe(record);
  EXPECT_THAT(words, HasSubstr("pid " + std::to_string(::getpid())));
  EXPECT_THAT(words, HasSubstr("label \"nightly\""));
  EXPECT_THAT(words, HasSubstr("token 12"));
  EXPECT_THAT(words, HasSubstr("2026-11-30 08:15:42 UTC"));
  EXPECT_EQ(describe(process::owner_record{}), "nobody that is known");
}

TEST(identity, a_pid_of_another_namespace_is_marked_as_such) {
  process::owner_record record = process::make_record(1, "");
  EXPECT_THAT(describe(record), Not(HasSubstr("namespace")));
  ++record.pid_namespace;
  EXPECT_THAT(describe(record), HasSubstr("of another pid namespace"));
}

TEST(identity, a_label_is_cut_at_a_character_and_shown_without_control_characters) {
  std::string long_label(62, 'x');
  long_label += "\xC3\xA4";  // ends at byte 64, where the zero has to be
  const process::owner_record cut = process::make_record(1, long_label);
  EXPECT_EQ(std::string(cut.label), std::string(62, 'x'));
  const process::owner_record bell = process::make_record(1, "a\x1B[31m");
  EXPECT_THAT(describe(bell), HasSubstr("a?[31m"));
}

TEST(identity, a_record_that_ends_nowhere_is_read_to_the_end_of_its_field) {
  process::owner_record record = process::make_record(1, "");
  for (char& c : record.label) c = 'y';
  EXPECT_THAT(describe(record), HasSubstr("\"" + std::string(64, 'y') + "\""));
}

}  // namespace
