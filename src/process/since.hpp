// SPDX-License-Identifier: BSL-1.0
// When an owner came, for the price of a counter: it is made a time only when somebody asks.
#pragma once

#include <cstdint>

#include "process/header.hpp"

namespace holdfast::process::detail {

// The moment in both, to reckon from.
tick_origin tick_origin_now() noexcept;

// Nanoseconds since 1970 at `ticks`, of a segment made at `origin`. Exact to about a thousandth of
// the segment's age, and for segments younger than some milliseconds to their age.
std::int64_t civil_time_of(std::uint64_t ticks, const tick_origin& origin) noexcept;

}  // namespace holdfast::process::detail
