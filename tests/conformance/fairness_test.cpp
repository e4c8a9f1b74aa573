// SPDX-License-Identifier: BSL-1.0
// Every lock that promises it: a waiter gets the lock although another thread never stops taking it.
#include <algorithm>

#include "conformance/locks.hpp"

namespace holdfast::test {
namespace {

template <class Tested>
class fairness : public lock_suite<Tested> {};
TYPED_TEST_SUITE(fairness, fair_locks, names_of_locks);

// Counted in the other one's acquisitions and not in time. A hand-over comes after a millisecond at
// most, that is some hundred thousand acquisitions; the rest is for a scheduler that has better
// things to do than to run the waiter.
constexpr std::size_t acquisitions_at_most = 50'000'000;

TYPED_TEST(fairness, a_waiter_gets_the_lock_from_a_thread_that_hammers_it) {
  typename TypeParam::lock_type lock;
  std::atomic<std::size_t> acquisitions{0};
  std::atomic<bool> enough{false};
  std::atomic<std::size_t> waited_since{0};
  std::atomic<bool> exceeded{false};
  competitor hammers([&] {
    while (!enough.load(std::memory_order_relaxed)) {
      lock.lock();
      const std::size_t now = acquisitions.load(std::memory_order_relaxed) + 1;
      acquisitions.store(now, std::memory_order_relaxed);
      may_be_preempted();
      lock.unlock();
      if (now - std::min(now, waited_since.load(std::memory_order_relaxed)) >
          acquisitions_at_most) {
        exceeded.store(true);  // give up, or the waiter would wait for ever
        return;
      }
    }
  });
  await([&] { return acquisitions.load() > 1000; });
  const std::size_t turns = this->rounds(200, 2);
  for (std::size_t i = 0; i < turns && !exceeded.load(); ++i) {
    waited_since.store(acquisitions.load());
    lock.lock();
    lock.unlock();
  }
  enough.store(true);
  hammers.join();
  EXPECT_FALSE(exceeded.load()) << "more than " << acquisitions_at_most
                                << " acquisitions passed a waiter by";
}

// Several hammer, several wait: everyone gets a share.
TYPED_TEST(fairness, everyone_of_four_gets_turns_until_the_last_has_had_its_own) {
  typename TypeParam::lock_type lock;
  std::atomic<unsigned> satisfied{0};
  std::atomic<bool> exceeded{false};
  const std::size_t turns = this->rounds(100, 4);
  this->compete(4, [&](unsigned) {
    std::size_t mine = 0;
    while (satisfied.load(std::memory_order_relaxed) < 4 && !exceeded.load()) {
      lock.lock();
      may_be_preempted();
      lock.unlock();
      if (++mine == turns) satisfied.fetch_add(1);
      if (mine > acquisitions_at_most) exceeded.store(true);
    }
  });
  EXPECT_FALSE(exceeded.load());
}

}  // namespace
}  // namespace holdfast::test
