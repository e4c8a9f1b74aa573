// SPDX-License-Identifier: BSL-1.0
// Where the threads of a model say what they read: rows of slots, as platform::reader_slots.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

#include "holdfast/base/function_ref.hpp"
#include "holdfast/model/atomic.hpp"
#include "holdfast/model/operations.hpp"
#include "holdfast/platform/process_root.hpp"

namespace holdfast::model {

// The contract of platform::reader_slots with fewer slots a row. A thread keeps its row until the
// end of the execution.
struct alignas(64) reader_slots {
  using slot = atomic<std::uintptr_t>;
  static constexpr unsigned count = 2;
  static constexpr std::uintptr_t never_free = ~std::uintptr_t{0};

  constexpr reader_slots() noexcept = default;
  constexpr explicit reader_slots(std::uintptr_t content) noexcept
      : slots{slot(content), slot(content)} {}

  slot slots[count];
  atomic<std::uint32_t> wanted;
  std::uint32_t reads = 0;
  std::int64_t met_at = 0;
  std::uint32_t reads_at_meeting = 0;
  std::int32_t patience = 0;

  static reader_slots& of(slot& part) noexcept {
    constexpr std::uintptr_t inside = alignof(reader_slots) - 1;
    return *reinterpret_cast<reader_slots*>(reinterpret_cast<std::uintptr_t>(&part) & ~inside);
  }
};
static_assert(sizeof(reader_slots) == alignof(reader_slots));

namespace detail {

inline constinit reader_slots no_reader_slots{reader_slots::never_free};

// Behind the parking lot in the model's root. All zero is an empty register.
struct register_of_rows {
  static constexpr unsigned row_count = 8;

  atomic<std::uint32_t> used;                    // rows that somebody has
  std::array<std::uint8_t, row_count> number{};  // of each thread's row, from 1 on; 0: none yet
  std::array<reader_slots, row_count> rows;

  static register_of_rows& instance() noexcept {
    static_assert(platform::process_root_size + sizeof(register_of_rows) <= root_size);
    return *std::launder(reinterpret_cast<register_of_rows*>(static_cast<std::byte*>(root()) +
                                                             platform::process_root_size));
  }

  reader_slots& mine() noexcept {
    const unsigned own = number[this_thread()];
    return own == 0 ? no_reader_slots : rows[own - 1];
  }
  reader_slots& obtain() noexcept {
    const std::uint32_t before = used.fetch_add(1, order::relaxed);
    number[this_thread()] = static_cast<std::uint8_t>(before + 1);
    return rows[before];
  }
  void show(holdfast::detail::function_ref<bool(reader_slots&)> look) noexcept {
    const std::uint32_t taken = used.load(order::relaxed);
    for (std::uint32_t i = 0; i < taken; ++i)
      if (!look(rows[i])) return;
  }
};

}  // namespace detail

// While the program is built: its first `threads` threads have rows from the beginning, which is
// some steps less than getting them.
inline void give_reader_slots(unsigned threads) noexcept {
  auto& all = detail::register_of_rows::instance();
  for (unsigned i = 0; i < threads; ++i) all.number[i + 1] = static_cast<std::uint8_t>(i + 1);
  all.used.store(threads, order::relaxed);
}

}  // namespace holdfast::model
