// SPDX-License-Identifier: BSL-1.0
// Conditions with the lock they wait with, and bounded queues: ours, and what a user would write
// with any other condition.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <holdfast/bounded_queue.hpp>
#include <holdfast/condition.hpp>
#include <holdfast/lock/parking_lock.hpp>

#include "contenders/cell.hpp"

namespace bench {

struct std_condition {
  static constexpr const char* name = "std::condition_variable";
  static constexpr const char* queue_name = "std::mutex and two condition_variables";
  using lock_type = std::mutex;
  using condition_type = std::condition_variable;
};
struct our_condition {
  static constexpr const char* name = "condition";
  using lock_type = holdfast::parking_lock;
  using condition_type = holdfast::condition;
};

namespace detail {

// Gives a rival's wait(lock) the form that the standard's condition has.
template <class Plain>
class with_predicate : public Plain {
 public:
  template <class Lock, class Predicate>
  void wait(std::unique_lock<Lock>& hold, Predicate is_true) {
    while (!is_true()) Plain::wait(*hold.mutex());
  }
};

// The producer and consumer of the textbooks, in its fast form: a ring of one allocation, and
// signals that are sent with the mutex released.
template <class T, class Lock, class Condition>
class textbook_queue {
 public:
  explicit textbook_queue(std::size_t capacity) : ring_(capacity) {}

  // False if the queue is closed.
  bool push(T value) {
    {
      std::unique_lock hold(mutex_);
      not_full_.wait(hold, [this] { return size_ < ring_.size() || closed_; });
      if (closed_) return false;
      ring_[wrapped(first_ + size_)] = std::move(value);
      ++size_;
    }
    not_empty_.notify_one();
    return true;
  }

  std::optional<T> pop() {
    std::optional<T> value;
    {
      std::unique_lock hold(mutex_);
      not_empty_.wait(hold, [this] { return size_ > 0 || closed_; });
      if (size_ == 0) return value;
      value = std::move(ring_[first_]);
      first_ = wrapped(first_ + 1);
      --size_;
    }
    not_full_.notify_one();
    return value;
  }

  void close() {
    {
      const std::scoped_lock hold(mutex_);
      closed_ = true;
    }
    not_empty_.notify_all();
    not_full_.notify_all();
  }

 private:
  std::size_t wrapped(std::size_t index) const {
    return index < ring_.size() ? index : index - ring_.size();
  }

  std::vector<T> ring_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  bool closed_ = false;
  Lock mutex_;
  Condition not_empty_;
  Condition not_full_;
};

}  // namespace detail

template <class Condition>
struct textbook {
  static constexpr const char* name = Condition::queue_name;
  using queue_type = detail::textbook_queue<long, typename Condition::lock_type,
                                            typename Condition::condition_type>;
  static bool push(queue_type& queue, long value) { return queue.push(value); }
};
using std_queue = textbook<std_condition>;
struct our_queue {
  static constexpr const char* name = "bounded_queue";
  using queue_type = holdfast::bounded_queue<long>;
  static bool push(queue_type& queue, long value) {
    try {
      queue.push(value);
      return true;
    } catch (const holdfast::queue_closed&) {
      return false;
    }
  }
};

}  // namespace bench
