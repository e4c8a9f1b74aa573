// SPDX-License-Identifier: BSL-1.0
// The queue lock, compiled.
#include "platform/instances.hpp"
#include "spin/mcs_lock_algorithm.hpp"

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::basic_mcs_lock<Platform>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)
