// SPDX-License-Identifier: BSL-1.0
// The asynchronous forms are in a header of their own, which the error names.
// expect: include_holdfast_async_hpp
#ifdef MUST_NOT_COMPILE
#include "holdfast/mutex.hpp"
#else
#include "holdfast/async.hpp"
#endif

void wait(holdfast::mutex<int>& m) { static_cast<void>(m.lock_async()); }
