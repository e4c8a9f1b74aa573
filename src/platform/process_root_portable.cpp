// SPDX-License-Identifier: BSL-1.0
// The root of this copy of the library alone, and memory from the standard library.
#include <cstdlib>
#include <cstring>
#include <new>

#include "holdfast/platform/process_root.hpp"

namespace holdfast::platform {

void* process_root_portable() noexcept {
  alignas(64) static constinit std::byte root[process_root_size]{};
  return root;
}

void* map_pages_portable(std::size_t bytes) noexcept {
  void* const pages = ::operator new(bytes, std::align_val_t{4096}, std::nothrow);
  if (pages != nullptr) std::memset(pages, 0, bytes);
  return pages;
}

}  // namespace holdfast::platform
