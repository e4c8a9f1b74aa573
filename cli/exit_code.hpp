// SPDX-License-Identifier: BSL-1.0
// What the command holdfast reports to its caller.
#pragma once

namespace cli {

enum exit_code : int {
  success = 0,
  failure = 1,      // a lock failed, an input could not be read, or the output not be written
  usage_error = 2,  // the command line was wrong, nothing was done

  // Of `lock`, which otherwise exits as the command does that it ran, and of who, ls, heal and rm.
  lock_usage_error = 64,
  lock_unreachable = 69,
  lock_busy = 75,
  lock_forbidden = 77,
  lock_poisoned = 78,
  run_without_library = 69,  // of `run`, which also uses the three below
  command_cannot_run = 126,
  command_not_found = 127,
  by_signal = 128,  // and the number of the signal
};

}  // namespace cli
