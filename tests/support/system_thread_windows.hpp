// SPDX-License-Identifier: BSL-1.0
// A thread of the system, for a standard library that has none, or as somebody else may have begun it.
#pragma once

#include <process.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include "platform/windows_api.hpp"

namespace holdfast::test {

// Joins at its end.
class system_thread {
 public:
  explicit system_thread(std::function<void()> body) {
    auto keep = std::make_unique<std::function<void()>>(std::move(body));
    const std::uintptr_t begun = ::_beginthreadex(nullptr, 0, &run, keep.get(), 0, nullptr);
    if (begun == 0) throw std::runtime_error("no thread");
    static_cast<void>(keep.release());
    handle_ = reinterpret_cast<HANDLE>(begun);
  }
  system_thread(system_thread&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  system_thread& operator=(system_thread&&) = delete;
  ~system_thread() { join(); }

  void join() {
    if (handle_ == nullptr) return;
    ::WaitForSingleObject(handle_, INFINITE);
    ::CloseHandle(std::exchange(handle_, nullptr));
  }

 private:
  static unsigned __stdcall run(void* body) {
    const std::unique_ptr<std::function<void()>> mine(static_cast<std::function<void()>*>(body));
    (*mine)();
    return 0;
  }

  HANDLE handle_ = nullptr;
};

}  // namespace holdfast::test
