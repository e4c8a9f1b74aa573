// SPDX-License-Identifier: BSL-1.0
// Every lock of the library, and std::mutex; a new lock is one line here.
#include "counter_locks.hpp"

#include <mutex>

#include "holdfast/lock/native_lock.hpp"
#include "holdfast/lock/parking_lock.hpp"
#include "holdfast/spin/mcs_lock.hpp"
#include "holdfast/spin/spin_lock.hpp"
#include "holdfast/spin/ticket_lock.hpp"

namespace cli {
namespace {

template <class Lock>
constexpr auto under = &count_with<locked_counter<Lock>>;

using enum suits;
constexpr counter_lock all_counter_locks[] = {
    {no_lock, any_threads, "no lock: loses updates", &count_with<unlocked_counter>},
    {"spin_lock", any_threads, "compare-and-swap, spins and yields", under<holdfast::spin_lock>},
    {"ticket_lock", any_threads, "spins, first come first served", under<holdfast::ticket_lock>},
    {"mcs_lock", any_threads, "spins in a queue", under<holdfast::mcs_lock>},
    {"peterson_lock", two_threads, "two parties, loads and stores and a fence",
     &count_with<peterson_counter>},
    {"parking_lock", any_threads, "the default: sleeps, restartable unlock",
     under<holdfast::parking_lock>},
    {"parking_lock_cas", any_threads, "the same with an unlock by compare-and-swap",
     under<holdfast::parking_lock_cas>},
    {"native_lock", any_threads, "the system's pthread_mutex_t", under<holdfast::native_lock>},
    {"mutex<long>", any_threads, "holdfast::mutex that owns the counter, with parking_lock",
     &count_with<owned_counter>},
    {"std::mutex", any_threads, "of the standard library, for comparison", under<std::mutex>},
};

}  // namespace

std::span<const counter_lock> counter_locks() noexcept { return all_counter_locks; }

}  // namespace cli
