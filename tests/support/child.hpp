// SPDX-License-Identifier: BSL-1.0
// Children of a test's process that are never waited for without an end, and words between them.
#pragma once

#if defined(_WIN32)
#include "support/child_windows.hpp"
#else

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <utility>

namespace holdfast::test {

// Longer than anything takes that works, on a machine under load.
inline constexpr int patience_ms = 60'000;

// Runs `f` in a child, whose exit code is what it returns (0: all well), or 99 after an exception.
// Fork while no other thread of the test is in a lock. The child dies with the test.
class child {
 public:
  template <class F>
  explicit child(F f) {
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("no child");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(98);
      ::alarm(patience_ms / 1000);
      ::_exit(run(f));
    }
    end_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  }
  child(child&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), end_(std::exchange(other.end_, -1)) {}
  child& operator=(child&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(end_, other.end_);
    return *this;
  }
  ~child() {
    if (pid_ > 0) {
      kill();
      static_cast<void>(wait());
    }
    if (end_ >= 0) ::close(end_);
  }

  pid_t pid() const noexcept { return pid_; }
  void send(int signal) const noexcept {
    if (pid_ > 0) ::kill(pid_, signal);
  }
  void kill() const noexcept { send(SIGKILL); }

  // The exit code, or 128 + the signal that ended it. 1000: it did not end, and was killed.
  int wait() {
    if (pid_ <= 0) return code_;
    pollfd ended{end_, POLLIN, 0};
    int ready = 0;
    do ready = ::poll(&ended, 1, patience_ms);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0) kill();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    code_ = ready <= 0 ? 1000 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return code_;
  }

 private:
  template <class F>
  static int run(F& f) noexcept {
    try {
      return static_cast<int>(f());
    } catch (const std::exception& thrown) {
      std::fprintf(stderr, "in the child: %s\n", thrown.what());
    } catch (...) {
      std::fprintf(stderr, "in the child: an exception\n");
    }
    return 99;
  }

  pid_t pid_ = -1;
  int end_ = -1;
  int code_ = 1000;
};

// What a child finds as its parent's.
inline std::uint32_t pid_of_parent() { return static_cast<std::uint32_t>(::getppid()); }

// A line to shout along: one says so, another waits until it was said. Make it before the fork.
class line {
 public:
  line() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  }
  line(const line&) = delete;
  line& operator=(const line&) = delete;
  ~line() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

  void say(char word = '!') const noexcept {
    while (::write(ends_[1], &word, 1) < 0 && errno == EINTR) {
    }
  }

  // What was said, or '\0' after too long.
  char hear() const noexcept {
    pollfd something{ends_[0], POLLIN, 0};
    int ready = 0;
    do ready = ::poll(&something, 1, patience_ms);
    while (ready < 0 && errno == EINTR);
    char word = '\0';
    if (ready <= 0 || ::read(ends_[0], &word, 1) != 1) return '\0';
    return word;
  }

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace holdfast::test

#endif
