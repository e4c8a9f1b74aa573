// SPDX-License-Identifier: BSL-1.0
// The two bytes of a lock that parks, as the model sees them.
#pragma once

#include <cstdint>
#include <source_location>

#include "holdfast/model/atomic.hpp"
#include "holdfast/model/operations.hpp"

namespace holdfast::model {

// The contract of platform::lock_bytes, access by access. An access to both bytes is one step.
class lock_bytes {
 public:
  static constexpr unsigned wary_at_most = 127;
  enum class found : std::uint8_t { free, held_and_wary, held };
  using where = std::source_location;

  bool take() noexcept {
    std::uint8_t expected = 0;
    return held_.compare_exchange(expected, 1, order::acquire, order::relaxed);  // [L1]
  }

  bool is_held() const noexcept { return held_.load(order::relaxed) != 0; }
  bool is_parked() const noexcept { return (mark_.load(order::relaxed) & parked) != 0; }

  bool release_alone() noexcept {
    std::uint8_t mark = mark_.load(order::relaxed);
    while ((mark & parked) == 0) {
      bool held = true;
      const auto release = [&](detail::value& h, detail::value& m) {
        held = h != 0;
        const bool same = held && m == mark;
        if (same) {
          h = 0;
          m = mark == 0 ? 0 : m - one_wary;
        } else {
          mark = static_cast<std::uint8_t>(m);
        }
        return same;
      };
      if (change_both(release, order::release, where::current()) || !held) return true;  // [L1]
    }
    return false;
  }

  // platform::release_alone: the sequence, or the above if it is aborted or the lock is wary.
  bool release_by_sequence(const where& site) noexcept {
    switch (detail::sequence(mark_.address(), 0xff, 0, held_.address(), 1, 0, order::release,
                             site)) {  // [L1]
      case detail::sequence_end::committed:
        return true;
      default:
        return release_alone();
    }
  }

  found mark_parked() noexcept {
    detail::value held = 0;
    detail::value mark = 0;
    const auto set = [&](detail::value& h, detail::value& m) {
      held = h;
      mark = m;
      m |= parked;
      return true;
    };
    change_both(set, order::relaxed, where::current());
    if (held == 0) return found::free;
    return mark != 0 ? found::held_and_wary : found::held;
  }

  void release(bool leave_parked, unsigned wary) noexcept {
    mark_.store(static_cast<std::uint8_t>((leave_parked ? parked : 0U) | wary * one_wary),
                order::relaxed);
    held_.store(0, order::release);  // [L1]
  }

 private:
  static constexpr std::uint8_t parked = 1;
  static constexpr std::uint8_t one_wary = 2;

  template <class Next>
  bool change_both(Next&& next, order o, const where& site) noexcept {
    return detail::change_both(held_.address(), mark_.address(), 1, next, o, site);
  }

  atomic<std::uint8_t> held_;
  atomic<std::uint8_t> mark_;
};

}  // namespace holdfast::model
