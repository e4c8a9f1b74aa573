// SPDX-License-Identifier: BSL-1.0
// Built-in arrays are neither copied nor assigned: std::array is the data type to take.
// expect: owns its data
#include "holdfast/mutex.hpp"

#ifdef MUST_NOT_COMPILE
using data = int[3];
#else
using data = int;
#endif

void use(holdfast::mutex<data>& m) { const auto owner = m.lock(); }
