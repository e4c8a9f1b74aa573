// SPDX-License-Identifier: BSL-1.0
// Something that is done once: by the first thread that comes, while the others wait.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/base/function_ref.hpp"
#include "holdfast/base/poison.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/wait/wait_ends.hpp"

namespace holdfast {

namespace detail {

// What a thread comes to a once for.
enum class once_wish : std::uint8_t { call, call_force, wait, wait_force };

enum class once_end : std::uint8_t { done, poisoned, gave_up };

}  // namespace detail

// What a function called by call_force is told.
class once_state {
 public:
  explicit once_state(bool poisoned) noexcept : poisoned_(poisoned) {}

  // A function was called before, and left by an exception.
  bool is_poisoned() const noexcept { return poisoned_; }

 private:
  bool poisoned_;
};

template <class T, class F, class Once>
class lazy;

// Ordering: everything in the function that completed it happens before the return of every call
// and wait that found it completed.
//
//  phase     | meaning                                    legal next
//  fresh     | nobody has begun                           running
//  running   | one thread is in its function              done, poisoned
//  poisoned  | the last function left by an exception     running, by call_force
//  done      | a function has returned                    none
//
// Beside the phase is a bit `parked`: somebody may be queued. It is set, and cleared, only under the
// bucket lock of the queue, and while a waiter is queued it is set: so the thread that is running
// ends its phase by a compare-and-swap without it, or under the bucket lock. After that it does not
// touch the once, which may be gone.
template <class Platform>
class HOLDFAST_EXPORT basic_once {
 public:
  constexpr basic_once() noexcept = default;
  basic_once(const basic_once&) = delete;
  basic_once& operator=(const basic_once&) = delete;

  ~basic_once()
    requires Platform::checks_ownership
  {
    Platform::about_to_destroy(this, name);
  }
  ~basic_once() = default;

  // Calls `f` if nothing has been completed and nobody is at it; else waits for whoever is. If `f`
  // throws, the exception reaches the caller and the once is poisoned. Throws poisoned if it is
  // already, or becomes so while we wait.
  template <class F>
  void call(F&& f) {
    if (!is_completed()) [[unlikely]]
      attempt_call(detail::once_wish::call, [&f](once_state&) { static_cast<F&&>(f)(); });
  }

  // The same, and false if the ends come while another thread is at it: a duration, a point in time
  // of any clock or a deadline, a stop_token, or a deadline and a stop_token.
  template <class F, class... Ends>
    requires(sizeof...(Ends) > 0 && detail::are_wait_ends<Ends...>)
  [[nodiscard]] bool call(F&& f, const Ends&... until) {
    return is_completed() ||
           attempt_call(
               detail::once_wish::call, [&f](once_state&) { static_cast<F&&>(f)(); }, until...);
  }

  // Calls `f` with the once_state, also if the once is poisoned. It is no longer if `f` returns.
  template <class F, class... Ends>
    requires detail::are_wait_ends<Ends...>
  bool call_force(F&& f, const Ends&... until) {
    return is_completed() || attempt_call(
                                 detail::once_wish::call_force,
                                 [&f](once_state& state) { static_cast<F&&>(f)(state); }, until...);
  }

  // Waits until some thread has completed it. Throws poisoned if it is, or becomes so meanwhile.
  void wait() { attempt_wait(detail::once_wish::wait); }

  // The same with an end. False if the end came first.
  template <stop_token_like Stop>
  [[nodiscard]] bool wait(const Stop& stop) {
    return attempt_wait(detail::once_wish::wait, stop);
  }
  template <duration_like Duration>
  [[nodiscard]] bool wait_for(const Duration& duration) {
    return attempt_wait(detail::once_wish::wait, duration);
  }
  template <time_point_like TimePoint>
  [[nodiscard]] bool wait_until(const TimePoint& point) {
    return attempt_wait(detail::once_wish::wait, point);
  }
  [[nodiscard]] bool wait_until(const deadline& until) {
    return attempt_wait(detail::once_wish::wait, until);
  }
  template <stop_token_like Stop>
  [[nodiscard]] bool wait_until(const deadline& until, const Stop& stop) {
    return attempt_wait(detail::once_wish::wait, until, stop);
  }

  // Waits until it is completed, even if it is poisoned meanwhile. False if the ends came first.
  template <class... Ends>
    requires detail::are_wait_ends<Ends...>
  bool wait_force(const Ends&... until) noexcept {
    return attempt_wait(detail::once_wish::wait_force, until...);
  }

  // If true, everything in the completing function is visible.
  bool is_completed() const noexcept {
    return state_.load(order::acquire) == done;  // [O1] receives what the function did
  }

  // A glance; call_force in another thread may change it at once.
  bool is_poisoned() const noexcept { return (state_.load(order::relaxed) & phase) == poisoned; }

  static constexpr const char* name = "once";

 private:
  template <class, class, class>
  friend class lazy;

  using order = platform::order;
  using ends = detail::wait_ends<Platform>;
  using waiter = typename ends::waiter;

  static constexpr std::uint8_t fresh = 0;
  static constexpr std::uint8_t running = 1;
  static constexpr std::uint8_t poisoned = 2;
  static constexpr std::uint8_t done = 3;
  static constexpr std::uint8_t phase = 3;  // mask
  static constexpr std::uint8_t parked = 4;

  class run;
  enum class turn : std::uint8_t { done, poisoned, gave_up, begun, begun_poisoned };

  template <class F, class... Ends>
  bool attempt_call(detail::once_wish wish, F f, const Ends&... until) {
    return ends::apply(
        [&](const deadline& at, waiter& self) { return report(call_slow(wish, f, at, self)); },
        until...);
  }

  template <class... Ends>
  bool attempt_wait(detail::once_wish wish, const Ends&... until) {
    return is_completed() ||
           ends::apply(
               [&](const deadline& at, waiter& self) { return report(wait_slow(wish, at, self)); },
               until...);
  }

  bool report(detail::once_end end) const {
    if (end == detail::once_end::poisoned)
      detail::throw_poisoned(this, nullptr, detail::poisonable::once);
    return end == detail::once_end::done;
  }

  HOLDFAST_COLD detail::once_end call_slow(detail::once_wish wish,
                                           detail::function_ref<void(once_state&)> f,
                                           const deadline& until, waiter& self);
  HOLDFAST_COLD detail::once_end wait_slow(detail::once_wish wish, const deadline& until,
                                           waiter& self) noexcept;
  turn take_turn(detail::once_wish wish, const deadline& until, waiter& self) noexcept;
  bool mark_parked(detail::once_wish wish) noexcept;
  void finish(std::uint8_t as) noexcept;

  typename Platform::template atomic<std::uint8_t> state_;
};

using once = basic_once<platform::chosen>;

static_assert(sizeof(once) == 1);

}  // namespace holdfast
