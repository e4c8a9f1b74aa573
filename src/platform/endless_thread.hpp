// SPDX-License-Identifier: BSL-1.0
// A thread that serves until the program ends.
#pragma once

namespace holdfast::platform {

// Runs `serve`, which never returns, in a thread of its own. Throws std::system_error if the system
// has no thread to give.
void begin_endless_thread(void (*serve)(void*), void* argument);

}  // namespace holdfast::platform
