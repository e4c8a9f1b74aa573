// SPDX-License-Identifier: BSL-1.0
// What stands for a coroutine in the model: its wait, its executor, and the clock that ends it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "coroutine/async_condition_algorithm.hpp"
#include "coroutine/async_lock_algorithm.hpp"
#include "coroutine/async_semaphore_algorithm.hpp"
#include "coroutine/async_wait_algorithm.hpp"
#include "coroutine/timers_algorithm.hpp"
#include "model/programs.hpp"

namespace holdfast::verify {

using model::steps;
using async_wait = detail::async_wait<steps>;
using resumption = detail::resumption<steps>;

// Calls what it is given on the thread that runs it.
class executor {
 public:
  void execute(const resumption& what) noexcept {
    const unsigned at = posted_.load(platform::order::relaxed);
    model::expect(at < most, "posted too often");
    posts_[at].emplace(what);
    posted_.store(at + 1, platform::order::release);
  }

  // Until what is run has set `ended`.
  void run(const bool& ended) {
    while (!ended) {
      if (run_ == posted_.load(platform::order::acquire))
        steps::pause();
      else
        (*posts_[run_++])();
    }
  }

  // What is left: of coroutines that are gone.
  void run_rest() {
    while (run_ != posted_.load(platform::order::acquire)) (*posts_[run_++])();
  }

 private:
  static constexpr unsigned most = 8;
  std::array<std::optional<resumption>, most> posts_;
  steps::atomic<unsigned> posted_;
  unsigned run_ = 0;  // by the thread that runs it
};

// Each wait has a ticket of its own: which one a pool gives makes no difference.
struct tickets {
  static constexpr std::size_t most = 2;
  struct entry {
    async_wait* of;
    detail::basic_ticket<steps>* ticket;
  };
  static inline std::array<entry, most> all{};
  static inline std::size_t count = 0;
};

// What ends a wait from elsewhere, once and at any time: a stop, or the clock of an execution. As the
// real ones it is done with a waiter that has left.
class bell {
 public:
  using waiter = detail::basic_waiter<steps>;

  void watch(waiter* whom) noexcept {
    mutex_.lock();
    watched_ = whom;
    mutex_.unlock();
  }
  template <class End>
  void ring(End end) noexcept {
    mutex_.lock();
    if (watched_ != nullptr) end(*watched_);
    mutex_.unlock();
  }

 private:
  detail::futex_mutex<steps> mutex_;
  waiter* watched_ = nullptr;  // under the mutex
};

inline bell* clock_of_execution = nullptr;

}  // namespace holdfast::verify

namespace holdfast::detail {

template <>
class ticket_pool<model::steps> {
 public:
  static ticket_pool& instance() noexcept {
    static ticket_pool all;
    return all;
  }
  static basic_ticket<model::steps>& take(async_wait<model::steps>& of) noexcept {
    std::size_t i = 0;
    while (verify::tickets::all[i].of != &of) ++i;
    verify::tickets::all[i].ticket->belong_to(&of);
    return *verify::tickets::all[i].ticket;
  }
  static constexpr void give_back(basic_ticket<model::steps>&) noexcept {}
};

template <>
class basic_timers<model::steps> {
 public:
  static basic_timers& of(deadline::clock_kind) noexcept {
    static basic_timers all;
    return all;
  }
  static void join(alarm<model::steps>& a) noexcept { verify::clock_of_execution->watch(a.waiter); }
  static void leave(alarm<model::steps>&) noexcept { verify::clock_of_execution->watch(nullptr); }
};

}  // namespace holdfast::detail

namespace holdfast::verify {

// A coroutine that waits once by `Operation` and then does `Rest`. On the stack of the model there is
// no coroutine: what would be one goes on in over().
template <class Operation>
class coroutine final : private Operation {
 public:
  template <class... Arguments>
  coroutine(executor& ex, detail::basic_ticket<steps>& ticket, Arguments&&... arguments)
      : Operation(std::forward<Arguments>(arguments)...), executor_(ex) {
    tickets::all[tickets::count++ % tickets::most] = {this, &ticket};
  }

  using Operation::stoppable;

  // The clock of its deadline is late: when that has passed it has none any more.
  void have_late_clock() { is_late_ = true; }

  // On the thread that runs its executor. Until it is over,
  template <class Rest>
  void run(const deadline& until, Rest rest) {
    if (!this->at_once(false) && !this->start(until)) executor_.run(is_over_);
    rest(static_cast<Operation&>(*this));
  }

  // or until it is suspended: then it is destroyed.
  template <class Rest>
  void run_or_destroy(const deadline& until, bell& stop, Rest rest) {
    if (this->at_once(false) || this->start(until)) rest(static_cast<Operation&>(*this));
    stop.watch(nullptr);
    this->abandon();
    frame_.set(0);  // its memory is somebody else's
  }

 private:
  void post(resumption what) noexcept override {
    model::expect(frame_.get() == 1, "posted after its end");
    executor_.execute(what);
  }
  void over() override { is_over_ = true; }
  bool is_renewed(deadline& until) noexcept override {
    if (is_late_) until = deadline::never();
    return is_late_;
  }

  executor& executor_;
  bool is_over_ = false;
  bool is_late_ = false;
  model::var<int> frame_{1};
};

}  // namespace holdfast::verify
