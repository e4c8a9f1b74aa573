// SPDX-License-Identifier: BSL-1.0
// The list of what `holdfast demo` counts with.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "counter.hpp"

namespace cli {

enum class suits : std::uint8_t {
  any_threads,
  two_threads,  // it is for two parties
};

struct counter_lock {
  std::string_view name;
  suits where;
  std::string_view description;
  counter_result (*count)(unsigned threads, std::int64_t increments);
};

// The name of the counter without a lock, the only one that may lose updates.
inline constexpr std::string_view no_lock = "none";

std::span<const counter_lock> counter_locks() noexcept;

}  // namespace cli
