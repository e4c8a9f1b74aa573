// SPDX-License-Identifier: BSL-1.0
// Durations as people write them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cli {

// "1.5s", "200ms", "2m", "1h", "1d", "10us"; a plain number is seconds. What is too long to count
// is the longest that can be. Nothing for what is no duration, and for a negative one.
std::optional<std::chrono::nanoseconds> duration_of(std::string_view text) noexcept;

// "1.5 s", "12 ms", "3 min": for people, two or three digits of it.
std::string shown_duration(std::chrono::nanoseconds duration);

}  // namespace cli
