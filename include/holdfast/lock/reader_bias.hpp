// SPDX-License-Identifier: BSL-1.0
// What a reader-writer lock remembers of its past to decide whether its readers use slots.
#pragma once

#include <cstdint>

#include "holdfast/wait/tuning.hpp"

namespace holdfast::detail {

// Slots cost readers nothing and a writer a heavy fence; counting costs readers a shared line. So a
// writer that had to revoke the slots keeps them away for a multiple of what that cost, and for
// longer each time they came back in vain. (Source: BRAVO, D. Dice and A. Kogan, 2019.)
//
// A word: a level in the low bits, above it a time in ticks: while slots are in use when they came,
// else until when they stay away. 0: never used. Ticks wrap round after 18 minutes, so a time
// further off than any wait can be is one that has passed.
class reader_bias {
 public:
  constexpr explicit reader_bias(std::uint32_t word) noexcept : word_(word) {}
  constexpr std::uint32_t word() const noexcept { return word_; }

  constexpr bool allows_slots(std::int64_t now_ns) const noexcept {
    if (word_ == 0) return true;
    const std::uint32_t left = (time() - ticks(now_ns)) & time_mask;
    return left == 0 || left > ticks(tuning::slots_away_ns_at_most) + 1;
  }

  constexpr reader_bias with_slots(std::int64_t now_ns) const noexcept {
    return made_of(level(), ticks(now_ns));
  }

  // A writer took the slots away, which cost `cost_ns`.
  constexpr reader_bias revoked(std::int64_t now_ns, std::int64_t cost_ns) const noexcept {
    const std::uint32_t lasted = (ticks(now_ns) - time()) & time_mask;
    const bool in_vain = lasted < ticks(cost_ns * tuning::slots_worth_costs) + 1;
    std::uint32_t next = in_vain ? level() + 1 : 0;
    if (next > level_at_most) next = level_at_most;
    std::int64_t away = (cost_ns * tuning::slots_away_costs) << level();
    if (away > tuning::slots_away_ns_at_most) away = tuning::slots_away_ns_at_most;
    return made_of(next, ticks(now_ns + away) + 1);
  }

 private:
  static constexpr unsigned level_bits = 4;
  static constexpr std::uint32_t level_at_most = 12;
  static constexpr std::uint32_t time_mask = ~std::uint32_t{0} >> level_bits;
  static constexpr unsigned log2_of_tick_ns = 12;  // 4.1 us

  static constexpr std::uint32_t ticks(std::int64_t ns) noexcept {
    return static_cast<std::uint32_t>(ns >> log2_of_tick_ns) & time_mask;
  }
  static constexpr reader_bias made_of(std::uint32_t level, std::uint32_t time) noexcept {
    const std::uint32_t word = level | (time & time_mask) << level_bits;
    return reader_bias(word != 0 ? word : 1U << level_bits);
  }
  constexpr std::uint32_t level() const noexcept { return word_ & ((1U << level_bits) - 1); }
  constexpr std::uint32_t time() const noexcept { return word_ >> level_bits; }

  std::uint32_t word_;
};

}  // namespace holdfast::detail
