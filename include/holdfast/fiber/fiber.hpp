// SPDX-License-Identifier: BSL-1.0
// Everything about fibers: user-level threads, what runs them, and what they have beside the locks
// that are everybody's.
#pragma once

#include "holdfast/fiber/blocking.hpp"
#include "holdfast/fiber/fiber_lock.hpp"
#include "holdfast/fiber/handle.hpp"
#include "holdfast/fiber/local.hpp"
#include "holdfast/fiber/options.hpp"
#include "holdfast/fiber/pool.hpp"
#include "holdfast/fiber/scheduler.hpp"
#include "holdfast/fiber/this_fiber.hpp"
