// SPDX-License-Identifier: BSL-1.0
// The semaphore calls. They take no lock: a handler of a signal may post whatever it has interrupted.
#include "sem.hpp"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "export.hpp"
#include "glibc.hpp"
#include "passage.hpp"
#include "posix_time.hpp"

namespace preload {
namespace {

int fail(int error) noexcept {
  errno = error;
  return -1;
}

// One wait that sleeps, without a look awake before (docs/decisions/0024), in the frame of the thread that waits.
class waiting {
 public:
  waiting(semaphore_object& semaphore, clockid_t clock, const struct timespec* when) noexcept
      : permits_(semaphore.permits), clock_(clock), when_(when) {}
  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;

  // 0, ETIMEDOUT or EINTR.
  int run() {
    return permits_.take_slow([this](const permits::word& word) { return sleep(word); });
  }

 private:
  using permits = posix_semaphore<foreign_program>;

  int sleep(const permits::word& word);
  int sleep_until_changed(const permits::word& word) const noexcept;
  static void leave(void* self) noexcept { static_cast<waiting*>(self)->permits_.leave(); }

  permits& permits_;
  clockid_t clock_;
  const struct timespec* when_;
};

// The thread may be cancelled in here, asynchronously, and then `leave` runs. As in a wait for a
// condition, the macros keep a jump buffer.
int waiting::sleep(const permits::word& word) {
  volatile int error = 0;
  pthread_cleanup_push(&waiting::leave, this);
  int type = 0;
  // NOLINTNEXTLINE(concurrency-thread-canceltype-asynchronous): around one system call
  ::pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
  error = sleep_until_changed(word);
  ::pthread_setcanceltype(type, nullptr);
  pthread_cleanup_pop(0);
  return error == ETIMEDOUT || error == EINTR ? error : 0;
}

int waiting::sleep_until_changed(const permits::word& word) const noexcept {
  if (when_ != nullptr && when_->tv_sec < 0) return ETIMEDOUT;
  const int saved_errno = errno;
  int operation = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG;
  if (clock_ == CLOCK_REALTIME) operation |= FUTEX_CLOCK_REALTIME;
  const long done =
      ::syscall(SYS_futex, word.address(), operation, 0, when_, nullptr, FUTEX_BITSET_MATCH_ANY);
  const int error = done == 0 ? 0 : errno;
  errno = saved_errno;
  return error;
}

int passed(step what, int result) noexcept {
  return passed_through(what, kind::passed_shared_semaphore, result);
}

int wait(semaphore_object& s, clockid_t clock, const struct timespec* when) {
  ::pthread_testcancel();
  if (!s.permits.try_take()) {
    pass(step::wait, kind::semaphore);
    if (const int error = waiting(s, clock, when).run(); error != 0) return fail(error);
  }
  pass(step::acquire, kind::semaphore);
  return 0;
}

int clock_wait(sem_t* semaphore, clockid_t clock, const struct timespec* when) {
  semaphore_object& s = semaphore_object::of(semaphore);
  if (s.is_shared()) return passed(step::acquire, glibc().sem_clockwait(semaphore, clock, when));
  return can_wait_until(clock, *when) ? wait(s, clock, when) : fail(EINVAL);
}

int post(semaphore_object& s) noexcept {
  pass(step::release, kind::semaphore, &s.seen);
  return s.permits.post() ? 0 : fail(EOVERFLOW);
}

}  // namespace
}  // namespace preload

using preload::semaphore_object;

// Bytes that the C library does not use are as the caller left them.
HOLDFAST_PTHREAD_CALL(int, sem_init)(sem_t* semaphore, int shared, unsigned value) noexcept {
  const int result = preload::glibc().sem_init(semaphore, shared, value);
  if (result != 0) return result;
  semaphore_object& s = semaphore_object::of(semaphore);
  if (s.is_shared())
    preload::pass(preload::step::init, preload::kind::passed_shared_semaphore);
  else
    s.seen = 0;
  return 0;
}
HOLDFAST_PTHREAD_CALL(int, sem_destroy)(sem_t* semaphore) noexcept {
  return semaphore_object::of(semaphore).is_shared() ? preload::glibc().sem_destroy(semaphore) : 0;
}
HOLDFAST_PTHREAD_CALL(int, sem_wait)(sem_t* semaphore) {
  semaphore_object& s = semaphore_object::of(semaphore);
  return s.is_shared()
             ? preload::passed(preload::step::acquire, preload::glibc().sem_wait(semaphore))
             : preload::wait(s, CLOCK_MONOTONIC, nullptr);
}
HOLDFAST_PTHREAD_CALL(int, sem_trywait)(sem_t* semaphore) noexcept {
  semaphore_object& s = semaphore_object::of(semaphore);
  if (s.is_shared())
    return preload::passed(preload::step::acquire, preload::glibc().sem_trywait(semaphore));
  if (!s.permits.try_take()) return preload::fail(EAGAIN);
  preload::pass(preload::step::acquire, preload::kind::semaphore);
  return 0;
}
HOLDFAST_PTHREAD_CALL(int, sem_timedwait)(sem_t* semaphore, const struct timespec* when) {
  return preload::clock_wait(semaphore, CLOCK_REALTIME, when);
}
HOLDFAST_PTHREAD_CALL(int, sem_clockwait)(sem_t* semaphore, clockid_t clock,
                                          const struct timespec* when) {
  return preload::clock_wait(semaphore, clock, when);
}
HOLDFAST_PTHREAD_CALL(int, sem_post)(sem_t* semaphore) noexcept {
  semaphore_object& s = semaphore_object::of(semaphore);
  return s.is_shared()
             ? preload::passed(preload::step::release, preload::glibc().sem_post(semaphore))
             : preload::post(s);
}
HOLDFAST_PTHREAD_CALL(int, sem_getvalue)(sem_t* semaphore, int* value) noexcept {
  semaphore_object& s = semaphore_object::of(semaphore);
  if (s.is_shared()) return preload::glibc().sem_getvalue(semaphore, value);
  *value = static_cast<int>(s.permits.value());
  return 0;
}

HOLDFAST_PTHREAD_EXPORT(sem_init, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(sem_destroy, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(sem_wait, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(sem_trywait, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(sem_timedwait, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(sem_clockwait, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(sem_post, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(sem_getvalue, "GLIBC_2.34");
HOLDFAST_PTHREAD_ALSO(sem_init, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(sem_destroy, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(sem_wait, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(sem_trywait, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(sem_timedwait, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(sem_clockwait, 2_30, "GLIBC_2.30");
HOLDFAST_PTHREAD_ALSO(sem_post, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(sem_getvalue, 2_2_5, "GLIBC_2.2.5");
