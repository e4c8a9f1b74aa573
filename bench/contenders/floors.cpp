// SPDX-License-Identifier: BSL-1.0
// The floor that is called: in a file of its own, so that nothing is inlined.
#include "contenders/floors.hpp"

namespace bench::detail {

void called_swap_and_store::lock() noexcept { swap_and_store::lock(); }
void called_swap_and_store::unlock() noexcept { swap_and_store::unlock(); }

}  // namespace bench::detail
