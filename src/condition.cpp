// SPDX-License-Identifier: BSL-1.0
// The condition, compiled.
#include "condition_algorithm.hpp"
#include "platform/instances.hpp"

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::basic_condition<Platform>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)
