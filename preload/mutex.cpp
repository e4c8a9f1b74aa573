// SPDX-License-Identifier: BSL-1.0
// The mutex calls.
#include "mutex.hpp"

#include <cerrno>

#include "export.hpp"
#include "glibc.hpp"
#include "posix_time.hpp"
#include "this_thread.hpp"

namespace preload {
namespace {

using holdfast::platform::order;

// The owner's names are read by others at any time, and mean nothing to them but "not mine".
bool is_mine(const mutex_object& m) noexcept {
  return m.identity.load(order::relaxed) == this_thread().identity;
}

[[gnu::always_inline]] inline void note_owner(mutex_object& m, mutex_kind of) noexcept {
  const thread_names& me = this_thread();
  m.owner.store(me.number, order::relaxed);
  if (!has_no_owner(of)) {
    m.identity.store(me.identity, order::relaxed);
    m.count = 1;
  }
}

kind kind_of_row(mutex_kind of) noexcept { return static_cast<kind>(static_cast<int>(of)); }

[[gnu::always_inline]] inline int acquired(mutex_object& m, mutex_kind of) noexcept {
  note_owner(m, of);
  pass(step::acquire, kind_of_row(of), &m.seen);
  return 0;
}

int passed(const mutex_object& m, step what, int result) noexcept {
  if (result == 0 || result == EOWNERDEAD) pass(what, reported_kind(m));
  return result;
}

// By its owner once more.
int lock_again(mutex_object& m, mutex_kind of, int if_errorcheck) noexcept {
  if (of == mutex_kind::errorcheck) return if_errorcheck;
  if (m.count + 1 == 0) return EAGAIN;
  ++m.count;
  pass(step::acquire, kind_of_row(of), &m.seen);
  return 0;
}

[[gnu::always_inline]] inline void release(mutex_object& m,
                                           mutex_kind of) noexcept HOLDFAST_UNANALYSED {
  pass(step::release, kind_of_row(of));
  m.owner.store(0, order::relaxed);
  m.lock.unlock();
  // After this line *m may be gone.
}

[[gnu::noinline]] int lock_slow(pthread_mutex_t* mutex, mutex_object& m,
                                mutex_kind of) noexcept HOLDFAST_UNANALYSED {
  if (!is_replaced(of)) return passed(m, step::acquire, glibc().mutex_lock(mutex));
  if (is_mine(m)) return lock_again(m, of, EDEADLK);
  m.lock.lock();
  return acquired(m, of);
}

[[gnu::noinline]] int unlock_slow(pthread_mutex_t* mutex, mutex_object& m, mutex_kind of) noexcept {
  if (!is_replaced(of)) {
    const kind reported = reported_kind(m);  // after the unlock it may be gone
    return passed_through(step::release, reported, glibc().mutex_unlock(mutex));
  }
  if (!is_mine(m)) return EPERM;
  if (--m.count != 0) {
    pass(step::release, kind_of_row(of));
    return 0;
  }
  m.identity.store(0, order::relaxed);
  release(m, of);
  return 0;
}

}  // namespace

kind reported_kind(const mutex_object& of) noexcept {
  constexpr int robust = 16;
  constexpr int shared = 128;
  if (is_replaced(kind_of(of))) return kind_of_row(kind_of(of));
  if ((of.kind & robust) != 0) return kind::passed_robust_mutex;
  return (of.kind & shared) != 0 ? kind::passed_shared_mutex : kind::passed_priority_mutex;
}

int lock(pthread_mutex_t* mutex) noexcept HOLDFAST_UNANALYSED {
  mutex_object& m = mutex_object::of(mutex);
  const mutex_kind of = kind_of(m);
  if (!has_no_owner(of)) [[unlikely]]
    return lock_slow(mutex, m, of);
  m.lock.lock();
  return acquired(m, of);
}

int try_lock(pthread_mutex_t* mutex) noexcept HOLDFAST_UNANALYSED {
  mutex_object& m = mutex_object::of(mutex);
  const mutex_kind of = kind_of(m);
  if (!is_replaced(of)) return passed(m, step::acquire, glibc().mutex_trylock(mutex));
  if (!has_no_owner(of) && is_mine(m)) return lock_again(m, of, EBUSY);
  return m.lock.try_lock() ? acquired(m, of) : EBUSY;
}

// The time is looked at only by who has to wait.
int lock_until(pthread_mutex_t* mutex, clockid_t clock,
               const struct timespec* when) noexcept HOLDFAST_UNANALYSED {
  mutex_object& m = mutex_object::of(mutex);
  const mutex_kind of = kind_of(m);
  if (!is_replaced(of))
    return passed(m, step::acquire, glibc().mutex_clocklock(mutex, clock, when));
  if (!has_no_owner(of) && is_mine(m)) return lock_again(m, of, EDEADLK);
  if (m.lock.try_lock()) return acquired(m, of);
  if (!is_valid(*when)) return EINVAL;
  holdfast::detail::basic_waiter<foreign_program> waiter;
  return m.lock.try_lock_until(deadline_of(clock, *when), waiter) ? acquired(m, of) : ETIMEDOUT;
}

int unlock(pthread_mutex_t* mutex) noexcept {
  mutex_object& m = mutex_object::of(mutex);
  const mutex_kind of = kind_of(m);
  if (!has_no_owner(of)) [[unlikely]]
    return unlock_slow(mutex, m, of);
  release(m, of);
  return 0;
}

int destroy(pthread_mutex_t* mutex) noexcept HOLDFAST_UNANALYSED {
  mutex_object& m = mutex_object::of(mutex);
  if (!is_replaced(kind_of(m))) return glibc().mutex_destroy(mutex);
  if (!m.lock.try_lock()) return EBUSY;
  m.kind = -1;  // as glibc does: whoever uses it now is told EINVAL
  return 0;
}

int may_unlock(const mutex_object& mutex) noexcept {
  const mutex_kind of = kind_of(mutex);
  return has_no_owner(of) || !is_replaced(of) || is_mine(mutex) ? 0 : EPERM;
}

void now_owned(mutex_object& mutex) noexcept {
  mutex.lock.now_owned();
  acquired(mutex, kind_of(mutex));
}

}  // namespace preload

HOLDFAST_PTHREAD_CALL(int, pthread_mutex_init)(pthread_mutex_t* mutex,
                                               const pthread_mutexattr_t* attributes) noexcept {
  const int result = preload::glibc().mutex_init(mutex, attributes);
  if (result == 0)
    preload::pass(preload::step::init, preload::reported_kind(preload::mutex_object::of(mutex)));
  return result;
}
HOLDFAST_PTHREAD_CALL(int, pthread_mutex_destroy)(pthread_mutex_t* mutex) noexcept {
  return preload::destroy(mutex);
}
HOLDFAST_PTHREAD_CALL(int, pthread_mutex_lock)(pthread_mutex_t* mutex) noexcept {
  return preload::lock(mutex);
}
HOLDFAST_PTHREAD_CALL(int, pthread_mutex_trylock)(pthread_mutex_t* mutex) noexcept {
  return preload::try_lock(mutex);
}
HOLDFAST_PTHREAD_CALL(int, pthread_mutex_timedlock)(pthread_mutex_t* mutex,
                                                    const struct timespec* when) noexcept {
  return preload::lock_until(mutex, CLOCK_REALTIME, when);
}
HOLDFAST_PTHREAD_CALL(int, pthread_mutex_clocklock)(pthread_mutex_t* mutex, clockid_t clock,
                                                    const struct timespec* when) noexcept {
  if (!preload::is_known(clock)) return EINVAL;
  return preload::lock_until(mutex, clock, when);
}
HOLDFAST_PTHREAD_CALL(int, pthread_mutex_unlock)(pthread_mutex_t* mutex) noexcept {
  return preload::unlock(mutex);
}

HOLDFAST_PTHREAD_EXPORT(pthread_mutex_init, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_EXPORT(pthread_mutex_destroy, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_EXPORT(pthread_mutex_lock, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_EXPORT(pthread_mutex_trylock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_mutex_timedlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_mutex_clocklock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_mutex_unlock, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_mutex_trylock, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_mutex_timedlock, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_mutex_clocklock, 2_30, "GLIBC_2.30");
HOLDFAST_PTHREAD_ALIAS(pthread_mutex_init, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALIAS(pthread_mutex_destroy, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALIAS(pthread_mutex_lock, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALIAS(pthread_mutex_trylock, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALIAS(pthread_mutex_unlock, "GLIBC_2.2.5");
