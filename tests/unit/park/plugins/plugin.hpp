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

extern "C" {
[[gnu::visibility("default")]] extern const holdfast_plugin holdfast_plugin_calls;
}
