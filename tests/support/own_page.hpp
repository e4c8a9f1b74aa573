// SPDX-License-Identifier: BSL-1.0
// A lock on a page of its own, which is gone the moment the lock is destroyed: whoever touches it
// later crashes.
#pragma once

#include <memory>
#include <new>

#if defined(_WIN32)
#include "platform/windows_api.hpp"
#else
#include <sys/mman.h>
#endif

namespace holdfast::test {

#if defined(_WIN32)
inline void* map_own_page() {
  return ::VirtualAlloc(nullptr, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}
inline void unmap_own_page(void* page) { ::VirtualFree(page, 0, MEM_RELEASE); }
#else
inline void* map_own_page() {
  void* const page =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? nullptr : page;
}
inline void unmap_own_page(void* page) { ::munmap(page, 4096); }
#endif

template <class Lock>
struct on_its_own_page {
  static Lock* make() {
    void* const page = map_own_page();
    return page == nullptr ? nullptr : ::new (page) Lock;
  }
  static void destroy(Lock* lock) {
    std::destroy_at(lock);
    unmap_own_page(lock);
  }
};

}  // namespace holdfast::test
