// SPDX-License-Identifier: BSL-1.0
// A process and those that descend from it.
#pragma once

#include <sys/types.h>

namespace cli {

// Sends to the process, our child that has not been waited for, and to its descendants that are in
// our process group.
void signal_family(pid_t child, int signal);

}  // namespace cli
