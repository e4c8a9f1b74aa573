// SPDX-License-Identifier: BSL-1.0
// The one place that every acquire, wait, signal and release of every replaced object passes.
#pragma once

#include "holdfast/platform/atomic.hpp"

#include "report_page.hpp"

namespace preload {

enum class step : std::uint8_t { acquire, wait, release, signal, init };

// Null unless somebody wants to know. Set before any other constructor runs.
extern report_page* passage_report;

[[gnu::cold]] void note(step what, kind of, void* seen_mark) noexcept;

// `seen_mark` is a byte of the object that nothing else uses, or null if it has none.
inline void pass(step what, kind of, void* seen_mark = nullptr) noexcept {
  if (passage_report != nullptr) [[unlikely]]
    note(what, of, seen_mark);
}

// `result` of a call of the C library on an object that is its own; one that succeeded has passed here.
inline int passed_through(step what, kind of, int result) noexcept {
  if (result == 0) pass(what, of);
  return result;
}

}  // namespace preload
