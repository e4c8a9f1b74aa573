// SPDX-License-Identifier: BSL-1.0
// The barrier calls.
#include <pthread.h>

#include <cerrno>
#include <cstddef>

#include "holdfast/park/parking_lot.hpp"

#include "export.hpp"
#include "foreign_program.hpp"
#include "glibc.hpp"
#include "passage.hpp"

namespace preload {
namespace {

using holdfast::deadline;
using holdfast::platform::order;
using lot_type = holdfast::detail::basic_parking_lot<foreign_program>;

// The object of the caller, from pthread_barrier_init of the C library.
//
//  offset  bytes  what
//     0      4    how many have arrived and are queued
//     8      4    how many there have to be
//    12      4    not 0: shared between processes
//    20      1    whether it was counted
//
// Who arrives is counted and queued in one step under the bucket lock; the last one starts the next round
// and takes them all out of the queue in one step there. So whoever has left, or has been woken, does
// not touch the barrier any more.
struct barrier_object {
  holdfast::platform::atomic<unsigned> arrived;  // changes only under the bucket lock
  unsigned round;                                // the C library's
  unsigned count;                                // fixed after initialisation
  int shared;
  unsigned left;  // the C library's
  std::uint8_t seen;
  std::uint8_t unused[11];

  bool is_shared() const noexcept { return shared != 0; }
  bool lacks_one() const noexcept { return arrived.load(order::relaxed) + 1 == count; }

  static barrier_object& of(pthread_barrier_t* barrier) noexcept {
    return *reinterpret_cast<barrier_object*>(barrier);
  }
};
static_assert(sizeof(barrier_object) == sizeof(pthread_barrier_t));

bool arrive(barrier_object& b) noexcept {
  if (b.lacks_one()) return false;
  b.arrived.store(b.arrived.load(order::relaxed) + 1, order::relaxed);
  return true;
}

// False if somebody else has been the last meanwhile.
bool open_as_last(barrier_object& b) noexcept {
  using holdfast::detail::pick;
  bool opened = false;
  lot_type::instance().unpark_picked(
      &b, [&b](std::uintptr_t) { return b.lacks_one() ? pick::wake : pick::stop; },
      [&b, &opened](const holdfast::detail::picked&) {
        opened = b.lacks_one();
        if (opened) b.arrived.store(0, order::relaxed);
        // After this line b may be gone.
        return std::uintptr_t{0};
      });
  return opened;
}

int wait(barrier_object& b) noexcept {
  pass(step::wait, kind::barrier, &b.seen);
  holdfast::detail::basic_waiter<foreign_program> self;
  for (;;) {
    const auto parked = lot_type::instance().park(
        &b, self, deadline::never(), [&b] { return arrive(b); }, [] {}, {});
    if (parked.end == holdfast::detail::park_end::unparked) return 0;
    if (open_as_last(b)) return PTHREAD_BARRIER_SERIAL_THREAD;
  }
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
  return b.arrived.load(preload::order::relaxed) == 0 ? 0 : EBUSY;
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
