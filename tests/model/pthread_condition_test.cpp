// SPDX-License-Identifier: BSL-1.0
// The programs of the condition variable of the pthread calls notice what is wrong with one: that it steals
// signals as that of the C library before 2.41, or loses that of a cancelled thread.
#include <gtest/gtest.h>

#include "pthread_condition_programs.hpp"

namespace holdfast::verify {
namespace {

std::string failure_of(std::function<void(model::scenario&)> build) {
  return model::explore("condition", by_content(bounded(1)), build).failure;
}

TEST(pthread_condition, a_newcomer_that_steals_a_signal_is_found_out) {
  EXPECT_NE(failure_of(one_signal_at_a_time<wrong::steals>(2, 2)), "");
}

TEST(pthread_condition, a_signal_that_is_given_once_more_is_found_out) {
  EXPECT_NE(failure_of(one_signal_at_a_time<wrong::gives_twice>(2, 1)), "");
}

TEST(pthread_condition, a_signal_that_a_cancelled_thread_keeps_is_found_out) {
  EXPECT_NE(failure_of(one_is_cancelled<wrong::keeps>(false)).find("a wake-up was lost"),
            std::string::npos);
}

}  // namespace
}  // namespace holdfast::verify
