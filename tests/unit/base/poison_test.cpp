// SPDX-License-Identifier: BSL-1.0
// The exception of a poisoned mutex: what it says.
#include "holdfast/base/poison.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast {
namespace {

using ::testing::HasSubstr;

struct account {};

template <int... Numbers>
struct with_a_very_long_name {};

std::string address_of(const void* pointer) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx",
                static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(pointer)));
  return text;
}

TEST(poisoned, names_the_mutex_by_type_and_address_and_the_ways_out) {
  const int mutex = 0;
  const poisoned error(&mutex, detail::name_of<account>());
  EXPECT_THAT(error.what(), HasSubstr("account"));
  EXPECT_THAT(error.what(), HasSubstr(address_of(&mutex)));
  EXPECT_THAT(error.what(), HasSubstr("poisoned"));
  EXPECT_THAT(error.what(), HasSubstr("even_if_poisoned"));
  EXPECT_THAT(error.what(), HasSubstr("lock_or_repair"));
  EXPECT_THAT(error.what(), HasSubstr("clear_poison"));
  EXPECT_EQ(error.mutex(), &mutex);
}

TEST(poisoned, names_a_simple_type_as_the_source_does) {
  EXPECT_THAT(poisoned(nullptr, detail::name_of<int>()).what(), HasSubstr("mutex<int>"));
}

TEST(poisoned, a_long_type_does_not_push_the_ways_out_off_the_message) {
  using longest = with_a_very_long_name<1000001, 1000002, 1000003, 1000004, 1000005, 1000006,
                                        1000007, 1000008, 1000009, 1000010, 1000011, 1000012>;
  const poisoned error(nullptr, detail::name_of<longest>());
  EXPECT_THAT(error.what(), HasSubstr("with_a_very_long_name"));
  EXPECT_THAT(error.what(), HasSubstr("clear_poison() accepts it"));
}

TEST(poisoned, a_text_without_a_type_is_no_trouble) {
  EXPECT_THAT(poisoned(nullptr, "").what(), HasSubstr("mutex<?>"));
  EXPECT_THAT(poisoned(nullptr, "T = ").what(), HasSubstr("poisoned"));
}

TEST(poisoned, is_a_std_exception_that_copies_without_throwing) {
  const poisoned error(nullptr, detail::name_of<int>());
  const poisoned copy = error;
  EXPECT_STREQ(copy.what(), error.what());
  static_assert(std::is_base_of_v<std::exception, poisoned>);
  static_assert(std::is_nothrow_copy_constructible_v<poisoned>);
}

TEST(poisoned, is_what_throw_poisoned_throws) {
  int mutex = 0;
  try {
    detail::throw_poisoned(&mutex, detail::name_of<int>());
  } catch (const poisoned& error) {
    EXPECT_EQ(error.mutex(), &mutex);
    return;
  }
  FAIL();
}

}  // namespace
}  // namespace holdfast
