// SPDX-License-Identifier: BSL-1.0
// An object that a test shares with the children it forks, in memory that no file names.
#pragma once

#include <sys/mman.h>

#include <new>
#include <stdexcept>
#include <utility>

namespace holdfast::test {

// Never destroyed, as what lies between processes is not.
template <class T>
class shared_page {
 public:
  template <class... Arguments>
  explicit shared_page(Arguments&&... arguments)
      : memory_(
            ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::runtime_error("no shared memory");
    object_ = ::new (memory_) T(std::forward<Arguments>(arguments)...);
  }
  shared_page(const shared_page&) = delete;
  shared_page& operator=(const shared_page&) = delete;
  ~shared_page() { ::munmap(memory_, sizeof(T)); }

  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }

 private:
  void* memory_;
  T* object_;
};

}  // namespace holdfast::test
