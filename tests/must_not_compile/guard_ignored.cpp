// SPDX-License-Identifier: BSL-1.0
// A lock whose guard is thrown away protects nothing.
// expect: \[-Werror(=|,-W)unused-(result|value)
// flags: -Werror=unused-result -Werror=unused-value
#include "holdfast/mutex.hpp"

void touch(holdfast::mutex<int>& m) {
#ifdef MUST_NOT_COMPILE
  m.lock();
#else
  const auto owner = m.lock();
#endif
}
