// SPDX-License-Identifier: BSL-1.0
// A global mutex is ready before any constructor runs: no order of initialisation to get wrong.
#include <cstdio>
#include <type_traits>

#include <holdfast/mutex.hpp>

extern holdfast::mutex<int> registered;

// Its constructor runs before main, maybe before the definition of `registered` is reached.
struct plugin {
  plugin() {
    registered.with([](int& n) { ++n; });
  }
};

const plugin red;
const plugin blue;

// [constinit]
constinit holdfast::mutex<int> registered(40);
// Nor of destruction; only the locks of a checked build have something to do there.
static_assert(HOLDFAST_CHECKED || std::is_trivially_destructible_v<holdfast::mutex<int>>);
// [/constinit]

int main() {
  const int count = registered.copy();
  std::printf("%d registered\n", count);
  return count == 42 ? 0 : 1;
}
