// SPDX-License-Identifier: BSL-1.0
// Ends system calls that block when a deadline passes: flock(2) and fcntl(2) know none.
#pragma once

#if !defined(_WIN32)
#include <csignal>
#include <ctime>
#endif

#include "holdfast/base/deadline.hpp"

namespace cli {

// While one exists and its deadline has passed, SIGALRM interrupts the thread's blocking calls
// (EINTR), again and again, so that one that began just after an alarm is met too. Not two at once.
#if defined(_WIN32)

// Nothing blocks there: whoever waits looks again.
class wait_alarm {
 public:
  explicit wait_alarm(const holdfast::deadline&) noexcept {}
  ~wait_alarm() {}
};

#else

class wait_alarm {
 public:
  explicit wait_alarm(const holdfast::deadline& until);
  ~wait_alarm();
  wait_alarm(const wait_alarm&) = delete;
  wait_alarm& operator=(const wait_alarm&) = delete;

 private:
  bool armed_ = false;
  timer_t timer_{};
  struct sigaction action_before_{};
  sigset_t mask_before_{};
};

#endif

}  // namespace cli
