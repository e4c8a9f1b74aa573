// SPDX-License-Identifier: BSL-1.0
// The spin lock calls.
#include <pthread.h>

#include <cerrno>

#include "holdfast/spin/spin_lock.hpp"

#include "export.hpp"
#include "foreign_program.hpp"
#include "glibc.hpp"
#include "passage.hpp"
#include "spin/spin_lock_algorithm.hpp"

template class holdfast::basic_spin_lock<preload::foreign_program>;

namespace preload {
namespace {

// The object of the caller, from pthread_spin_init: there is no static initialiser. The C library's has 1,
// 0 or a negative number, so the third byte says whose it is.
//
//  offset  what
//     0    the lock
//     1    whether it was counted
//     2    1: ours
struct spin_object {
  using lock_type = holdfast::basic_spin_lock<foreign_program>;

  lock_type lock;
  std::uint8_t seen;
  std::uint8_t mine;
  std::uint8_t zero;

  static spin_object& of(pthread_spinlock_t* lock) noexcept {
    return *reinterpret_cast<spin_object*>(const_cast<int*>(lock));
  }
  static bool is_ours(pthread_spinlock_t* lock) noexcept {
    constexpr int tells = 0x7fff0000;
    const int all = __atomic_load_n(lock, __ATOMIC_RELAXED);
    return all > 0 && (all & tells) != 0;
  }
};
static_assert(sizeof(spin_object) == sizeof(pthread_spinlock_t));

constexpr int free_spin_lock = 1 << 16;

}  // namespace
}  // namespace preload

using preload::spin_object;

HOLDFAST_PTHREAD_CALL(int, pthread_spin_init)(pthread_spinlock_t* lock, int shared) noexcept {
  if (shared == PTHREAD_PROCESS_PRIVATE) {
    __atomic_store_n(lock, preload::free_spin_lock, __ATOMIC_RELAXED);
    return 0;
  }
  preload::pass(preload::step::init, preload::kind::passed_shared_spin_lock);
  return preload::glibc().spin_init(lock, shared);
}
HOLDFAST_PTHREAD_CALL(int, pthread_spin_destroy)(pthread_spinlock_t* lock) noexcept {
  return spin_object::is_ours(lock) ? 0 : preload::glibc().spin_destroy(lock);
}
HOLDFAST_PTHREAD_CALL(int,
                      pthread_spin_lock)(pthread_spinlock_t* lock) noexcept HOLDFAST_UNANALYSED {
  if (!spin_object::is_ours(lock)) {
    preload::pass(preload::step::acquire, preload::kind::passed_shared_spin_lock);
    return preload::glibc().spin_lock(lock);
  }
  spin_object& mine = spin_object::of(lock);
  mine.lock.lock();
  preload::pass(preload::step::acquire, preload::kind::spin_lock, &mine.seen);
  return 0;
}
HOLDFAST_PTHREAD_CALL(int,
                      pthread_spin_trylock)(pthread_spinlock_t* lock) noexcept HOLDFAST_UNANALYSED {
  if (!spin_object::is_ours(lock))
    return preload::passed_through(preload::step::acquire, preload::kind::passed_shared_spin_lock,
                                   preload::glibc().spin_trylock(lock));
  spin_object& mine = spin_object::of(lock);
  if (!mine.lock.try_lock()) return EBUSY;
  preload::pass(preload::step::acquire, preload::kind::spin_lock, &mine.seen);
  return 0;
}
HOLDFAST_PTHREAD_CALL(int,
                      pthread_spin_unlock)(pthread_spinlock_t* lock) noexcept HOLDFAST_UNANALYSED {
  if (!spin_object::is_ours(lock)) {
    preload::pass(preload::step::release, preload::kind::passed_shared_spin_lock);
    return preload::glibc().spin_unlock(lock);
  }
  preload::pass(preload::step::release, preload::kind::spin_lock);
  spin_object::of(lock).lock.unlock();
  return 0;
}

HOLDFAST_PTHREAD_EXPORT(pthread_spin_init, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_spin_destroy, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_spin_lock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_spin_trylock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_spin_unlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_ALSO(pthread_spin_init, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_spin_destroy, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_spin_lock, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_spin_trylock, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_spin_unlock, 2_2_5, "GLIBC_2.2.5");
