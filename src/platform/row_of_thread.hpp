// SPDX-License-Identifier: BSL-1.0
// Which row of reader slots a thread has, and what happens to it when the thread ends.
#pragma once

#include <cstdint>

#include "holdfast/platform/reader_slots.hpp"

namespace holdfast::platform {

// Of the calling thread and for this copy of the library, all of it.
struct row_of_thread {
  // Calls `give_back(row)` when the thread ends. False if the system cannot do that.
  static bool keep(reader_slots& row, void (*give_back)(reader_slots&)) noexcept;

  // The row that is kept, if the thread has not ended; for a thread that has forgotten it.
  static reader_slots* kept() noexcept;

  // True when the row has been given back and the thread's last destructors run.
  static bool has_ended() noexcept;

  // What the thread had or has, and the row's generation then: it need not have been empty, or
  // another copy of the library may still use it.
  struct left {
    reader_slots* row = nullptr;
    std::uint32_t generation = 0;
  };
  static left left_behind() noexcept;
};

}  // namespace holdfast::platform
