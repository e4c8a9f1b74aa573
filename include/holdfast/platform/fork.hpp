// SPDX-License-Identifier: BSL-1.0
// What has to be forgotten in the child of a fork, where only the forking thread lives on.
#pragma once

#include "holdfast/base/config.hpp"

namespace holdfast::platform {

// Calls `forget` in the child of every later fork, before fork returns there. Does nothing where
// processes do not fork.
HOLDFAST_EXPORT void after_fork_in_child(void (*forget)()) noexcept;

}  // namespace holdfast::platform
