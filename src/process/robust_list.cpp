// SPDX-License-Identifier: BSL-1.0
// Reads the thread's own list, which the C library has registered with the kernel (set_robust_list).
#include "process/robust_list.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <limits>

namespace holdfast::process::detail {
namespace {

// Where the list of this thread begins. It stays there, also in the child of a fork, where the C
// library empties it. Null: the system does not tell.
const robust_list_head* own_list() noexcept {
  static thread_local constinit const robust_list_head* list = nullptr;
  if (list == nullptr) [[unlikely]] {
    robust_list_head* found = nullptr;
    std::size_t size = 0;
    if (::syscall(SYS_get_robust_list, 0, &found, &size) == 0 && size == sizeof *found)
      list = found;
  }
  return list;
}

// Calls `is_it` with the address of each lock word until it says so. The list is a ring through the
// mutexes and ends where it began; its lowest bit marks those that inherit priority. No further than
// the kernel goes.
template <class F>
bool any_held(const robust_list_head& head, F is_it) noexcept {
  constexpr std::uintptr_t mark = 1;
  const auto first = reinterpret_cast<std::uintptr_t>(&head.list);
  auto node = reinterpret_cast<std::uintptr_t>(head.list.next) & ~mark;
  for (int left = ROBUST_LIST_LIMIT; node != first && node != 0 && left != 0; --left) {
    if (is_it(node + static_cast<std::uintptr_t>(head.futex_offset))) return true;
    node = reinterpret_cast<std::uintptr_t>(reinterpret_cast<const robust_list*>(node)->next) &
           ~mark;  // NOLINT(performance-no-int-to-ptr): that is how it is linked
  }
  return false;
}

}  // namespace

unsigned robust_mutexes_held() noexcept {
  const robust_list_head* const list = own_list();
  if (list == nullptr) return std::numeric_limits<unsigned>::max();
  unsigned count = 0;
  any_held(*list, [&](std::uintptr_t) {
    ++count;
    return false;
  });
  return count;
}

bool holds_robust_mutex_in(const void* begin, std::size_t size) noexcept {
  const robust_list_head* const list = own_list();
  const auto from = reinterpret_cast<std::uintptr_t>(begin);
  return list != nullptr &&
         any_held(*list, [&](std::uintptr_t word) { return word - from < size; });
}

}  // namespace holdfast::process::detail
