// SPDX-License-Identifier: BSL-1.0
// A lock on a page of its own, which is gone the moment the lock is destroyed: whoever touches it
// later crashes.
#pragma once

#include <sys/mman.h>

#include <memory>
#include <new>

namespace holdfast::test {

template <class Lock>
struct on_its_own_page {
  static Lock* make() {
    void* const page =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? nullptr : ::new (page) Lock;
  }
  static void destroy(Lock* lock) {
    std::destroy_at(lock);
    ::munmap(static_cast<void*>(lock), 4096);
  }
};

}  // namespace holdfast::test
