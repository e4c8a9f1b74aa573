// SPDX-License-Identifier: BSL-1.0
// The ticket lock, compiled.
#include "platform/instances.hpp"
#include "spin/ticket_lock_algorithm.hpp"

#define HOLDFAST_INSTANTIATE(Platform) template class holdfast::basic_ticket_lock<Platform>;
HOLDFAST_FOR_EACH_PLATFORM(HOLDFAST_INSTANTIATE)
