// SPDX-License-Identifier: BSL-1.0
// Sleep and wake by WaitOnAddress.
#if defined(_WIN32)

#include <algorithm>

#include "holdfast/platform/clock.hpp"
#include "holdfast/platform/futex.hpp"

#include "platform/windows_api.hpp"

namespace holdfast::platform {
namespace {

// Until the deadline has to be looked at: rounded up, as the system knows milliseconds alone.
DWORD milliseconds_to_look(const deadline& until) noexcept {
  if (until.is_never()) return INFINITE;
  constexpr std::int64_t ns_per_ms = 1'000'000;
  constexpr std::int64_t at_most = 24LL * 60 * 60 * 1000;
  const std::int64_t left = detail::next_look(until) - monotonic_now();
  return static_cast<DWORD>(std::clamp<std::int64_t>((left - 1) / ns_per_ms + 1, 1, at_most));
}

}  // namespace

futex_result futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected,
                        const deadline& until) noexcept {
  if (word.load(order::relaxed) != expected) return futex_result::differed;
  const last_error_kept keep;
  auto* const address = const_cast<std::uint32_t*>(word.address());  // which is only read
  while (!until.has_passed()) {
    // Nothing but the limit is documented to end it otherwise.
    if (::WaitOnAddress(address, &expected, sizeof expected, milliseconds_to_look(until)) !=
            FALSE ||
        until.is_never())
      return futex_result::woken;
  }
  return futex_result::deadline_passed;
}

void futex_wake(const atomic<std::uint32_t>* word, int count) noexcept {
  auto* const address = const_cast<std::uint32_t*>(word->address());
  if (count == 1)
    ::WakeByAddressSingle(address);
  else if (count > 1)
    ::WakeByAddressAll(address);
}

}  // namespace holdfast::platform

#endif
