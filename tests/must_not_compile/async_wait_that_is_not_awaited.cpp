// SPDX-License-Identifier: BSL-1.0
// An awaitable that nobody awaits has done nothing.
// flags: -Werror
// expect: nothing is done before it is awaited
#include "holdfast/async.hpp"

void wait(holdfast::semaphore& permits) {
#ifdef MUST_NOT_COMPILE
  permits.acquire_async();
#else
  static_cast<void>(permits.acquire_async());
#endif
}
