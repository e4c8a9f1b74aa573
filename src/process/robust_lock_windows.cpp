// SPDX-License-Identifier: BSL-1.0
// What stands for robust locks on Windows, which has none in memory: no engine there uses one, and
// what needs them (shared_mutex, semaphore, condition) is not declared.
#if defined(_WIN32)

#include <string>

#include "holdfast/platform/task.hpp"
#include "holdfast/process/error.hpp"
#include "holdfast/process/robust_lock.hpp"
#include "holdfast/process/robust_rw_lock.hpp"

#include "process/robust_calls.hpp"

namespace holdfast::process::detail {

thread_local constinit unsigned robust_locks_held = 0;

// Places in files that nobody uses there.
robust_lock::robust_lock() = default;
robust_rw_lock::robust_rw_lock() = default;

void refuse_to_hold_too_many(unsigned) {}  // a thread may own as many mutexes as there are

void refuse_in_fiber(const char* what) {
  if (platform::this_task() != nullptr) [[unlikely]]
    throw_error(cause::in_fiber, "", "", std::string(what) + " was called by a fiber or coroutine",
                "Such a lock belongs to a thread of the system: call it from one, for instance "
                "by fiber::blocking");
}

}  // namespace holdfast::process::detail

#endif
