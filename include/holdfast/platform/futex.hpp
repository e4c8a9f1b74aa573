// SPDX-License-Identifier: BSL-1.0
// Sleep until a word changes: the kernel's futex, and the same contract on the standard library
// alone.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/platform/atomic.hpp"

namespace holdfast::platform {

enum class futex_result : std::uint8_t {
  woken,     // by a wake, by a signal, or for no reason: callers look at the word again
  differed,  // the word was not `expected`
  deadline_passed,
};

// Sleeps while `word` is `expected`. The comparison and going to sleep are one step for futex_wake
// on the same word. Gives no memory order of its own: callers read the word again with the order
// that they need.
HOLDFAST_EXPORT futex_result futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected,
                                        const deadline& until) noexcept;

// Wakes up to `count` sleepers on the word at `word`. Uses the address alone: the word may be gone
// by now, and then somebody else's sleeper at that address may wake for no reason.
HOLDFAST_EXPORT void futex_wake(const atomic<std::uint32_t>* word, int count) noexcept;

// The same contract by std::mutex and std::condition_variable: what a system without a futex gets.
HOLDFAST_EXPORT futex_result futex_wait_portable(const atomic<std::uint32_t>& word,
                                                 std::uint32_t expected,
                                                 const deadline& until) noexcept;
HOLDFAST_EXPORT void futex_wake_portable(const atomic<std::uint32_t>* word, int count) noexcept;

}  // namespace holdfast::platform
