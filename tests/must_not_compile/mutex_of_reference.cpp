// SPDX-License-Identifier: BSL-1.0
// A mutex owns its data: whoever else has the reference would reach it without the lock.
// expect: owns its data
#include "holdfast/mutex.hpp"

#ifdef MUST_NOT_COMPILE
using data = int&;
#else
using data = int;
#endif

void use(holdfast::mutex<data>& m) { const auto owner = m.lock(); }
