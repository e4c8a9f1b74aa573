// SPDX-License-Identifier: BSL-1.0
// A type of the program's own that is tied to one thread is refused, too.
// expect: bound to one thread
#include "holdfast/mutex.hpp"

struct window {
#ifdef MUST_NOT_COMPILE
  struct thread_bound;
#endif
  int handle = 0;
};

void use(holdfast::mutex<window>& m) { const auto owner = m.lock(); }
