// SPDX-License-Identifier: BSL-1.0
// Runs the same work in several threads that start together, and says what it took.
#pragma once

#include <functional>

namespace cli {

inline constexpr unsigned threads_at_most = 1024;

// How many this process may use, at least 1.
unsigned cpus() noexcept;

struct spent {
  double seconds;
  double cpu_seconds;  // of all threads of the process
};

// Calls body(0) to body(threads - 1), each in a thread of its own, and measures from the moment all
// are let go to the end of the last. Throws std::runtime_error if the system refuses a thread, and
// the first exception of a body.
spent run_together(unsigned threads, const std::function<void(unsigned)>& body);

}  // namespace cli
