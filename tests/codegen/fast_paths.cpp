// SPDX-License-Identifier: BSL-1.0
// The fast paths, one function each, for codegen.py to disassemble; nothing runs them.
#include "holdfast/fiber/fiber_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/lock/parking_rw_lock.hpp"
#include "holdfast/mutex.hpp"
#include "holdfast/spin/spin_lock.hpp"

#include "platform/restart_sequence.hpp"

using holdfast::fiber_lock;
using holdfast::parking_lock;
using holdfast::parking_lock_cas;
using holdfast::parking_rw_lock;
using holdfast::spin_lock;

extern "C" {

void parking_lock__lock(parking_lock& l) { l.lock(); }
bool parking_lock__try_lock(parking_lock& l) { return l.try_lock(); }
// Its unlock calls the library, which begins with this.
bool parking_lock__unlock(std::uint8_t* held, std::ptrdiff_t area) {
  return holdfast::platform::release_in_sequence(held, area);
}
void parking_lock_cas__unlock(parking_lock_cas& l) { l.unlock(); }

// Lock, unlock of the parking lock that is a call here, and the look at poison between them.
void mutex__with(holdfast::mutex<int>& m) {
  m.with([](int& value) { ++value; });
}

void spin_lock__lock(spin_lock& l) { l.lock(); }
bool spin_lock__try_lock(spin_lock& l) { return l.try_lock(); }
void spin_lock__unlock(spin_lock& l) { l.unlock(); }

void fiber_lock__lock(fiber_lock& l) { l.lock(); }
bool fiber_lock__try_lock(fiber_lock& l) { return l.try_lock(); }
void fiber_lock__unlock(fiber_lock& l) { l.unlock(); }

void parking_rw_lock__lock(parking_rw_lock& l) { l.lock(); }
void parking_rw_lock__unlock(parking_rw_lock& l) { l.unlock(); }
void parking_rw_lock__lock_shared(parking_rw_lock& l) { l.lock_shared(); }
void parking_rw_lock__unlock_shared(parking_rw_lock& l) { l.unlock_shared(); }

}  // extern "C"
