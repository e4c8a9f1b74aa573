// SPDX-License-Identifier: BSL-1.0
// Sleep and wake by std::mutex and std::condition_variable, found by the word's address.
#include <version>

#include "holdfast/platform/futex.hpp"

// libstdc++ has neither in mingw-w64's thread model win32.
#if defined(__GLIBCXX__) && !defined(_GLIBCXX_HAS_GTHREADS)

namespace holdfast::platform {

futex_result futex_wait_portable(const atomic<std::uint32_t>& word, std::uint32_t expected,
                                 const deadline& until) noexcept {
  return futex_wait(word, expected, until);
}

void futex_wake_portable(const atomic<std::uint32_t>* word, int count) noexcept {
  futex_wake(word, count);
}

}  // namespace holdfast::platform

#else

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "platform/process_wide.hpp"

namespace holdfast::platform {
namespace {

// One room for many words: a wake wakes all who sleep in it, and those it was not meant for sleep
// again.
struct waiting_room {
  std::mutex mutex;
  std::condition_variable woken;
};

waiting_room& room_of(const void* address) noexcept {
  auto& rooms = process_wide<std::array<waiting_room, 64>>();
  return rooms[(reinterpret_cast<std::uintptr_t>(address) >> 4U) % rooms.size()];
}

}  // namespace

futex_result futex_wait_portable(const atomic<std::uint32_t>& word, std::uint32_t expected,
                                 const deadline& until) noexcept {
  waiting_room& room = room_of(&word);
  std::unique_lock hold(room.mutex);
  // [F1] with futex_wake_portable: the waker changes the word before it takes the room's mutex, so
  // either we see the change here or the waker finds us asleep.
  if (word.load(order::relaxed) != expected) return futex_result::differed;
  if (until.is_never()) {
    room.woken.wait(hold);
    return futex_result::woken;
  }
  const std::chrono::nanoseconds since_epoch(until.nanoseconds());
  const auto status =
      until.clock() == deadline::clock_kind::monotonic
          ? room.woken.wait_until(
                hold,
                std::chrono::steady_clock::time_point(
                    std::chrono::duration_cast<std::chrono::steady_clock::duration>(since_epoch)))
          : room.woken.wait_until(
                hold,
                std::chrono::system_clock::time_point(
                    std::chrono::duration_cast<std::chrono::system_clock::duration>(since_epoch)));
  return status == std::cv_status::timeout ? futex_result::deadline_passed : futex_result::woken;
}

void futex_wake_portable(const atomic<std::uint32_t>* word, int count) noexcept {
  waiting_room& room = room_of(word);
  {
    const std::scoped_lock hold(room.mutex);  // [F1]
  }
  if (count > 0) room.woken.notify_all();
}

}  // namespace holdfast::platform

#endif
