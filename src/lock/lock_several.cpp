// SPDX-License-Identifier: BSL-1.0
// Locks several locks without deadlock.
#include "holdfast/lock/lock_several.hpp"

#include <cerrno>

#include "holdfast/base/fatal.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/spin_wait.hpp"

namespace holdfast::detail {
namespace {

// Gives back what it has taken unless told to keep it: a lock() of the system's mutexes may throw.
class taken_locks {
 public:
  taken_locks(const any_lock* locks, std::size_t total) noexcept : locks_(locks), total_(total) {}
  taken_locks(const taken_locks&) = delete;
  taken_locks& operator=(const taken_locks&) = delete;
  ~taken_locks() { give_back(); }

  void add(std::size_t index) noexcept {
    if (count_ == 0) first_ = index;
    ++count_;
  }
  void give_back() {
    while (count_ > 0) {
      --count_;
      const any_lock& each = locks_[(first_ + count_) % total_];
      each.unlock_it(each.lock);
    }
  }
  void keep() noexcept { count_ = 0; }

 private:
  const any_lock* locks_;
  std::size_t total_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;  // taken in a row from first_ on, round the end
};

}  // namespace

void lock_several(const any_lock* locks, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (locks[i].lock == locks[j].lock)
        throw_lock_error(
            EDEADLK,
            "holdfast: lock_all: the same mutex is named twice; it can be locked only once");

  std::size_t start = 0;
  while (count > 0) {
    taken_locks taken(locks, count);
    locks[start].lock_it(locks[start].lock);
    taken.add(start);
    std::size_t step = 1;
    while (step < count) {
      const std::size_t index = (start + step) % count;
      if (!locks[index].try_it(locks[index].lock)) break;
      taken.add(index);
      ++step;
    }
    if (step == count) {
      taken.keep();
      return;
    }
    // The one that was busy is the next to wait for, with nothing in hand.
    taken.give_back();
    yield<platform::native>();
    start = (start + step) % count;
  }
}

}  // namespace holdfast::detail
