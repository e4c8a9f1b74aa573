// SPDX-License-Identifier: BSL-1.0
// The barrier calls.
#include <pthread.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "export.hpp"
#include "foreign_program.hpp"
#include "glibc.hpp"
#include "passage.hpp"
#include "posix_barrier.hpp"

namespace preload {
namespace {

// The object of the caller, from pthread_barrier_init of the C library.
//
//  offset  bytes  what
//     0      4    the barrier: how many have arrived
//     8      4    how many there have to be
//    12      4    not 0: shared between processes
//    20      1    whether it was counted
struct barrier_object {
  posix_barrier<foreign_program> barrier;
  unsigned round;  // the C library's
  unsigned count;  // fixed after initialisation
  int shared;
  unsigned left;  // the C library's
  std::uint8_t seen;
  std::uint8_t unused[11];

  bool is_shared() const noexcept { return shared != 0; }

  static barrier_object& of(pthread_barrier_t* barrier) noexcept {
    return *reinterpret_cast<barrier_object*>(barrier);
  }
};
static_assert(sizeof(barrier_object) == sizeof(pthread_barrier_t));
static_assert(offsetof(barrier_object, shared) == 12);

int wait(barrier_object& b) noexcept {
  pass(step::wait, kind::barrier, &b.seen);
  return b.barrier.wait(b.count) ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

}  // namespace
}  // namespace preload

using preload::barrier_object;

HOLDFAST_PTHREAD_CALL(int, pthread_barrier_init)(pthread_barrier_t* barrier,
                                                 const pthread_barrierattr_t* attributes,
                                                 unsigned count) noexcept {
  const int result = preload::glibc().barrier_init(barrier, attributes, count);
  if (result != 0) return result;
  barrier_object& b = barrier_object::of(barrier);
  if (b.is_shared())
    preload::pass(preload::step::init, preload::kind::passed_shared_barrier);
  else
    b.seen = 0;
  return 0;
}
HOLDFAST_PTHREAD_CALL(int, pthread_barrier_destroy)(pthread_barrier_t* barrier) noexcept {
  barrier_object& b = barrier_object::of(barrier);
  if (b.is_shared()) return preload::glibc().barrier_destroy(barrier);
  return b.barrier.is_empty() ? 0 : EBUSY;
}
HOLDFAST_PTHREAD_CALL(int, pthread_barrier_wait)(pthread_barrier_t* barrier) noexcept {
  barrier_object& b = barrier_object::of(barrier);
  if (!b.is_shared()) return preload::wait(b);
  preload::pass(preload::step::wait, preload::kind::passed_shared_barrier);
  return preload::glibc().barrier_wait(barrier);
}

HOLDFAST_PTHREAD_EXPORT(pthread_barrier_init, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_barrier_destroy, "GLIBC_2.34");
HOLDFAST_PTHREAD_EXPORT(pthread_barrier_wait, "GLIBC_2.34");
HOLDFAST_PTHREAD_ALSO(pthread_barrier_init, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_barrier_destroy, 2_2_5, "GLIBC_2.2.5");
HOLDFAST_PTHREAD_ALSO(pthread_barrier_wait, 2_2_5, "GLIBC_2.2.5");
