// SPDX-License-Identifier: BSL-1.0
// A guard belongs to the thread that locked: sharing it through a mutex makes no sense.
// expect: bound to one thread
#include "holdfast/mutex.hpp"

#ifdef MUST_NOT_COMPILE
using data = holdfast::guard<holdfast::mutex<int>>;
#else
using data = holdfast::mutex<int>;
#endif

void use(holdfast::mutex<data>& m) { const auto owner = m.lock(); }
