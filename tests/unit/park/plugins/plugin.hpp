// SPDX-License-Identifier: BSL-1.0
// What a plugin gives its host: one table of calls, found by the name holdfast_plugin_calls.
#pragma once

#include <cstddef>

struct holdfast_plugin {
  void (*lock)(void* address);
  void (*unlock)(void* address);
  std::size_t (*waiters)(void* address);
  void* (*lot)();
  const void* (*code)();  // an address inside the copy of holdfast that this plugin uses
};

#if defined(_WIN32)
#define HOLDFAST_TEST_OF_PLUGIN [[gnu::dllexport]]
#else
#define HOLDFAST_TEST_OF_PLUGIN [[gnu::visibility("default")]]
#endif

extern "C" {
HOLDFAST_TEST_OF_PLUGIN extern const holdfast_plugin holdfast_plugin_calls;
}
