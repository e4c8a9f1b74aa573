// SPDX-License-Identifier: BSL-1.0
// Threads by the standard library, or by that of C where mingw-w64's has none.
#include "platform/endless_thread.hpp"

#if defined(_WIN32)

#include <process.h>

#include <cerrno>
#include <cstdint>

#include "holdfast/base/fatal.hpp"

#include "platform/windows_api.hpp"

namespace holdfast::platform {
namespace {

struct job {
  void (*serve)(void*);
  void* argument;
};

unsigned __stdcall run(void* memory) {
  const job mine = *static_cast<job*>(memory);
  delete static_cast<job*>(memory);
  mine.serve(mine.argument);
  return 0;
}

}  // namespace

void begin_endless_thread(void (*serve)(void*), void* argument) {
  auto* const of_thread = new job{serve, argument};
  const std::uintptr_t thread = ::_beginthreadex(nullptr, 0, &run, of_thread, 0, nullptr);
  if (thread == 0) {
    delete of_thread;
    detail::throw_lock_error(EAGAIN, "holdfast: no thread for the deadlines of coroutines");
  }
  ::CloseHandle(reinterpret_cast<HANDLE>(thread));
}

}  // namespace holdfast::platform

#else

#include <thread>

namespace holdfast::platform {

void begin_endless_thread(void (*serve)(void*), void* argument) {
  std::thread(serve, argument).detach();
}

}  // namespace holdfast::platform

#endif
