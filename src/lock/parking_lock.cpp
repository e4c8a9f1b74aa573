// SPDX-License-Identifier: BSL-1.0
// The parking lock, compiled with both unlocks.
#include "lock/parking_lock_algorithm.hpp"
#include "platform/instances.hpp"

#define HOLDFAST_INSTANTIATE(Platform)                                                     \
  template class holdfast::basic_parking_lock<Platform, holdfast::unlock_by::restartable>; \
  template class holdfast::basic_parking_lock<Platform, holdfast::unlock_by::compare_and_swap>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)
