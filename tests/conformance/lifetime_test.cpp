// SPDX-License-Identifier: BSL-1.0
// Every lock that promises it: the one who gets it from us may destroy it and unmap its memory at
// once, while our unlock is still returning.
#include <sys/mman.h>

#include <memory>
#include <type_traits>

#include "conformance/locks.hpp"

namespace holdfast::test {
namespace {

template <class Tested>
class lifetime : public lock_suite<Tested> {};
TYPED_TEST_SUITE(lifetime, every_lock, names_of_locks);

// A lock on a page of its own, which is gone the moment it is destroyed.
template <class Lock>
struct on_its_own_page {
  static Lock* make() {
    void* const page =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? nullptr : ::new (page) Lock;
  }
  static void destroy(Lock* lock) {
    std::destroy_at(lock);
    ::munmap(static_cast<void*>(lock), 4096);
  }
};

TYPED_TEST(lifetime, the_next_owner_may_unmap_the_lock_while_our_unlock_returns) {
  using lock_type = typename TypeParam::lock_type;
  using page = on_its_own_page<lock_type>;
  if constexpr (!TypeParam::is.dies_early) {
    GTEST_SKIP() << "the system's mutex promises no such thing";
  } else {
    const std::size_t rounds = this->rounds(4'000, 2);
    std::atomic<lock_type*> offered{nullptr};
    this->compete(2, [&](unsigned index) {
      for (std::size_t i = 0; i < rounds; ++i) {
        if (index == 0) {
          lock_type* const lock = page::make();
          lock->lock();
          offered.store(lock);
          // Every other round: the other one is asleep, so that unlock has to wake it.
          if (i % 2 == 0) {
            if constexpr (parks<lock_type>) await_waiters(*lock, 1);
          } else if (i % 4 == 1) {
            std::this_thread::yield();
          }
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
}

// The same for one that got it while others gave up waiting.
TYPED_TEST(lifetime, a_lock_that_a_waiter_gave_up_may_be_unmapped_at_once) {
  using lock_type = typename TypeParam::lock_type;
  using page = on_its_own_page<lock_type>;
  if constexpr (!timed_lockable<lock_type> || !TypeParam::is.dies_early) {
    GTEST_SKIP() << "has no deadlines, or does not promise it";
  } else {
    const std::size_t rounds = this->rounds(400, 2);
    for (std::size_t i = 0; i < rounds; ++i) {
      lock_type* const lock = page::make();
      lock->lock();
      bool taken = true;
      std::thread gives_up([&] { taken = lock->try_lock_until(deadline::after(100'000)); });
      gives_up.join();
      lock->unlock();
      page::destroy(lock);
      EXPECT_FALSE(taken);
    }
  }
}

TYPED_TEST(lifetime, a_lock_is_unlocked_from_the_start_without_running_code) {
  using lock_type = typename TypeParam::lock_type;
  static constinit lock_type lock{};
  ASSERT_TRUE(lock.try_lock());
  lock.unlock();
  if constexpr (!TypeParam::is.slow && TypeParam::is.dies_early)
    static_assert(std::is_trivially_destructible_v<lock_type>);
  static_assert(!std::is_copy_constructible_v<lock_type> || TypeParam::is.threads == 2);
}

}  // namespace
}  // namespace holdfast::test
