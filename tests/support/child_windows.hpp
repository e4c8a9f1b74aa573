// SPDX-License-Identifier: BSL-1.0
// Windows does not fork. What tests call a child there is a thread, for what a lock promises to both;
// processes of their own, and their deaths, are in tests/process/death_windows_test.cpp.
#pragma once

#include <cstdint>
#include <cstdio>
#include <exception>
#include <thread>

#include "platform/windows_api.hpp"

namespace holdfast::test {

// Longer than anything takes that works, on a machine under load.
inline constexpr int patience_ms = 60'000;

class child {
 public:
  template <class F>
  explicit child(F f) : thread_([this, f]() mutable { code_ = run(f); }) {}
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() { static_cast<void>(wait()); }

  int wait() {
    if (thread_.joinable()) thread_.join();
    return code_;
  }

 private:
  template <class F>
  static int run(F& f) noexcept {
    try {
      return static_cast<int>(f());
    } catch (const std::exception& thrown) {
      std::fprintf(stderr, "in the child: %s\n", thrown.what());
    }
    return 99;
  }

  int code_ = 1000;
  std::thread thread_;
};

// What a child finds as its parent's.
inline std::uint32_t pid_of_parent() { return ::GetCurrentProcessId(); }

// A line to shout along: one says so, another waits until it was said.
class line {
 public:
  line() = default;
  line(const line&) = delete;
  line& operator=(const line&) = delete;
  ~line() { ::CloseHandle(said_); }

  void say() const noexcept { ::SetEvent(said_); }
  char hear() const noexcept {
    return ::WaitForSingleObject(said_, patience_ms) == WAIT_OBJECT_0 ? '!' : '\0';
  }

 private:
  HANDLE said_ = ::CreateEventW(nullptr, FALSE, FALSE, nullptr);
};

}  // namespace holdfast::test
