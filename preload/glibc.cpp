// SPDX-License-Identifier: BSL-1.0
// Finding the C library's functions.
#include "glibc.hpp"

#include <dlfcn.h>

namespace preload {
namespace {

// By version: of the condition variables there are two sets, and the older has another layout.
template <class Function>
void find(Function*& to, const char* name, const char* version) noexcept {
  to = reinterpret_cast<Function*>(::dlvsym(RTLD_NEXT, name, version));
}

constexpr const char* first = "GLIBC_2.2.5";
constexpr const char* new_conditions = "GLIBC_2.3.2";
constexpr const char* with_clocks = "GLIBC_2.30";

}  // namespace

constinit glibc_functions found_glibc{};

void find_glibc() noexcept {
  glibc_functions& f = found_glibc;
  find(f.mutex_init, "pthread_mutex_init", first);
  find(f.mutex_destroy, "pthread_mutex_destroy", first);
  find(f.mutex_lock, "pthread_mutex_lock", first);
  find(f.mutex_trylock, "pthread_mutex_trylock", first);
  find(f.mutex_timedlock, "pthread_mutex_timedlock", first);
  find(f.mutex_clocklock, "pthread_mutex_clocklock", with_clocks);
  find(f.mutex_unlock, "pthread_mutex_unlock", first);
  find(f.cond_init, "pthread_cond_init", new_conditions);
  find(f.cond_destroy, "pthread_cond_destroy", new_conditions);
  find(f.cond_wait, "pthread_cond_wait", new_conditions);
  find(f.cond_timedwait, "pthread_cond_timedwait", new_conditions);
  find(f.cond_clockwait, "pthread_cond_clockwait", with_clocks);
  find(f.cond_signal, "pthread_cond_signal", new_conditions);
  find(f.cond_broadcast, "pthread_cond_broadcast", new_conditions);
  find(f.rwlock_init, "pthread_rwlock_init", first);
  find(f.rwlock_destroy, "pthread_rwlock_destroy", first);
  find(f.rwlock_rdlock, "pthread_rwlock_rdlock", first);
  find(f.rwlock_tryrdlock, "pthread_rwlock_tryrdlock", first);
  find(f.rwlock_clockrdlock, "pthread_rwlock_clockrdlock", with_clocks);
  find(f.rwlock_wrlock, "pthread_rwlock_wrlock", first);
  find(f.rwlock_trywrlock, "pthread_rwlock_trywrlock", first);
  find(f.rwlock_clockwrlock, "pthread_rwlock_clockwrlock", with_clocks);
  find(f.rwlock_unlock, "pthread_rwlock_unlock", first);
  find(f.sem_init, "sem_init", first);
  find(f.sem_destroy, "sem_destroy", first);
  find(f.sem_wait, "sem_wait", first);
  find(f.sem_trywait, "sem_trywait", first);
  find(f.sem_clockwait, "sem_clockwait", with_clocks);
  find(f.sem_post, "sem_post", first);
  find(f.sem_getvalue, "sem_getvalue", first);
  find(f.barrier_init, "pthread_barrier_init", first);
  find(f.barrier_destroy, "pthread_barrier_destroy", first);
  find(f.barrier_wait, "pthread_barrier_wait", first);
  find(f.spin_init, "pthread_spin_init", first);
  find(f.spin_destroy, "pthread_spin_destroy", first);
  find(f.spin_lock, "pthread_spin_lock", first);
  find(f.spin_trylock, "pthread_spin_trylock", first);
  find(f.spin_unlock, "pthread_spin_unlock", first);
}

}  // namespace preload
