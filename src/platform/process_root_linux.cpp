// SPDX-License-Identifier: BSL-1.0
// The root that all copies of the library in the process share, found through a note in each copy's
// ELF file.
#if defined(__linux__)

#include <elf.h>
#include <link.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/process_root.hpp"

// Two plugins that each carry a hidden static copy of holdfast must still queue for one lock in one
// table. Symbols cannot find each other then (hidden, dlopen'ed RTLD_LOCAL, version scripts), but
// an ELF note survives all of that: each copy's note says where its root slot is, and the copies
// agree on one root (docs/decisions/0002).
//
// Rendezvous: the process has one root page; every copy looks through the notes of all loaded
// objects and adopts the root of any copy that has one. The copies' slots are compared-and-swapped
// in the order in which the loader lists the objects, so two copies that begin at once meet at the
// first slot.

namespace holdfast::platform {
namespace {

constexpr char note_name[] = "holdfast";
constexpr std::uint32_t note_layout = 1;  // grows with any change of what lives in the root

}  // namespace

// Read by the note below, and through it by other copies.
extern "C" {
__attribute__((visibility("hidden"), used)) constinit atomic<void*> holdfast_process_root_slot;
}

__asm__(
    ".pushsection .note.holdfast, \"a\", %note\n"
    ".balign 4\n"
    ".long 9\n"  // length of the name
    ".long 8\n"  // length of the description
    ".long 1\n"  // note_layout
    ".asciz \"holdfast\"\n"
    ".balign 4\n"
    "775: .long holdfast_process_root_slot - 775b\n"  // distance from here to the slot
    ".long 0\n"
    ".popsection\n");

namespace {

using slot = atomic<void*>;

struct search {
  slot* first = nullptr;  // of the objects in the loader's order
};

std::size_t rounded(std::size_t length, std::size_t alignment) noexcept {
  return (length + alignment - 1) / alignment * alignment;
}

slot* slot_in_notes(const char* begin, std::size_t size, std::size_t alignment) noexcept {
  const char* at = begin;
  const char* const end = begin + size;
  if (alignment != 8) alignment = 4;
  while (static_cast<std::size_t>(end - at) >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, at, sizeof header);
    const char* const name = at + sizeof header;
    const char* const description = at + rounded(sizeof header + header.n_namesz, alignment);
    const char* const next = description + rounded(header.n_descsz, alignment);
    if (next > end || next <= at) break;
    if (header.n_namesz == sizeof note_name && header.n_type == note_layout &&
        header.n_descsz == 8 && std::memcmp(name, note_name, sizeof note_name) == 0) {
      std::int32_t distance = 0;
      std::memcpy(&distance, description, sizeof distance);
      return reinterpret_cast<slot*>(const_cast<char*>(description) + distance);
    }
    at = next;
  }
  return nullptr;
}

int visit(dl_phdr_info* object, std::size_t, void* argument) noexcept {
  auto& found = *static_cast<search*>(argument);
  for (ElfW(Half) i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = object->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const auto* const notes = reinterpret_cast<const char*>(object->dlpi_addr + header.p_vaddr);
    if (slot* const it = slot_in_notes(notes, header.p_memsz, header.p_align)) {
      found.first = it;
      return 1;
    }
  }
  return 0;
}

// The first copy in the loader's order holds the root; a copy that comes later finds it there. The
// loader keeps its list stable while it is walked. When the first copy is unloaded, its root page
// stays mapped, and a later copy finds the root in the next slot, which every copy fills for
// itself.
void* agree_on_root() noexcept {
  search found;
  ::dl_iterate_phdr(&visit, &found);
  slot* const meeting = found.first != nullptr ? found.first : &holdfast_process_root_slot;
  void* root = meeting->load(order::acquire);  // [S1] whoever uses the root sees it zeroed
  if (root == nullptr) {
    void* const mine = map_pages(process_root_size);
    root = mine != nullptr ? mine : process_root_portable();
    void* expected = nullptr;
    if (!meeting->compare_exchange(expected, root, order::acq_rel, order::acquire)) {  // [S1]
      if (mine != nullptr) ::munmap(mine, process_root_size);
      root = expected;
    }
  }
  return root;
}

}  // namespace

void* process_root() noexcept {
  void* root = holdfast_process_root_slot.load(order::acquire);  // [S1]
  if (root == nullptr) [[unlikely]] {
    root = agree_on_root();
    holdfast_process_root_slot.store(root, order::release);  // [S1]
  }
  return root;
}

void* map_pages(std::size_t bytes) noexcept {
  const int saved_errno = errno;
  void* const pages =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  errno = saved_errno;
  return pages == MAP_FAILED ? nullptr : pages;
}

namespace {
// While the object is being loaded nobody waits for a lock yet, so the loader's list is never
// walked inside one.
[[gnu::constructor]] void agree_early() noexcept { process_root(); }
}  // namespace

}  // namespace holdfast::platform

#endif
