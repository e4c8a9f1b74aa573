// SPDX-License-Identifier: BSL-1.0
// What gdb_printer_test.sh looks at: locks in every state, at a moment when all threads have
// arrived.
#include <stdexcept>
#include <thread>

#include <holdfast/lock/native_lock.hpp>
#include <holdfast/mutex.hpp>
#include <holdfast/owned_guard.hpp>
#include <holdfast/park/parking_lot.hpp>
#include <holdfast/spin/mcs_lock.hpp>
#include <holdfast/spin/spin_lock.hpp>
#include <holdfast/spin/ticket_lock.hpp>

holdfast::mutex<int> idle{41};
holdfast::mutex<int> busy{42};
holdfast::mutex<int> broken{43};
holdfast::mutex<int, holdfast::spin_lock, holdfast::no_poisoning> spinning{44};
holdfast::parking_lock one_waits;
holdfast::spin_lock spin;
holdfast::ticket_lock ticket;
holdfast::mcs_lock mcs;
holdfast::native_lock native;

namespace {

template <class Lock>
std::jthread locker_of(Lock& lock) {
  return std::jthread([&lock] { auto owner = lock.lock(); });
}

// The lock is the first member of a mutex, so both have one address.
void wait_for_waiters(const void* lock, std::size_t count) {
  auto& lot = holdfast::detail::basic_parking_lot<holdfast::platform::native>::instance();
  while (lot.waiters_of(lock) != count) std::this_thread::yield();
}

void fail_as_owner() try {
  auto owner = broken.lock();
  throw std::runtime_error("left by an exception");
} catch (const std::runtime_error&) {
}

}  // namespace

// Where gdb stops.
extern "C" [[gnu::noinline]] void everybody_is_here() { __asm__ __volatile__("" ::: "memory"); }

int main() {
  fail_as_owner();
  auto shared = std::make_shared<holdfast::mutex<int>>(45);
  auto owned = lock_owned(shared);
  auto guard = busy.lock();
  auto gone = idle.lock();
  gone.unlock();
  decltype(guard) empty;
  one_waits.lock();
  ticket.lock();
  mcs.lock();
  native.lock();
  {
    const std::jthread first = locker_of(busy);
    const std::jthread second = locker_of(busy);
    const std::jthread third([] {
      one_waits.lock();
      one_waits.unlock();
    });
    wait_for_waiters(&busy, 2);
    wait_for_waiters(&one_waits, 1);
    everybody_is_here();
    guard.unlock();
    one_waits.unlock();
  }
  native.unlock();
  mcs.unlock();
  ticket.unlock();
}
