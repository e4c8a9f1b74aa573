// SPDX-License-Identifier: BSL-1.0
// The parking lot, compiled.
#include "park/parking_lot_algorithm.hpp"
#include "platform/instances.hpp"

// Checked locks use the lots of their unchecked platform.
#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::detail::basic_parking_lot<Platform>;
HOLDFAST_FOR_EACH_UNCHECKED_PLATFORM(HOLDFAST_INSTANTIATE)
