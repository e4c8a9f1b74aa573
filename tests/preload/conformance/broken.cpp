// SPDX-License-Identifier: BSL-1.0
// The negative control: a library whose calls are wrong in one way each, which HOLDFAST_TEST_BROKEN names.
// The conformance program must fail under it.
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace {

bool is_broken(const char* what) {
  const char* const chosen = std::getenv("HOLDFAST_TEST_BROKEN");
  return chosen != nullptr && std::strcmp(chosen, what) == 0;
}

// The function that stands behind ours. Calls come from before any constructor on, and from several
// threads at once; neither the search nor a wait for its end may change errno, so there is no wait.
template <class Function>
Function* real(std::atomic<void*>& known, const char* name, const char* version) {
  void* found = known.load(std::memory_order_relaxed);
  if (found == nullptr) {
    const int before = errno;
    found = ::dlvsym(RTLD_NEXT, name, version);
    errno = before;
    known.store(found, std::memory_order_relaxed);
  }
  return reinterpret_cast<Function*>(found);
}

}  // namespace

// Declares `next`.
#define REAL(name, version)                 \
  static std::atomic<void*> name##_known{}; \
  auto* const next = real<decltype(name)>(name##_known, #name, version)

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  REAL(pthread_mutex_lock, "GLIBC_2.2.5");
  const int result = next(mutex);
  if (is_broken("errno")) errno = EINTR;
  return is_broken("relock") && result == EDEADLK ? 0 : result;
}

extern "C" int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  REAL(pthread_mutex_unlock, "GLIBC_2.2.5");
  const int result = next(mutex);
  if (is_broken("late")) static_cast<void>(*const_cast<volatile int*>(&mutex->__data.__kind));
  return is_broken("owner") ? 0 : result;
}

extern "C" int pthread_mutex_timedlock(pthread_mutex_t* mutex,
                                       const struct timespec* when) noexcept {
  REAL(pthread_mutex_timedlock, "GLIBC_2.2.5");
  const int result = next(mutex, when);
  return is_broken("time") && result == ETIMEDOUT ? EAGAIN : result;
}

extern "C" int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  REAL(pthread_cond_signal, "GLIBC_2.3.2");
  static int calls = 0;
  if (is_broken("signal") && ++calls % 3 == 0) return 0;
  return next(condition);
}

extern "C" int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  REAL(pthread_cond_wait, "GLIBC_2.3.2");
  const int result = next(condition, mutex);
  if (is_broken("mutex")) pthread_mutex_unlock(mutex);
  return result;
}

extern "C" int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  REAL(pthread_rwlock_wrlock, "GLIBC_2.2.5");
  const int result = next(lock);
  return is_broken("rwlock") && result == EDEADLK ? 0 : result;
}

extern "C" int sem_trywait(sem_t* semaphore) noexcept {
  REAL(sem_trywait, "GLIBC_2.2.5");
  const int result = next(semaphore);
  return is_broken("semaphore") ? 0 : result;
}

extern "C" int pthread_once(pthread_once_t* control, void (*function)()) {
  REAL(pthread_once, "GLIBC_2.2.5");
  if (!is_broken("once")) return next(control, function);
  function();
  return 0;
}

extern "C" int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  REAL(pthread_barrier_wait, "GLIBC_2.2.5");
  const int result = next(barrier);
  return is_broken("barrier") ? PTHREAD_BARRIER_SERIAL_THREAD : result;
}
