// SPDX-License-Identifier: BSL-1.0
// Pushing to a bounded_queue and popping from it as a coroutine.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "holdfast/bounded_queue.hpp"
#include "holdfast/coroutine/async_access.hpp"
#include "holdfast/coroutine/async_wait.hpp"
#include "holdfast/wait_adapter.hpp"

namespace holdfast::detail {

// At one end of a queue. The lock of an end is held for the move of an element only, so a coroutine
// waits for that as a thread does.
template <class Queue, class Platform, bool Pushes>
class async_end : public async_wait<typename Platform::unchecked> {
 public:
  using queues = typename Platform::unchecked;

 protected:
  explicit async_end(Queue& queue) noexcept : queue_(queue) {}
  ~async_end() = default;

  Queue& of() const noexcept { return queue_; }

  // One attempt. True if there is nothing more to try; an exception of the element's is noted.
  template <class Attempt>
  bool attempts(Attempt attempt) noexcept {
    const bool was_closed = async_access::was_closed(queue_);
#if HOLDFAST_HAS_EXCEPTIONS
    try {
      return attempt() || was_closed;
    } catch (...) {
      thrown_ = std::current_exception();
      return true;
    }
#else
    return attempt() || was_closed;
#endif
  }

  // False if there is something to try already.
  bool is_queued() noexcept {
    return async_access::is_queued<Pushes>(queue_, [this](auto& changed, auto& owner) {
      with_.identity = owner.mutex();
      async_access::refuse_another_mutex(changed, with_);
      this->queue(
          &changed,
          [&changed] {
            async_access::note_waiter(changed);
            return true;
          },
          reinterpret_cast<std::uintptr_t>(&with_));
    });
  }

  // A signal goes to the next, who finds out what it was for.
  void pass_on() noexcept final {
    if (this->ended().end == park_end::unparked) async_access::changed<Pushes>(queue_).notify_one();
  }

  void rethrow() const {
    if (thrown_ != nullptr) std::rethrow_exception(thrown_);
  }

 private:
  Queue& queue_;
  waiting_owner with_{nullptr, nullptr, nullptr};
  std::exception_ptr thrown_;
};

template <class T, class Platform, class Value>
struct push_request {
  basic_bounded_queue<T, Platform>& queue;
  Value&& value;
};

template <class T, class Platform, class Value>
class async_push : public async_end<basic_bounded_queue<T, Platform>, Platform, true> {
 protected:
  explicit async_push(const push_request<T, Platform, Value>& what) noexcept
      : async_push::async_end(what.queue), value_(what.value) {}
  ~async_push() = default;

  bool at_once(bool stopped) noexcept { return stopped || this->attempts(puts()); }
  template <bool has_end>
  auto result() {
    this->rethrow();
    if constexpr (has_end)
      return is_in_;
    else if (!is_in_)
      throw_queue_closed(&this->of());
  }

 private:
  auto puts() noexcept {
    return [this] { return is_in_ = async_access::puts(this->of(), static_cast<Value&&>(value_)); };
  }
  bool advance() noexcept final {
    do {
      if (this->attempts(puts()) || this->gives_up()) return true;
    } while (!this->is_queued());
    return false;
  }

  std::remove_reference_t<Value>& value_;
  bool is_in_ = false;
};

template <class T, class Platform>
struct pop_request {
  basic_bounded_queue<T, Platform>& queue;
};

template <class T, class Platform>
class async_pop : public async_end<basic_bounded_queue<T, Platform>, Platform, false> {
  static_assert(
      std::is_nothrow_move_constructible_v<T>,
      "holdfast: pop_async moves the element twice, and the second move must not lose it: T "
      "needs a move constructor that does not throw");

 protected:
  explicit async_pop(const pop_request<T, Platform>& what) noexcept
      : async_pop::async_end(what.queue) {}
  ~async_pop() = default;

  bool at_once(bool stopped) noexcept { return stopped || this->attempts(takes()); }
  template <bool has_end>
  std::optional<T> result() noexcept {
    return std::move(element_);
  }

 private:
  auto takes() noexcept {
    return [this] {
      if (std::optional<T> taken = this->of().try_pop()) element_.emplace(std::move(*taken));
      return element_.has_value();
    };
  }
  bool advance() noexcept final {
    do {
      if (this->attempts(takes()) || this->gives_up()) return true;
    } while (!this->is_queued());
    return false;
  }

  std::optional<T> element_;
};

}  // namespace holdfast::detail
