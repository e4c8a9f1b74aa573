// SPDX-License-Identifier: BSL-1.0
// Who a process is, and what an owner writes down about itself for whoever comes after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/atomic.hpp"

namespace holdfast::process {

// Which run of which system: a new one after every restart. All zero where the system does not say.
struct boot_id {
  std::uint8_t bytes[16] = {};
  friend bool operator==(const boot_id&, const boot_id&) = default;
};

// What an owner leaves behind. To be read by people: nothing is decided by it, as a pid says nothing
// about who is alive.
struct owner_record {
  std::uint64_t token = 0;          // of this ownership; 0: nobody
  std::uint64_t start_time = 0;     // of the process, in the kernel's units
  std::uint64_t pid_namespace = 0;  // its inode; the pid is as this one sees it
  std::int64_t since = 0;           // nanoseconds since 1970 (UTC); 0: unknown
  std::uint32_t pid = 0;
  std::uint32_t uid = 0;
  char host[64] = {};  // both end with a zero
  char label[64] = {};
  boot_id boot;
  std::uint8_t spare[8] = {};
};
static_assert(sizeof(owner_record) == 192 && std::is_trivially_copyable_v<owner_record>);

// Of the calling process; the same until it forks.
struct identity {
  std::uint64_t id = 0;  // random and not 0: no other process's
  std::uint64_t start_time = 0;
  std::uint64_t pid_namespace = 0;
  std::uint32_t pid = 0;
  std::uint32_t uid = 0;  // the effective one
  holdfast::process::boot_id boot;
  char host[64] = {};
};

// Found out once, and again in the child of a fork. Does not allocate.
HOLDFAST_EXPORT const identity& this_process() noexcept;

// A record of the calling process, since now. A label that is too long is cut at a character.
HOLDFAST_EXPORT owner_record make_record(std::uint64_t token, std::string_view label) noexcept;

// "pid 4711 on host "a" (label "nightly"), token 12, since 2026-11-30 08:15:42 UTC", with what is
// known of these.
HOLDFAST_EXPORT std::string describe(const owner_record& owner);

namespace detail {

// Its `id` alone, without a call: 0 before the first this_process() and in the child of a fork until
// the next one.
HOLDFAST_EXPORT extern platform::atomic<std::uint64_t> this_process_id;

// Copies the text, cut at a character of UTF-8, with zeros behind it.
HOLDFAST_EXPORT void copy_text(char* to, std::size_t size, std::string_view text) noexcept;

// The text up to its zero or the end of the field, without what a terminal would obey.
HOLDFAST_EXPORT std::string readable(const char* text, std::size_t size);

// Nanoseconds since 1970.
HOLDFAST_EXPORT std::int64_t civil_now() noexcept;

}  // namespace detail

}  // namespace holdfast::process
