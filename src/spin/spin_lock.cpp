// SPDX-License-Identifier: BSL-1.0
// The spin lock, compiled.
#include "platform/instances.hpp"
#include "spin/spin_lock_algorithm.hpp"

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::basic_spin_lock<Platform>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)
