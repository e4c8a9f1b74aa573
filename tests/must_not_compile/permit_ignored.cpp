// SPDX-License-Identifier: BSL-1.0
// A permit that is thrown away is given back at once.
// expect: \[-Werror(=|,-W)unused-(result|value)
// flags: -Werror=unused-result -Werror=unused-value
#include "holdfast/semaphore.hpp"

void enter(holdfast::semaphore& s) {
#ifdef MUST_NOT_COMPILE
  s.acquire_permit();
#else
  const auto owned = s.acquire_permit();
#endif
}
