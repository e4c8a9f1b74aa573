// SPDX-License-Identifier: BSL-1.0
// Decides whether restartable sequences can be used, and fences them.
#include "holdfast/platform/restartable.hpp"

#if HOLDFAST_HAS_RESTARTABLE
#include <dlfcn.h>
#include <link.h>

#include "platform/membarrier.hpp"
#include "platform/restart_sequence.hpp"

// Exported by glibc 2.35 and newer, which registers every thread. Weak: an older one simply has no
// such symbols.
extern "C" {
extern const std::ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));
}
#endif

namespace holdfast::platform {

namespace {

// Distance from the thread pointer to this thread's struct rseq, which the C library registered
// with the kernel; 0 as long as sequences must not be begun: not yet decided, not available, or
// refused.
[[maybe_unused]] constinit atomic<std::ptrdiff_t> restartable_area;

enum class decision : int { none = 0, in_use, unavailable };

[[maybe_unused]] constinit atomic<int> decided;
constinit atomic<bool> refused;

#if HOLDFAST_HAS_RESTARTABLE

// The kernel looks at a thread's last sequence when the thread is next interrupted, perhaps after a
// dlclose. So the object that carries this code is never unloaded: a plugin into which holdfast was
// linked statically stays as well.
bool stay_mapped() noexcept {
  Dl_info self{};
  link_map* object = nullptr;
  const auto* const here = reinterpret_cast<const void*>(&stay_mapped);
  if (::dladdr1(here, &self, reinterpret_cast<void**>(&object), RTLD_DL_LINKMAP) == 0)
    return true;                                                            // static program
  if (object->l_name == nullptr || object->l_name[0] == '\0') return true;  // the program itself
  return ::dlopen(object->l_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) != nullptr;
}

// True if the C library registered this process's threads (it does not under valgrind, a tunable or
// a filter that refuses rseq) and the kernel has the fence (it does not before Linux 5.10, or when
// a filter refuses it).
bool register_process() noexcept {
  if (&__rseq_size == nullptr || &__rseq_offset == nullptr || __rseq_size == 0 ||
      __rseq_offset == 0)
    return false;
  return stay_mapped() && register_and_fence(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ,
                                             MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ);
}

// Before main() the process usually has one thread, and registering costs 0.3 us instead of a grace
// period of RCU.
[[gnu::constructor]] void register_early() noexcept { restartable_in_use(); }

#endif

}  // namespace

bool release_alone(lock_bytes& bytes) noexcept {
#if HOLDFAST_HAS_RESTARTABLE
  const std::ptrdiff_t area = restartable_area.load(order::relaxed);
  if (area != 0) [[likely]] {
    if (release_in_sequence(bytes.address(), area)) [[likely]]
      return true;
  }
#endif
  return bytes.release_alone();
}

bool restartable_in_use() noexcept {
#if HOLDFAST_HAS_RESTARTABLE
  // [R1] Decided once and for good before anybody sleeps on it: an unlock that sees the area has a
  // waiter that fences.
  auto now = static_cast<decision>(decided.load(order::acquire));  // [R1]
  if (now == decision::none) {
    const decision mine = register_process() ? decision::in_use : decision::unavailable;
    int expected = static_cast<int>(decision::none);
    if (decided.compare_exchange(expected, static_cast<int>(mine), order::acq_rel,  // [R1]
                                 order::acquire)) {                                 // [R1]
      now = mine;
      if (mine == decision::in_use) restartable_area.store(__rseq_offset, order::relaxed);
    } else {
      now = static_cast<decision>(expected);
    }
  }
  return now == decision::in_use;
#else
  return false;
#endif
}

bool restart_fence() noexcept {
#if HOLDFAST_HAS_RESTARTABLE
  if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ) == 0) return true;
  // The child of a fork may have to register anew; else a filter came later.
  if (register_and_fence(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ,
                         MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ))
    return true;
  refused.store(true, order::relaxed);
  restartable_area.store(0, order::relaxed);
  return false;
#else
  return true;
#endif
}

bool restart_fence_refused() noexcept { return refused.load(order::relaxed); }

}  // namespace holdfast::platform
