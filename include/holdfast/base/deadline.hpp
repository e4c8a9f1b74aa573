// SPDX-License-Identifier: BSL-1.0
// One type for the end of every wait: a point on a clock, already past, or never.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "holdfast/base/config.hpp"

namespace holdfast {

// What std::chrono::duration and std::chrono::time_point look like. Named by their shape, so that
// this header need not include <chrono>, which is most of the compile time of a translation unit
// that only locks.
template <class D>
concept duration_like = requires(const D& d) {
  typename D::rep;
  { D::period::num } -> std::convertible_to<std::intmax_t>;
  { D::period::den } -> std::convertible_to<std::intmax_t>;
  { d.count() } -> std::convertible_to<typename D::rep>;
};

template <class P>
concept time_point_like = requires(const P& p) {
  { P::clock::now() < p } -> std::convertible_to<bool>;
  { p.time_since_epoch() } -> duration_like;
};

// A clock of civil time, that is std::chrono::system_clock: its epoch is that of time_t.
template <class P>
concept civil_time_point = time_point_like<P> && requires(const P& p) { P::clock::to_time_t(p); };

namespace detail {

constexpr std::uint64_t common_divisor(std::uint64_t a, std::uint64_t b) noexcept {
  return b == 0 ? a : common_divisor(b, a % b);
}

// a * b / c where a < c < 2^63, whatever the product: no type of twice the size is everywhere.
constexpr std::uint64_t product_quotient(std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                         bool round_up) noexcept {
  std::uint64_t quotient = 0;
  std::uint64_t rest = 0;
  if (!__builtin_mul_overflow(a, b, &quotient)) {
    rest = quotient % c;
    quotient /= c;
  } else {
    quotient = 0;
    for (int bit = 63; bit >= 0; --bit) {
      rest = 2 * rest;
      quotient = 2 * quotient + (rest >= c ? 1 : 0);
      rest -= rest >= c ? c : 0;
      rest += (b >> static_cast<unsigned>(bit) & 1U) != 0 ? a : 0;
      quotient += rest >= c ? 1 : 0;
      rest -= rest >= c ? c : 0;
    }
  }
  return quotient + (round_up && rest > 0 ? 1 : 0);
}

// Nanoseconds of `count` ticks of Num/Den seconds, to 19 digits or more.
template <std::intmax_t Num, std::intmax_t Den, class Rep>
constexpr long double wide_nanoseconds(Rep count) noexcept {
  return static_cast<long double>(count) * static_cast<long double>(Num) /
         static_cast<long double>(Den) * 1e9L;
}

// Held at the ends of the range, a fraction rounded up.
constexpr std::int64_t saturated(long double nanoseconds) noexcept {
  using limits = std::numeric_limits<std::int64_t>;
  if (nanoseconds >= 9.2e18L) return limits::max();
  if (nanoseconds <= -9.2e18L) return limits::min();
  if (nanoseconds != nanoseconds) return 0;
  const auto whole = static_cast<std::int64_t>(nanoseconds);
  return static_cast<long double>(whole) < nanoseconds ? whole + 1 : whole;
}

// Nanoseconds of `count` ticks of Num/Den seconds, held at the ends of the range instead of wrapping
// round. A fraction is rounded up: a wait never ends early. NaN counts as zero.
template <std::intmax_t Num, std::intmax_t Den, class Rep>
constexpr std::int64_t saturated_nanoseconds(Rep count) noexcept {
  using limits = std::numeric_limits<std::int64_t>;
  constexpr std::intmax_t most = limits::max() / 1'000'000'000;  // 292 years
  constexpr bool is_wide =
      sizeof(Rep) > sizeof(std::int64_t) && std::is_convertible_v<Rep, long double>;
  if constexpr (std::is_floating_point_v<Rep> || is_wide || Num > most) {
    return saturated(wide_nanoseconds<Num, Den>(count));
  } else {
    constexpr std::uint64_t second = 1'000'000'000;
    constexpr std::uint64_t divisor = common_divisor(second, Den);
    constexpr std::uint64_t den = static_cast<std::uint64_t>(Den) / divisor;
    constexpr std::uint64_t num = static_cast<std::uint64_t>(Num) * (second / divisor);
    const bool negative = count != Rep{0} && !(count > Rep{0});
    std::uint64_t ticks = static_cast<std::uint64_t>(count);
    if (negative) ticks = 0 - ticks;
    const std::int64_t end = negative ? limits::min() : limits::max();
    std::uint64_t whole = 0;
    if (__builtin_mul_overflow(ticks / den, num, &whole) ||
        __builtin_add_overflow(whole, product_quotient(ticks % den, num, den, !negative), &whole) ||
        whole > static_cast<std::uint64_t>(limits::max()))
      return end;
    return negative ? -static_cast<std::int64_t>(whole) : static_cast<std::int64_t>(whole);
  }
}

constexpr std::int64_t saturated_sum(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}

constexpr std::int64_t saturated_difference(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b < 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}

template <duration_like D>
constexpr std::int64_t nanoseconds_of(const D& d) noexcept {
  return saturated_nanoseconds<D::period::num, D::period::den>(d.count());
}

// From `b` to `a`, which may be centuries away from the epoch.
template <duration_like A, duration_like B>
constexpr std::int64_t wide_difference(const A& a, const B& b) noexcept {
  return saturated(wide_nanoseconds<A::period::num, A::period::den>(a.count()) -
                   wide_nanoseconds<B::period::num, B::period::den>(b.count()));
}

}  // namespace detail

// A point in time at which a wait ends. Huge durations mean never; negative ones mean already past.
class deadline {
 public:
  // `monotonic` is std::chrono::steady_clock. `civil` is std::chrono::system_clock and follows its
  // adjustments.
  enum class clock_kind : std::uint8_t { monotonic, civil };

  static constexpr deadline never() noexcept { return {clock_kind::monotonic, end_of_time}; }
  static constexpr deadline already_past() noexcept { return {clock_kind::monotonic, 0}; }

  // `duration` from now.
  template <duration_like D>
  static deadline in(const D& duration) noexcept {
    return after(detail::nanoseconds_of(duration));
  }

  // At `point` of its clock. A clock that is neither monotonic nor civil is converted by what
  // remains now: when such a deadline has passed, the caller looks at the clock again (see
  // reached() and detail::renewal).
  template <time_point_like P>
  static deadline at(const P& point) noexcept {
    const std::int64_t since_epoch = detail::nanoseconds_of(point.time_since_epoch());
    if constexpr (civil_time_point<P>) {
      const deadline civil = at_civil(since_epoch);
      // Or the clock only looks like the system's, and is late.
      if (!civil.has_passed() || reached(point)) return civil;
    }
    const auto clock_now = P::clock::now().time_since_epoch();
    const std::int64_t now = detail::nanoseconds_of(clock_now);
    // They may both be held at an end of the range, if the clock's epoch is centuries away.
    if (since_epoch == now)
      return after(detail::wide_difference(point.time_since_epoch(), clock_now));
    if (since_epoch == end_of_time) return never();
    return after(detail::saturated_difference(since_epoch, now));
  }

  // `nanoseconds` after the beginning of 1970, in civil time; reads no clock.
  static constexpr deadline at_civil(std::int64_t nanoseconds) noexcept {
    if (nanoseconds == end_of_time) return never();
    return {clock_kind::civil, nanoseconds < 0 ? 0 : nanoseconds};
  }

  template <time_point_like P>
  static bool reached(const P& point) noexcept {
    return !(P::clock::now() < point);
  }

  // `nanoseconds` from now.
  HOLDFAST_EXPORT static deadline after(std::int64_t nanoseconds) noexcept;

  constexpr bool is_never() const noexcept { return nanoseconds_ == end_of_time; }
  HOLDFAST_EXPORT bool has_passed() const noexcept;

  constexpr clock_kind clock() const noexcept { return clock_; }

  // Nanoseconds since the epoch of its clock, never negative.
  constexpr std::int64_t nanoseconds() const noexcept { return nanoseconds_; }

 private:
  static constexpr std::int64_t end_of_time = std::numeric_limits<std::int64_t>::max();

  constexpr deadline(clock_kind clock, std::int64_t nanoseconds) noexcept
      : nanoseconds_(nanoseconds), clock_(clock) {}

  std::int64_t nanoseconds_;
  clock_kind clock_;
};

// The one of the two that comes first. Deadlines of different clocks are compared by what remains
// of them now.
HOLDFAST_EXPORT deadline earlier(const deadline& a, const deadline& b) noexcept;

namespace detail {

// When whoever keeps the time of a deadline on the monotonic clock has to look whether it has passed,
// in that clock's nanoseconds. One in civil time every 100 ms, as somebody may set that clock.
HOLDFAST_EXPORT std::int64_t next_look(const deadline& until) noexcept;

// `until`, which was made of `point`, has passed: whether the clock of `point` has not come so far, as
// it runs slower than ours, and then the next deadline.
template <time_point_like P>
bool is_renewed(const P& point, deadline& until) noexcept {
  if (deadline::reached(point)) return false;
  until = deadline::at(point);
  return true;
}

// The same for compiled functions. Refers to the point.
class renewal {
 public:
  static constexpr renewal none() noexcept { return {}; }  // the clock is ours
  template <time_point_like P>
  explicit renewal(const P& point) noexcept
      : point_(&point), ask_([](const void* of, deadline& until) noexcept {
          return is_renewed(*static_cast<const P*>(of), until);
        }) {}

  bool operator()(deadline& until) const noexcept { return ask_ != nullptr && ask_(point_, until); }

 private:
  constexpr renewal() noexcept = default;

  const void* point_ = nullptr;
  bool (*ask_)(const void*, deadline&) noexcept = nullptr;
};

}  // namespace detail

}  // namespace holdfast
