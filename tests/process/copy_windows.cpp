// SPDX-License-Identifier: BSL-1.0
// A DLL with a copy of the library of its own, which comes to a lock of the program that has loaded it.
#include "process/copy_windows.hpp"

#include <exception>

#include "holdfast/process/process.hpp"

using namespace holdfast;

extern "C" __declspec(dllexport) int come_by_copy(const char* place, int engine, bool may_wait) {
  try {
    auto mutex = process::open<long>("a", static_cast<process::engine>(engine),
                                     process::in_directory{place});
    const auto got = may_wait ? mutex.lock() : mutex.try_lock();
    return static_cast<int>(got ? come::in : come::busy);
  } catch (const process::error& refused) {
    if (refused.why() == process::cause::would_deadlock)
      return static_cast<int>(come::would_deadlock);
  } catch (const std::exception&) {
    return static_cast<int>(come::poisoned);
  }
  return static_cast<int>(come::failed);
}
