// SPDX-License-Identifier: BSL-1.0
// How often each value came, in buckets that grow with the value: any quantile within 3 %.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench {

// Adding a value takes about a nanosecond and no memory.
class histogram {
 public:
  void add(std::uint64_t value) noexcept {
    ++counts_[index_of(value)];
    greatest_ = std::max(greatest_, value);
  }

  void add(const histogram& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    greatest_ = std::max(greatest_, other.greatest_);
  }

  std::uint64_t count() const noexcept {
    std::uint64_t all = 0;
    for (const std::uint64_t each : counts_) all += each;
    return all;
  }

  // The middle of the bucket in which the share `q` (0 to 1) of the values is reached; 0 without
  // values.
  double quantile(double q) const noexcept {
    const double wanted = q * static_cast<double>(count());
    double seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += static_cast<double>(counts_[i]);
      if (counts_[i] != 0 && seen >= wanted)
        return std::min(middle_of(i), static_cast<double>(greatest_));
    }
    return 0;
  }

  // Exact.
  std::uint64_t greatest() const noexcept { return greatest_; }

 private:
  // 32 buckets for each power of two; below 32 one for each value.
  static constexpr int fine_bits = 5;
  static constexpr std::size_t fine = std::size_t{1} << fine_bits;

  static constexpr std::size_t index_of(std::uint64_t value) noexcept {
    if (value < fine) return static_cast<std::size_t>(value);
    const int shift = static_cast<int>(std::bit_width(value)) - fine_bits - 1;
    return static_cast<std::size_t>(shift) * fine + static_cast<std::size_t>(value >> shift);
  }

  static constexpr double middle_of(std::size_t index) noexcept {
    if (index < 2 * fine) return static_cast<double>(index);
    const std::size_t shift = index / fine - 1;
    const std::uint64_t first = std::uint64_t{fine + index % fine} << shift;
    return static_cast<double>(first) + static_cast<double>((std::uint64_t{1} << shift) - 1) / 2;
  }

  std::array<std::uint64_t, fine * (64 - fine_bits + 1)> counts_{};
  std::uint64_t greatest_ = 0;
};

}  // namespace bench
