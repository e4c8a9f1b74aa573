// SPDX-License-Identifier: BSL-1.0
// A child that runs one instruction at a time, so that it can be killed after any of them.
#pragma once

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <stdexcept>

#include "holdfast/process/identity.hpp"

namespace holdfast::test {

class stepped_child {
 public:
  // `f` must not sleep: a step would not end.
  template <class F>
  explicit stepped_child(F f) {
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("no child");
    if (pid_ == 0) {
      if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(77);
      process::this_process();  // to find that out takes more steps than all the rest
      ::raise(SIGSTOP);
      f();
      ::raise(SIGSTOP);
      ::_exit(0);
    }
    is_running_ = stop_signal() == SIGSTOP;
    if (is_running_) ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_EXITKILL);
  }
  stepped_child(const stepped_child&) = delete;
  stepped_child& operator=(const stepped_child&) = delete;
  ~stepped_child() { kill(); }

  // False where nobody may be traced.
  bool may_be_traced() const noexcept { return !is_gone_; }

  // Goes on until `steps` have been made or `f` has returned. Returns how many were made.
  std::size_t run(std::size_t steps) {
    std::size_t made = 0;
    for (; is_running_ && made < steps; ++made) {
      ::ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr);
      is_running_ = stop_signal() == SIGTRAP;
    }
    return made;
  }
  bool has_returned() const noexcept { return !is_running_; }

  void kill() {
    if (is_gone_) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    is_gone_ = true;
  }
  pid_t pid() const noexcept { return pid_; }

 private:
  int stop_signal() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSTOPPED(status)) return WSTOPSIG(status);
    is_gone_ = true;
    return 0;
  }

  pid_t pid_ = -1;
  bool is_running_ = false;
  bool is_gone_ = false;
};

}  // namespace holdfast::test
