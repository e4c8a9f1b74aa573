// SPDX-License-Identifier: BSL-1.0
// Sleep on words where the system wakes none but the threads of one process (WaitOnAddress): whoever
// sleeps looks again soon.
#if defined(_WIN32)

#include "process/wait_set.hpp"
#include "process/windows_calls.hpp"

namespace holdfast::process::detail {
namespace {

// Between two looks (nanoseconds; the tick of Windows is 1 to 16 ms; 2026-11-30).
constexpr std::int64_t look_again_without_wake_ns = 2'000'000;

}  // namespace

bool wait_set::is_blind = true;

int wake_shared(const platform::atomic<std::uint32_t>&, int) noexcept { return 0; }

// Callers look at everything again, so that this needs not.
void wait_set::sleep(const deadline& until) noexcept {
  ::Sleep(milliseconds_until(earlier(until, deadline::after(look_again_without_wake_ns))));
}

}  // namespace holdfast::process::detail

#endif
