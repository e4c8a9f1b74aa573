// SPDX-License-Identifier: BSL-1.0
// A stop is a stop_token; its source is another thing.
// expect: no matching (member )?function for call
#include <stop_token>

#include "holdfast/mutex.hpp"

bool wait(holdfast::mutex<int>& m, const std::stop_source& source) {
#ifdef MUST_NOT_COMPILE
  return static_cast<bool>(m.lock(source));
#else
  return static_cast<bool>(m.lock(source.get_token()));
#endif
}
