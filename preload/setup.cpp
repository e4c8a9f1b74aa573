// SPDX-License-Identifier: BSL-1.0
// The constructor of the library. It is linked with `-z initfirst`: before this only the loader has run,
// neither malloc nor the constructor of the C library.
#include "setup.hpp"

#include <pthread.h>

#include "foreign_program.hpp"
#include "glibc.hpp"

namespace preload {
namespace {

void in_child_of_fork() noexcept {
  forget_number_of_this_thread();
  forget_waiters_of_other_threads();
  forget_runs_of_other_threads();
  note_child_process();
}

[[gnu::constructor]] void set_up(int, char**, char** environment) noexcept {
  find_glibc();
  allow_restartable_release();
  static_cast<void>(foreign_program::cpu_count());  // later the program may have forbidden the call
  open_report(environment);
  // Without memory for the handler, locks that had waiters at a fork stay unusable in its child.
  static_cast<void>(::pthread_atfork(nullptr, nullptr, &in_child_of_fork));
}

}  // namespace
}  // namespace preload
