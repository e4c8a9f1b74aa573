// SPDX-License-Identifier: BSL-1.0
// What a reader-writer lock remembers to decide whether its readers use slots.
#pragma once

#include <cstdint>

#include "holdfast/wait/tuning.hpp"

namespace holdfast::detail {

// A read by a slot is cheaper than a counted one; for that the next writer pays a revocation. So
// slots come into use after as many counted reads without a write as would have paid for it, at the
// price of the last one: at worst the lock loses a constant factor against knowing the future.
//
// A word: reads since the last write in the low half, the price in the high one, both in samples of
// reads. 0: never used.
class reader_bias {
 public:
  constexpr explicit reader_bias(std::uint32_t word) noexcept : word_(word) {}
  constexpr std::uint32_t word() const noexcept { return word_; }

  constexpr bool has_reads() const noexcept { return reads() != 0; }
  constexpr bool pays() const noexcept { return reads() > price(); }
  constexpr bool pays_fences() const noexcept { return reads() >= tuning::samples_at_least; }

  constexpr reader_bias with_a_sample() const noexcept {
    return reader_bias(reads() < half ? word_ + 1 : word_);
  }
  constexpr reader_bias written() const noexcept { return reader_bias(word_ & ~half); }

  // A writer took the slots away, which cost so much.
  constexpr reader_bias revoked(std::int64_t cost_ns) const noexcept {
    const std::int64_t exact =
        cost_ns / (tuning::slot_gain_ns * std::int64_t{tuning::reads_a_sample});
    // At most twice the last one: a revocation that the system interrupted says little.
    std::int64_t next = std::int64_t{2} * price();
    if (next > exact) next = exact;
    if (next > std::int64_t{half}) next = half;
    return reader_bias(static_cast<std::uint32_t>(next) << half_bits);
  }

 private:
  static constexpr unsigned half_bits = 16;
  static constexpr std::uint32_t half = (1U << half_bits) - 1;

  constexpr std::uint32_t reads() const noexcept { return word_ & half; }
  constexpr std::uint32_t price() const noexcept {
    const std::uint32_t last = word_ >> half_bits;
    return last > tuning::samples_at_least ? last : tuning::samples_at_least;
  }

  std::uint32_t word_;
};

}  // namespace holdfast::detail
