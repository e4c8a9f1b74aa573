// SPDX-License-Identifier: BSL-1.0
// The bounded queue between producers and consumers: push waits while it is full, pop while it is
// empty, close ends both.
#pragma once

#include <cstddef>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "holdfast/base/config.hpp"
#include "holdfast/base/deadline.hpp"
#include "holdfast/base/stop_token.hpp"
#include "holdfast/condition.hpp"
#include "holdfast/lock/favouring_lock.hpp"
#include "holdfast/platform/native.hpp"
#include "holdfast/poisoning.hpp"
#include "holdfast/queue_parts.hpp"
#include "holdfast/wait/spin_wait.hpp"

namespace holdfast {

// Elements leave in the order in which they entered; those of one producer in the order in which it
// pushed them. The memory for `capacity` of them is allocated once, by the constructor.
//
// - A value goes in, and out, only when nothing can fail any more but T's own constructor: who is
//   refused, late or stopped keeps the value untouched. If the constructor throws, the queue is as
//   it was, the exception reaches the caller, and other waiters lose nothing by it.
// - close() wakes everybody. Pushers are refused from then on; poppers get what is left, and then
//   nothing.
// - A wait that finds its stop requested at the beginning does not begin. An element (or room) that
//   comes together with a deadline or a stop is taken.
//
// Ordering: what a pusher did before its push happens before the return of the pop of its element;
// what a pusher did before a close happens before a pop that reports it.
//
// The two ends have a lock each and meet only in the two counts: each side reads the other's count
// when it has used up what it knew of it. (Source: Michael and Scott's queue of two locks, Lamport's
// ring.) The queue may be destroyed when all calls have returned.
template <class T, class Platform>
class basic_bounded_queue : public detail::async_queue_members<basic_bounded_queue<T, Platform>> {
  static_assert(std::is_object_v<T> && !std::is_array_v<T> && !std::is_const_v<T>,
                "bounded_queue<T>: T is what is moved in and out, a plain type");
  static_assert(std::is_nothrow_destructible_v<T>, "bounded_queue<T>: destroying T must not throw");

  template <class U>
  static constexpr bool fits = std::is_convertible_v<U&&, T>;

 public:
  using value_type = T;

  // Throws std::invalid_argument if `capacity` is 0, and what allocating throws.
  explicit basic_bounded_queue(std::size_t capacity)
      : ring_(new slot[capacity != 0 ? capacity : (detail::throw_no_capacity(), 0)]),
        capacity_(capacity) {}
  basic_bounded_queue(const basic_bounded_queue&) = delete;
  basic_bounded_queue& operator=(const basic_bounded_queue&) = delete;

  ~basic_bounded_queue() {
    for (std::size_t left = size(); left != 0; --left) drop_front();
    delete[] ring_;
  }

  // Waits while the queue is full. Throws queue_closed if it is closed, or is closed meanwhile.
  template <class U = T>
    requires fits<U>
  void push(U&& value) {
    emplace(std::forward<U>(value));
  }
  template <class... Arguments>
    requires std::is_constructible_v<T, Arguments&&...>
  void emplace(Arguments&&... arguments) {
    if (!put(detail::wait_for_ever{}, std::forward<Arguments>(arguments)...)) [[unlikely]]
      detail::throw_queue_closed(this);
  }

  // The same with an end. False if the queue is full until then, or closed; `value` is untouched.
  template <class U = T>
    requires fits<U>
  [[nodiscard]] bool try_push(U&& value) {
    return put(detail::wait_not_at_all{}, std::forward<U>(value));
  }
  template <class U = T, duration_like Duration>
    requires fits<U>
  [[nodiscard]] bool try_push_for(U&& value, const Duration& duration) {
    return try_push_until(std::forward<U>(value), deadline::in(duration));
  }
  template <class U = T, detail::wait_point Point>
    requires fits<U>
  [[nodiscard]] bool try_push_until(U&& value, const Point& point) {
    return put(detail::wait_to_point<Platform, Point>{point}, std::forward<U>(value));
  }
  template <class U = T, stop_token_like Stop>
    requires fits<U>
  [[nodiscard]] bool push(U&& value, const Stop& stop) {
    return !stop.stop_requested() &&
           put(detail::wait_unless_stopped<Stop>{stop}, std::forward<U>(value));
  }

  // Waits while the queue is empty. Without an element only if it is closed and has been drained.
  [[nodiscard]] std::optional<T> pop() { return take_one(detail::wait_for_ever{}); }

  // The same with an end. Without an element also if there was none until then.
  [[nodiscard]] std::optional<T> try_pop() { return take_one(detail::wait_not_at_all{}); }
  template <duration_like Duration>
  [[nodiscard]] std::optional<T> try_pop_for(const Duration& duration) {
    return try_pop_until(deadline::in(duration));
  }
  template <detail::wait_point Point>
  [[nodiscard]] std::optional<T> try_pop_until(const Point& point) {
    return take_one(detail::wait_to_point<Platform, Point>{point});
  }
  template <stop_token_like Stop>
  [[nodiscard]] std::optional<T> pop(const Stop& stop) {
    if (stop.stop_requested()) return std::nullopt;
    return take_one(detail::wait_unless_stopped<Stop>{stop});
  }

  // Waits for one element at least, and moves up to `at_most` to `out` in one go. Returns how many:
  // 0 if the queue is closed and has been drained, or `at_most` is 0. If a move throws, the elements
  // before it have been delivered.
  template <class OutputIterator>
  std::size_t pop_some(OutputIterator out, std::size_t at_most) {
    return take_some(detail::wait_for_ever{}, out, at_most);
  }
  // The same without waiting.
  template <class OutputIterator>
  std::size_t try_pop_some(OutputIterator out, std::size_t at_most) {
    return take_some(detail::wait_not_at_all{}, out, at_most);
  }

  // Refuses all pushes from now on and wakes everybody. More than once is as good as once.
  void close() noexcept {
    {
      const holder<true> pushers(*this);
      closed_.store(true, order::release);  // [B3]
    }
    // A popper that has seen the queue open has queued itself before it releases this lock.
    {
      const holder<false> poppers(*this);
    }
    not_full_.notify_all();
    not_empty_.notify_all();
  }

  std::size_t capacity() const noexcept { return capacity_; }

  // Glances; another thread may change it at once.
  std::size_t size() const noexcept {
    const std::size_t out = pop_.count.load(order::relaxed);
    const std::size_t in = push_.count.load(order::relaxed);
    const std::size_t between = in - out;
    if (between <= capacity_) return between;
    return static_cast<std::ptrdiff_t>(between) < 0 ? 0 : capacity_;  // they moved meanwhile
  }
  bool empty() const noexcept { return size() == 0; }
  bool is_closed() const noexcept { return closed_.load(order::relaxed); }

 private:
  friend detail::queue_access;
  friend detail::async_access;
  using order = platform::order;
  using condition_type = basic_condition<Platform>;
  using lock_type = detail::favouring_lock<Platform>;

  union slot {
    slot() noexcept {}
    ~slot() {}
    T value;
  };

  // One end of the queue. In a cache line of its own, as it is written by every call.
  static constexpr std::size_t apart = 64;
  struct alignas(apart) side {
    lock_type lock;
    std::size_t next = 0;  // its slot of the ring                           under the lock
    std::size_t seen = 0;  // what it last read of the other side's count    under the lock
    unsigned pauses = 1;   // before it looks there again                    under the lock
    typename Platform::template atomic<std::size_t> count;  // elements that have passed
  };

  // Holds the lock of one side; what a condition gives away and takes back.
  template <bool Pushes>
  class holder {
   public:
    explicit holder(basic_bounded_queue& queue) noexcept : queue_(queue) { lock(); }
    holder(const holder&) = delete;
    holder& operator=(const holder&) = delete;
    ~holder() { plain_unlock(); }

    void lock() noexcept { as_favourite_ = mutex()->lock(); }
    void plain_unlock() noexcept { mutex()->unlock(as_favourite_); }
    void unlock() noexcept { look_again(), plain_unlock(); }  // by the condition

    // When the waiter is queued there. Whoever changes the other side's count after the fence sees
    // it; what changed before is seen here, and then one of the waiters has to look again.
    void look_again() noexcept {
      Platform::heavy_fence();
      if (queue_.template is_ready<Pushes>()) queue_.template changed<Pushes>().notify_one();
    }

    lock_type* mutex() const noexcept {
      if constexpr (Pushes)
        return &queue_.push_.lock;
      else
        return &queue_.pop_.lock;
    }
    static constexpr bool owns_lock() noexcept { return true; }

   private:
    basic_bounded_queue& queue_;
    bool as_favourite_ = false;
  };

  template <bool Pushes>
  condition_type& changed() noexcept {
    if constexpr (Pushes)
      return not_full_;
    else
      return not_empty_;
  }

  template <bool Pushes>
  side& side_of() noexcept {
    if constexpr (Pushes)
      return push_;
    else
      return pop_;
  }

  // With the side's lock held: room for one, or one to take. Looks at the other side only if what
  // this one has seen of it is used up.
  template <bool Pushes>
  bool is_ready() noexcept {
    if constexpr (Pushes) {
      const std::size_t in = push_.count.load(order::relaxed);
      if (in - push_.seen < capacity_) return true;
      push_.seen = pop_.count.load(order::acquire);  // [B2]
      return in - push_.seen < capacity_;
    } else {
      const std::size_t out = pop_.count.load(order::relaxed);
      if (out != pop_.seen) return true;
      pop_.seen = push_.count.load(order::acquire);  // [B1]
      return out != pop_.seen;
    }
  }

  // The same without a lock, as a guess.
  template <bool Pushes>
  bool seems_ready() const noexcept {
    return Pushes ? size() != capacity_ : !empty();
  }

  bool was_closed() const noexcept { return closed_.load(order::acquire); }  // [B3]

  // With the side's lock held, before and after the wait. Spins with the lock released, then sleeps.
  template <bool Pushes, class Wait>
  HOLDFAST_COLD void wait_until_ready(const Wait& wait, holder<Pushes>& owner) {
    const auto ready = [this] { return is_ready<Pushes>() || was_closed(); };
    detail::spin_before_park<Platform> spins;
    bool may_spin = true;
    while (!wait.is_over() && !ready()) {
      if (!may_spin) {
        wait(changed<Pushes>(), owner, ready);
        return;
      }
      const unsigned pauses = side_of<Pushes>().pauses;
      owner.plain_unlock();
      for (unsigned i = 0; i < pauses; ++i) Platform::pause();
      while (!seems_ready<Pushes>() && may_spin) may_spin = spins.spin();
      owner.lock();
      adapt<Pushes>(pauses);
    }
  }

  // Sides that follow each other closely pass the same cache lines to and fro for every element. So
  // who has used up all there was pauses a little, longer as long as that brings an element or more
  // for each pause.
  template <bool Pushes>
  void adapt(unsigned pauses) noexcept {
    const std::size_t between = size();
    const std::size_t brought = Pushes ? capacity_ - between : between;
    unsigned& own = side_of<Pushes>().pauses;
    if (brought < pauses)
      own = pauses / 2 + 1;
    else if (pauses <= detail::tuning::queue_pauses_at_most / 2)
      own = pauses * 2;
  }

  // True if there is one now; false if there is none in time, or the queue is closed.
  template <class Wait, class... Arguments>
  bool put(const Wait& wait, Arguments&&... arguments) {
    detail::passes_signal_on<condition_type> room{not_full_};
    {
      holder<true> owner(*this);
      if (!is_ready<true>()) [[unlikely]]
        wait_until_ready<true>(wait, owner);
      if (was_closed() || !is_ready<true>()) [[unlikely]]
        return room.to_another = false;
      ::new (static_cast<void*>(__builtin_addressof(ring_[push_.next].value)))
          T(std::forward<Arguments>(arguments)...);
      advance(push_);
    }
    room.to_another = false;
    Platform::light_fence();
    not_empty_.notify_one();
    return true;
  }

  // What a popper owes when it leaves, in whatever way, with the lock released.
  struct after_take {
    basic_bounded_queue& queue;
    std::size_t taken = 0;
    bool by_exception = true;
    void drop_front() noexcept {
      queue.drop_front();
      ++taken;
      by_exception = false;
    }
    ~after_take() {
      if (by_exception) [[unlikely]]
        queue.not_empty_.notify_one();
      Platform::light_fence();
      for (std::size_t left = taken; left != 0 && queue.not_full_.notify_one() != 0; --left) {
      }
    }
  };

  struct drops_front_unless_thrown {
    after_take& done;
    [[no_unique_address]] default_poisoning::witness witness = {};
    ~drops_front_unless_thrown() {
      if (!witness.sees_unwinding()) done.drop_front();
    }
  };

  template <class Wait>
  std::optional<T> take_one(const Wait& wait) {
    after_take done{*this};
    holder<false> owner(*this);
    if (!is_ready<false>()) [[unlikely]] {
      wait_until_ready<false>(wait, owner);
      if (!is_ready<false>()) {
        done.by_exception = false;
        return std::nullopt;
      }
    }
    if constexpr (std::is_nothrow_move_constructible_v<T>) {
      std::optional<T> element(std::in_place, std::move(ring_[pop_.next].value));
      done.drop_front();
      return element;
    } else {  // the move into the result has to be the only one
      const drops_front_unless_thrown at_end{done};
      return std::optional<T>(std::in_place, std::move(ring_[pop_.next].value));
    }
  }

  template <class Wait, class Iterator>
  std::size_t take_some(const Wait& wait, Iterator& out, std::size_t at_most) {
    if (at_most == 0) return 0;
    after_take done{*this};
    holder<false> owner(*this);
    if (!is_ready<false>()) wait_until_ready<false>(wait, owner);
    for (; done.taken < at_most && is_ready<false>(); ++out) {
      done.by_exception = true;
      *out = std::move(ring_[pop_.next].value);
      done.drop_front();
    }
    done.by_exception = false;
    return done.taken;
  }

  void drop_front() noexcept {
    ring_[pop_.next].value.~T();
    advance(pop_);
  }

  void advance(side& end) noexcept {
    end.next = end.next + 1 == capacity_ ? 0 : end.next + 1;
    end.count.store(end.count.load(order::relaxed) + 1, order::release);  // [B1] [B2]
  }

  // Read by every call and seldom written.
  slot* const ring_;
  const std::size_t capacity_;
  condition_type not_empty_;
  condition_type not_full_;
  typename Platform::template atomic<bool> closed_;

  side push_;
  side pop_;
};

template <class T>
using bounded_queue = basic_bounded_queue<T, platform::chosen>;

}  // namespace holdfast
