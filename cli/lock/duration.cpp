// SPDX-License-Identifier: BSL-1.0
// Reading and showing durations.
#include "duration.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

#include <fmt/format.h>

namespace cli {
namespace {

struct unit {
  std::string_view name;
  double nanoseconds;
};

constexpr unit units[] = {{"", 1e9},   {"s", 1e9},    {"ms", 1e6},   {"us", 1e3},   {"ns", 1},
                          {"m", 60e9}, {"min", 60e9}, {"h", 3600e9}, {"d", 86400e9}};

}  // namespace

std::optional<std::chrono::nanoseconds> duration_of(std::string_view text) noexcept {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (problem != std::errc{} || !(number >= 0) || std::isinf(number)) return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const unit& each : units) {
    if (each.name != name) continue;
    const double exact = std::ceil(number * each.nanoseconds);
    if (exact >= 9.2e18) return std::chrono::nanoseconds::max();
    return std::chrono::nanoseconds(static_cast<std::int64_t>(exact));
  }
  return std::nullopt;
}

std::string shown_duration(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  if (seconds < 1e-3) return fmt::format("{:.0f} us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  if (seconds < 3600)
    return fmt::format("{:.0f} min {:02.0f} s", std::floor(seconds / 60),
                       std::floor(std::fmod(seconds, 60)));
  if (seconds < 86400)
    return fmt::format("{:.0f} h {:02.0f} min", std::floor(seconds / 3600),
                       std::floor(std::fmod(seconds, 3600) / 60));
  return fmt::format("{:.0f} d {:02.0f} h", std::floor(seconds / 86400),
                     std::floor(std::fmod(seconds, 86400) / 3600));
}

}  // namespace cli
