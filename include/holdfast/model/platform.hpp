// SPDX-License-Identifier: BSL-1.0
// The platforms of the model: lock algorithms run on them unchanged, and every way is explored.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <source_location>

#include "holdfast/base/deadline.hpp"
#include "holdfast/model/atomic.hpp"
#include "holdfast/model/lock_bytes.hpp"
#include "holdfast/model/operations.hpp"
#include "holdfast/model/reader_slots.hpp"
#include "holdfast/platform/futex.hpp"
#include "holdfast/platform/ownership.hpp"
#include "holdfast/platform/task.hpp"
#include "holdfast/wait/crowding.hpp"
#include "holdfast/wait/futex_mutex.hpp"
#include "holdfast/wait/spin_wait.hpp"
#include "holdfast/wait/waiter.hpp"

namespace holdfast::model {

// A deadline that may pass at any moment, or not; the same in every execution. In civil time: a point
// on the monotonic clock is turned into what remains of it, which differs from run to run and may be
// nothing.
inline deadline any_time() noexcept { return deadline::at_civil(2'000'000'000); }

namespace detail {

// Turns come at any time, too, the first of a thread before any deadline and the later ones after it:
// so each can be met before the other.
inline deadline turn(bool is_first) noexcept {
  return deadline::at_civil(is_first ? 1'000'000'000 : 3'000'000'000);
}

inline time_limit limit_of(const deadline& until) noexcept {
  if (until.is_never()) return time_limit::none;
  const auto is = [&until](const deadline& other) {
    return until.clock() == other.clock() && until.nanoseconds() == other.nanoseconds();
  };
  return is(turn(true)) || is(turn(false)) ? time_limit::own : time_limit::deadline;
}

}  // namespace detail

// What both platforms have in common. Deadlines that are neither never nor already past may pass at
// any moment at which somebody looks or sleeps.
struct explored : platform::unchecked_ownership {
  using where = std::source_location;

  template <class T>
  using atomic = model::atomic<T>;
  using lock_bytes = model::lock_bytes;
  static constexpr bool has_restartable = true;

  static void pause(const where& site = where::current()) noexcept { detail::yield(site); }
  static void yield(const where& site = where::current()) noexcept { detail::yield(site); }
  static constexpr unsigned cpu_count() noexcept { return 1; }
  // A model of a task gives its waiters the task.
  static constexpr bool has_tasks = false;
  static platform::task* this_task() noexcept { return nullptr; }

  static void fence_seq_cst(const where& site = where::current()) noexcept {
    detail::fence(detail::fence_kind::seq_cst, site);
  }
  static void light_fence(const where& site = where::current()) noexcept {
    detail::fence(detail::fence_kind::light, site);
  }
  static void heavy_fence(const where& site = where::current()) noexcept {
    detail::fence(detail::fence_kind::heavy, site);
  }

  // Either early or late, as the explorer likes.
  static std::int64_t monotonic_now() noexcept {
    return detail::choose(2) == 0 ? -1 : std::int64_t{1} << 50;
  }
  static bool has_passed(const deadline& until) noexcept {
    if (until.is_never()) return false;
    if (until.nanoseconds() == 0) return true;
    bool& passed = detail::has_passed(detail::time_limit::deadline);
    if (!passed) passed = detail::choose(2) == 1;
    return passed;
  }

  static bool recheck(bool holds, const where& site = where::current()) noexcept {
    return holds || detail::leaves_out_recheck(site);
  }

  static bool release_alone(lock_bytes& bytes, const where& site = where::current()) noexcept {
    return (!restart_fence_refused(site) &&
            bytes.release_in_sequence(site) == detail::sequence_end::committed) ||
           bytes.release_alone();
  }
  static constexpr bool restartable_in_use() noexcept { return true; }
  static bool restart_fence(const where& site = where::current()) noexcept {
    return detail::restart_fence(site);
  }
  static bool restart_fence_refused(const where& site = where::current()) noexcept {
    return detail::restart_fence_refused(site);
  }

  static platform::futex_result futex_wait(const atomic<std::uint32_t>& word,
                                           std::uint32_t expected, const deadline& until,
                                           const where& site = where::current()) noexcept {
    return futex_wait_at(word.address(), sizeof expected, expected, until, site);
  }
  static void futex_wake(const atomic<std::uint32_t>* word, int count,
                         const where& site = where::current()) noexcept {
    detail::futex_wake(word, count, site);
  }
  // On the lower half of a word.
  static platform::futex_result futex_wait_half(const atomic<std::uint64_t>& word,
                                                std::uint32_t expected, const deadline& until,
                                                const where& site = where::current()) noexcept {
    return futex_wait_at(word.address(), sizeof(std::uint64_t), expected, until, site);
  }
  static void futex_wake_half(const atomic<std::uint64_t>* word, int count,
                              const where& site = where::current()) noexcept {
    detail::futex_wake(word, count, site);
  }

  // A thread of the model never ends before another thread looks at what it left behind.
  using reader_slots = model::reader_slots;
  static reader_slots& my_reader_slots() noexcept {
    return detail::register_of_rows::instance().mine();
  }
  static reader_slots& obtain_reader_slots() noexcept {
    return detail::register_of_rows::instance().obtain();
  }
  static reader_slots::slot* slot_left_behind(std::uintptr_t) noexcept { return nullptr; }
  static void look_at_reader_slots(
      holdfast::detail::function_ref<bool(reader_slots&)> look) noexcept {
    detail::register_of_rows::instance().show(look);
  }

  static void* process_root() noexcept { return detail::root(); }
  static void* map_pages(std::size_t) noexcept { return nullptr; }

 private:
  static platform::futex_result futex_wait_at(const void* at, std::size_t size,
                                              std::uint32_t expected, const deadline& until,
                                              const where& site) noexcept {
    constexpr detail::value looked_at = UINT32_MAX;
    switch (detail::futex_wait(at, size, looked_at, expected, detail::limit_of(until), site)) {
      case detail::futex_end::differed:
        return platform::futex_result::differed;
      case detail::futex_end::expired:
        return platform::futex_result::deadline_passed;
      default:
        return platform::futex_result::woken;
    }
  }
};

// Everything down to the futex.
struct bare : explored {
  using unchecked = bare;
};

// The same with the lock of a bucket and the sleep of a waiter as single steps. They are verified on
// `bare`; what stands on them has far fewer steps this way.
struct platform_over_verified_sleep : explored {
  using unchecked = platform_over_verified_sleep;
};
using steps = platform_over_verified_sleep;

}  // namespace holdfast::model

namespace holdfast::detail {

template <>
class futex_mutex<model::steps> {
 public:
  void lock() noexcept {
    model::detail::await_change(
        held_.address(), sizeof(std::uint32_t), 1, 1, [](model::detail::value) { return 1U; },
        model::detail::time_limit::none, platform::order::acquire, std::source_location::current());
  }
  void unlock() noexcept { held_.store(0, platform::order::release); }

 private:
  model::atomic<std::uint32_t> held_;
};

template <>
class basic_waiter<model::steps> {
 public:
  using where = std::source_location;
  basic_waiter() noexcept = default;
  explicit basic_waiter(platform::task& of) noexcept : task_(&of) {}
  basic_waiter(const basic_waiter&) = delete;
  basic_waiter& operator=(const basic_waiter&) = delete;

  enum class outcome : std::uint8_t { notified, interrupted, deadline_passed };

  outcome sleep(const deadline& until) noexcept {
    model::detail::value seen = 0;
    if (!await(is_notified | is_asked, model::detail::limit_of(until), seen))
      return outcome::deadline_passed;
    return (seen & is_notified) != 0 ? outcome::notified : outcome::interrupted;
  }
  outcome sleep_on(const deadline& until) noexcept {
    wait_on();
    return sleep(until);
  }
  void sleep_until_notified() noexcept {
    model::detail::value seen = 0;
    await(is_notified, model::detail::time_limit::none, seen);
  }
  static constexpr bool is_task() noexcept { return false; }
  static void hope(std::int64_t, const deadline&) noexcept {}
  // Looks once, and then for any time.
  template <class Enough>
  void watch(std::int64_t, const deadline&, Enough enough) {
    model::detail::value seen = 0;
    if (!enough()) await(is_notified | is_asked, model::detail::time_limit::own, seen);
  }
  outcome stay_awake() const noexcept {
    const auto seen = state_.load(platform::order::acquire);
    if ((seen & is_notified) != 0) return outcome::notified;
    return (seen & is_asked) != 0 ? outcome::interrupted : outcome::deadline_passed;
  }
  static constexpr bool is_asleep() noexcept { return true; }

  // A wake that a mutant can leave out, wherever it is called from.
  void notify(const where& site = where::current()) noexcept {
    if (!model::detail::leaves_out_wake(site)) set(is_notified);
  }
  void interrupt() noexcept { set(is_asked); }

  // Of a task that is suspended by other means than sleep().
  bool begin_suspension() noexcept {
    std::uint32_t seen = state_.load(platform::order::relaxed);
    while ((seen & ends) == 0)
      if (state_.compare_exchange(seen, seen | is_suspended, platform::order::release,
                                  platform::order::relaxed))
        return true;
    return false;
  }
  void expire() noexcept { set(is_expired); }
  bool has_ended() const noexcept { return (state_.load(platform::order::relaxed) & ends) != 0; }

  bool is_interrupted() const noexcept {
    return (state_.load(platform::order::relaxed) & is_asked) != 0;
  }
  void rearm() noexcept { state_.fetch_and(is_asked, platform::order::relaxed); }
  void wait_on() noexcept {
    if (task_ != nullptr) state_.fetch_and(is_notified | is_asked, platform::order::relaxed);
  }

 private:
  static constexpr std::uint32_t is_notified = 1;
  static constexpr std::uint32_t is_asked = 2;
  static constexpr std::uint32_t is_expired = 4;
  static constexpr std::uint32_t ends = is_notified | is_asked | is_expired;
  static constexpr std::uint32_t is_suspended = 16;

  void set(std::uint32_t bit) noexcept {
    platform::task* const whom = task_;
    if (whom == nullptr) {
      state_.fetch_or(bit, platform::order::release);
    } else if ((state_.fetch_or(bit, platform::order::acq_rel) & (is_suspended | ends)) ==
               is_suspended) {
      whom->resume();
    }
  }

  bool await(std::uint32_t bits, model::detail::time_limit limit, model::detail::value& seen) {
    return model::detail::await_change(
        state_.address(), sizeof bits, bits, 0,
        [&seen](model::detail::value now) { return seen = now; }, limit, platform::order::acquire,
        std::source_location::current());
  }

  platform::task* const task_ = nullptr;
  model::atomic<std::uint32_t> state_;
};

// No evidence: a lock is crowded whenever that may be. Turns come at any time.
template <std::derived_from<model::explored> Platform>
class crowding<Platform> {
 public:
  explicit crowding(const void*) noexcept {}

  static bool found_held() noexcept {
    return model::detail::may_be_crowded() && model::detail::choose(2) == 1;
  }
  template <class Take>
  static bool try_to_take(Take take) noexcept {
    return take();
  }
  static constexpr void got() noexcept {}
  static constexpr void gave() noexcept {}
  template <class IsHeld>
  static bool finds_it_free(IsHeld is_held) noexcept {
    return !is_held();
  }
  template <class IsHeld>
  static bool stays_free(IsHeld is_held) noexcept {
    return !is_held();
  }
  static constexpr bool is_worth_patience() noexcept { return false; }
  static constexpr bool loses_patience() noexcept { return false; }
  static bool may_ask() noexcept { return model::detail::may_be_crowded(); }

  struct turn {
    deadline until;
    std::uintptr_t at;
  };
  static turn turn_after(std::uintptr_t) noexcept {
    return {model::detail::turn(!model::detail::has_passed(model::detail::time_limit::own)), 0};
  }
};

// One or two, so that of two waiters none, one or both are moved.
template <std::derived_from<model::explored> Platform>
struct broadcast<Platform> {
  static unsigned woken() noexcept { return 1 + model::detail::choose(2); }
};

// A waiter that hopes may also stop hoping at once: that is explored, and nothing is lost.
template <std::derived_from<model::explored> Platform>
class spin_before_park<Platform> {
 public:
  static constexpr bool spin() noexcept { return false; }
  static constexpr void start_over() noexcept {}
  static constexpr void be_patient() noexcept {}
  static constexpr void be_impatient() noexcept {}
};

}  // namespace holdfast::detail
