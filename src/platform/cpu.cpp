// SPDX-License-Identifier: BSL-1.0
// Yielding and counting CPUs.
#include "holdfast/platform/cpu.hpp"

#include "holdfast/platform/atomic.hpp"

#if defined(_WIN32)
#include "platform/windows_api.hpp"
#else
#include <thread>
#endif

namespace holdfast::platform {

#if defined(_WIN32)

// Not SwitchToThread(), which looks for threads that wait for this CPU alone.
void yield() noexcept { ::Sleep(0); }

static unsigned count_cpus() noexcept {
  DWORD_PTR of_process = 0;
  DWORD_PTR of_system = 0;
  if (::GetProcessAffinityMask(::GetCurrentProcess(), &of_process, &of_system) != FALSE &&
      of_process != 0)
    return static_cast<unsigned>(__builtin_popcountll(of_process));
  return ::GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);  // the process is in several groups
}

#else

void yield() noexcept { std::this_thread::yield(); }

// libstdc++ and libc++ ask for the CPUs this process may run on, not for those of the machine.
static unsigned count_cpus() noexcept { return std::thread::hardware_concurrency(); }

#endif

unsigned cpu_count() noexcept {
  static atomic<unsigned> known;
  unsigned count = known.load(order::relaxed);
  if (count == 0) {
    count = count_cpus();
    if (count == 0) count = 1;
    known.store(count, order::relaxed);
  }
  return count;
}

}  // namespace holdfast::platform
