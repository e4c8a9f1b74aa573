// SPDX-License-Identifier: BSL-1.0
// What the command holdfast reports to its caller.
#pragma once

namespace cli {

enum exit_code : int {
  success = 0,
  failure = 1,      // a lock failed, an input could not be read, or the output not be written
  usage_error = 2,  // the command line was wrong, nothing was done
};

}  // namespace cli
