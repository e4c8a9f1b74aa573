// SPDX-License-Identifier: BSL-1.0
// What is behind the header of a lock file, and which byte beyond its end is locked for what.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "holdfast/process/lock_file.hpp"

#include "process/header.hpp"

namespace holdfast::process::detail {

// Somebody who has locked the byte of this entry. An entry whose byte is free says nothing but
// `dirty`: whoever wrote it is gone.
struct lock_file_entry {
  std::uint64_t dirty = 0;  // of a slot: the token of an owner that has not finished
  std::uint32_t waits = 0;  // 1: it waits, 0: it holds
  std::uint32_t how = 0;    // a hold_kind
  owner_record who;
};
static_assert(sizeof(lock_file_entry) == 208);

constexpr unsigned visitors_at_most = 64;  // who comes later is not shown, and waits as well

struct lock_file_table {
  std::uint64_t slots_used =
      0;  // no slot from here on was ever marked dirty; under the byte `marks`
  std::uint64_t spare[7] = {};
  lock_file_entry slots[lock_file::slots_at_most];
  lock_file_entry visitors[visitors_at_most];  // who waits, and who shares
};
static_assert(std::is_trivially_copyable_v<lock_file_table>);

constexpr std::uint64_t table_align = 64;
constexpr std::uint64_t table_place = payload_offset(table_align);

inline expectation lock_file_expectation() noexcept {
  expectation wanted;
  wanted.kind = file_kind::lock_file;
  wanted.payload_size = sizeof(lock_file_table);
  wanted.payload_align = table_align;
  wanted.type_name = "table of a lock file";
  wanted.type_hash = hash_of(wanted.type_name);
  wanted.of_this_boot = false;  // kernel locks end with the boot, and the marks are still true
  return wanted;
}

constexpr std::uint64_t slot_place(unsigned slot) noexcept {
  return table_place + offsetof(lock_file_table, slots) + slot * sizeof(lock_file_entry);
}
constexpr std::uint64_t visitor_place(unsigned visitor) noexcept {
  return table_place + offsetof(lock_file_table, visitors) + visitor * sizeof(lock_file_entry);
}

// byte      | held for reading          | held for writing
// main      | shared owners, slots      | the exclusive owner
// queue     | -                         | the one who is next
// marks     | -                         | whoever changes marks or slots_used and is not alone
// of a slot | -                         | its owner
// of a visitor | -                      | who has written the entry
constexpr std::uint64_t bytes = lock_file::owners_byte;
static_assert(bytes > largest_file);
constexpr std::uint64_t main_byte = bytes;
constexpr std::uint64_t queue_byte = bytes + 1;
constexpr std::uint64_t marks_byte = bytes + 2;
constexpr std::uint64_t slot_byte(unsigned slot) noexcept { return bytes + 0x1000 + slot; }
constexpr std::uint64_t visitor_byte(unsigned visitor) noexcept { return bytes + 0x2000 + visitor; }

// The words of `marks` that a lock file uses: these files are read and written, not mapped.
struct lock_file_marks {
  std::uint64_t epoch = 0;
  std::uint64_t dirty = 0;
  std::uint64_t poisoned = 0;
};
static_assert(offsetof(marks, epoch) == offsetof(lock_file_marks, epoch) &&
              offsetof(marks, dirty) == offsetof(lock_file_marks, dirty) &&
              offsetof(marks, poisoned) == offsetof(lock_file_marks, poisoned));
constexpr std::uint64_t marks_place = offsetof(header, mark);
constexpr std::uint64_t owner_place = offsetof(header, owner);
constexpr std::uint64_t culprit_place = offsetof(header, culprit);

}  // namespace holdfast::process::detail
