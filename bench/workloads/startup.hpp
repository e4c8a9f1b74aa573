// SPDX-License-Identifier: BSL-1.0
// The process that workload `startup` measures: this program, called to take one lock once.
#pragma once

namespace bench {

// True for the arguments with which the workload calls this program; the last is the contender.
bool is_first_lock(int argc, char** argv);

// Locks, says how many nanoseconds that took, and returns the exit code.
int run_first_lock(const char* contender);

}  // namespace bench
