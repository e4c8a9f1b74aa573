// SPDX-License-Identifier: BSL-1.0
// Data that cannot change needs no mutex, and a const mutex gives const data anyway.
// expect: owns its data
#include "holdfast/mutex.hpp"

#ifdef MUST_NOT_COMPILE
using data = const int;
#else
using data = int;
#endif

void use(holdfast::mutex<data>& m) { const auto owner = m.lock(); }
