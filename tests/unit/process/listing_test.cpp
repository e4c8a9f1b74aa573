// SPDX-License-Identifier: BSL-1.0
// Which locks there are, and what the header of one with data says.
#include "holdfast/process/listing.hpp"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/process/error.hpp"
#include "holdfast/process/lock_file.hpp"
#include "holdfast/process/process.hpp"

#include "support/own_directory.hpp"

namespace {

using namespace holdfast;
using process::file_kind;

TEST(listing, names_locks_and_data_in_order_and_nothing_else) {
  const test::own_directory place;
  const process::lock_file lock("b", place.path());
  static_cast<void>(process::open<long>("a", process::in_directory{place.path()}));
  std::ofstream(place / "note.txt") << "none of ours";
  std::ofstream(place / ".hidden.lock") << "a draft";
  std::ofstream(place / ".lock") << "without a name";
  const std::vector<process::listed_lock> all = process::list_locks(place.path());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "a");
  EXPECT_EQ(all[0].kind, file_kind::segment);
  EXPECT_EQ(all[1].name, "b");
  EXPECT_EQ(all[1].kind, file_kind::lock_file);
}

TEST(listing, finds_nothing_where_there_is_no_directory) {
  const test::own_directory place;
  EXPECT_TRUE(process::list_locks(place / "no").empty());
}

TEST(listing, says_who_is_in_data_and_who_did_not_finish) {
  const test::own_directory place;
  auto shared =
      process::open<long>("a", process::in_directory{place.path()}, process::label{"here"});
  EXPECT_FALSE(process::look_at_segment("a", place.path())->owner.has_value());
  {
    const auto guard = shared.lock();
    const auto view = process::look_at_segment("a", place.path());
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->data_size, sizeof(long));
    EXPECT_EQ(view->engine, "shared_memory");
    ASSERT_TRUE(view->owner.has_value());
    EXPECT_EQ(view->owner->pid, process::this_process().pid);
    EXPECT_EQ(view->owner->token, view->token);
    EXPECT_STREQ(view->owner->label, "here");
    EXPECT_FALSE(view->culprit.has_value());
  }
  try {
    const auto guard = shared.lock();
    throw 1;
  } catch (int) {
  }
  const auto view = process::look_at_segment("a", place.path());
  EXPECT_FALSE(view->owner.has_value());
  ASSERT_TRUE(view->culprit.has_value());
  EXPECT_EQ(view->culprit->token, view->token);
}

TEST(listing, refuses_a_file_that_is_none_of_ours) {
  const test::own_directory place;
  EXPECT_FALSE(process::look_at_segment("a", place.path()).has_value());
  std::ofstream(place / "a.segment") << "something else";
  EXPECT_THROW(static_cast<void>(process::look_at_segment("a", place.path())), process::error);
}

}  // namespace
