// SPDX-License-Identifier: BSL-1.0
// Semaphores: ours, and what a user could pick instead. An adapter is a type made from the initial
// count, with acquire() and release(), and a name.
#pragma once

#include <semaphore.h>

#include <cstddef>
#include <semaphore>

#include <holdfast/semaphore.hpp>

#include "contenders/cell.hpp"

namespace bench {

namespace detail {

class posix_semaphore {
 public:
  explicit posix_semaphore(unsigned count) noexcept { ::sem_init(&semaphore_, 0, count); }
  posix_semaphore(const posix_semaphore&) = delete;
  posix_semaphore& operator=(const posix_semaphore&) = delete;
  ~posix_semaphore() { ::sem_destroy(&semaphore_); }

  void acquire() noexcept {
    while (::sem_wait(&semaphore_) != 0) {  // a signal came
    }
  }
  void release() noexcept { ::sem_post(&semaphore_); }

 private:
  sem_t semaphore_;
};

// A semaphore of one permit, used as a lock.
template <class Semaphore>
class as_lock {
 public:
  void lock() { semaphore_.acquire(); }
  void unlock() { semaphore_.release(); }

 private:
  Semaphore semaphore_{1};
};

}  // namespace detail

template <class Semaphore>
struct with_semaphore : with_lock<detail::as_lock<Semaphore>> {
  using semaphore_type = Semaphore;
};

struct semaphore : with_semaphore<holdfast::semaphore> {
  static constexpr const char* name = "semaphore";
};
struct binary_semaphore : with_semaphore<holdfast::binary_semaphore> {
  static constexpr const char* name = "binary_semaphore";
};
struct posix_semaphore : with_semaphore<detail::posix_semaphore> {
  static constexpr const char* name = "sem_t";
};
struct std_semaphore : with_semaphore<std::counting_semaphore<>> {
  static constexpr const char* name = "std::counting_semaphore";
};

}  // namespace bench
