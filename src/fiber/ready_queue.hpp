// SPDX-License-Identifier: BSL-1.0
// The fibers that can run, first in, first out.
#pragma once

#include <cstddef>

#include "fiber/context.hpp"

namespace holdfast::fiber::detail {

class ready_queue {
 public:
  bool is_empty() const noexcept { return first_ == nullptr; }

  void push(context& who) noexcept {
    who.next = nullptr;
    *end_ = &who;
    end_ = &who.next;
  }

  // Null if there is none.
  context* pop() noexcept {
    context* const who = first_;
    if (who == nullptr) return nullptr;
    first_ = who->next;
    if (first_ == nullptr) end_ = &first_;
    return who;
  }

  // The older half, rounded up, goes to the end of `other`.
  void give_half_to(ready_queue& other) noexcept {
    std::size_t count = 0;
    for (const context* each = first_; each != nullptr; each = each->next) ++count;
    for (std::size_t left = (count + 1) / 2; left != 0; --left) other.push(*pop());
  }

 private:
  context* first_ = nullptr;
  context** end_ = &first_;
};

}  // namespace holdfast::fiber::detail
