// SPDX-License-Identifier: BSL-1.0
// The last words of a program that misuses a lock, and the errors of the system.
#include "holdfast/base/fatal.hpp"

#include <cerrno>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/emulated.hpp"

namespace holdfast::detail {
namespace {

TEST(fatal, says_what_where_and_the_remedy_and_aborts) {
  GTEST_FLAG_SET(death_test_style, test::death_test_style());
  EXPECT_DEATH(fatal("spin_lock", nullptr, "it was misused", "Do not"),
               "holdfast: it was misused \\(spin_lock at .*\\)\\. Do not\\.");
}

TEST(throw_lock_error, gives_the_systems_error_and_the_reason) {
  try {
    throw_lock_error(EDEADLK, "holdfast: because");
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::resource_deadlock_would_occur);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("holdfast: because"));
    return;
  }
  FAIL();
}

}  // namespace
}  // namespace holdfast::detail
