// SPDX-License-Identifier: BSL-1.0
// Something that a thread of a program may destroy while others are still about to wake somebody there.
#pragma once

#include <memory>

namespace holdfast::verify {

template <class T>
class short_lived {
 public:
  short_lived() { std::construct_at(&it_); }
  short_lived(const short_lived&) = delete;
  short_lived& operator=(const short_lived&) = delete;
  ~short_lived() {
    if (!is_gone_) std::destroy_at(&it_);
  }

  T& operator*() { return it_; }
  T* operator->() { return &it_; }
  void destroy() {
    is_gone_ = true;
    std::destroy_at(&it_);
  }

 private:
  union {
    T it_;
  };
  bool is_gone_ = false;
};

}  // namespace holdfast::verify
