// SPDX-License-Identifier: BSL-1.0
// Every lock: the standard's condition waits with it. For threads, as that puts them to sleep.
#include <condition_variable>
#include <mutex>

#include "conformance/locks.hpp"

namespace holdfast::test {
namespace {

template <class Tested>
class standard_condition : public lock_suite<Tested> {};
TYPED_TEST_SUITE(standard_condition, every_lock, names_of_locks);

TYPED_TEST(standard_condition, a_condition_variable_any_waits_with_it) {
  typename TypeParam::lock_type lock;
  std::condition_variable_any turned;
  unsigned turn = 0;
  const std::size_t rounds = this->rounds(2'000, 2);
  this->compete(2, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      std::unique_lock hold(lock);
      turned.wait(hold, [&] { return turn == index; });
      turn = 1 - turn;
      turned.notify_one();
    }
  });
  EXPECT_EQ(turn, 0U);
}

}  // namespace
}  // namespace holdfast::test
