// SPDX-License-Identifier: BSL-1.0
// The reader-writer lock calls.
#include "rwlock.hpp"

#include <cerrno>

#include "export.hpp"
#include "glibc.hpp"
#include "passage.hpp"
#include "posix_time.hpp"
#include "this_thread.hpp"

namespace preload {
namespace {

using holdfast::deadline;
using holdfast::platform::order;

bool is_mine(const rwlock_object& l) noexcept {
  return l.identity.load(order::relaxed) == this_thread().identity;
}

int passed(step what, int result) noexcept {
  return passed_through(what, kind::passed_shared_rwlock, result);
}

int read_result(rwlock_object& l, read_end end, int if_not_locked) noexcept {
  switch (end) {
    case read_end::locked:
      pass(step::acquire, kind::rwlock, &l.seen);
      return 0;
    case read_end::too_many:
      return EAGAIN;
    case read_end::not_locked:
      break;
  }
  return if_not_locked;
}

int write_locked(rwlock_object& l) noexcept {
  const thread_names& me = this_thread();
  l.writer.store(me.number, order::relaxed);
  l.identity.store(me.identity, order::relaxed);
  pass(step::acquire, kind::rwlock, &l.seen);
  return 0;
}

int try_read(rwlock_object& l) noexcept {
  return read_result(l, l.lock.try_read(l.preference()), EBUSY);
}
int read_until(rwlock_object& l, const deadline& until) noexcept {
  const read_end end = l.lock.try_read(l.preference());
  if (end != read_end::not_locked) return read_result(l, end, 0);
  if (is_mine(l)) return EDEADLK;
  return read_result(l, l.lock.read(l.preference(), until), ETIMEDOUT);
}

int try_write(rwlock_object& l) noexcept { return l.lock.try_write() ? write_locked(l) : EBUSY; }
int write_until(rwlock_object& l, const deadline& until) noexcept {
  if (l.lock.try_write()) return write_locked(l);
  if (is_mine(l)) return EDEADLK;
  return l.lock.write(l.preference(), until) ? write_locked(l) : ETIMEDOUT;
}

int unlock(rwlock_object& l) noexcept {
  // Not by who called: the child of a fork has another number, and other threads may unlock.
  if (l.identity.load(order::relaxed) != 0) {
    l.identity.store(0, order::relaxed);
    l.writer.store(0, order::relaxed);
  }
  if (!l.lock.unlock(l.preference())) return EPERM;
  // After this line *l may be gone.
  pass(step::release, kind::rwlock);
  return 0;
}

// The C library looks at the time before all else.
int clock_read(pthread_rwlock_t* lock, clockid_t clock, const struct timespec* when) noexcept {
  rwlock_object& l = rwlock_object::of(lock);
  if (l.is_shared()) return passed(step::acquire, glibc().rwlock_clockrdlock(lock, clock, when));
  return can_wait_until(clock, *when) ? read_until(l, deadline_of(clock, *when)) : EINVAL;
}
int clock_write(pthread_rwlock_t* lock, clockid_t clock, const struct timespec* when) noexcept {
  rwlock_object& l = rwlock_object::of(lock);
  if (l.is_shared()) return passed(step::acquire, glibc().rwlock_clockwrlock(lock, clock, when));
  return can_wait_until(clock, *when) ? write_until(l, deadline_of(clock, *when)) : EINVAL;
}

}  // namespace
}  // namespace preload

using preload::rwlock_object;

HOLDFAST_PTHREAD_CALL(int, pthread_rwlock_init)(pthread_rwlock_t* lock,
                                                const pthread_rwlockattr_t* attributes) noexcept {
  const int result = preload::glibc().rwlock_init(lock, attributes);
  if (result == 0 && rwlock_object::of(lock).is_shared())
    preload::pass(preload::step::init, preload::kind::passed_shared_rwlock);
  return result;
}
HOLDFAST_PTHREAD_CALL(int, pthread_rwlock_destroy)(pthread_rwlock_t* lock) noexcept {
  return rwlock_object::of(lock).is_shared() ? preload::glibc().rwlock_destroy(lock) : 0;
}
HOLDFAST_PTHREAD_CALL(int, pthread_rwlock_rdlock)(pthread_rwlock_t* lock) noexcept {
  rwlock_object& l = rwlock_object::of(lock);
  return l.is_shared()
             ? preload::passed(preload::step::acquire, preload::glibc().rwlock_rdlock(lock))
             : preload::read_until(l, holdfast::deadline::never());
}
HOLDFAST_PTHREAD_CALL(int, pthread_rwlock_tryrdlock)(pthread_rwlock_t* lock) noexcept {
  rwlock_object& l = rwlock_object::of(lock);
  return l.is_shared()
             ? preload::passed(preload::step::acquire, preload::glibc().rwlock_tryrdlock(lock))
             : preload::try_read(l);
}
HOLDFAST_PTHREAD_CALL(int, pthread_rwlock_timedrdlock)(pthread_rwlock_t* lock,
                                                       const struct timespec* when) noexcept {
  return preload::clock_read(lock, CLOCK_REALTIME, when);
}
HOLDFAST_PTHREAD_CALL(int, pthread_rwlock_clockrdlock)(pthread_rwlock_t* lock, clockid_t clock,
                                                       const struct timespec* when) noexcept {
  return preload::clock_read(lock, clock, when);
}
HOLDFAST_PTHREAD_CALL(int, pthread_rwlock_wrlock)(pthread_rwlock_t* lock) noexcept {
  rwlock_object& l = rwlock_object::of(lock);
  return l.is_shared()
             ? preload::passed(preload::step::acquire, preload::glibc().rwlock_wrlock(lock))
             : preload::write_until(l, holdfast::deadline::never());
}
HOLDFAST_PTHREAD_CALL(int, pthread_rwlock_trywrlock)(pthread_rwlock_t* lock) noexcept {
  rwlock_object& l = rwlock_object::of(lock);
  return l.is_shared()
             ? preload::passed(preload::step::acquire, preload::glibc().rwlock_trywrlock(lock))
             : preload::try_write(l);
}
HOLDFAST_PTHREAD_CALL(int, pthread_rwlock_timedwrlock)(pthread_rwlock_t* lock,
                                                       const struct timespec* when) noexcept {
  return preload::clock_write(lock, CLOCK_REALTIME, when);
}
HOLDFAST_PTHREAD_CALL(int, pthread_rwlock_clockwrlock)(pthread_rwlock_t* lock, clockid_t clock,
                                                       const struct timespec* when) noexcept {
  return preload::clock_write(lock, clock, when);
}
HOLDFAST_PTHREAD_CALL(int, pthread_rwlock_unlock)(pthread_rwlock_t* lock) noexcept {
  rwlock_object& l = rwlock_object::of(lock);
  if (!l.is_shared()) return preload::unlock(l);
  preload::pass(preload::step::release, preload::kind::passed_shared_rwlock);
  return preload::glibc().rwlock_unlock(lock);
}

HOLDFAST_PTHREAD_EXPORT(pthread_rwlock_init, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_rwlock_destroy, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_rwlock_rdlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_rwlock_tryrdlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_rwlock_timedrdlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_rwlock_clockrdlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_rwlock_wrlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_rwlock_trywrlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_rwlock_timedwrlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_rwlock_clockwrlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_rwlock_unlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_ALSO(pthread_rwlock_init, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_rwlock_destroy, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_rwlock_rdlock, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_rwlock_tryrdlock, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_rwlock_timedrdlock, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_rwlock_clockrdlock, 2_30, "GLIBC_2.30");
HOLDFAST_PTHREAD_ALSO(pthread_rwlock_wrlock, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_rwlock_trywrlock, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_rwlock_timedwrlock, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_rwlock_clockwrlock, 2_30, "GLIBC_2.30");
HOLDFAST_PTHREAD_ALSO(pthread_rwlock_unlock, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALIAS(pthread_rwlock_init, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALIAS(pthread_rwlock_destroy, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALIAS(pthread_rwlock_rdlock, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALIAS(pthread_rwlock_tryrdlock, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALIAS(pthread_rwlock_wrlock, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALIAS(pthread_rwlock_trywrlock, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALIAS(pthread_rwlock_unlock, "GLIBC_2.2.5");
