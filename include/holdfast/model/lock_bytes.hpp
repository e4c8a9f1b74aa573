// SPDX-License-Identifier: BSL-1.0
// The two bytes of a lock that parks, as the model sees them.
#pragma once

#include <cstdint>
#include <source_location>

#include "holdfast/model/atomic.hpp"
#include "holdfast/model/operations.hpp"
#include "holdfast/platform/lock_bytes.hpp"

namespace holdfast::model {

// An access to both is one step.
class two_bytes {
 public:
  using where = std::source_location;

  static constexpr bool this_release_counts() noexcept { return true; }

  // platform::release_alone without the way out: "if the mark is 0, held := 0".
  detail::sequence_end release_in_sequence(const where& site) noexcept {
    return detail::sequence(mark_.address(), 0xff, 0, held_.address(), 1, 0, order::release,
                            site);  // [L1]
  }

 protected:
  using pair = std::uint16_t;

  static constexpr pair pack(detail::value held, detail::value mark) noexcept {
    return static_cast<pair>(held | mark << 8U);
  }
  static constexpr std::uint8_t mark_of(pair both) noexcept {
    return static_cast<std::uint8_t>(both >> 8U);
  }

  bool compare_exchange_both(pair& expected, pair desired, order success, order,
                             const where& site = where::current()) noexcept {
    pair found = 0;
    const auto next = [&](detail::value& held, detail::value& mark) {
      found = pack(held, mark);
      if (found != expected) return false;
      held = desired & 0xffU;
      mark = mark_of(desired);
      return true;
    };
    if (detail::change_both(held_.address(), mark_.address(), 1, next, success, site)) return true;
    expected = found;
    return false;
  }

  pair fetch_or_both(pair bits, order o, const where& site = where::current()) noexcept {
    pair found = 0;
    const auto next = [&](detail::value& held, detail::value& mark) {
      found = pack(held, mark);
      held |= bits & 0xffU;
      mark |= mark_of(bits);
      return true;
    };
    detail::change_both(held_.address(), mark_.address(), 1, next, o, site);
    return found;
  }

  atomic<std::uint8_t> held_;
  atomic<std::uint8_t> mark_;
};

using lock_bytes = platform::basic_lock_bytes<two_bytes>;

}  // namespace holdfast::model
