// SPDX-License-Identifier: BSL-1.0
// What every file of ours begins with, and the check that stands before any use of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "holdfast/base/config.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/process/directory.hpp"
#include "holdfast/process/error.hpp"
#include "holdfast/process/identity.hpp"

namespace holdfast::process::detail {

// How the lock in a file works; 0 in a lock file.
enum class engine_id : std::uint32_t {
  none = 0,
  shared_memory = 1,
  kernel = 2,
  file = 3,
  readers = 4,  // of a shared_mutex
  own = 5,      // the data see to themselves: a semaphore, a condition
};

// For people; "unknown" for a number that is none.
const char* engine_name(std::uint32_t engine) noexcept;

// The file has locks of the C library.
constexpr bool has_robust_locks(engine_id engine) noexcept {
  return engine == engine_id::shared_memory || engine == engine_id::readers ||
         engine == engine_id::own;
}

constexpr std::uint32_t layout_version = 1;
constexpr std::uint32_t oldest_layout = 1;
constexpr std::size_t header_size = 1024;
constexpr std::size_t largest_file = std::size_t{1} << 40;

// A byte beyond every segment: locked for reading by each process that uses it, and for writing by who
// removes it.
constexpr std::uint64_t users_byte = largest_file;

// Written before the file is published, and never again.
struct fixed_header {
  std::array<char, 8> magic{};
  std::uint32_t byte_order = 0;  // 0x01020304 as its maker writes it
  std::uint32_t version = 0;
  std::uint32_t size = 0;  // of the whole header: where the payload begins
  std::uint32_t kind = 0;  // a file_kind
  std::uint32_t engine = 0;
  std::uint32_t word_size = 0;  // of a pointer
  std::uint32_t lock_size = 0;  // of a pthread_mutex_t
  std::uint32_t creator_uid = 0;
  std::uint64_t file_size = 0;
  std::uint64_t payload_size = 0;  // of one copy of the data
  std::uint64_t payload_align = 0;
  std::uint64_t payload_copies = 0;  // 1, or 2 where the data are kept twice
  std::uint64_t type_hash = 0;
  std::int64_t created = 0;  // nanoseconds since 1970
  boot_id boot;
  std::array<char, 16> libc{};       // "glibc", "musl"
  std::array<char, 64> type_name{};  // for the message
  std::array<std::uint8_t, 64> spare{};
  std::uint64_t checksum = 0;  // of all before it
};
static_assert(sizeof(fixed_header) == 256 && std::is_trivially_copyable_v<fixed_header>);

// Changed by owners alone, under the lock; read by anyone. One line with all that a pair touches.
struct marks {
  platform::atomic<std::uint64_t> epoch;  // the token of the last owner
  platform::atomic<std::uint64_t> dirty;  // the token of the owner that is in; 0: it has finished
  platform::atomic<std::uint64_t>
      poisoned;  // the token of one that did not finish; 0: none, or mended
  platform::atomic<std::uint64_t> writer;  // whose `owner` is, by access id; 0 while it is written
  platform::atomic<std::uint64_t> since;   // when the owner came, in ticks (see since.hpp)
  platform::atomic<std::uint32_t> front;   // which copy of the data is the committed one
  platform::atomic<std::uint32_t> watchers;  // somebody waits for the data to change
  platform::atomic<std::uint32_t> changes;   // their word to sleep on
  std::uint32_t spare_word = 0;
  std::uint64_t spare{0};
};
static_assert(sizeof(marks) == 64);

// When ticks are which time.
struct tick_origin {
  std::uint64_t ticks = 0;
  std::int64_t monotonic = 0;
  std::int64_t civil = 0;
  std::uint64_t spare = 0;
};

struct header {
  fixed_header fixed;
  alignas(64) std::byte lock[64] = {};  // a pthread_mutex_t, or nothing
  marks mark;
  owner_record
      owner;  // of the last writer, without token and since where an engine keeps these apart
  owner_record culprit;  // of the one that did not finish, whose token is mark.poisoned
  tick_origin origin;
  std::byte spare[1024 - 256 - 128 - 384 - 32] = {};
};
static_assert(sizeof(header) == header_size && std::is_standard_layout_v<header>);

// What the opener wants to find.
struct expectation {
  file_kind kind = file_kind::segment;
  engine_id engine = engine_id::none;
  std::uint64_t payload_size = 0;
  std::uint64_t payload_align = 1;
  std::uint64_t payload_copies = 1;
  std::uint64_t type_hash = 0;
  std::string_view type_name;
  bool of_this_boot = true;  // what it holds means nothing after a restart
};

// A fixed header that meets it, made by the calling process.
HOLDFAST_EXPORT fixed_header make_fixed_header(const expectation& wanted);

// What an opener of this file has to expect; of a header that was examined. The text stays where it is.
HOLDFAST_EXPORT expectation expectation_in(const fixed_header& found) noexcept;

// The size of the file that holds it.
HOLDFAST_EXPORT std::uint64_t file_size_for(const expectation& wanted) noexcept;

// Why the file cannot be used.
struct objection {
  cause why;
  std::string what;
  std::string remedy;

  // What is damaged or too old may be removed; what is not ours, or what newer programs use, may not.
  bool forbids_removal() const noexcept { return why == cause::foreign || why == cause::too_new; }
};

// Judges the first `length` bytes of a file that is `file_size` long; nothing is believed before it
// was checked. Touches the bytes only.
HOLDFAST_EXPORT std::optional<objection> examine(const void* bytes, std::size_t length,
                                                 std::uint64_t file_size,
                                                 const expectation& wanted);

// The same without an expectation of the data: for who only lists.
HOLDFAST_EXPORT std::optional<objection> examine(const void* bytes, std::size_t length,
                                                 std::uint64_t file_size);

// Where the data begin, and how far copies are apart.
constexpr std::uint64_t payload_stride(std::uint64_t size, std::uint64_t align) noexcept {
  const std::uint64_t unit = align < 64 ? 64 : align;
  return (size + unit - 1) / unit * unit;
}
constexpr std::uint64_t payload_offset(std::uint64_t align) noexcept {
  return align <= header_size ? header_size : align;
}

// FNV-1a.
constexpr std::uint64_t hash_of(std::string_view text,
                                std::uint64_t seed = 0xCBF29CE484222325U) noexcept {
  for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return seed;
}

}  // namespace holdfast::process::detail
