// SPDX-License-Identifier: BSL-1.0
// A timer of POSIX that sends SIGALRM.
#include "wait_alarm.hpp"

#include <cerrno>
#include <system_error>

namespace cli {
namespace {

constexpr long repeat_nanoseconds = 5'000'000;

extern "C" void on_alarm(int /*signal*/) {}

timespec point(std::int64_t nanoseconds) noexcept {
  timespec result{};
  result.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000);
  result.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
  return result;
}

}  // namespace

wait_alarm::wait_alarm(const holdfast::deadline& until) {
  if (until.is_never() || until.has_passed()) return;
  sigevent how{};
  how.sigev_notify = SIGEV_SIGNAL;
  how.sigev_signo = SIGALRM;
  if (timer_create(CLOCK_MONOTONIC, &how, &timer_) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot make a timer");
  armed_ = true;
  struct sigaction action{};
  action.sa_handler = on_alarm;  // and no SA_RESTART
  sigaction(SIGALRM, &action, &action_before_);
  sigset_t alarm_alone;
  sigemptyset(&alarm_alone);
  sigaddset(&alarm_alone, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &alarm_alone, &mask_before_);
  itimerspec times{};
  times.it_value = point(until.nanoseconds());
  times.it_interval = point(repeat_nanoseconds);
  timer_settime(timer_, TIMER_ABSTIME, &times, nullptr);
}

wait_alarm::~wait_alarm() {
  if (!armed_) return;
  timer_delete(timer_);
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  sigaction(SIGALRM, &action_before_, nullptr);
}

}  // namespace cli
