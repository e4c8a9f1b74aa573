// SPDX-License-Identifier: BSL-1.0
// co_await mutex::lock_async.
#include <gtest/gtest.h>

#include "holdfast/async.hpp"

#include "support/coroutines.hpp"
#include "support/parked.hpp"

namespace holdfast {
namespace {

using test::coroutine;
using test::manual_executor;

coroutine adds(mutex<int>& m, manual_executor& ex, int n) {
  auto owner = co_await m.lock_async(resume_on(ex));
  *owner += n;
}

TEST(async_lock, goes_on_at_once_if_the_lock_is_free) {
  mutex<int> m(1);
  manual_executor ex;
  const coroutine c = adds(m, ex, 2);
  EXPECT_TRUE(c.is_done());
  EXPECT_EQ(m.copy(), 3);
}

}  // namespace
}  // namespace holdfast
