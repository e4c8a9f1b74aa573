// SPDX-License-Identifier: BSL-1.0
// The stop_source of a thread that may wait, for others to use.
#pragma once

#include <mutex>
#include <stop_token>

namespace holdfast::test {

class stop_slot {
 public:
  std::stop_token renew() {
    const std::scoped_lock hold(mutex_);
    source_ = std::stop_source();
    return source_.get_token();
  }
  void request_stop() {
    auto source = [this] {
      const std::scoped_lock hold(mutex_);
      return source_;
    }();
    source.request_stop();
  }

 private:
  std::mutex mutex_;
  std::stop_source source_;
};

}  // namespace holdfast::test
