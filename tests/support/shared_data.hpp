// SPDX-License-Identifier: BSL-1.0
// The least that a condition between processes can wait with: a robust lock and its guard.
#pragma once

#include "holdfast/process/robust_lock.hpp"

namespace holdfast::test {

class robust_guard {
 public:
  explicit robust_guard(process::detail::robust_lock& lock) : lock_(lock) { this->lock(); }
  robust_guard(const robust_guard&) = delete;
  robust_guard& operator=(const robust_guard&) = delete;
  ~robust_guard() {
    if (owns_) unlock();
  }
  void lock() {
    lock_.lock({});
    owns_ = true;
  }
  void unlock() {
    owns_ = false;
    lock_.unlock();
  }
  bool owns_lock() const noexcept { return owns_; }

 private:
  process::detail::robust_lock& lock_;
  bool owns_ = false;
};

}  // namespace holdfast::test
