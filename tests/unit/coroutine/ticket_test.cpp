// SPDX-License-Identifier: BSL-1.0
// A resumption finds the wait that it was posted for, or nobody.
#include "holdfast/coroutine/ticket.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "holdfast/platform/native.hpp"

namespace holdfast::detail {
namespace {

using native = platform::native;
using ticket = basic_ticket<native>;
using wait = async_wait<native>;

// A wait that is looked at only as an address.
wait* some_wait() {
  static int address;
  return reinterpret_cast<wait*>(&address);
}

TEST(ticket, is_redeemed_once) {
  ticket t;
  t.belong_to(some_wait());
  const auto first = t.number();
  EXPECT_EQ(t.redeem(first), some_wait());
  EXPECT_EQ(t.redeem(first), nullptr);
  t.note_posted(first);
  const auto second = t.number();
  EXPECT_NE(second, first);
  t.note_posted(second);
  EXPECT_EQ(t.redeem(second), some_wait());
  EXPECT_EQ(t.redeem(second), nullptr);
}

TEST(ticket, that_was_revoked_is_worth_nothing) {
  ticket t;
  t.belong_to(some_wait());
  const auto number = t.number();
  t.note_posted(number);
  EXPECT_TRUE(t.revoke(number));
  EXPECT_EQ(t.redeem(number), nullptr);
  EXPECT_EQ(t.redeem(t.number()), some_wait());
}

TEST(ticket, cannot_be_revoked_when_it_has_been_redeemed) {
  ticket t;
  t.belong_to(some_wait());
  const auto number = t.number();
  t.note_posted(number);
  EXPECT_EQ(t.redeem(number), some_wait());
  EXPECT_FALSE(t.revoke(number));
}

TEST(ticket_pool, gives_the_same_tickets_again) {
  auto& pool = ticket_pool<native>::instance();
  std::vector<ticket*> all;
  for (int i = 0; i < 200; ++i) all.push_back(&pool.take(*some_wait()));
  ticket* const last = all.back();
  for (ticket* each : all) pool.give_back(*each);
  EXPECT_EQ(&pool.take(*some_wait()), last);
  pool.give_back(*last);
}

}  // namespace
}  // namespace holdfast::detail
