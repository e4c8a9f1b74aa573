// SPDX-License-Identifier: BSL-1.0
// The calls of <threads.h>, whose objects are those of pthreads.
#include <threads.h>

#include <cerrno>

#include "condition.hpp"
#include "export.hpp"
#include "mutex.hpp"

namespace {

pthread_mutex_t* of(mtx_t* mutex) noexcept { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* of(cnd_t* condition) noexcept {
  return reinterpret_cast<pthread_cond_t*>(condition);
}

int result_of(int error) noexcept {
  switch (error) {
    case 0:
      return thrd_success;
    case ETIMEDOUT:
      return thrd_timedout;
    case EBUSY:
      return thrd_busy;
    case ENOMEM:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}

}  // namespace

HOLDFAST_PTHREAD_CALL(int, mtx_init)(mtx_t* mutex, int type) noexcept {
  if ((type & ~(mtx_timed | mtx_recursive)) != 0) return thrd_error;
  pthread_mutexattr_t attributes;
  ::pthread_mutexattr_init(&attributes);
  if ((type & mtx_recursive) != 0)
    ::pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  const int result = result_of(::pthread_mutex_init(of(mutex), &attributes));
  ::pthread_mutexattr_destroy(&attributes);
  return result;
}
HOLDFAST_PTHREAD_CALL(void, mtx_destroy)(mtx_t* mutex) noexcept { preload::destroy(of(mutex)); }
HOLDFAST_PTHREAD_CALL(int, mtx_lock)(mtx_t* mutex) noexcept {
  return result_of(preload::lock(of(mutex)));
}
HOLDFAST_PTHREAD_CALL(int, mtx_trylock)(mtx_t* mutex) noexcept {
  return result_of(preload::try_lock(of(mutex)));
}
HOLDFAST_PTHREAD_CALL(int, mtx_timedlock)(mtx_t* __restrict mutex,
                                          const struct timespec* __restrict when) noexcept {
  return result_of(preload::lock_until(of(mutex), CLOCK_REALTIME, when));
}
HOLDFAST_PTHREAD_CALL(int, mtx_unlock)(mtx_t* mutex) noexcept {
  return result_of(preload::unlock(of(mutex)));
}

HOLDFAST_PTHREAD_CALL(int, cnd_init)(cnd_t* condition) noexcept {
  return result_of(::pthread_cond_init(of(condition), nullptr));
}
HOLDFAST_PTHREAD_CALL(void, cnd_destroy)(cnd_t* condition) noexcept {
  ::pthread_cond_destroy(of(condition));
}
HOLDFAST_PTHREAD_CALL(int, cnd_wait)(cnd_t* condition, mtx_t* mutex) {
  return result_of(preload::wait(of(condition), of(mutex), CLOCK_REALTIME, nullptr));
}
HOLDFAST_PTHREAD_CALL(int, cnd_timedwait)(cnd_t* __restrict condition, mtx_t* __restrict mutex,
                                          const struct timespec* __restrict when) {
  return result_of(preload::wait(of(condition), of(mutex), CLOCK_REALTIME, when));
}
HOLDFAST_PTHREAD_CALL(int, cnd_signal)(cnd_t* condition) noexcept {
  return result_of(preload::signal(of(condition)));
}
HOLDFAST_PTHREAD_CALL(int, cnd_broadcast)(cnd_t* condition) noexcept {
  return result_of(preload::broadcast(of(condition)));
}

HOLDFAST_PTHREAD_EXPORT(mtx_init, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(mtx_destroy, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(mtx_lock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(mtx_trylock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(mtx_timedlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(mtx_unlock, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(cnd_init, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(cnd_destroy, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(cnd_wait, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(cnd_timedwait, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(cnd_signal, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(cnd_broadcast, "GLIBC_2.34");
HOLDFAST_PTHREAD_ALSO(mtx_init, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALSO(mtx_destroy, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALSO(mtx_lock, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALSO(mtx_trylock, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALSO(mtx_timedlock, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALSO(mtx_unlock, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALSO(cnd_init, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALSO(cnd_destroy, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALSO(cnd_wait, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALSO(cnd_timedwait, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALSO(cnd_signal, 2_28, "GLIBC_2.28");
HOLDFAST_PTHREAD_ALSO(cnd_broadcast, 2_28, "GLIBC_2.28");
