// SPDX-License-Identifier: BSL-1.0
// The lock of a command: who gets in beside whom, what a dead owner leaves, and what is to be seen.
#include "holdfast/process/lock_file.hpp"

#include <unistd.h>

#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/child.hpp"
#include "support/own_directory.hpp"

namespace {

using namespace holdfast;
using process::hold_kind;
using process::lock_file;
using work = process::lock_file::work;

class lock_file_test : public ::testing::Test {
 protected:
  lock_file opened() const { return lock_file("x", place.path()); }

  static bool try_lock(lock_file& file, hold_kind how = hold_kind::exclusive, unsigned slots = 0) {
    return file.lock({how, slots, "test"}, deadline::already_past());
  }

  bool can_be_had(hold_kind how = hold_kind::exclusive, unsigned slots = 0) const {
    lock_file file = opened();
    return try_lock(file, how, slots);
  }

  // As found by an owner that comes and lets go.
  std::optional<process::owner_record> culprit() const {
    lock_file file = opened();
    EXPECT_TRUE(try_lock(file));
    return file.culprit();
  }

  test::own_directory place;
};

TEST_F(lock_file_test, an_exclusive_owner_is_alone) {
  lock_file file = opened();
  ASSERT_TRUE(try_lock(file));
  EXPECT_FALSE(can_be_had());
  EXPECT_FALSE(can_be_had(hold_kind::shared));
  EXPECT_FALSE(can_be_had(hold_kind::slot, 8));
  file.unlock();
  EXPECT_TRUE(can_be_had());
}

TEST_F(lock_file_test, those_who_share_are_together_and_exclude_others) {
  lock_file one = opened();
  lock_file other = opened();
  ASSERT_TRUE(try_lock(one, hold_kind::shared));
  ASSERT_TRUE(try_lock(other, hold_kind::shared));
  EXPECT_FALSE(can_be_had());
  one.unlock();
  EXPECT_FALSE(can_be_had());
  other.unlock();
  EXPECT_TRUE(can_be_had());
}

TEST_F(lock_file_test, there_are_as_many_slots_as_said) {
  lock_file one = opened();
  lock_file other = opened();
  ASSERT_TRUE(try_lock(one, hold_kind::slot, 2));
  ASSERT_TRUE(try_lock(other, hold_kind::slot, 2));
  EXPECT_NE(one.slot(), other.slot());
  EXPECT_FALSE(can_be_had(hold_kind::slot, 2));
  EXPECT_TRUE(can_be_had(hold_kind::slot, 3));
  one.unlock();
  EXPECT_TRUE(can_be_had(hold_kind::slot, 2));
}

TEST_F(lock_file_test, each_owner_has_a_greater_token_also_after_the_file_was_removed) {
  std::uint64_t last = 0;
  for (int round = 0; round < 6; ++round) {
    lock_file file = opened();
    ASSERT_TRUE(try_lock(file));
    const std::uint64_t token = file.begin();
    EXPECT_GT(token, last);
    last = token;
    if (round % 2 == 1) file.remove();
    file.finish(work::finished);
  }
}

TEST_F(lock_file_test, an_owner_that_finishes_leaves_nothing) {
  lock_file file = opened();
  ASSERT_TRUE(try_lock(file));
  file.begin();
  file.finish(work::finished);
  EXPECT_FALSE(culprit().has_value());
}

TEST_F(lock_file_test, an_owner_that_is_killed_is_told_to_all_who_come_until_it_is_mended) {
  const test::line ready;
  test::child owner([&] {
    lock_file file = opened();
    if (!try_lock(file)) return 1;
    file.begin();
    ready.say();
    for (;;) ::pause();
  });
  ASSERT_EQ(ready.hear(), '!');
  const auto pid = static_cast<std::uint32_t>(owner.pid());
  owner.kill();
  owner.wait();
  for (int round = 0; round < 2; ++round) {
    const auto told = culprit();
    ASSERT_TRUE(told.has_value());
    EXPECT_EQ(told->pid, pid);
    EXPECT_STREQ(told->label, "test");
  }
  lock_file file = opened();
  ASSERT_TRUE(try_lock(file));
  file.clear_poison();
  file.unlock();
  EXPECT_FALSE(culprit().has_value());
}

TEST_F(lock_file_test, an_owner_whose_work_was_cut_off_is_told) {
  for (const hold_kind how : {hold_kind::exclusive, hold_kind::slot}) {
    lock_file file = opened();
    ASSERT_TRUE(try_lock(file, how, 2));
    const std::uint64_t token = file.begin();
    file.finish(work::cut_off);
    const auto told = culprit();
    ASSERT_TRUE(told.has_value());
    EXPECT_EQ(told->token, token);
  }
}

TEST_F(lock_file_test, a_dead_owner_of_a_slot_is_told_and_a_living_one_is_not) {
  lock_file living = opened();
  ASSERT_TRUE(try_lock(living, hold_kind::slot, 4));
  living.begin();
  std::uint64_t token = 0;
  {
    lock_file dying = opened();
    ASSERT_TRUE(try_lock(dying, hold_kind::slot, 4));
    EXPECT_FALSE(dying.culprit().has_value());
    token = dying.begin();
  }
  lock_file next = opened();
  ASSERT_TRUE(try_lock(next, hold_kind::slot, 4));
  ASSERT_TRUE(next.culprit().has_value());
  EXPECT_EQ(next.culprit()->token, token);
  next.clear_poison();
  next.unlock();
  living.finish(work::finished);
  EXPECT_FALSE(culprit().has_value());
}

TEST_F(lock_file_test, poison_is_mended_on_behalf_of_the_owner_alone) {
  {
    lock_file file = opened();
    ASSERT_TRUE(try_lock(file));
    file.begin();
  }
  lock_file owner = opened();
  ASSERT_TRUE(try_lock(owner));
  const std::uint64_t token = owner.begin();
  lock_file other = opened();
  EXPECT_FALSE(other.clear_poison_for(token - 1));
  EXPECT_FALSE(other.clear_poison_for(0));
  EXPECT_TRUE(other.look().culprit.has_value());
  EXPECT_TRUE(other.clear_poison_for(token));
  owner.finish(work::finished);
  EXPECT_FALSE(other.clear_poison_for(token)) << "it is no owner any more";
  EXPECT_FALSE(culprit().has_value());
}

TEST_F(lock_file_test, who_inherits_the_descriptor_keeps_the_lock) {
  lock_file file = opened();
  ASSERT_TRUE(try_lock(file));
  file.begin();
  const int inherited = ::dup(file.descriptor());
  file.finish(work::finished);
  EXPECT_FALSE(can_be_had());
  const process::lock_file_view view = opened().look();
  ASSERT_EQ(view.holders.size(), 1U);
  EXPECT_TRUE(view.holders[0].has_finished);
  EXPECT_FALSE(view.culprit.has_value());
  ::close(inherited);
  EXPECT_TRUE(can_be_had());
  EXPECT_FALSE(culprit().has_value());
}

TEST_F(lock_file_test, a_waiter_is_to_be_seen_and_gets_the_lock) {
  const test::line begin;
  test::child waiter([&] {  // before there is a descriptor that it would inherit
    if (begin.hear() != '!') return 2;
    lock_file file = opened();
    if (!file.lock({hold_kind::exclusive, 0, "waits"}, deadline::never())) return 1;
    file.begin();
    file.finish(work::finished);
    return 0;
  });
  lock_file owner = opened();
  ASSERT_TRUE(try_lock(owner));
  owner.begin();
  begin.say();
  process::lock_file_view view;
  do view = owner.look();
  while (view.waiters.empty());
  EXPECT_EQ(view.waiters[0].who.pid, static_cast<std::uint32_t>(waiter.pid()));
  EXPECT_STREQ(view.waiters[0].who.label, "waits");
  owner.finish(work::finished);
  EXPECT_EQ(waiter.wait(), 0);
  EXPECT_TRUE(opened().look().waiters.empty());
}

TEST_F(lock_file_test, a_lock_on_a_file_that_was_removed_is_taken_on_the_new_one) {
  lock_file remover = opened();
  ASSERT_TRUE(try_lock(remover));
  lock_file late = opened();
  remover.remove();
  remover.unlock();
  ASSERT_TRUE(try_lock(late));
  EXPECT_FALSE(can_be_had()) << "there are two locks of one name";
}

TEST_F(lock_file_test, a_look_finds_nothing_where_there_is_no_lock) {
  EXPECT_FALSE(lock_file::find("x", place.path()).has_value());
  EXPECT_EQ(place.entries(), 0U);
}

}  // namespace
