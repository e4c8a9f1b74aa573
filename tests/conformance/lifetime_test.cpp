// SPDX-License-Identifier: BSL-1.0
// Every lock that promises it: the one who gets it from us may destroy it and unmap its memory at
// once, while our unlock is still returning.
#include <type_traits>

#include "holdfast/base/lock_concepts.hpp"

#include "conformance/locks.hpp"
#include "support/own_page.hpp"

namespace holdfast::test {
namespace {

template <class Tested>
class lifetime : public lock_suite<Tested> {};
TYPED_TEST_SUITE(lifetime, locks_that_die_early, names_of_locks);

template <class Tested>
class construction : public lock_suite<Tested> {};
TYPED_TEST_SUITE(construction, locks_of_many, names_of_locks);

TYPED_TEST(lifetime, the_next_owner_may_unmap_the_lock_while_our_unlock_returns) {
  using lock_type = typename TypeParam::lock_type;
  using page = on_its_own_page<lock_type>;
  const std::size_t rounds = this->rounds(4'000, 2);
  std::atomic<lock_type*> offered{nullptr};
  this->compete(2, [&](unsigned index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      if (index == 0) {
        lock_type* const lock = page::make();
        lock->lock();
        offered.store(lock);
        if (i % 2 == 0) await_waiters(*lock, 1);  // every other time unlock has to wake somebody
        lock->unlock();
        await([&] { return offered.load() == nullptr; });
      } else {
        await([&] { return offered.load() != nullptr; });
        lock_type* const lock = offered.load();
        lock->lock();
        lock->unlock();
        page::destroy(lock);
        offered.store(nullptr);
      }
    }
  });
}

TYPED_TEST(lifetime, a_lock_that_a_waiter_gave_up_may_be_unmapped_at_once) {
  using lock_type = typename TypeParam::lock_type;
  using page = on_its_own_page<lock_type>;
  const std::size_t rounds = this->rounds(400, 2);
  for (std::size_t i = 0; i < rounds; ++i) {
    lock_type* const lock = page::make();
    lock->lock();
    bool taken = true;
    competitor gives_up([&] { taken = lock->try_lock_until(deadline::after(100'000)); });
    gives_up.join();
    lock->unlock();
    page::destroy(lock);
    EXPECT_FALSE(taken);
  }
}

TYPED_TEST(construction, a_lock_is_unlocked_from_the_start_without_running_code) {
  using lock_type = typename TypeParam::lock_type;
  static constinit lock_type lock{};
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
  static_assert(!std::is_copy_constructible_v<lock_type>);
  static_assert(!std::is_move_constructible_v<lock_type>);
  // Checked ones look whether they are held; the system's may own something.
  static_assert(std::is_trivially_destructible_v<lock_type> !=
                (TypeParam::is.slow || thread_owned<lock_type>));
}

}  // namespace
}  // namespace holdfast::test
