// SPDX-License-Identifier: BSL-1.0
// What the engines have in common whose lock is the kernel's, on an open file.
#pragma once

#if !defined(_WIN32)
#include <pthread.h>
#endif

#include "process/engine.hpp"

namespace holdfast::process::detail {

// The lock belongs to the process's open file, so threads need one of their own before it. The kernel
// releases it at the end of the process and at exec, as the file is closed there; at the end of a
// thread this engine does.
class file_lock_engine : public lock_engine {
 public:
  lock_end try_lock() final;
  lock_end lock(const wait_limits& limits) final;
  void unlock() noexcept final;
  void forked() noexcept final;

 protected:
  file_lock_engine(segment& of, header* head, std::byte* payload);
  ~file_lock_engine() = default;

  // 0, or EWOULDBLOCK, or the errno of a failure.
  virtual int try_lock_file() noexcept = 0;
  virtual int wait_for_file() noexcept = 0;  // EINTR: look again
  virtual void unlock_file() noexcept = 0;

  // For whoever looks again: until then, or a signal.
  static void sleep_until(const deadline& until) noexcept;

 private:
  static void thread_ends(void* first) noexcept;

  lock_end lock_the_file(const wait_limits& limits);
  void held() noexcept;
  void no_longer_held() noexcept;
  void check_file() const;

#if defined(_WIN32)
  int threads_ = -1;  // a mutex of the system, without a name
#else
  pthread_mutex_t threads_ = PTHREAD_MUTEX_INITIALIZER;
#endif
  file_lock_engine* next_held_ = nullptr;  // of the owner's thread
};

}  // namespace holdfast::process::detail
