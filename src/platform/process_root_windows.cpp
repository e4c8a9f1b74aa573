// SPDX-License-Identifier: BSL-1.0
// The root that all copies of the library in the process share, found through a section of each
// copy's program or DLL.
#if defined(_WIN32)

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/process_root.hpp"

#include "platform/windows_api.hpp"

#define PSAPI_VERSION 2  // the functions of kernel32.dll
#include <psapi.h>

// As on Linux (process_root_linux.cpp) the copies agree on one root, without a name that another
// process could take first: each copy has a section "holdfast" in its image, in which its root slot
// is. Whoever begins looks through the modules of the process in the order in which they were loaded
// and meets the others at the first slot (docs/decisions/0020).

namespace holdfast::platform {
namespace {

struct rendezvous {
  std::uint32_t magic;
  std::uint32_t layout;  // grows with any change of what lives in the root
  atomic<void*> root;
};

constexpr std::uint32_t magic = 0x64'6c'6f'68;  // "hold"
constexpr std::uint32_t layout = 1;
constexpr char section_name[IMAGE_SIZEOF_SHORT_NAME + 1] = "holdfast";

[[gnu::section("holdfast"), gnu::used]] constinit rendezvous own{magic, layout, {}};

rendezvous* find_in(const std::byte* image) noexcept {
  IMAGE_DOS_HEADER dos;
  std::memcpy(&dos, image, sizeof dos);
  if (dos.e_magic != IMAGE_DOS_SIGNATURE) return nullptr;
  IMAGE_NT_HEADERS headers;
  std::memcpy(&headers, image + dos.e_lfanew, sizeof headers);
  if (headers.Signature != IMAGE_NT_SIGNATURE) return nullptr;
  const std::byte* next = image + dos.e_lfanew + offsetof(IMAGE_NT_HEADERS, OptionalHeader) +
                          headers.FileHeader.SizeOfOptionalHeader;
  for (unsigned i = 0; i < headers.FileHeader.NumberOfSections; ++i) {
    IMAGE_SECTION_HEADER section;
    std::memcpy(&section, next, sizeof section);
    next += sizeof section;
    if (std::memcmp(section.Name, section_name, sizeof section.Name) != 0 ||
        section.Misc.VirtualSize < sizeof(rendezvous))
      continue;
    auto* const found =
        reinterpret_cast<rendezvous*>(const_cast<std::byte*>(image) + section.VirtualAddress);
    if (found->magic == magic && found->layout == layout) return found;
  }
  return nullptr;
}

// The modules that come after these are those of a process that loads hundreds of DLLs: a copy in
// one of them finds none before it if no earlier module has one, and then uses its own.
rendezvous* first_of_process() noexcept {
  constexpr unsigned looked_through = 1024;
  HMODULE modules[looked_through];
  DWORD bytes = 0;
  if (::EnumProcessModules(::GetCurrentProcess(), modules, sizeof modules, &bytes) == FALSE)
    return nullptr;
  const unsigned count =
      bytes < sizeof modules ? static_cast<unsigned>(bytes / sizeof modules[0]) : looked_through;
  for (unsigned i = 0; i < count; ++i)
    if (rendezvous* const found = find_in(reinterpret_cast<const std::byte*>(modules[i])))
      return found;
  return nullptr;
}

void* agree_on_root() noexcept {
  rendezvous* const first = first_of_process();
  atomic<void*>& meeting = first != nullptr ? first->root : own.root;
  void* root = meeting.load(order::acquire);  // [S1] whoever uses the root sees it zeroed
  if (root == nullptr) {
    void* const mine = map_pages(process_root_size);
    root = mine != nullptr ? mine : process_root_portable();
    void* expected = nullptr;
    if (!meeting.compare_exchange(expected, root, order::acq_rel, order::acquire)) {  // [S1]
      if (mine != nullptr) ::VirtualFree(mine, 0, MEM_RELEASE);
      root = expected;
    }
  }
  return root;
}

}  // namespace

void* process_root() noexcept {
  void* root = own.root.load(order::acquire);  // [S1]
  if (root == nullptr) [[unlikely]] {
    const last_error_kept keep;
    root = agree_on_root();
    own.root.store(root, order::release);  // [S1]
  }
  return root;
}

void* map_pages(std::size_t bytes) noexcept {
  const last_error_kept keep;
  return ::VirtualAlloc(nullptr, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

namespace {
// While the module is being loaded nobody waits for a lock of this copy yet.
[[gnu::constructor]] void agree_early() noexcept { process_root(); }
}  // namespace

}  // namespace holdfast::platform

#endif
