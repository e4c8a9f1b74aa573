// SPDX-License-Identifier: BSL-1.0
// Where each thread says what it reads: a row of slots of its own, which all others can find.
#pragma once

#include <cstdint>

#include "holdfast/base/config.hpp"
#include "holdfast/base/function_ref.hpp"
#include "holdfast/platform/atomic.hpp"
#include "holdfast/platform/thread_local_read.hpp"

namespace holdfast::platform {

// A row of slots. A thread has one from the first time it asks until it ends; then the row is
// another thread's. Only its thread puts something into a slot, and only into one that holds 0;
// anybody may put 0 there again. Rows live for ever: an address of one may always be read.
struct alignas(128) reader_slots {
  using slot = atomic<std::uintptr_t>;
  static constexpr unsigned count = 8;

  // In the slots of the row that everybody has who has none.
  static constexpr std::uintptr_t never_free = ~std::uintptr_t{0};

  constexpr reader_slots() noexcept = default;
  constexpr explicit reader_slots(std::uintptr_t content) noexcept
      : slots{slot(content), slot(content), slot(content), slot(content),
              slot(content), slot(content), slot(content), slot(content)} {}

  slot slots[count];

  // Not in the line that a reader writes all the time.
  alignas(64) atomic<std::uint32_t> wanted;  // how many sleep until some slot of this row is 0
  std::uint32_t reads = 0;                   // for whoever has the row, as are the next three
  std::int64_t met_at = 0;
  std::uint32_t reads_at_meeting = 0;
  std::int32_t patience = 0;

  atomic<std::uint32_t> taken;
  atomic<std::uint32_t> generation;  // how often it was taken
  atomic<std::uintptr_t> thread;     // its thread, 0 when it has ended
  std::uint32_t copies = 0;          // of this library that use it for that thread

  // The row of a slot.
  static reader_slots& of(slot& part) noexcept {
    constexpr std::uintptr_t inside = alignof(reader_slots) - 1;
    return *reinterpret_cast<reader_slots*>(reinterpret_cast<std::uintptr_t>(&part) & ~inside);
  }
};
static_assert(sizeof(reader_slots) == alignof(reader_slots));

// Never free, and never written: what a thread has before it asks for a row, after it has ended,
// and when there is no memory.
HOLDFAST_EXPORT extern reader_slots no_reader_slots;

// Sealed as initial-exec: one load relative to the thread pointer, in a shared library too.
HOLDFAST_EXPORT extern thread_local constinit reader_slots* this_threads_reader_slots
    [[gnu::tls_model("initial-exec")]];

// The row of the calling thread, or no_reader_slots.
HOLDFAST_READS_THREAD_LOCAL reader_slots& my_reader_slots() noexcept {
  return *this_threads_reader_slots;
}

// Gets a row for the calling thread, which has none; it is given back when the thread ends. Returns
// what my_reader_slots() does from now on. Does not allocate from malloc.
HOLDFAST_EXPORT HOLDFAST_COLD reader_slots& obtain_reader_slots() noexcept;

// For a thread that has given its row back but not emptied it: the slot of it that holds `content`,
// or null.
HOLDFAST_EXPORT HOLDFAST_COLD reader_slots::slot* slot_left_behind(std::uintptr_t content) noexcept;

// Shows `look` every row that was ever taken, until it says false. A row that is taken meanwhile may
// be missed, unless a heavy fence has come between its first use and this call.
HOLDFAST_EXPORT void look_at_reader_slots(detail::function_ref<bool(reader_slots&)> look) noexcept;

}  // namespace holdfast::platform
