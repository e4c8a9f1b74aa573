// SPDX-License-Identifier: BSL-1.0
// The reader-writer lock, compiled.
#include "lock/parking_rw_lock_algorithm.hpp"
#include "platform/instances.hpp"

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::basic_parking_rw_lock<Platform>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)
